/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unit.h - what every unit test file needs: CUnit, and the shape of a suite.
 *
 * A test file defines `const struct unit_test suite_x[]`, ended by an empty row; UNIT_TEST makes a
 * row of a function whose name is the sentence under test. No test may sleep, or open a socket.
 */
#pragma once

#include <CUnit/CUnit.h>

struct unit_test {
    const char *name;
    CU_TestFunc run;
};

/* clang-format off */
#define UNIT_TEST(function) { #function, function }
#define UNIT_END { NULL, NULL }
/* clang-format on */

#define SUITE(name) extern const struct unit_test suite_##name[];
#include "suites.def"
#undef SUITE

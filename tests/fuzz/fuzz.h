/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz.h - the one function that libFuzzer calls.
 *
 * It must return 0 and leave nothing behind.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The name is libFuzzer's. */
/* NOLINTNEXTLINE(readability-identifier-naming) */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

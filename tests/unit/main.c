/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - runs the unit suites named on the command line, or all of them.
 *
 * It prints CUnit's summary and exits 1 when an assertion failed, a name is unknown, or nothing
 * ran. It must not know any suite by name: suites.def does.
 */
#include "unit.h"

#include <CUnit/Basic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct suite {
    const char *name;
    const struct unit_test *tests;
};

static const struct suite suites[] = {
#define SUITE(name) {#name, suite_##name},
#include "suites.def"
#undef SUITE
};

static bool add_suite(const struct suite *s)
{
    CU_pSuite suite = CU_add_suite(s->name, NULL, NULL);

    if (!suite)
        return false;
    for (const struct unit_test *t = s->tests; t->name; t++) {
        if (!CU_add_test(suite, t->name, t->run))
            return false;
    }
    return true;
}

static bool add_named(const char *name)
{
    for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++) {
        if (strcmp(suites[i].name, name) == 0)
            return add_suite(&suites[i]);
    }
    (void)fprintf(stderr, "unit: there is no suite %s\n", name);
    return false;
}

static bool add_all(void)
{
    for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++) {
        if (!add_suite(&suites[i]))
            return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    bool ready = CU_initialize_registry() == CUE_SUCCESS;
    bool good;

    if (argc < 2)
        ready = ready && add_all();
    for (int i = 1; ready && i < argc; i++)
        ready = add_named(argv[i]);
    if (!ready)
        return 1;

    CU_basic_set_mode(CU_BRM_VERBOSE);
    good = CU_basic_run_tests() == CUE_SUCCESS && CU_get_number_of_asserts() > 0 &&
           CU_get_number_of_failures() == 0 && CU_get_number_of_tests_failed() == 0;
    CU_cleanup_registry();
    return good ? 0 : 1;
}

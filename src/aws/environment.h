/* SPDX-License-Identifier: Apache-2.0 */
/*
 * environment.h - the environment variables as a thing that is handed in.
 *
 * Tests bring their own; the real one is credentials_environment(). Nothing else may read it.
 */
#pragma once

struct environment {
    /* NULL when the variable is not set. The text stays valid. */
    const char *(*get)(const void *context, const char *name);
    const void *context;
};

/* The value of a variable that is set and not empty, else NULL. */
static inline const char *environment_get(const struct environment *e, const char *name)
{
    const char *value = e->get(e->context, name);

    return value && value[0] ? value : 0;
}

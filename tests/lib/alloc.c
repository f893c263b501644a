/* SPDX-License-Identifier: Apache-2.0 */
/*
 * alloc.c - the allocator's stand-in: counts down, fails once, and passes everything else on.
 *
 * It must not allocate, and it is linked into tests only.
 */
#include "lib/alloc.h"

#include <assert.h>
#include <stddef.h>

enum { ALLOCATIONS_MAX = 10000 };

static unsigned countdown; /* 0: no failure is due; 1: the next one fails */
static bool failed;

/* The names are the linker's, made from the --wrap option. */
/* NOLINTBEGIN(bugprone-reserved-identifier) */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
/* NOLINTEND(bugprone-reserved-identifier) */

static bool is_due(void)
{
    if (countdown == 0)
        return false;
    countdown--;
    if (countdown > 0)
        return false;
    failed = true;
    return true;
}

void *__wrap_malloc(size_t size)
{
    return is_due() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return is_due() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return is_due() ? NULL : __real_realloc(old, size);
}

void alloc_fail_after(unsigned successes)
{
    failed = false;
    countdown = successes + 1;
}

void alloc_fail_never(void)
{
    countdown = 0;
}

bool alloc_has_failed(void)
{
    return failed;
}

unsigned alloc_fail_each(void (*work)(void))
{
    for (unsigned n = 0;; n++) {
        assert(n < ALLOCATIONS_MAX);
        alloc_fail_after(n);
        work();
        alloc_fail_never();
        if (!failed)
            return n;
    }
}

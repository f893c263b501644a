/* SPDX-License-Identifier: Apache-2.0 */
/*
 * alloc.h - lets a test decide which allocation fails.
 *
 * The linker routes malloc, calloc and realloc of the program under test through alloc.c (--wrap),
 * so production code carries no hook. A test must end with alloc_fail_never().
 */
#pragma once

#include <stdbool.h>

/* The allocation after `successes` good ones fails, once. */
void alloc_fail_after(unsigned successes);
void alloc_fail_never(void);

/* True when the failure asked for has happened. */
bool alloc_has_failed(void);

/*
 * Runs `work` with its first allocation failing, then its second, and so on until a run needs no
 * more. `work` must leave nothing behind and check its own outcome. Returns how many failures it
 * saw.
 */
unsigned alloc_fail_each(void (*work)(void));

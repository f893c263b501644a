/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_budget.c - the call budget: however things go, no process hammers the service.
 *
 * A process may make a start's worth of calls at once, and one more for every second that it lasts:
 * far above what a claim needs, far below what a loop without a wait makes. It is never quiet.
 */
#include "sim/check.h"

enum { BUDGET_START = 60, BUDGET_PER_MS = 1000 };

void check_budget(struct checks *ck, const struct check_budget *b)
{
    const uint64_t most = BUDGET_START + b->lasted_ms / BUDGET_PER_MS;

    if (b->calls > most) {
        check_fail(ck, CHECK_BUDGET, b->machine,
                   "a process made %u calls in %llu s, and %llu are its budget", b->calls,
                   (unsigned long long)(b->lasted_ms / 1000), (unsigned long long)most);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * weak.h - names for the mechanisms the protocol rests on, so that a test build can leave one out.
 *
 * Only a core compiled with VOLCLAIM_WEAKEN has the switch; everywhere else weak() is the constant
 * false and the compiler removes what hangs on it. A mechanism that no test convicts is not needed.
 */
#pragma once

#include <stdbool.h>

enum weakness {
    WEAK_NONE,
#define WEAKNESS(id, name, words) WEAK_##id,
#include "claim/weak.def"
#undef WEAKNESS
    WEAK_COUNT,
};

#ifdef VOLCLAIM_WEAKEN
/* Set once before a run by the tool that wants a weak core; one core, one weakness. */
extern enum weakness claim_weakness;
static inline bool weak(enum weakness w)
{
    return claim_weakness == w;
}
#else
static inline bool weak(enum weakness w)
{
    (void)w;
    return false;
}
#endif

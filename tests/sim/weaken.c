/* SPDX-License-Identifier: Apache-2.0 */
/*
 * weaken.c - names of mechanisms, and the one switch that leaves one out.
 *
 * The switch is the core's own (claim/weak.h), and there only where VOLCLAIM_WEAKEN is defined.
 * Nothing here may weaken anything without being asked by name.
 */
#include "sim/weaken.h"

#include "claim/weak.h"

#include <string.h>

static const struct {
    const char *name;
    const char *words;
    enum weakness which;
} rows[] = {
#define WEAKNESS(id, name, words) {name, words, WEAK_##id},
#include "claim/weak.def"
#undef WEAKNESS
};

enum { ROW_COUNT = sizeof(rows) / sizeof(rows[0]) };

bool weaken_can(void)
{
#ifdef VOLCLAIM_WEAKEN
    return true;
#else
    return false;
#endif
}

static void set(enum weakness which)
{
#ifdef VOLCLAIM_WEAKEN
    claim_weakness = which;
#else
    (void)which;
#endif
}

bool weaken(const char *name)
{
    for (int i = 0; i < ROW_COUNT; i++) {
        if (strcmp(rows[i].name, name) == 0) {
            set(rows[i].which);
            return weaken_can();
        }
    }
    return false;
}

void weaken_list(FILE *out)
{
    for (int i = 0; i < ROW_COUNT; i++)
        (void)fprintf(out, "  %-24s %s\n", rows[i].name, rows[i].words);
}

static void drop(int *argc, char **argv, int at, int count)
{
    for (int i = at; i + count < *argc; i++)
        argv[i] = argv[i + count];
    *argc -= count;
}

bool weaken_take(int *argc, char **argv, FILE *err)
{
    for (int i = 2; i < *argc; i++) {
        if (strcmp(argv[i], "--mutant") != 0)
            continue;
        if (i + 1 == *argc || !weaken(argv[i + 1])) {
            (void)fprintf(err, "volclaim-sim: --mutant: %s; there are:\n",
                          weaken_can() ? "there is none of this name"
                                       : "the core of this build is whole: use volclaim-sim-weak");
            weaken_list(err);
            return false;
        }
        drop(argc, argv, i, 2);
        return true;
    }
    return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nearest.c - edit distance with transpositions, cut off where a guess would be a wild one.
 *
 * It must not guess at words longer than any key.
 */
#include "nearest.h"

#include <stdint.h>
#include <string.h>

enum { WORD_MAX = 48 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Insertions, deletions, substitutions and swaps of neighbours that lead from one word to the
 * other. */
static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    uint8_t rows[3][WORD_MAX + 1];

    for (size_t j = 0; j <= b_length; j++)
        rows[0][j] = (uint8_t)j;
    for (size_t i = 1; i <= a_length; i++) {
        uint8_t *row = rows[i % 3];
        const uint8_t *above = rows[(i + 2) % 3];
        const uint8_t *higher = rows[(i + 1) % 3];

        row[0] = (uint8_t)i;
        for (size_t j = 1; j <= b_length; j++) {
            const size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
            size_t d = least(least(above[j] + 1U, row[j - 1] + 1U), above[j - 1] + change);

            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d = least(d, higher[j - 2] + 1U);
            row[j] = (uint8_t)d;
        }
    }
    return rows[a_length % 3][b_length];
}

struct nearest nearest_to(const char *wrong)
{
    const size_t length = strlen(wrong);

    /* One slip in three letters is a slip; more is another word. */
    return (struct nearest){.wrong = wrong, .distance = (length + 2) / 3 + 1};
}

void nearest_offer(struct nearest *n, const char *known)
{
    const size_t wrong_length = strlen(n->wrong);
    const size_t known_length = strlen(known);
    size_t d;

    if (wrong_length > WORD_MAX || known_length > WORD_MAX)
        return;
    d = distance(n->wrong, wrong_length, known, known_length);
    if (d < n->distance && d < known_length) {
        n->best = known;
        n->distance = d;
    }
}

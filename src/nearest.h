/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nearest.h - which known word someone meant who wrote an unknown one.
 *
 * For messages alone: a program must never act on the guess.
 */
#pragma once

#include <stddef.h>

struct nearest {
    const char *wrong;
    const char *best; /* NULL as long as nothing near was offered */
    size_t distance;
};

/* Begins a search; wrong must outlive it. */
struct nearest nearest_to(const char *wrong);

/* Offers one known word, which must outlive the search. Of equally near ones the first is kept. */
void nearest_offer(struct nearest *n, const char *known);

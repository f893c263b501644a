/* SPDX-License-Identifier: Apache-2.0 */
/*
 * holder.h - who keeps a directory or a filesystem busy, by name, for the words of a refusal.
 *
 * It reads /proc and says what it saw at that moment; it is no lock, and it must not signal anyone.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct holder_ask {
    uint64_t dev;   /* st_dev of the filesystem */
    uint64_t inode; /* of one directory; 0: anything on the filesystem */
};

/*
 * "postgres (pid 812), bash (pid 90)": the first few that hold it as working or root directory, or,
 * when anything is asked for, as program or open file. False when nobody was seen; out is then "".
 */
bool holder_find(const struct holder_ask *ask, char *out, size_t size);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zoo.h - images of everything a disk may hold, each with the verdict it must get.
 *
 * What a common tool makes is made by the tool; the rest is written byte by byte from the public
 * descriptions of the formats, just enough that libblkid believes it. No image is kept in the
 * repository.
 */
#pragma once

#include "claim/facts.h"
#include "e2e/e2e.h"

struct zoo_image {
    const char *name;
    uint64_t bytes;
    void (*make)(const char *path, uint64_t bytes); /* the file is there, sparse; NULL: leave it */
    enum probe_kind verdict;
    const char *evidence; /* part of the words; NULL: any */
};

/* Ended by a row without a name. */
extern const struct zoo_image zoo_images[];

/* formats.c: each writes one format into the image. */
void zoo_luks1(const char *path, uint64_t bytes);
void zoo_luks2(const char *path, uint64_t bytes);
void zoo_lvm(const char *path, uint64_t bytes);
void zoo_raid_090(const char *path, uint64_t bytes);
void zoo_raid_10(const char *path, uint64_t bytes);
void zoo_raid_11(const char *path, uint64_t bytes);
void zoo_raid_12(const char *path, uint64_t bytes);
void zoo_mbr(const char *path, uint64_t bytes);
void zoo_gpt(const char *path, uint64_t bytes);
void zoo_gpt_backup(const char *path, uint64_t bytes);
void zoo_zfs(const char *path, uint64_t bytes);
void zoo_bcache(const char *path, uint64_t bytes);
void zoo_iso(const char *path, uint64_t bytes);

/* A file that stands at a path and fails to be read in [bad_from, bad_to); fuse.c. */
struct zoo_bad {
    const char *backing;
    const char *folder; /* empty; the file appears in it as "image" */
    uint64_t bad_from;
    uint64_t bad_to;
};

/* Serves it from a process that ends with the test; skips where FUSE is not to be had. */
void zoo_serve_bad(const struct zoo_bad *bad);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ext.h - the few fields of an ext superblock that say whether a helper has to run at all.
 *
 * Offsets as in the kernel's "ext4 superblock" document. It reads one block and must not be taken
 * for a check of the filesystem.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { EXT_SUPERBLOCK_BYTES = 1024 };

struct ext_superblock {
    uint64_t size_bytes; /* of the filesystem */
    uint32_t block_bytes;
    bool clean; /* e2fsck -p would end at once: unmounted in order, no errors, no check due */
};

/* False for bytes that are no ext superblock, or whose numbers cannot be. */
bool ext_parse(const uint8_t bytes[EXT_SUPERBLOCK_BYTES], struct ext_superblock *out);

/* The one of an open device; false also when it cannot be read. */
bool ext_read(int fd, struct ext_superblock *out);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ext.c - little-endian fields at fixed places, each checked before it is believed.
 *
 * Where a field is in doubt the answer is "not clean": then e2fsck runs, which costs time alone.
 */
#include "fs/ext.h"

#include <unistd.h>

enum {
    BLOCKS_LOW = 0x04,
    LOG_BLOCK_SIZE = 0x18,
    MOUNT_COUNT = 0x34,
    MOUNT_COUNT_MAX = 0x36,
    MAGIC = 0x38,
    STATE = 0x3A,
    CHECK_INTERVAL = 0x44,
    INCOMPATIBLE = 0x60,
    LAST_ORPHAN = 0xE8,
    BLOCKS_HIGH = 0x150,
    ERROR_COUNT = 0x194,
    STATE_CLEAN = 1,
    INCOMPATIBLE_RECOVER = 0x4,
    INCOMPATIBLE_64BIT = 0x80,
    LOG_BLOCK_SIZE_MOST = 6,
};

static uint32_t get16(const uint8_t *b, int at)
{
    return (uint32_t)b[at] | (uint32_t)b[at + 1] << 8;
}

static uint32_t get32(const uint8_t *b, int at)
{
    return get16(b, at) | get16(b, at + 2) << 16;
}

/* As e2fsck's check_if_skip: anything unusual means that it has work to do. */
static bool is_clean(const uint8_t *b)
{
    const uint32_t most = get16(b, MOUNT_COUNT_MAX);
    const bool counts = most != 0 && most < 0x8000;

    return get16(b, STATE) == STATE_CLEAN && get32(b, LAST_ORPHAN) == 0 &&
           get32(b, ERROR_COUNT) == 0 && get32(b, CHECK_INTERVAL) == 0 &&
           (get32(b, INCOMPATIBLE) & INCOMPATIBLE_RECOVER) == 0 &&
           !(counts && get16(b, MOUNT_COUNT) >= most);
}

bool ext_parse(const uint8_t bytes[EXT_SUPERBLOCK_BYTES], struct ext_superblock *out)
{
    const uint32_t log_size = get32(bytes, LOG_BLOCK_SIZE);
    uint64_t blocks = get32(bytes, BLOCKS_LOW);

    if (get16(bytes, MAGIC) != 0xEF53 || log_size > LOG_BLOCK_SIZE_MOST)
        return false;
    if (get32(bytes, INCOMPATIBLE) & INCOMPATIBLE_64BIT)
        blocks |= (uint64_t)get32(bytes, BLOCKS_HIGH) << 32;
    const uint32_t block_bytes = UINT32_C(1024) << log_size;

    if (blocks == 0 || blocks > UINT64_MAX / block_bytes)
        return false;
    *out = (struct ext_superblock){
        .size_bytes = blocks * block_bytes, .block_bytes = block_bytes, .clean = is_clean(bytes)};
    return true;
}

bool ext_read(int fd, struct ext_superblock *out)
{
    uint8_t bytes[EXT_SUPERBLOCK_BYTES];

    return pread(fd, bytes, sizeof(bytes), EXT_SUPERBLOCK_BYTES) == (ssize_t)sizeof(bytes) &&
           ext_parse(bytes, out);
}

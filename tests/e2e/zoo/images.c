/* SPDX-License-Identifier: Apache-2.0 */
/*
 * images.c - how each inhabitant of the zoo is made; images.def says what it must be taken for.
 *
 * A tool that is not installed skips the visit. Nothing here may write outside the image.
 */
#include "e2e/zoo/zoo.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

static void make_ext2(const char *path, uint64_t bytes)
{
    (void)bytes;
    CHECK(RUN("mke2fs", "-q", "-F", "-t", "ext2", path) == 0);
}

static void make_ext3(const char *path, uint64_t bytes)
{
    (void)bytes;
    CHECK(RUN("mke2fs", "-q", "-F", "-t", "ext3", path) == 0);
}

static void make_ext4(const char *path, uint64_t bytes)
{
    (void)bytes;
    CHECK(RUN("mke2fs", "-q", "-F", "-t", "ext4", path) == 0);
}

static void make_xfs(const char *path, uint64_t bytes)
{
    (void)bytes;
    e2e_need("mkfs.xfs");
    CHECK(RUN("mkfs.xfs", "-q", path) == 0);
}

static void make_btrfs(const char *path, uint64_t bytes)
{
    (void)bytes;
    e2e_need("mkfs.btrfs");
    CHECK(RUN("mkfs.btrfs", "-q", path) == 0);
}

static void make_swap(const char *path, uint64_t bytes)
{
    (void)bytes;
    e2e_need("mkswap");
    CHECK(RUN("mkswap", "-q", path) == 0);
}

/* The old kind of swap has nothing but its magic, and room for it beside an ext superblock. */
static void make_ext4_and_swap(const char *path, uint64_t bytes)
{
    make_ext4(path, bytes);
    rig_write(path, 4096 - 10, "SWAP-SPACE", 10);
}

static void make_lvm_over_ext4(const char *path, uint64_t bytes)
{
    make_ext4(path, bytes);
    zoo_lvm(path, bytes);
}

static void make_ext4_and_mbr(const char *path, uint64_t bytes)
{
    make_ext4(path, bytes);
    zoo_mbr(path, bytes);
}

static void make_raid_10_over_ext4(const char *path, uint64_t bytes)
{
    make_ext4(path, bytes);
    zoo_raid_10(path, bytes);
}

static void make_ext4_without_start(const char *path, uint64_t bytes)
{
    static const char zeros[64 * 1024];

    make_ext4(path, bytes);
    rig_write(path, 0, zeros, sizeof(zeros));
}

static void make_lvm_bad_checksum(const char *path, uint64_t bytes)
{
    zoo_lvm(path, bytes);
    rig_write(path, 512 + 64, "x", 1);
}

static void make_xfs_half(const char *path, uint64_t bytes)
{
    (void)bytes;
    e2e_need("mkfs.xfs");
    CHECK(RUN("mkfs.xfs", "-q", "-m", "crc=0", path) == 0);
    rig_write(path, 126, "\1", 1);
}

static void make_byte_at_start(const char *path, uint64_t bytes)
{
    (void)bytes;
    rig_write(path, 0, "x", 1);
}

static void make_byte_in_middle(const char *path, uint64_t bytes)
{
    rig_write(path, bytes / 2 + 12345, "x", 1);
}

static void make_byte_at_end(const char *path, uint64_t bytes)
{
    rig_write(path, bytes - 1, "x", 1);
}

/* Encrypted data without a header, or a database on the raw disk: bytes everywhere. */
static void make_random(const char *path, uint64_t bytes)
{
    static uint64_t piece[MIB / 8];
    uint64_t state = 1;

    for (uint64_t at = 0; at < bytes; at += MIB) {
        for (size_t i = 0; i < MIB / 8; i++)
            piece[i] = state = mix64(state + 1);
        rig_write(path, at, piece, MIB);
    }
}

const struct zoo_image zoo_images[] = {
#define IMAGE(name, bytes, make, verdict, evidence) {name, bytes, make, PROBE_##verdict, evidence},
#include "e2e/zoo/images.def"
#undef IMAGE
    {NULL, 0, NULL, PROBE_NONE, NULL},
};

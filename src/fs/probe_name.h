/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe_name.h - what the names that libblkid gives mean to us; for probe.c, mkfs.c and their
 * tests.
 *
 * Nothing here may decide that a device is blank.
 */
#pragma once

#include <stdbool.h>

/* True for the filesystems that we make, check, grow and mount: ext2, ext3, ext4, xfs, btrfs. */
bool probe_is_mountable(const char *type);

/* "a member of a RAID: ", or "" where the type's own name says enough. */
const char *probe_about(const char *type);

/* True when the superblock itself says that its mkfs is still at work, or was when it was killed.
 */
bool probe_is_half_made(int fd, const char *type);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe_name.c - words for verdicts, and the refusals that name the way out.
 *
 * A refusal says what was found and what a person can do; it must not offer to do it for them.
 */
#include "fs/probe_name.h"

#include "fs/probe.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

static const char *const mountable[] = {"ext2", "ext3", "ext4", "xfs", "btrfs"};

static const struct {
    const char *type;
    const char *about;
} abouts[] = {
    {"LVM2_member", "a physical volume of LVM: "},
    {"LVM1_member", "a physical volume of LVM: "},
    {"linux_raid_member", "a member of a RAID: "},
    {"crypto_LUKS", "an encrypted volume: "},
    {"swap", "swap space: "},
    {"swsuspend", "a hibernated machine: "},
    {"zfs_member", "a member of a ZFS pool: "},
    {"bcache", "a cache or its backing disk: "},
};

bool probe_is_mountable(const char *type)
{
    for (size_t i = 0; i < sizeof(mountable) / sizeof(mountable[0]); i++) {
        if (strcmp(mountable[i], type) == 0)
            return true;
    }
    return false;
}

const char *probe_about(const char *type)
{
    for (size_t i = 0; i < sizeof(abouts) / sizeof(abouts[0]); i++) {
        if (strcmp(abouts[i].type, type) == 0)
            return abouts[i].about;
    }
    return "";
}

bool probe_is_half_made(int fd, const char *type)
{
    /* xfs_sb.sb_inprogress: mkfs sets it first and clears it last; the kernel mounts none with it.
     */
    enum { IN_PROGRESS_AT = 126 };
    uint8_t byte = 0;

    return strcmp(type, "xfs") == 0 && pread(fd, &byte, 1, IN_PROGRESS_AT) == 1 && byte != 0;
}

const char *probe_word(enum probe_kind kind)
{
    switch (kind) {
    case PROBE_NONE: break;
    case PROBE_BLANK: return "blank";
    case PROBE_FILESYSTEM: return "filesystem";
    case PROBE_NOISE: return "noise";
    case PROBE_FOREIGN: return "foreign";
    case PROBE_AMBIGUOUS: return "ambiguous";
    case PROBE_UNREADABLE: return "unreadable";
    }
    return "none";
}

enum err probe_refuse(const struct probe_report *report, const char *name, struct errctx *cx)
{
    const char *const found = report->evidence;

    switch (report->probe.kind) {
    case PROBE_BLANK: return ERR_OK;
    case PROBE_FILESYSTEM:
        return err_set(cx, ERR_FOREIGN, 0,
                       "%s is not formatted: it holds %s; mount that, or wipe "
                       "it with wipefs if nothing on it is needed",
                       name, found);
    case PROBE_NOISE:
        return err_set(cx, ERR_FOREIGN, 0,
                       "%s is not formatted: %s; if nothing on it is needed, "
                       "zero it with blkdiscard -z",
                       name, found);
    case PROBE_FOREIGN:
        return err_set(cx, ERR_FOREIGN, 0,
                       "%s is not formatted: it holds %s; use another volume, "
                       "or wipe this with wipefs",
                       name, found);
    case PROBE_AMBIGUOUS:
        return err_set(cx, ERR_AMBIGUOUS, 0,
                       "%s is not formatted: it holds %s; look with wipefs, "
                       "remove the signature that is wrong",
                       name, found);
    case PROBE_UNREADABLE:
        return err_set(cx, ERR_UNREADABLE, 0,
                       "%s is not formatted: %s; a disk that cannot be read "
                       "may hold anything: restore from a snapshot",
                       name, found);
    case PROBE_NONE: break;
    }
    return err_set(cx, ERR_BUG, 0, "%s: no verdict", name);
}

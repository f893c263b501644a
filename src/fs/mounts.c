/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mounts.c - walks the mount table with libmount.
 *
 * btrfs shows a number of its own in the table, so for any filesystem that does, the source's path
 * is asked for the number of its node. A path that does not lead to a block device says nothing.
 */
#include "fs/mounts.h"

#include <errno.h>
#include <libmount/libmount.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static inline void free_table(struct libmnt_table *const *table)
{
    mnt_unref_table(*table); /* NULL is allowed. */
}

static inline void free_iter(struct libmnt_iter *const *iter)
{
    mnt_free_iter(*iter);
}

#define AUTO_TABLE __attribute__((cleanup(free_table)))
#define AUTO_ITER __attribute__((cleanup(free_iter)))

typedef bool(match_fn)(struct libmnt_fs *fs, const void *what);

static uint64_t source_dev(struct libmnt_fs *fs)
{
    const char *const source = mnt_fs_get_srcpath(fs);
    const uint64_t dev = mnt_fs_get_devno(fs);
    struct stat st;

    /* Major number 0 is given to filesystems that stand on no device of their own. */
    if (major(dev) == 0 && source && stat(source, &st) == 0 && S_ISBLK(st.st_mode))
        return st.st_rdev;
    return dev;
}

static void keep(struct libmnt_fs *fs, struct mounted *out)
{
    const char *const source = mnt_fs_get_source(fs);
    const char *const target = mnt_fs_get_target(fs);
    const char *const type = mnt_fs_get_fstype(fs);

    out->dev = source_dev(fs);
    (void)snprintf(out->target, sizeof(out->target), "%s", target ? target : "");
    (void)snprintf(out->source, sizeof(out->source), "%s", source ? source : "");
    (void)snprintf(out->fstype, sizeof(out->fstype), "%s", type ? type : "");
}

/* The last row that matches is the uppermost mount. */
static enum err search(match_fn *match, const void *what, struct mounted *out, bool *found,
                       struct errctx *cx)
{
    AUTO_TABLE struct libmnt_table *const table = mnt_new_table();
    AUTO_ITER struct libmnt_iter *const iter = mnt_new_iter(MNT_ITER_BACKWARD);
    struct libmnt_fs *fs = NULL;

    *found = false;
    if (!table || !iter)
        return err_set(cx, ERR_NO_MEMORY, 0, "read the mount table");
    if (mnt_table_parse_file(table, "/proc/self/mountinfo") != 0)
        return err_set(cx, ERR_IO, errno, "read the mount table");
    while (!*found && mnt_table_next_fs(table, iter, &fs) == 0) {
        *found = match(fs, what);
        if (*found)
            keep(fs, out);
    }
    return ERR_OK;
}

static bool is_at(struct libmnt_fs *fs, const void *target)
{
    const char *const at = mnt_fs_get_target(fs);

    return at && strcmp(at, target) == 0;
}

static bool is_of(struct libmnt_fs *fs, const void *dev)
{
    return source_dev(fs) == *(const uint64_t *)dev;
}

enum err mounts_at(const char *target, struct mounted *out, bool *found, struct errctx *cx)
{
    return search(is_at, target, out, found, cx);
}

enum err mounts_of(uint64_t dev, struct mounted *out, bool *found, struct errctx *cx)
{
    return search(is_of, &dev, out, found, cx);
}

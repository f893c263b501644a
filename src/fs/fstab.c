/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fstab.c - reads the table with libmount, changes one row, and has it replaced by rename.
 *
 * Our rows bear an option of ours, which mount tools pass over because of its prefix (mount(8):
 * "all options with the x- prefix are interpreted as comments"). A row without it must stay.
 */
#include "fs/fstab.h"

#include "claim/mark.h"

#include <errno.h>
#include <libmount/libmount.h>
#include <stdio.h>
#include <string.h>

static const char ours[] = "x-volclaim";

static inline void free_table(struct libmnt_table *const *table)
{
    mnt_unref_table(*table);
}

static inline void free_row(struct libmnt_fs *const *row)
{
    mnt_unref_fs(*row);
}

#define AUTO_TABLE __attribute__((cleanup(free_table)))
#define AUTO_ROW __attribute__((cleanup(free_row)))

struct row_text {
    char source[48];
    char options[1200];
};

static enum err compose(const struct fstab_entry *entry, struct row_text *out, struct errctx *cx)
{
    char uuid[37];

    uuid_format(entry->fs, uuid);
    (void)snprintf(out->source, sizeof(out->source), "UUID=%s", uuid);
    const int n = snprintf(out->options, sizeof(out->options), "noauto,nofail,%s%s%s", ours,
                           entry->options ? "," : "", entry->options ? entry->options : "");

    if (n < 0 || (size_t)n >= sizeof(out->options))
        return err_set(cx, ERR_TOO_BIG, 0, "mount options do not fit an entry of fstab");
    return ERR_OK;
}

static bool is_same(struct libmnt_fs *row, const struct row_text *text,
                    const struct fstab_entry *entry)
{
    const char *const source = mnt_fs_get_source(row);
    const char *const options = mnt_fs_get_options(row);
    const char *const type = mnt_fs_get_fstype(row);

    return source && options && type && strcmp(source, text->source) == 0 &&
           strcmp(options, text->options) == 0 && strcmp(type, entry->fstype) == 0;
}

static enum err write_row(struct libmnt_table *table, const char *file,
                          const struct fstab_entry *entry, const struct row_text *text,
                          struct errctx *cx)
{
    AUTO_ROW struct libmnt_fs *const row = mnt_new_fs();

    if (!row || mnt_fs_set_source(row, text->source) != 0 ||
        mnt_fs_set_target(row, entry->target) != 0 || mnt_fs_set_fstype(row, entry->fstype) != 0 ||
        mnt_fs_set_options(row, text->options) != 0 || mnt_table_add_fs(table, row) != 0)
        return err_set(cx, ERR_NO_MEMORY, 0, "make an entry for %s", file);
    if (mnt_table_replace_file(table, file) != 0)
        return err_set(cx, ERR_IO, errno, "write %s", file);
    return ERR_OK;
}

enum err fstab_set(const char *file, const struct fstab_entry *entry, struct errctx *cx)
{
    AUTO_TABLE struct libmnt_table *const table = mnt_new_table();
    struct row_text text;
    const enum err e = compose(entry, &text, cx);

    if (e != ERR_OK)
        return e;
    if (!table)
        return err_set(cx, ERR_NO_MEMORY, 0, "read %s", file);
    mnt_table_enable_comments(table, 1);
    if (mnt_table_parse_file(table, file) != 0)
        return err_set(cx, ERR_IO, errno, "read %s", file);
    struct libmnt_fs *const old = mnt_table_find_target(table, entry->target, MNT_ITER_FORWARD);

    if (old && is_same(old, &text, entry))
        return ERR_OK;
    if (old && mnt_fs_match_options(old, ours) != 1)
        return err_set(cx, ERR_IN_USE, 0, "%s has an entry for %s that is not ours", file,
                       entry->target);
    if (old && mnt_table_remove_fs(table, old) != 0)
        return err_set(cx, ERR_IO, 0, "replace the entry for %s in %s", entry->target, file);
    return write_row(table, file, entry, &text, cx);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * holder.c - a walk over /proc, comparing what each process's links lead to.
 *
 * stat() through the links of /proc gives device and inode without believing any path. Processes
 * come and go meanwhile, and what cannot be read is passed over: it must not fail.
 */
#include "fs/holder.h"

#include "buf.h"
#include "fs/sysfs.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { HOLDERS_NAMED = 3, LINK_MAX_LENGTH = 300 };

static bool is_number(const char *text)
{
    return text[0] != '\0' && text[strspn(text, "0123456789")] == '\0';
}

static bool leads_there(const struct holder_ask *ask, const char *link)
{
    struct stat st;

    return stat(link, &st) == 0 && st.st_dev == ask->dev &&
           (ask->inode == 0 || st.st_ino == ask->inode);
}

static bool has_open(const struct holder_ask *ask, const char *pid)
{
    char path[LINK_MAX_LENGTH * 2];
    bool found = false;

    (void)snprintf(path, sizeof(path), "/proc/%s/fd", pid);
    DIR *const folder = opendir(path);

    while (folder && !found) {
        /* One stream, one thread: readdir is safe. */
        /* NOLINTNEXTLINE(concurrency-mt-unsafe) */
        const struct dirent *const entry = readdir(folder);

        if (!entry)
            break;
        (void)snprintf(path, sizeof(path), "/proc/%s/fd/%s", pid, entry->d_name);
        found = is_number(entry->d_name) && leads_there(ask, path);
    }
    if (folder)
        (void)closedir(folder);
    return found;
}

static bool holds(const struct holder_ask *ask, const char *pid)
{
    static const char *const links[] = {"cwd", "root", "exe"};
    const size_t count = ask->inode == 0 ? 3 : 2; /* No program is a directory. */
    char path[LINK_MAX_LENGTH];

    for (size_t i = 0; i < count; i++) {
        (void)snprintf(path, sizeof(path), "/proc/%s/%s", pid, links[i]);
        if (leads_there(ask, path))
            return true;
    }
    return ask->inode == 0 && has_open(ask, pid);
}

static void name(const char *pid, struct buf *out)
{
    char path[LINK_MAX_LENGTH];
    char comm[64];

    (void)snprintf(path, sizeof(path), "%s/comm", pid);
    if (!sysfs_text("/proc", path, comm, sizeof(comm)))
        (void)snprintf(comm, sizeof(comm), "a process");
    buf_printf(out, "%s%s (pid %s)", out->length ? ", " : "", comm, pid);
}

bool holder_find(const struct holder_ask *ask, char *out, size_t size)
{
    struct buf text;
    unsigned named = 0;
    DIR *const folder = opendir("/proc");

    buf_on(&text, out, size);
    while (folder && named < HOLDERS_NAMED) {
        /* One stream, one thread: readdir is safe. */
        /* NOLINTNEXTLINE(concurrency-mt-unsafe) */
        const struct dirent *const entry = readdir(folder);

        if (!entry)
            break;
        if (is_number(entry->d_name) && holds(ask, entry->d_name)) {
            name(entry->d_name, &text);
            named++;
        }
    }
    if (folder)
        (void)closedir(folder);
    return named > 0;
}

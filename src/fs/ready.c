/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ready.c - written beside and renamed.
 *
 * It need not survive a power cut: nothing that is mounted does, and /run is empty after one.
 */
#include "fs/ready.h"

#include "scope.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static void make_folder(const char *file)
{
    char folder[PATH_MAX];

    (void)snprintf(folder, sizeof(folder), "%s", file);
    char *const slash = strrchr(folder, '/');

    if (slash && slash != folder) {
        *slash = '\0';
        (void)mkdir(folder, 0755); /* If it fails, so does the open, with the reason. */
    }
}

enum err ready_set(const char *file, const char *text, struct errctx *cx)
{
    char beside[PATH_MAX];
    char line[128];
    const int length = snprintf(line, sizeof(line), "%s\n", text);

    if (snprintf(beside, sizeof(beside), "%s.new", file) >= (int)sizeof(beside))
        return err_set(cx, ERR_TOO_BIG, 0, "the path of the ready file");
    make_folder(file);
    AUTO_FD const int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

    if (fd < 0)
        return err_set(cx, ERR_IO, errno, "write %s", beside);
    if (write(fd, line, (size_t)length) != length || rename(beside, file) < 0)
        return err_set(cx, ERR_IO, errno, "write %s", file);
    return ERR_OK;
}

enum err ready_clear(const char *file, struct errctx *cx)
{
    if (unlink(file) < 0 && errno != ENOENT)
        return err_set(cx, ERR_IO, errno, "remove %s", file);
    return ERR_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sysfs.c - open, read once, trim.
 *
 * An attribute that vanishes while it is read is one that is not there: devices come and go. It
 * must not tell the two apart.
 */
#include "fs/sysfs.h"

#include "scope.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool sysfs_text(const char *root, const char *path, char *out, size_t size)
{
    char name[PATH_MAX];
    const int length = snprintf(name, sizeof(name), "%s/%s", root, path);

    if (length < 0 || (size_t)length >= sizeof(name))
        return false;
    AUTO_FD const int fd = open(name, O_RDONLY | O_CLOEXEC);
    const ssize_t n = fd < 0 ? -1 : read(fd, out, size);

    if (n < 0 || (size_t)n >= size)
        return false;
    size_t end = (size_t)n;

    while (end > 0 && (out[end - 1] == ' ' || out[end - 1] == '\n' || out[end - 1] == '\0'))
        end--;
    out[end] = '\0';
    for (size_t i = 0; i < end; i++) {
        if (out[i] < ' ' || out[i] > '~')
            return false;
    }
    return true;
}

bool sysfs_number(const char *root, const char *path, uint64_t *out)
{
    char text[32];
    char *end = NULL;

    if (!sysfs_text(root, path, text, sizeof(text)) || text[0] < '0' || text[0] > '9')
        return false;
    errno = 0;
    const unsigned long long value = strtoull(text, &end, 10);

    if (errno != 0 || *end != '\0')
        return false;
    *out = value;
    return true;
}

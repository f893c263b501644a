/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuse.c - a disk with a bad spot: a file system of one file that answers EIO for one range.
 *
 * A loop device on that file gives real read errors of a real block device. Writes pass, so that a
 * format that should not happen would be seen in the digest. It must not outlive the test: it is in
 * the test's process group and mount namespace.
 */
#define FUSE_USE_VERSION 31

#include "e2e/zoo/zoo.h"

#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

static const char file_name[] = "/image";

struct bad_disk {
    int fd;
    uint64_t from;
    uint64_t to;
};

static struct bad_disk *of(void)
{
    return fuse_get_context()->private_data;
}

static int bad_getattr(const char *path, struct stat *st, struct fuse_file_info *info)
{
    (void)info;
    memset(st, 0, sizeof(*st));
    if (strcmp(path, "/") == 0) {
        st->st_mode = S_IFDIR | 0755;
        st->st_nlink = 2;
        return 0;
    }
    if (strcmp(path, file_name) != 0)
        return -ENOENT;
    if (fstat(of()->fd, st) < 0)
        return -errno;
    st->st_mode = S_IFREG | 0600;
    return 0;
}

static int bad_open(const char *path, struct fuse_file_info *info)
{
    (void)info;
    return strcmp(path, file_name) == 0 ? 0 : -ENOENT;
}

static int bad_read(const char *path, char *out, size_t size, off_t at, struct fuse_file_info *info)
{
    const struct bad_disk *const b = of();
    const uint64_t from = (uint64_t)at;

    (void)path;
    (void)info;
    if (from < b->to && from + size > b->from)
        return -EIO;
    const ssize_t n = pread(b->fd, out, size, at);

    return n < 0 ? -errno : (int)n;
}

static int bad_write(const char *path, const char *in, size_t size, off_t at,
                     struct fuse_file_info *info)
{
    (void)path;
    (void)info;
    const ssize_t n = pwrite(of()->fd, in, size, at);

    return n < 0 ? -errno : (int)n;
}

static int bad_fsync(const char *path, int data_only, struct fuse_file_info *info)
{
    (void)path;
    (void)data_only;
    (void)info;
    return fsync(of()->fd) < 0 ? -errno : 0;
}

static const struct fuse_operations operations = {
    .getattr = bad_getattr,
    .open = bad_open,
    .read = bad_read,
    .write = bad_write,
    .fsync = bad_fsync,
};

static _Noreturn void serve(const struct zoo_bad *bad)
{
    struct bad_disk disk = {
        .fd = open(bad->backing, O_RDWR | O_CLOEXEC), .from = bad->bad_from, .to = bad->bad_to};
    char name[] = "bad-disk";
    char folder[E2E_PATH_MAX];
    char foreground[] = "-f";
    char single[] = "-s";
    char *argv[] = {name, foreground, single, folder, NULL};

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    rig_path(folder, bad->folder, "");
    _exit(disk.fd < 0 ? 1 : fuse_main(4, argv, &operations, &disk));
}

void zoo_serve_bad(const struct zoo_bad *bad)
{
    char path[E2E_PATH_MAX];
    pid_t pid;

    if (access("/dev/fuse", R_OK | W_OK) != 0)
        e2e_skip("there is no /dev/fuse");
    (void)fflush(NULL);
    pid = fork();
    if (pid == 0)
        serve(bad);
    CHECK(pid > 0);
    rig_path(path, bad->folder, file_name + 1);
    for (int i = 0; i < 500 && access(path, F_OK) != 0; i++)
        (void)usleep(10000);
    if (access(path, F_OK) != 0)
        e2e_skip("FUSE does not mount here");
}

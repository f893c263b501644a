/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_mkfs.c - mkfs on real devices: what is made is what was asked for, and only on blanks.
 *
 * The zoo holds the refusals by content; here stand the refusals by circumstance. No test may tell
 * the code under test that it is one.
 */
#include "claim/mark.h"
#include "e2e/e2e.h"
#include "fs/mkfs.h"
#include "scope.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WAIT_MS = 20000, XFS_MIB = 320 };

#define MIB (UINT64_C(1) << 20)

static const char *const ext4[] = {"-t", "ext4", "-m", "0", NULL};
static const char *const xfs[] = {"-t", "xfs", NULL};
static const char *const btrfs[] = {"--type=btrfs", NULL};

static enum err make(struct rig *rig, const struct disk *disk, const char *const *args,
                     struct probe_report *out)
{
    struct device d;
    size_t count = 0;
    const enum err e = device_find(&rig->roots, &disk->volume, &d, &rig->cx);

    if (e != ERR_OK)
        return e;
    while (args[count])
        count++;
    return mkfs_run(&(struct mkfs_request){.roots = &rig->roots,
                                           .device = &d,
                                           .args = args,
                                           .arg_count = count,
                                           .fs = &e2e_fs,
                                           .due = due_in(WAIT_MS)},
                    out, &rig->cx);
}

static void makes(struct rig *rig, const char *const *args, const char *fstype)
{
    const struct disk *const disk = rig_disk(rig, "vol-1", XFS_MIB * MIB);
    struct probe_report report;
    const uint64_t start_ms = due_now_ms();

    CHECK_OK(rig, make(rig, disk, args, &report));
    CHECK(report.probe.kind == PROBE_FILESYSTEM);
    CHECK(strcmp(report.probe.fstype, fstype) == 0);
    CHECK(uuid_same(&report.probe.uuid, &e2e_fs));
    (void)printf("  %s in %llu ms\n", fstype, (unsigned long long)(due_now_ms() - start_ms));
    /* Once more: what is there now is not blank any longer. */
    const uint64_t digest = rig_digest(disk->node);

    CHECK_ERR(rig, ERR_FOREIGN, make(rig, disk, args, &report));
    CHECK_WORDS(rig, fstype);
    CHECK_WORDS(rig, "wipefs");
    CHECK(rig_digest(disk->node) == digest);
}

static void test_ext4_is_made_with_the_uuid_given(struct rig *rig)
{
    e2e_need("mkfs.ext4");
    makes(rig, ext4, "ext4");
}

static void test_xfs_is_made_with_the_uuid_given(struct rig *rig)
{
    e2e_need("mkfs.xfs");
    makes(rig, xfs, "xfs");
}

static void test_btrfs_is_made_with_the_uuid_given(struct rig *rig)
{
    e2e_need("mkfs.btrfs");
    makes(rig, btrfs, "btrfs");
}

static void test_a_large_blank_is_sampled_and_formatted(struct rig *rig)
{
    const struct disk *const disk = rig_disk(rig, "vol-1", 65536 * MIB);
    struct probe_report report;
    const uint64_t start_ms = due_now_ms();

    e2e_need("mkfs.ext4");
    CHECK_OK(rig, make(rig, disk, ext4, &report));
    (void)printf("  64 GiB in %llu ms\n", (unsigned long long)(due_now_ms() - start_ms));
}

static void test_a_mounted_device_is_not_formatted(struct rig *rig)
{
    const struct disk *const disk = rig_disk(rig, "vol-1", 16 * MIB);
    struct probe_report report;

    e2e_need("mkfs.ext4");
    CHECK(RUN("mkfs.ext4", "-q", disk->node) == 0);
    CHECK(mkdir(rig->target, 0755) == 0);
    CHECK(mount(disk->node, rig->target, "ext4", 0, NULL) == 0);
    CHECK_ERR(rig, ERR_IN_USE, make(rig, disk, ext4, &report));
    CHECK_WORDS(rig, "is in use");
}

static void test_a_locked_device_is_not_formatted(struct rig *rig)
{
    const struct disk *const disk = rig_disk(rig, "vol-1", 16 * MIB);
    struct probe_report report;
    AUTO_FD const int fd = open(disk->node, O_RDONLY | O_CLOEXEC);

    CHECK(fd >= 0 && flock(fd, LOCK_SH) == 0);
    const uint64_t digest = rig_digest(disk->node);

    CHECK_ERR(rig, ERR_IN_USE, make(rig, disk, ext4, &report));
    CHECK_WORDS(rig, "locked");
    CHECK(rig_digest(disk->node) == digest);
}

static void test_a_kind_we_cannot_mount_is_not_made(struct rig *rig)
{
    static const char *const vfat[] = {"-t", "vfat", NULL};
    static const char *const none[] = {"-m", "0", NULL};
    const struct disk *const disk = rig_disk(rig, "vol-1", 16 * MIB);
    struct probe_report report;

    CHECK_ERR(rig, ERR_CONFIG, make(rig, disk, vfat, &report));
    CHECK_ERR(rig, ERR_CONFIG, make(rig, disk, none, &report));
}

static void test_what_mkfs_says_is_in_the_error(struct rig *rig)
{
    static const char *const wrong[] = {"-t", "ext4", "-b", "31", NULL};
    const struct disk *const disk = rig_disk(rig, "vol-1", 16 * MIB);
    struct probe_report report;

    e2e_need("mkfs.ext4");
    CHECK_ERR(rig, ERR_IO, make(rig, disk, wrong, &report));
    CHECK_WORDS(rig, "invalid block size");
}

/* A helper that was told to hang: only the deadline ends it, and its children with it. */
static void test_a_mkfs_that_hangs_is_killed_at_the_deadline(struct rig *rig)
{
    const struct disk *const disk = rig_disk(rig, "vol-1", 16 * MIB);
    char path[E2E_PATH_MAX];
    struct device d;
    struct probe_report report;
    static const char script[] = "#!/bin/sh\nsleep 60 &\nsleep 60\n";

    rig_path(path, rig->folder, "mkfs.ext4");
    const int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);

    CHECK(fd >= 0 && write(fd, script, sizeof(script) - 1) == (ssize_t)sizeof(script) - 1);
    (void)close(fd);
    CHECK_OK(rig, device_find(&rig->roots, &disk->volume, &d, &rig->cx));
    const uint64_t start_ms = due_now_ms();

    CHECK_ERR(rig, ERR_TIMEOUT,
              mkfs_run(&(struct mkfs_request){.roots = &rig->roots,
                                              .device = &d,
                                              .args = ext4,
                                              .arg_count = 4,
                                              .fs = &e2e_fs,
                                              .folders = rig->folder,
                                              .due = due_in(500)},
                       &report, &rig->cx));
    CHECK(due_now_ms() - start_ms < 3000);
    /* The lock went with the group: the next try is not kept waiting. */
    CHECK_OK(rig, make(rig, disk, ext4, &report));
}

static void test_a_half_made_xfs_is_made_anew_only_under_our_record(struct rig *rig)
{
    const struct disk *const disk = rig_disk(rig, "vol-1", XFS_MIB * MIB);
    struct device d;
    struct probe_report report;
    const uint8_t in_progress = 1;

    e2e_need("mkfs.xfs");
    CHECK(RUN("mkfs.xfs", "-q", "-m", "crc=0", disk->node) == 0);
    rig_write(disk->node, 126, &in_progress, 1);
    CHECK_ERR(rig, ERR_FOREIGN, make(rig, disk, xfs, &report));
    CHECK_WORDS(rig, "mkfs did not end");
    CHECK_OK(rig, device_find(&rig->roots, &disk->volume, &d, &rig->cx));
    CHECK_OK(rig, mkfs_run(&(struct mkfs_request){.roots = &rig->roots,
                                                  .device = &d,
                                                  .args = xfs,
                                                  .arg_count = 2,
                                                  .fs = &e2e_fs,
                                                  .vouched = true,
                                                  .due = due_in(WAIT_MS)},
                           &report, &rig->cx));
    CHECK(uuid_same(&report.probe.uuid, &e2e_fs));
}

const struct e2e_test suite_mkfs[] = {
    E2E_TEST(test_ext4_is_made_with_the_uuid_given),
    E2E_TEST(test_xfs_is_made_with_the_uuid_given),
    E2E_TEST(test_btrfs_is_made_with_the_uuid_given),
    E2E_TEST(test_a_large_blank_is_sampled_and_formatted),
    E2E_TEST(test_a_mounted_device_is_not_formatted),
    E2E_TEST(test_a_locked_device_is_not_formatted),
    E2E_TEST(test_a_kind_we_cannot_mount_is_not_made),
    E2E_TEST(test_what_mkfs_says_is_in_the_error),
    E2E_TEST(test_a_mkfs_that_hangs_is_killed_at_the_deadline),
    E2E_TEST(test_a_half_made_xfs_is_made_anew_only_under_our_record),
    E2E_END,
};

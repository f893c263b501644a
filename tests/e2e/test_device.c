/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_device.c - the volume's device on a real kernel: found, awaited, proven, refused.
 *
 * NVMe and Xen disks are loop devices behind a sysfs tree of the test's, so that the descriptor
 * that is opened is a real one. No test may depend on how loop devices are numbered.
 */
#include "e2e/e2e.h"
#include "fs/device_scan.h"
#include "scope.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MIB = 1024 * 1024, SHORT_MS = 300, LONG_MS = 10000 };

static void write_text(const char *folder, const char *name, const char *text)
{
    char path[E2E_PATH_MAX];

    rig_path(path, folder, name);
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

    CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    (void)close(fd);
}

static void make_folder(const char *folder, const char *name)
{
    char path[E2E_PATH_MAX];

    rig_path(path, folder, name);
    CHECK(mkdir(path, 0755) == 0);
}

/* A kernel as the test wants it, with one disk of this serial that is really the loop device. */
struct tree {
    char sys[E2E_PATH_MAX];
    char dev[E2E_PATH_MAX];
    struct device_roots roots;
};

static void plant(struct tree *t, const struct disk *disk, const char *name, const char *serial)
{
    char path[E2E_PATH_MAX];
    char number[64];
    char link[128];
    struct stat st;

    CHECK(stat(disk->node, &st) == 0);
    (void)snprintf(number, sizeof(number), "%u:%u", major(st.st_rdev), minor(st.st_rdev));
    (void)snprintf(link, sizeof(link), "block/%s", name);
    make_folder(t->sys, link);
    rig_path(path, t->sys, link);
    write_text(path, "dev", number);
    if (serial) {
        make_folder(path, "device");
        (void)snprintf(link, sizeof(link), "block/%s/device", name);
        rig_path(path, t->sys, link);
        write_text(path, "serial", serial);
    }
    (void)snprintf(link, sizeof(link), "dev/block/%s", number);
    rig_path(path, t->sys, link);
    (void)snprintf(link, sizeof(link), "../../block/%s", name);
    CHECK(symlink(link, path) == 0);
    rig_path(path, t->dev, name);
    CHECK(mknod(path, S_IFBLK | 0600, st.st_rdev) == 0);
}

static void tree_init(struct tree *t, const struct rig *rig)
{
    rig_path(t->sys, rig->folder, "sys");
    rig_path(t->dev, rig->folder, "dev");
    make_folder(rig->folder, "sys");
    make_folder(rig->folder, "dev");
    make_folder(t->sys, "block");
    make_folder(t->sys, "dev");
    make_folder(t->sys, "dev/block");
    t->roots = (struct device_roots){.sys = t->sys, .dev = t->dev};
}

static void test_a_volume_is_found_by_its_image_and_opened(struct rig *rig)
{
    const struct disk *const other = rig_disk(rig, "vol-2", MIB);
    const struct disk *const disk = rig_disk(rig, "vol-1", MIB);
    struct device d;
    char path[DEVICE_PATH_MAX];
    AUTO_FD int fd = -1;

    CHECK_OK(rig, device_find(&rig->roots, &disk->volume, &d, &rig->cx));
    device_path(&rig->roots, &d, path);
    CHECK(strcmp(path, disk->node) == 0);
    CHECK(d.verified);
    CHECK_OK(rig, device_open(&rig->roots, &d, O_RDONLY, &fd, &rig->cx));
    CHECK(strcmp(disk->node, other->node) != 0);
}

static void test_a_disk_with_another_serial_is_refused_after_the_open(struct rig *rig)
{
    const struct disk *const disk = rig_disk(rig, "x", MIB);
    struct tree t;
    struct device d;
    struct id a;
    AUTO_FD int fd = -1;

    CHECK(id_set(&a, "vol-0aaa"));
    tree_init(&t, rig);
    plant(&t, disk, "nvme1n1", "vol0aaa \n");
    CHECK_OK(rig, device_find(&t.roots, &a, &d, &rig->cx));
    CHECK_OK(rig, device_open(&t.roots, &d, O_RDONLY, &fd, &rig->cx));
    /* The reuse race: the name is the same, the disk behind it is not. */
    write_text(t.sys, "block/nvme1n1/device/serial", "vol0bbb\n");
    AUTO_FD int again = -1;

    CHECK_ERR(rig, ERR_WRONG_STATE, device_open(&t.roots, &d, O_RDONLY, &again, &rig->cx));
    CHECK_WORDS(rig, "nvme1n1 is vol-0bbb, not vol-0aaa");
    CHECK(again < 0);
}

static void test_a_stale_link_of_udev_is_only_a_hint(struct rig *rig)
{
    const struct disk *const one = rig_disk(rig, "x", MIB);
    const struct disk *const two = rig_disk(rig, "y", MIB);
    struct tree t;
    struct device d;
    struct id b;
    char path[E2E_PATH_MAX];

    CHECK(id_set(&b, "vol-0bbb"));
    tree_init(&t, rig);
    plant(&t, one, "nvme1n1", "vol0aaa\n");
    plant(&t, two, "nvme2n1", "vol0bbb\n");
    make_folder(t.dev, "disk");
    make_folder(t.dev, "disk/by-id");
    rig_path(path, t.dev, "disk/by-id/nvme-Amazon_Elastic_Block_Store_vol0bbb");
    CHECK(symlink("../../nvme1n1", path) == 0);
    CHECK_OK(rig, device_find(&t.roots, &b, &d, &rig->cx));
    CHECK(strcmp(d.name, "nvme2n1") == 0);
}

static void test_a_xen_disk_is_unverified_and_needs_its_name(struct rig *rig)
{
    const struct disk *const disk = rig_disk(rig, "x", MIB);
    struct tree t;
    struct device d;
    struct id a;
    AUTO_FD int fd = -1;

    CHECK(id_set(&a, "vol-0aaa"));
    tree_init(&t, rig);
    plant(&t, disk, "xvdf", NULL);
    CHECK_ERR(rig, ERR_NOT_FOUND, device_find(&t.roots, &a, &d, &rig->cx));
    t.roots.xen_name = "/dev/sdf";
    CHECK_OK(rig, device_find(&t.roots, &a, &d, &rig->cx));
    CHECK(!d.verified);
    CHECK_OK(rig, device_open(&t.roots, &d, O_RDONLY, &fd, &rig->cx));
}

static void test_a_path_that_is_no_device_is_refused(struct rig *rig)
{
    const struct disk *const disk = rig_disk(rig, "x", MIB);
    struct tree t;
    struct device d;
    struct id a;
    char path[E2E_PATH_MAX];
    AUTO_FD int fd = -1;

    CHECK(id_set(&a, "vol-0aaa"));
    tree_init(&t, rig);
    plant(&t, disk, "nvme1n1", "vol0aaa\n");
    rig_path(path, t.dev, "nvme1n1");
    CHECK(unlink(path) == 0);
    write_text(t.dev, "nvme1n1", "a file\n");
    CHECK_OK(rig, device_find(&t.roots, &a, &d, &rig->cx));
    CHECK_ERR(rig, ERR_WRONG_STATE, device_open(&t.roots, &d, O_RDONLY, &fd, &rig->cx));
}

static pid_t attach_later(struct rig *rig, struct disk *disk, long ms)
{
    const pid_t pid = fork();

    if (pid == 0) {
        const struct timespec t = {.tv_nsec = ms * 1000000L};

        (void)nanosleep(&t, NULL);
        rig_attach(rig, disk);
        (void)pause();
    }
    CHECK(pid > 0);
    return pid;
}

static void test_a_device_that_comes_is_met_by_its_event(struct rig *rig)
{
    struct disk *const disk = rig_disk(rig, "vol-1", MIB);
    struct device d;

    rig_detach(disk);
    const uint64_t start_ms = due_now_ms();
    const pid_t pid = attach_later(rig, disk, 300);

    CHECK_OK(rig, device_await(&rig->roots, &disk->volume, due_in(LONG_MS), &d, &rig->cx));
    (void)printf("  came after %llu ms\n", (unsigned long long)(due_now_ms() - start_ms));
    CHECK(due_now_ms() - start_ms < 2000);
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, NULL, 0);
}

static void test_a_device_that_never_comes_ends_the_wait(struct rig *rig)
{
    struct device d;
    struct id a;
    const uint64_t start_ms = due_now_ms();

    CHECK(id_set(&a, "vol-0aaa"));
    CHECK_ERR(rig, ERR_NOT_FOUND, device_await(&rig->roots, &a, due_in(SHORT_MS), &d, &rig->cx));
    CHECK_WORDS(rig, "vol-0aaa");
    CHECK(due_now_ms() - start_ms >= SHORT_MS && due_now_ms() - start_ms < 2000);
}

static void test_a_lock_is_waited_for_and_then_refused(struct rig *rig)
{
    const struct disk *const disk = rig_disk(rig, "vol-1", MIB);
    struct device d;
    AUTO_FD int one = -1;
    AUTO_FD int two = -1;

    CHECK_OK(rig, device_find(&rig->roots, &disk->volume, &d, &rig->cx));
    CHECK_OK(rig, device_open(&rig->roots, &d, O_RDONLY, &one, &rig->cx));
    CHECK_OK(rig, device_open(&rig->roots, &d, O_RDONLY, &two, &rig->cx));
    CHECK_OK(rig, device_lock(one, &d, due_in(SHORT_MS), &rig->cx));
    CHECK_ERR(rig, ERR_IN_USE, device_lock(two, &d, due_in(SHORT_MS), &rig->cx));
    CHECK_WORDS(rig, "locked by another process");
}

static void test_two_disks_with_one_id_are_no_answer(struct rig *rig)
{
    const struct disk *const one = rig_disk(rig, "x", MIB);
    const struct disk *const two = rig_disk(rig, "y", MIB);
    struct tree t;
    struct device d;
    struct id a;

    CHECK(id_set(&a, "vol-0aaa"));
    tree_init(&t, rig);
    plant(&t, one, "nvme1n1", "vol0aaa\n");
    plant(&t, two, "nvme2n1", "vol0aaa\n");
    CHECK_ERR(rig, ERR_AMBIGUOUS, device_find(&t.roots, &a, &d, &rig->cx));
}

const struct e2e_test suite_device[] = {
    E2E_TEST(test_a_volume_is_found_by_its_image_and_opened),
    E2E_TEST(test_a_disk_with_another_serial_is_refused_after_the_open),
    E2E_TEST(test_a_stale_link_of_udev_is_only_a_hint),
    E2E_TEST(test_a_xen_disk_is_unverified_and_needs_its_name),
    E2E_TEST(test_a_path_that_is_no_device_is_refused),
    E2E_TEST(test_a_device_that_comes_is_met_by_its_event),
    E2E_TEST(test_a_device_that_never_comes_ends_the_wait),
    E2E_TEST(test_a_lock_is_waited_for_and_then_refused),
    E2E_TEST(test_two_disks_with_one_id_are_no_answer),
    E2E_END,
};

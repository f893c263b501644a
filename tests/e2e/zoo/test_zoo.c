/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_zoo.c - every image gets its verdict, and mkfs touches the blank ones alone.
 *
 * Each is probed and then offered to mkfs through the host port, as a run would. What is not blank
 * must be refused in words that name it, and be the same to the byte afterwards.
 */
#include "e2e/zoo/zoo.h"
#include "fs/mkfs.h"
#include "scope.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WAIT_MS = 20000 };

#define MIB (UINT64_C(1) << 20)

struct visit {
    struct host host;
    struct host_spec spec;
    struct port_call call;
};

static void enter(struct visit *v, struct rig *rig)
{
    static const char *const args[] = {"-t", "ext4", NULL};
    const struct host_options options = {.roots = rig->roots};

    memset(v, 0, sizeof(*v));
    v->spec = (struct host_spec){
        .size = sizeof(v->spec), .mkfs = args, .mkfs_count = 2, .target = rig->target, .mode = -1};
    v->call =
        (struct port_call){.deadline_ms = rig->clock.now_ms(&rig->clock) + WAIT_MS, .cx = &rig->cx};
    host_init(&v->host, &v->spec, &rig->clock, &options);
}

static enum err offer(struct visit *v, const struct id *volume, struct probe *out)
{
    struct host_port *const port = &v->host.port;
    const struct probe_request rq = {.volume = *volume};
    struct probe made;
    const enum err e = port->probe(port, &v->call, &rq, out);

    return e == ERR_OK ? port->mkfs(port, &v->call, volume, &e2e_fs, &made) : e;
}

static enum err refusal_of(enum probe_kind kind)
{
    switch (kind) {
    case PROBE_BLANK: return ERR_OK;
    case PROBE_AMBIGUOUS: return ERR_AMBIGUOUS;
    case PROBE_UNREADABLE: return ERR_UNREADABLE;
    case PROBE_NONE:
    case PROBE_FILESYSTEM:
    case PROBE_NOISE:
    case PROBE_FOREIGN: break;
    }
    return ERR_FOREIGN;
}

static void see_evidence(struct rig *rig, const char *node, const struct zoo_image *image)
{
    struct probe_report report;
    AUTO_FD const int fd = open(node, O_RDONLY | O_CLOEXEC);

    CHECK(fd >= 0);
    CHECK_OK(rig, probe_device(&(struct probe_ask){.fd = fd, .due = due_in(WAIT_MS)}, &report,
                               &rig->cx));
    if (report.probe.kind != image->verdict)
        e2e_fail(image->name, 0, probe_word(report.probe.kind), report.evidence);
    if (!strstr(report.evidence, image->evidence))
        e2e_fail(image->name, 0, "other evidence", report.evidence);
}

static void judge(struct rig *rig, struct disk *disk, const struct zoo_image *image)
{
    struct visit v;
    struct probe found;
    const bool blank = image->verdict == PROBE_BLANK;
    const uint64_t digest = blank ? 0 : rig_digest(disk->image);

    see_evidence(rig, disk->node, image);
    enter(&v, rig);
    CHECK_ERR(rig, refusal_of(image->verdict), offer(&v, &disk->volume, &found));
    CHECK(found.kind == image->verdict);
    if (blank)
        return;
    CHECK_WORDS(rig, image->name[0] == 'r' ? "not formatted" : image->evidence);
    CHECK(fsync(disk->fd) == 0);
    CHECK(rig_digest(disk->image) == digest);
}

/* A page of zeros more or less is read at once; a run over sixteen GiB of holes is not. */
static void visit_image(struct rig *rig, const struct zoo_image *image)
{
    struct disk *const disk = rig_disk(rig, image->name, image->bytes);
    const uint64_t start_ms = due_now_ms();

    if (image->make)
        image->make(disk->image, image->bytes);
    /* What was written behind the loop device's back must be seen by it. */
    rig_detach(disk);
    rig_attach(rig, disk);
    judge(rig, disk, image);
    rig_detach(disk);
    CHECK(unlink(disk->image) == 0);
    rig->disk_count--;
    (void)printf("  %-20s %-10s %5llu ms\n", image->name, probe_word(image->verdict),
                 (unsigned long long)(due_now_ms() - start_ms));
}

static void test_only_the_blank_are_formatted(struct rig *rig)
{
    for (const struct zoo_image *image = zoo_images; image->name; image++)
        visit_image(rig, image);
}

/* A disk that cannot be read in one place, whatever is said of it elsewhere. */
static void bad_spot(struct rig *rig, uint64_t from, bool with_ext4)
{
    const uint64_t bytes = 64 * MIB;
    struct disk disk = {.fd = -1};
    const struct zoo_image image = {
        .name = "vol-bad", .bytes = bytes, .verdict = PROBE_UNREADABLE, .evidence = "failed"};
    char backing[E2E_PATH_MAX];
    char folder[E2E_PATH_MAX];

    rig_path(backing, rig->folder, "backing");
    rig_path(folder, rig->folder, "fuse");
    CHECK(mkdir(folder, 0700) == 0);
    const int fd = open(backing, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    CHECK(fd >= 0 && ftruncate(fd, (off_t)bytes) == 0);
    (void)close(fd);
    if (with_ext4)
        CHECK(RUN("mke2fs", "-q", "-F", "-t", "ext4", backing) == 0);
    const uint64_t digest = rig_digest(backing);

    zoo_serve_bad(&(struct zoo_bad){
        .backing = backing, .folder = folder, .bad_from = from, .bad_to = from + 4096});
    CHECK(id_set(&disk.volume, "image"));
    rig_path(disk.image, folder, "image");
    rig->roots.images = folder;
    rig_attach(rig, &disk);
    see_evidence(rig, disk.node, &image);
    struct visit v;
    struct probe found;

    enter(&v, rig);
    CHECK_ERR(rig, ERR_UNREADABLE, offer(&v, &disk.volume, &found));
    CHECK_WORDS(rig, "restore from a snapshot");
    CHECK(fsync(disk.fd) == 0);
    CHECK(rig_digest(backing) == digest);
    rig_detach(&disk);
}

static void test_a_read_error_at_the_start_is_not_blank(struct rig *rig)
{
    bad_spot(rig, 0, false);
}

static void test_a_read_error_in_the_middle_is_not_blank(struct rig *rig)
{
    bad_spot(rig, 32 * MIB, false);
}

static void test_a_read_error_at_the_end_is_not_blank(struct rig *rig)
{
    bad_spot(rig, 64 * MIB - 4096, false);
}

static void test_a_read_error_on_the_superblock_is_not_blank(struct rig *rig)
{
    bad_spot(rig, 0, true);
}

const struct e2e_test suite_zoo[] = {
    E2E_TEST(test_only_the_blank_are_formatted),
    E2E_TEST(test_a_read_error_at_the_start_is_not_blank),
    E2E_TEST(test_a_read_error_in_the_middle_is_not_blank),
    E2E_TEST(test_a_read_error_at_the_end_is_not_blank),
    E2E_TEST(test_a_read_error_on_the_superblock_is_not_blank),
    E2E_END,
};

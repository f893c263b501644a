/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rig.c - images, loop devices, programs and digests for the tests on real devices.
 *
 * Loop devices are made by ioctl with the autoclear mark, so that they vanish with their last
 * descriptor. Nothing here may be left to a shell.
 */
#include "e2e/e2e.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

void e2e_fail(const char *file, int line, const char *what, const char *text)
{
    (void)fprintf(stderr, "%s:%d: %s: %s\n", file, line, what, text);
    (void)fflush(NULL);
    _exit(1);
}

void e2e_skip(const char *reason)
{
    (void)printf("skipped: %s\n", reason);
    (void)fflush(NULL);
    _exit(E2E_SKIPPED);
}

void e2e_check(const struct e2e_place *place, enum err got, enum err want, const struct errctx *cx)
{
    char text[1024];

    if (got == want)
        return;
    (void)snprintf(text, sizeof(text), "%s is %s, not %s: %s", place->text, err_name(got),
                   err_name(want), got == ERR_OK ? "" : cx->message);
    e2e_fail(place->file, place->line, "wrong answer", text);
}

void e2e_need(const char *program)
{
    static const char *const folders[] = {"/usr/sbin", "/usr/bin", "/sbin", "/bin"};
    char path[E2E_PATH_MAX];

    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        rig_path(path, folders[i], program);
        if (access(path, X_OK) == 0)
            return;
    }
    (void)printf("%s: ", program);
    e2e_skip("not installed");
}

int e2e_run(const char *const *argv)
{
    union {
        const char *const *given;
        char *const *wanted; /* POSIX promises not to write through it. */
    } args = {.given = argv};
    pid_t pid = 0;
    int status = 0;

    if (posix_spawnp(&pid, argv[0], NULL, NULL, args.wanted, environ) != 0)
        return 127;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

void rig_path(char out[E2E_PATH_MAX], const char *folder, const char *name)
{
    if (snprintf(out, E2E_PATH_MAX, "%s%s%s", folder, name[0] ? "/" : "", name) >= E2E_PATH_MAX)
        e2e_fail(__FILE__, __LINE__, "path", name);
}

static int free_loop(void)
{
    const int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
    const int number = control < 0 ? -1 : ioctl(control, LOOP_CTL_GET_FREE);

    if (control >= 0)
        (void)close(control);
    return number;
}

static bool try_attach(struct disk *disk, int image)
{
    struct loop_config config = {.fd = (uint32_t)image};
    const int number = free_loop();

    config.info.lo_flags = LO_FLAGS_AUTOCLEAR;
    (void)snprintf(disk->node, sizeof(disk->node), "/dev/loop%d", number);
    disk->fd = number < 0 ? -1 : open(disk->node, O_RDWR | O_CLOEXEC);
    if (disk->fd >= 0 && ioctl(disk->fd, LOOP_CONFIGURE, &config) == 0)
        return true;
    if (disk->fd >= 0)
        (void)close(disk->fd);
    return false;
}

void rig_attach(struct rig *rig, struct disk *disk)
{
    const int image = open(disk->image, O_RDWR | O_CLOEXEC);
    bool done = false;

    (void)rig;
    CHECK(image >= 0);
    /* Another process may take the free number in between. */
    for (int i = 0; i < 100 && !done; i++)
        done = try_attach(disk, image);
    (void)close(image);
    CHECK(done);
}

void rig_detach(struct disk *disk)
{
    (void)close(disk->fd);
    disk->fd = -1;
}

struct disk *rig_disk(struct rig *rig, const char *id, uint64_t bytes)
{
    struct disk *const disk = &rig->disks[rig->disk_count++];

    CHECK(rig->disk_count <= E2E_DISKS_MAX);
    CHECK(id_set(&disk->volume, id));
    rig_path(disk->image, rig->images, id);
    const int fd = open(disk->image, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    CHECK(fd >= 0 && ftruncate(fd, (off_t)bytes) == 0);
    (void)close(fd);
    rig_attach(rig, disk);
    return disk;
}

void rig_enlarge(struct disk *disk, uint64_t bytes)
{
    CHECK(truncate(disk->image, (off_t)bytes) == 0);
    CHECK(ioctl(disk->fd, LOOP_SET_CAPACITY, 0) == 0);
}

/* Where the next data begin: holes are passed over where the file system tells of them. */
static uint64_t next_data(int fd, uint64_t at, bool *end)
{
    const off_t data = lseek(fd, (off_t)at, SEEK_DATA);

    *end = data < 0 && errno == ENXIO;
    return data < 0 ? at : (uint64_t)data;
}

enum { BLOCK_WORDS = 512, BLOCK_BYTES = BLOCK_WORDS * 8 };

/* Place and content of a block that is not all zeros; a hole and written zeros are the same. */
static uint64_t mix_block(uint64_t digest, uint64_t at, const uint64_t *words)
{
    static const uint64_t zeros[BLOCK_WORDS];

    if (memcmp(words, zeros, BLOCK_BYTES) == 0)
        return digest;
    digest = mix64(digest ^ at);
    for (size_t i = 0; i < BLOCK_WORDS; i++)
        digest = mix64(digest ^ words[i]);
    return digest;
}

uint64_t rig_digest(const char *path)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    uint64_t digest = 1;
    bool end = false;

    CHECK(fd >= 0);
    for (uint64_t at = next_data(fd, 0, &end); !end; at = next_data(fd, at, &end)) {
        uint64_t words[BLOCK_WORDS] = {0};

        at -= at % BLOCK_BYTES;
        const ssize_t n = pread(fd, words, BLOCK_BYTES, (off_t)at);

        /* A block that cannot be read leaves a mark of its own. */
        if (n < 0 && errno == EIO)
            words[0] = 0x1ff;
        else if (n <= 0)
            break;
        digest = mix_block(digest, at, words);
        at += BLOCK_BYTES;
    }
    (void)close(fd);
    return digest;
}

void rig_write(const char *path, uint64_t at, const void *bytes, size_t count)
{
    const int fd = open(path, O_WRONLY | O_CLOEXEC);

    CHECK(fd >= 0);
    CHECK(pwrite(fd, bytes, count, (off_t)at) == (ssize_t)count);
    CHECK(fsync(fd) == 0);
    (void)close(fd);
}

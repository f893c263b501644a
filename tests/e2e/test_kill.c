/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_kill.c - kill -9 before and after system calls of format, grow and mount, then a second run.
 *
 * The first run is traced and dies at its n-th stop; every call has two, one before and one after.
 * A helper that it started lives on, as it would. The second run knows nothing but the device and
 * what the pool's records would say, and must end with everything in place. No point may depend on
 * time.
 */
#include "claim/mark.h"
#include "e2e/e2e.h"
#include "fs/guard.h"
#include "scope.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WAIT_MS = 60000, SMALL_MIB = 20, LARGE_MIB = 40, POINTS = 120 };

#define MIB (UINT64_C(1) << 20)

struct run {
    struct rig *rig;
    struct disk *disk;
    bool format; /* the volume has our blank record and no filesystem recorded */
};

static const char *const args[] = {"-t", "ext4", "-m", "0", NULL};

/* As the claim goes on from an attached volume: what is blank of ours is formatted, then mounted.
 */
static enum err go(const struct run *run, struct errctx *cx)
{
    const struct host_spec spec = {.size = sizeof(spec),
                                   .mkfs = args,
                                   .mkfs_count = 4,
                                   .target = run->rig->target,
                                   .mode = 0750};
    const struct host_options options = {.roots = run->rig->roots};
    const struct id *const v = &run->disk->volume;
    const struct probe_request rq = {.volume = *v, .vouched = run->format};
    struct port_call call = {.cx = cx};
    struct host host;
    struct host_port *const port = &host.port;
    struct probe p;

    host_init(&host, &spec, &run->rig->clock, &options);
    call.deadline_ms = run->rig->clock.now_ms(&run->rig->clock) + WAIT_MS;
    enum err e = port->probe(port, &call, &rq, &p);

    /* Mounted by the run before: nothing is left to do but to see that it is so. */
    if (e == ERR_IN_USE)
        return port->verify(port, &call, v, &e2e_fs, &p);
    if (e == ERR_OK && run->format && (p.kind == PROBE_BLANK || p.kind == PROBE_NOISE))
        e = port->mkfs(port, &call, v, &e2e_fs, &p);
    if (e == ERR_OK)
        e = port->fsck(port, &call, v);
    if (e == ERR_OK)
        e = port->grow(port, &call, v);
    if (e == ERR_OK)
        e = port->mount(port, &call, v, &e2e_fs);
    return e == ERR_OK ? port->verify(port, &call, v, &e2e_fs, &p) : e;
}

/* Tracer and traced take turns, which is several times faster on one processor than between two. */
static void stay_on_one_processor(void)
{
    cpu_set_t one;
    const int here = sched_getcpu();

    CPU_ZERO(&one);
    CPU_SET((size_t)(here > 0 ? here : 0), &one);
    (void)sched_setaffinity(0, sizeof(one), &one);
}

/* Runs it traced, and kills it at the stop with this number; true when it ended before that. */
static bool run_until(const struct run *run, unsigned stop, unsigned *stops)
{
    int status = 0;
    bool ended = false;

    (void)fflush(NULL);
    const pid_t pid = fork();

    if (pid == 0) {
        struct errctx cx;

        (void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        (void)raise(SIGSTOP);
        _exit(go(run, &cx) == ERR_OK ? 0 : 1);
    }
    CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && WIFSTOPPED(status));
    for (*stops = 0; *stops < stop && !ended; (*stops)++) {
        CHECK(ptrace(PTRACE_SYSCALL, pid, NULL, NULL) == 0);
        CHECK(waitpid(pid, &status, 0) == pid);
        ended = WIFEXITED(status) || WIFSIGNALED(status);
    }
    if (ended) {
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        return true;
    }
    CHECK(kill(pid, SIGKILL) == 0);
    CHECK(waitpid(pid, &status, 0) == pid);
    return false;
}

static void second_run(const struct run *run)
{
    struct rig *const rig = run->rig;
    enum err e = go(run, &rig->cx);

    /* The mkfs of the first run may still be at work and have the lock: the claim tries again. */
    for (int i = 0; e == ERR_IN_USE && i < 3; i++)
        e = go(run, &rig->cx);
    CHECK_OK(rig, e);
}

static void tidy(const struct run *run)
{
    CHECK(umount2(run->rig->target, 0) == 0);
    CHECK_OK(run->rig, guard_lift(run->rig->target, 0755, &run->rig->cx));
    CHECK(rmdir(run->rig->target) == 0);
}

static bool is_made(const struct disk *disk)
{
    struct probe_report report;
    struct errctx cx;
    AUTO_FD const int fd = open(disk->node, O_RDONLY | O_CLOEXEC);

    CHECK(fd >= 0);
    return probe_signatures(&(struct probe_ask){.fd = fd}, &report, &cx) == ERR_OK &&
           report.probe.kind == PROBE_FILESYSTEM;
}

static uint64_t made_at(const struct disk *disk)
{
    uint32_t when = 0;
    AUTO_FD const int fd = open(disk->node, O_RDONLY | O_CLOEXEC);

    /* s_mkfs_time of the ext superblock, and the hash seed, which mkfs draws at random. */
    CHECK(fd >= 0 && pread(fd, &when, sizeof(when), 1024 + 0x108) == (ssize_t)sizeof(when));
    uint64_t seed = 0;

    CHECK(pread(fd, &seed, sizeof(seed), 1024 + 0xEC) == (ssize_t)sizeof(seed));
    return mix64(when) ^ seed;
}

/* Stops are spread over the whole run, whose length the first, unharmed one tells. */
static unsigned stop_of(unsigned point, unsigned total)
{
    return point < total ? 1 + (unsigned)((uint64_t)point * total / POINTS) : total;
}

static void leave(struct run *run)
{
    tidy(run);
    rig_detach(run->disk);
    CHECK(unlink(run->disk->image) == 0);
    run->rig->disk_count--;
}

/* What one kind of run showed over all its points. */
struct tally {
    unsigned total; /* stops of a run that nobody killed */
    unsigned kept;  /* filesystems that the killed run had finished */
    uint64_t digest;
};

static void kill_a_format(const struct run *run, unsigned point, struct tally *t)
{
    unsigned stops = 0;

    if (run_until(run, stop_of(point, t->total), &stops))
        return;
    const bool made = is_made(run->disk);
    const uint64_t first = made ? made_at(run->disk) : 0;

    second_run(run);
    CHECK(!made || made_at(run->disk) == first);
    t->kept += made;
}

static void test_a_format_killed_anywhere_is_finished_and_never_done_twice(struct rig *rig)
{
    struct run run = {.rig = rig, .format = true};
    struct tally t = {.total = 0};

    e2e_need("mkfs.ext4");
    stay_on_one_processor();
    run.disk = rig_disk(rig, "vol-1", SMALL_MIB * MIB);
    CHECK(run_until(&run, ~0U, &t.total));
    leave(&run);
    for (unsigned point = 0; point < POINTS; point++) {
        run.disk = rig_disk(rig, "vol-1", SMALL_MIB * MIB);
        kill_a_format(&run, point, &t);
        leave(&run);
    }
    (void)printf("  %u stops, killed at %d of them, %u after mkfs\n", t.total, POINTS, t.kept);
    CHECK(t.kept > 0 && t.kept < POINTS);
}

/* A filesystem with data, smaller than its disk: to be checked, grown and mounted. */
static void put_data(struct rig *rig, const struct disk *disk)
{
    static uint64_t data[MIB / 8];
    char path[E2E_PATH_MAX];
    char size[32];
    char uuid[37];

    uuid_format(&e2e_fs, uuid);
    (void)snprintf(size, sizeof(size), "%dM", SMALL_MIB);
    CHECK(RUN("mkfs.ext4", "-q", "-m", "0", "-U", uuid, disk->node, size) == 0);
    for (size_t i = 0; i < MIB / 8; i++)
        data[i] = mix64(i + 1);
    CHECK(mkdir(rig->target, 0755) == 0);
    CHECK(mount(disk->node, rig->target, "ext4", 0, NULL) == 0);
    rig_path(path, rig->target, "data");
    const int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

    CHECK(fd >= 0 && write(fd, data, sizeof(data)) == (ssize_t)sizeof(data) && fsync(fd) == 0);
    (void)close(fd);
    CHECK(umount2(rig->target, 0) == 0 && rmdir(rig->target) == 0);
}

static uint64_t mib_at(const char *target)
{
    struct statvfs v;

    CHECK(statvfs(target, &v) == 0);
    return (uint64_t)v.f_blocks * v.f_frsize / MIB;
}

/* The data and the size are as they must be. */
static void look_at_data(const struct run *run, struct tally *t)
{
    char path[E2E_PATH_MAX];

    rig_path(path, run->rig->target, "data");
    if (t->digest == 0)
        t->digest = rig_digest(path);
    CHECK(rig_digest(path) == t->digest);
    CHECK(mib_at(run->rig->target) > SMALL_MIB);
}

static void kill_a_mount(struct run *run, unsigned stop, struct tally *t)
{
    unsigned stops = 0;

    run->disk = rig_disk(run->rig, "vol-1", LARGE_MIB * MIB);
    put_data(run->rig, run->disk);
    if (run_until(run, stop, &stops))
        t->total = stops;
    else
        second_run(run);
    look_at_data(run, t);
    leave(run);
}

static void test_a_grow_and_mount_killed_anywhere_keep_the_data(struct rig *rig)
{
    struct run run = {.rig = rig};
    struct tally t = {.total = 0};

    e2e_need("mkfs.ext4");
    stay_on_one_processor();
    kill_a_mount(&run, ~0U, &t);
    const unsigned total = t.total;

    for (unsigned point = 0; point < POINTS; point++)
        kill_a_mount(&run, stop_of(point, total), &t);
    (void)printf("  %u stops, killed at %d of them\n", total, POINTS);
}

const struct e2e_test suite_kill[] = {
    E2E_TEST(test_a_format_killed_anywhere_is_finished_and_never_done_twice),
    E2E_TEST(test_a_grow_and_mount_killed_anywhere_keep_the_data),
    E2E_END,
};

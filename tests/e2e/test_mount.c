/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_mount.c - the whole host port on real devices: probe, make, check, grow, mount, verify, end.
 *
 * Everything goes through struct host_port, as the driver calls it; no test may use what the port
 * does not offer, but for looking at the result.
 */
#include "e2e/e2e.h"
#include "fs/guard.h"
#include "scope.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WAIT_MS = 20000, SMALL_MIB = 320, LARGE_MIB = 640 };

#define MIB (UINT64_C(1) << 20)

static const struct uuid another = {{0x77, 1}};
static const struct uuid any = {{0}};

/* A host with one disk, and a call to use it with. */
struct scene {
    struct rig *rig;
    struct disk *disk;
    struct host host;
    struct host_port *port;
    struct port_call call;
    struct host_spec spec;
    const char *args[8];
};

static void begin(struct scene *s, struct rig *rig, const char *fstype)
{
    static char program[32];

    (void)snprintf(program, sizeof(program), "mkfs.%s", fstype);
    e2e_need(program);
    memset(s, 0, sizeof(*s));
    s->rig = rig;
    s->disk = rig_disk(rig, "vol-1", SMALL_MIB * MIB);
    s->args[0] = "-t";
    s->args[1] = fstype;
    s->spec = (struct host_spec){.size = sizeof(s->spec),
                                 .mkfs = s->args,
                                 .mkfs_count = 2,
                                 .target = rig->target,
                                 .mode = -1};
    s->call =
        (struct port_call){.deadline_ms = rig->clock.now_ms(&rig->clock) + WAIT_MS, .cx = &rig->cx};
}

static void init(struct scene *s, const struct host_options *options)
{
    struct host_options o = options ? *options : (struct host_options){.ready = NULL};

    o.roots = s->rig->roots;
    host_init(&s->host, &s->spec, &s->rig->clock, &o);
    s->port = &s->host.port;
}

static enum err probe(struct scene *s, struct probe *out)
{
    const struct probe_request rq = {.volume = s->disk->volume};

    return s->port->probe(s->port, &s->call, &rq, out);
}

static void format(struct scene *s)
{
    struct probe p;

    CHECK_OK(s->rig, s->port->await_device(s->port, &s->call, &s->disk->volume));
    CHECK_OK(s->rig, probe(s, &p));
    CHECK(p.kind == PROBE_BLANK);
    CHECK_OK(s->rig, s->port->mkfs(s->port, &s->call, &s->disk->volume, &e2e_fs, &p));
    CHECK(p.kind == PROBE_FILESYSTEM && uuid_same(&p.uuid, &e2e_fs));
}

static enum err up(struct scene *s)
{
    const struct id *const v = &s->disk->volume;
    struct probe p;
    enum err e = s->port->fsck(s->port, &s->call, v);

    if (e == ERR_OK)
        e = s->port->grow(s->port, &s->call, v);
    if (e == ERR_OK)
        e = s->port->mount(s->port, &s->call, v, &e2e_fs);
    if (e == ERR_OK)
        e = s->port->extend(s->port, &s->call, v);
    if (e == ERR_OK)
        e = s->port->verify(s->port, &s->call, v, &e2e_fs, &p);
    if (e == ERR_OK)
        e = s->port->announce(s->port, &s->call, v);
    return e;
}

static enum err down(struct scene *s)
{
    return s->port->unmount(s->port, &s->call, &s->disk->volume);
}

static uint64_t mib_at(const char *target)
{
    struct statvfs v;

    CHECK(statvfs(target, &v) == 0);
    return (uint64_t)v.f_blocks * v.f_frsize / MIB;
}

static void put_file(const char *folder, const char *name, const char *text)
{
    char path[E2E_PATH_MAX];

    rig_path(path, folder, name);
    AUTO_FD const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

    CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
}

/* Format, mount, write; enlarge while away; mount again: larger, and the data is there. */
static void live(struct rig *rig, const char *fstype)
{
    struct scene s;
    char path[E2E_PATH_MAX];

    begin(&s, rig, fstype);
    init(&s, NULL);
    format(&s);
    CHECK_OK(rig, up(&s));
    put_file(rig->target, "data", "what matters");
    rig_path(path, rig->target, "data");
    const uint64_t digest = rig_digest(path);
    const uint64_t small = mib_at(rig->target);

    CHECK_OK(rig, up(&s)); /* Mounted already: verified, not repeated. */
    CHECK_OK(rig, down(&s));
    CHECK_OK(rig, down(&s));
    rig_enlarge(s.disk, LARGE_MIB * MIB);
    init(&s, NULL); /* Another run, which remembers nothing. */
    CHECK_OK(rig, up(&s));
    CHECK(mib_at(rig->target) > small + 200);
    CHECK(rig_digest(path) == digest);
    CHECK_OK(rig, down(&s));
    CHECK_OK(rig, guard_lift(rig->target, 0755, &rig->cx));
}

static void test_ext4_lives_and_grows(struct rig *rig)
{
    live(rig, "ext4");
}

static void test_xfs_lives_and_grows(struct rig *rig)
{
    live(rig, "xfs");
}

static void test_btrfs_lives_and_grows(struct rig *rig)
{
    live(rig, "btrfs");
}

static void test_owner_mode_and_options_are_as_asked_for(struct rig *rig)
{
    struct scene s;
    struct stat st;
    struct statvfs v;

    begin(&s, rig, "ext4");
    s.spec.owner = "daemon";
    s.spec.group = "12345";
    s.spec.mode = 02750;
    s.spec.options = "noatime,nodev,nosuid,data=ordered";
    init(&s, NULL);
    format(&s);
    CHECK_OK(rig, up(&s));
    CHECK(stat(rig->target, &st) == 0);
    CHECK(st.st_uid == 1 && st.st_gid == 12345 && (st.st_mode & 07777) == 02750);
    CHECK(statvfs(rig->target, &v) == 0);
    CHECK((v.f_flag & ST_NOATIME) != 0 && (v.f_flag & ST_NODEV) != 0);
    CHECK_OK(rig, down(&s));
}

static void test_a_wrong_option_is_told_with_the_reason(struct rig *rig)
{
    struct scene s;

    begin(&s, rig, "ext4");
    s.spec.options = "nonsense=1";
    init(&s, NULL);
    format(&s);
    CHECK_ERR(rig, ERR_IO, up(&s));
    CHECK_WORDS(rig, "nonsense=1");
    CHECK_OK(rig, down(&s));
}

static void test_a_user_that_is_not_there_is_told(struct rig *rig)
{
    struct scene s;

    begin(&s, rig, "ext4");
    s.spec.owner = "nobody-has-this-name";
    init(&s, NULL);
    format(&s);
    CHECK_ERR(rig, ERR_CONFIG, up(&s));
    CHECK_WORDS(rig, "nobody-has-this-name");
    CHECK_OK(rig, down(&s));
}

static void test_another_uuid_than_the_recorded_one_is_not_mounted(struct rig *rig)
{
    struct scene s;
    const struct id *v = NULL;

    begin(&s, rig, "ext4");
    v = &s.disk->volume;
    init(&s, NULL);
    format(&s);
    CHECK_ERR(rig, ERR_FOREIGN, s.port->mount(s.port, &s.call, v, &another));
    CHECK(access(rig->target, F_OK) != 0);
    CHECK_OK(rig, s.port->mount(s.port, &s.call, v, &any));
    CHECK_OK(rig, down(&s));
}

static void test_a_foreign_mount_at_the_target_is_refused_and_named(struct rig *rig)
{
    struct scene s;

    begin(&s, rig, "ext4");
    init(&s, NULL);
    format(&s);
    CHECK(mkdir(rig->target, 0755) == 0);
    CHECK(mount("someone", rig->target, "tmpfs", 0, NULL) == 0);
    CHECK_ERR(rig, ERR_IN_USE, up(&s));
    CHECK_WORDS(rig, "someone (tmpfs)");
    CHECK_OK(rig, down(&s));
    CHECK(mib_at(rig->target) > 0);
}

static void test_a_device_mounted_elsewhere_is_refused_and_the_place_named(struct rig *rig)
{
    struct scene s;
    char other[E2E_PATH_MAX];
    const struct inspection *seen = NULL;

    begin(&s, rig, "ext4");
    init(&s, NULL);
    format(&s);
    rig_path(other, rig->folder, "other");
    CHECK(mkdir(other, 0755) == 0);
    CHECK(mount(s.disk->node, other, "ext4", 0, NULL) == 0);
    CHECK_ERR(rig, ERR_IN_USE, s.port->mount(s.port, &s.call, &s.disk->volume, &e2e_fs));
    CHECK_WORDS(rig, "/other");
    CHECK_OK(rig, s.port->inspect(s.port, &s.call, &seen));
    CHECK(seen->present_count == 1 && seen->mounted[0] && !seen->target_mounted);
    CHECK_ERR(rig, ERR_IN_USE, down(&s));
}

static void test_files_in_the_mount_point_are_not_hidden(struct rig *rig)
{
    struct scene s;

    begin(&s, rig, "ext4");
    init(&s, NULL);
    format(&s);
    CHECK(mkdir(rig->target, 0755) == 0);
    put_file(rig->target, "left-by-a-service", "x");
    CHECK_ERR(rig, ERR_WRONG_STATE, up(&s));
    CHECK_WORDS(rig, "left-by-a-service");
}

static pid_t sit_in(const char *folder)
{
    int ready[2];
    char byte;

    CHECK(pipe2(ready, O_CLOEXEC) == 0);
    const pid_t pid = fork();

    if (pid == 0) {
        if (chdir(folder) == 0 && write(ready[1], "x", 1) == 1)
            (void)pause();
        _exit(1);
    }
    CHECK(pid > 0 && read(ready[0], &byte, 1) == 1);
    (void)close(ready[0]);
    (void)close(ready[1]);
    return pid;
}

static void test_a_busy_mount_point_is_refused_and_its_holder_named(struct rig *rig)
{
    struct scene s;

    begin(&s, rig, "ext4");
    init(&s, NULL);
    format(&s);
    CHECK(mkdir(rig->target, 0755) == 0);
    const pid_t pid = sit_in(rig->target);
    char who[64];

    (void)snprintf(who, sizeof(who), "e2e (pid %d)", pid);
    CHECK_ERR(rig, ERR_IN_USE, up(&s));
    CHECK_WORDS(rig, who);
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, NULL, 0);
    CHECK_OK(rig, up(&s));
    const pid_t user = sit_in(rig->target);

    (void)snprintf(who, sizeof(who), "kept busy by e2e (pid %d)", user);
    CHECK_ERR(rig, ERR_IN_USE, down(&s));
    CHECK_WORDS(rig, who);
    (void)kill(user, SIGKILL);
    (void)waitpid(user, NULL, 0);
    CHECK_OK(rig, down(&s));
}

static void test_the_guard_keeps_even_root_out_of_the_empty_mount_point(struct rig *rig)
{
    struct scene s;
    char path[E2E_PATH_MAX];

    begin(&s, rig, "ext4");
    init(&s, NULL);
    format(&s);
    CHECK_OK(rig, up(&s));
    put_file(rig->target, "data", "goes to the volume");
    CHECK_OK(rig, down(&s));
    rig_path(path, rig->target, "data");
    CHECK(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644) < 0);
    CHECK_OK(rig, up(&s));
    CHECK(access(path, F_OK) == 0);
    CHECK_OK(rig, down(&s));
}

static void test_what_is_mounted_is_inspected_and_the_ready_file_tells(struct rig *rig)
{
    struct scene s;
    char ready[E2E_PATH_MAX];
    char fstab[E2E_PATH_MAX];
    const struct inspection *seen = NULL;

    rig_path(ready, rig->folder, "run/ready");
    rig_path(fstab, rig->folder, "fstab");
    put_file(rig->folder, "fstab", "# by hand\nLABEL=x /srv ext4 defaults 0 2\n");
    begin(&s, rig, "ext4");
    init(&s, &(struct host_options){.ready = ready, .fstab = fstab});
    format(&s);
    CHECK(access(ready, F_OK) != 0);
    CHECK_OK(rig, up(&s));
    CHECK(access(ready, F_OK) == 0);
    CHECK_OK(rig, s.port->inspect(s.port, &s.call, &seen));
    CHECK(seen->present_count == 1 && seen->mounted[0] && seen->target_mounted);
    CHECK(id_same(&seen->target_volume, &s.disk->volume));
    CHECK(RUN("grep", "-q", "# by hand", fstab) == 0);
    CHECK(RUN("grep", "-q", "^LABEL=x */srv", fstab) == 0);
    CHECK(RUN("grep", "-q", "^UUID=5a010203.*noauto,nofail,x-volclaim", fstab) == 0);
    const uint64_t digest = rig_digest(fstab);

    CHECK_OK(rig, up(&s));
    CHECK(rig_digest(fstab) == digest);
    CHECK_OK(rig, down(&s));
    CHECK(access(ready, F_OK) != 0);
}

static void test_an_entry_of_somebody_else_in_fstab_stays(struct rig *rig)
{
    struct scene s;
    char fstab[E2E_PATH_MAX];
    char line[E2E_PATH_MAX * 2];

    rig_path(fstab, rig->folder, "fstab");
    (void)snprintf(line, sizeof(line), "LABEL=y %s ext4 defaults 0 2\n", rig->target);
    put_file(rig->folder, "fstab", line);
    begin(&s, rig, "ext4");
    init(&s, &(struct host_options){.fstab = fstab});
    format(&s);
    const uint64_t digest = rig_digest(fstab);

    CHECK_ERR(rig, ERR_IN_USE, up(&s));
    CHECK(rig_digest(fstab) == digest);
    CHECK_OK(rig, down(&s));
}

static void test_a_wound_is_preened_before_the_mount(struct rig *rig)
{
    struct scene s;

    begin(&s, rig, "ext4");
    init(&s, NULL);
    format(&s);
    /* A filesystem that was not unmounted in order, with a count that is wrong. */
    CHECK(RUN("debugfs", "-w", "-R", "set_super_value state 0", s.disk->node) == 0);
    CHECK(RUN("debugfs", "-w", "-R", "set_super_value free_blocks_count 7", s.disk->node) == 0);
    CHECK_OK(rig, up(&s));
    CHECK_OK(rig, down(&s));
    CHECK(RUN("e2fsck", "-n", "-f", s.disk->node) == 0);
}

static void test_what_e2fsck_leaves_to_a_person_stops_the_run(struct rig *rig)
{
    struct scene s;

    begin(&s, rig, "ext4");
    init(&s, NULL);
    format(&s);
    CHECK(RUN("debugfs", "-w", "-R", "set_super_value state 2", s.disk->node) == 0);
    CHECK(RUN("debugfs", "-w", "-R", "clri <2>", s.disk->node) == 0);
    CHECK_ERR(rig, ERR_IO, s.port->fsck(s.port, &s.call, &s.disk->volume));
    CHECK_WORDS(rig, "e2fsck failed with status 4");
}

const struct e2e_test suite_mount[] = {
    E2E_TEST(test_ext4_lives_and_grows),
    E2E_TEST(test_xfs_lives_and_grows),
    E2E_TEST(test_btrfs_lives_and_grows),
    E2E_TEST(test_owner_mode_and_options_are_as_asked_for),
    E2E_TEST(test_a_wrong_option_is_told_with_the_reason),
    E2E_TEST(test_a_user_that_is_not_there_is_told),
    E2E_TEST(test_another_uuid_than_the_recorded_one_is_not_mounted),
    E2E_TEST(test_a_foreign_mount_at_the_target_is_refused_and_named),
    E2E_TEST(test_a_device_mounted_elsewhere_is_refused_and_the_place_named),
    E2E_TEST(test_files_in_the_mount_point_are_not_hidden),
    E2E_TEST(test_a_busy_mount_point_is_refused_and_its_holder_named),
    E2E_TEST(test_the_guard_keeps_even_root_out_of_the_empty_mount_point),
    E2E_TEST(test_what_is_mounted_is_inspected_and_the_ready_file_tells),
    E2E_TEST(test_an_entry_of_somebody_else_in_fstab_stays),
    E2E_TEST(test_a_wound_is_preened_before_the_mount),
    E2E_TEST(test_what_e2fsck_leaves_to_a_person_stops_the_run),
    E2E_END,
};

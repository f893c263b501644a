/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - runs one suite on real devices: a process, a namespace and a folder for each test.
 *
 * Exit status 0: all passed, 1: one failed, 77: none could run, with the reason. It must leave
 * nothing behind, and says so itself: leftovers fail the run.
 */
#include "e2e/e2e.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct suite {
    const char *name;
    const struct e2e_test *tests;
};

static const struct suite suites[] = {
#define SUITE(name) {#name, suite_##name},
#include "e2e/suites.def"
#undef SUITE
};

static uint64_t wall_ms(struct clock_port *clock)
{
    struct timespec t = {0};

    (void)clock;
    (void)clock_gettime(CLOCK_REALTIME, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void never_sleep(struct clock_port *clock, uint64_t wake_ms)
{
    (void)clock;
    (void)wake_ms;
}

struct uuid e2e_fs = {{0x5a, 1, 2, 3, 4, 5, 0x46, 7, 0x88}};

/* By the process, of which each test has its own. */
static void choose_fs(void)
{
    const uint64_t number = (uint64_t)getpid();

    for (size_t i = 0; i < 7; i++)
        e2e_fs.bytes[9 + i] = (uint8_t)(number >> 8 * i);
}

static void rig_init(struct rig *rig, const char *folder)
{
    memset(rig, 0, sizeof(*rig));
    choose_fs();
    rig_path(rig->folder, folder, "");
    rig_path(rig->images, folder, "images");
    rig_path(rig->target, folder, "mnt");
    rig->roots = device_roots_system;
    rig->roots.images = rig->images;
    rig->clock = (struct clock_port){.size = sizeof(rig->clock),
                                     .version = PORT_VERSION,
                                     .now_ms = wall_ms,
                                     .sleep_until = never_sleep};
    err_clear(&rig->cx);
}

/* In the child: alone with its mounts, and gone when the parent is. */
static _Noreturn void run_child(const struct e2e_test *test, const char *folder)
{
    static struct rig rig;

    (void)setpgid(0, 0);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (unshare(CLONE_NEWNS) < 0)
        e2e_fail(__FILE__, __LINE__, "unshare", folder);
    rig_init(&rig, folder);
    test->run(&rig);
    (void)fflush(NULL);
    _exit(0);
}

static int wait_for(pid_t pid)
{
    int status = 0;

    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    /* What the test started and left running, a FUSE file system for one. */
    (void)kill(-pid, SIGKILL);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/* True when a loop device still stands on a file of the folder. */
static bool loops_left(const char *folder)
{
    char file[E2E_PATH_MAX];
    char name[300];
    bool left = false;
    DIR *const disks = opendir("/sys/block");

    while (disks) {
        /* One stream, one thread: readdir is safe. */
        /* NOLINTNEXTLINE(concurrency-mt-unsafe) */
        const struct dirent *const d = readdir(disks);

        if (!d)
            break;
        (void)snprintf(name, sizeof(name), "/sys/block/%s/loop/backing_file", d->d_name);
        FILE *const in = fopen(name, "re");

        if (in && fgets(file, sizeof(file), in) && strncmp(file, folder, strlen(folder)) == 0)
            left = true;
        if (in)
            (void)fclose(in);
    }
    if (disks)
        (void)closedir(disks);
    return left;
}

/* The kernel clears a loop device a moment after its last descriptor is closed. */
static bool leaves_nothing(const char *folder)
{
    for (int i = 0; i < 200 && loops_left(folder); i++)
        (void)usleep(10000);
    if (!loops_left(folder))
        return true;
    (void)fprintf(stderr, "e2e: a loop device on %s is left\n", folder);
    return false;
}

/* Images live in memory, so that no test waits for a disk to have written what is thrown away. */
static bool make_images(const char *folder)
{
    char images[E2E_PATH_MAX];

    rig_path(images, folder, "images");
    return mkdir(images, 0700) == 0 && mount("images", images, "tmpfs", 0, NULL) == 0;
}

static bool remove_images(const char *folder)
{
    char images[E2E_PATH_MAX];

    rig_path(images, folder, "images");
    if (umount2(images, 0) == 0)
        return true;
    (void)fprintf(stderr, "e2e: something holds %s: %s\n", images, strerrordesc_np(errno));
    return false;
}

static int run_test(const struct e2e_test *test)
{
    char folder[] = "/tmp/volclaim-e2e-XXXXXX";
    const uint64_t start_ms = wall_ms(NULL);

    if (!mkdtemp(folder) || !make_images(folder))
        return 1;
    (void)fflush(NULL);
    const pid_t pid = fork();

    if (pid == 0)
        run_child(test, folder);
    int status = pid < 0 ? 1 : wait_for(pid);

    if (!leaves_nothing(folder) || !remove_images(folder))
        status = 1;
    /* The guard of a mount point is taken off by its own test; what is left is removed by force. */
    (void)RUN("chattr", "-R", "-f", "-i", folder);
    (void)RUN("rm", "-rf", "--one-file-system", folder);
    (void)printf("%s %s (%llu ms)\n",
                 status == 0 ? "passed " : (status == E2E_SKIPPED ? "skipped" : "FAILED "),
                 test->name, (unsigned long long)(wall_ms(NULL) - start_ms));
    return status;
}

static int run_suite(const struct suite *s, const char *only)
{
    int ran = 0;
    int failed = 0;

    for (const struct e2e_test *t = s->tests; t->name; t++) {
        if (only && strcmp(only, t->name) != 0)
            continue;
        const int status = run_test(t);

        ran += status != E2E_SKIPPED;
        failed += status != 0 && status != E2E_SKIPPED;
    }
    if (failed > 0)
        return 1;
    return ran > 0 ? 0 : E2E_SKIPPED;
}

/* Mounts of ours are nobody else's, and end with this process. */
static const char *cannot(void)
{
    if (geteuid() != 0)
        return "loop devices and mounts need root";
    if (access("/dev/loop-control", R_OK | W_OK) != 0)
        return "there is no /dev/loop-control";
    if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return "mount namespaces cannot be made here";
    return NULL;
}

int main(int argc, char **argv)
{
    const char *const reason = cannot();

    if (reason) {
        (void)printf("skipped: %s\n", reason);
        return E2E_SKIPPED;
    }
    for (size_t i = 0; argc >= 2 && i < sizeof(suites) / sizeof(suites[0]); i++) {
        if (strcmp(suites[i].name, argv[1]) == 0)
            return run_suite(&suites[i], argc > 2 ? argv[2] : NULL);
    }
    (void)fprintf(stderr, "usage: e2e SUITE [TEST]\n");
    return 2;
}

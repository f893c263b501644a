/* SPDX-License-Identifier: Apache-2.0 */
/*
 * e2e.h - tests on real block devices: what each needs, and the promise that nothing stays behind.
 *
 * Every test runs in a process of its own with a mount namespace of its own, a temporary folder,
 * and loop devices that clear themselves with their last descriptor. So the kernel takes everything
 * away when the process ends, however it ends; only the folder is removed by the parent. A test
 * must not touch a device it did not make.
 */
#pragma once

#include "err.h"
#include "fs/device.h"
#include "fs/host.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    E2E_SKIPPED = 77,
    E2E_PATH_MAX = 512,
    E2E_DISKS_MAX = 8,
};

/* One image, and the loop device that makes a disk of it. */
struct disk {
    struct id volume;
    char image[E2E_PATH_MAX];
    char node[DEVICE_PATH_MAX];
    int fd; /* keeps the loop device alive */
};

/* What a test is given. */
struct rig {
    char folder[E2E_PATH_MAX];
    char images[E2E_PATH_MAX];
    char target[E2E_PATH_MAX];
    struct device_roots roots; /* the real ones, with our images */
    struct clock_port clock;
    struct disk disks[E2E_DISKS_MAX];
    unsigned disk_count;
    struct errctx cx;
};

/* For filesystems; another at each test, as no two with the same uuid may be there at one time. */
extern struct uuid e2e_fs;

typedef void(e2e_fn)(struct rig *rig);

struct e2e_test {
    const char *name;
    e2e_fn *run;
};

/* clang-format off */
#define E2E_TEST(function) { #function, function }
#define E2E_END { NULL, NULL }
/* clang-format on */

#define SUITE(name) extern const struct e2e_test suite_##name[];
#include "e2e/suites.def"
#undef SUITE

/* Ends the test at the first thing that is not so. */
#define CHECK(condition)                                        \
    do {                                                        \
        if (!(condition))                                       \
            e2e_fail(__FILE__, __LINE__, "not so", #condition); \
    } while (0)
#define CHECK_OK(rig, call) \
    e2e_check(&(struct e2e_place){__FILE__, __LINE__, #call}, (call), ERR_OK, &(rig)->cx)
#define CHECK_ERR(rig, want, call) \
    e2e_check(&(struct e2e_place){__FILE__, __LINE__, #call}, (call), (want), &(rig)->cx)
#define CHECK_WORDS(rig, words)                                             \
    do {                                                                    \
        if (!strstr((rig)->cx.message, words))                              \
            e2e_fail(__FILE__, __LINE__, "other words", (rig)->cx.message); \
    } while (0)

struct e2e_place {
    const char *file;
    int line;
    const char *text;
};

_Noreturn void e2e_fail(const char *file, int line, const char *what, const char *text);
void e2e_check(const struct e2e_place *place, enum err got, enum err want, const struct errctx *cx);

/* Ends the test as skipped, with the reason. */
_Noreturn void e2e_skip(const char *reason);
/* Skips when the program is not installed. */
void e2e_need(const char *program);

/* Runs a program and returns its exit status; its output goes to the test's. NULL-terminated. */
int e2e_run(const char *const *argv);
#define RUN(...) e2e_run((const char *const[]){__VA_ARGS__, NULL})

/* A sparse image of this size with a loop device; the volume is named by the id. */
struct disk *rig_disk(struct rig *rig, const char *id, uint64_t bytes);
/* A loop device on a file that is there. */
void rig_attach(struct rig *rig, struct disk *disk);
void rig_detach(struct disk *disk);
/* Makes the image larger and lets the kernel see it. */
void rig_enlarge(struct disk *disk, uint64_t bytes);

/* A 64-bit digest of a file or device, and of all below a folder. */
uint64_t rig_digest(const char *path);

void rig_write(const char *path, uint64_t at, const void *bytes, size_t count);
void rig_path(char out[E2E_PATH_MAX], const char *folder, const char *name);

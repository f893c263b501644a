/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_fs_probe.c - what is read to call a device blank, and what a verdict leads to.
 *
 * Regular files stand for devices; the zoo of formats is in tests/e2e. No test may need root.
 */
#include "fs/ext.h"
#include "fs/mkfs.h"
#include "fs/probe.h"
#include "fs/probe_name.h"
#include "fs/zero.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATIENCE_MS = 20000 };

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

static struct errctx cx;

static int sparse(uint64_t bytes)
{
    char path[] = "/tmp/volclaim-unit-XXXXXX";
    const int fd = mkstemp(path);

    CU_ASSERT_FATAL(fd >= 0);
    CU_ASSERT_EQUAL_FATAL(ftruncate(fd, (off_t)bytes), 0);
    (void)unlink(path);
    return fd;
}

static enum zero_kind check(int fd, uint64_t size, struct zero_report *z, bool ends_only)
{
    const struct zero_ask ask = {
        .fd = fd, .size = size, .ends_only = ends_only, .due = due_in(PATIENCE_MS)};

    CU_ASSERT_EQUAL_FATAL(zero_check(&ask, z, &cx), ERR_OK);
    return z->kind;
}

static void put_byte(int fd, uint64_t at, char byte)
{
    CU_ASSERT_EQUAL(pwrite(fd, &byte, 1, (off_t)at), 1);
}

static void test_up_to_one_gib_every_byte_is_read(void)
{
    static const uint64_t places[] = {0, 511, 40 * MIB + 7, 64 * MIB - 1};
    const int fd = sparse(64 * MIB);
    struct zero_report z;

    CU_ASSERT_EQUAL(check(fd, 64 * MIB, &z, false), ZERO_ALL);
    CU_ASSERT_EQUAL(z.read_bytes, 64 * MIB);
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        put_byte(fd, places[i], 1);
        CU_ASSERT_EQUAL(check(fd, 64 * MIB, &z, false), ZERO_NOT);
        CU_ASSERT_EQUAL(z.at, places[i]);
        put_byte(fd, places[i], 0);
    }
    (void)close(fd);
}

static void test_beyond_it_the_ends_the_copies_and_the_samples_are_read(void)
{
    static const uint64_t places[] = {0,           16 * MIB - 1, 4 * GIB - 16 * MIB,
                                      4 * GIB - 1, 64 * MIB,     128 * MIB + 100};
    const int fd = sparse(4 * GIB);
    struct zero_report z;

    CU_ASSERT_EQUAL(check(fd, 4 * GIB, &z, false), ZERO_ALL);
    CU_ASSERT_TRUE(z.read_bytes >= 32 * MIB + (uint64_t)ZERO_SAMPLES * ZERO_SAMPLE_BYTES);
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        put_byte(fd, places[i], 1);
        CU_ASSERT_EQUAL(check(fd, 4 * GIB, &z, false), ZERO_NOT);
        CU_ASSERT_EQUAL(z.at, places[i]);
        put_byte(fd, places[i], 0);
    }
    put_byte(fd, zero_sample_at(4 * GIB, 4095) + 4095, 1);
    CU_ASSERT_EQUAL(check(fd, 4 * GIB, &z, false), ZERO_NOT);
    (void)close(fd);
}

static void test_samples_are_spread_in_order_within_bounds_and_the_same_each_time(void)
{
    static const uint64_t sizes[] = {GIB + 512, 5 * GIB, 16384 * GIB};

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        uint64_t last = 0;
        uint64_t widest = 0;

        for (uint32_t n = 0; n < ZERO_SAMPLES; n++) {
            const uint64_t at = zero_sample_at(sizes[i], n);

            CU_ASSERT_TRUE_FATAL(at > last);
            CU_ASSERT_TRUE_FATAL(at + ZERO_SAMPLE_BYTES <= sizes[i] - ZERO_END_BYTES);
            widest = at - last > widest ? at - last : widest;
            last = at;
        }
        CU_ASSERT_TRUE(last >= ZERO_END_BYTES && widest <= sizes[i] / ZERO_SAMPLES * 2 + 16 * MIB);
        CU_ASSERT_EQUAL(zero_sample_at(sizes[i], 77), zero_sample_at(sizes[i], 77));
    }
}

static void test_our_record_stands_for_what_lies_between_the_ends(void)
{
    const int fd = sparse(64 * MIB);
    struct zero_report z;

    put_byte(fd, 32 * MIB, 1);
    CU_ASSERT_EQUAL(check(fd, 64 * MIB, &z, true), ZERO_ALL);
    CU_ASSERT_EQUAL(z.read_bytes, 32 * MIB);
    put_byte(fd, 64 * MIB - 1, 1);
    CU_ASSERT_EQUAL(check(fd, 64 * MIB, &z, true), ZERO_NOT);
    (void)close(fd);
}

static void test_a_device_shorter_than_its_size_is_unreadable(void)
{
    const int fd = sparse(MIB);
    struct zero_report z;

    CU_ASSERT_EQUAL(check(fd, 2 * MIB, &z, false), ZERO_UNREADABLE);
    CU_ASSERT_EQUAL(z.at, MIB);
    (void)close(fd);
}

static void test_no_time_is_no_verdict(void)
{
    const int fd = sparse(MIB);
    struct probe_report report = {.probe.kind = PROBE_NONE};
    const struct probe_ask ask = {.fd = fd, .due = {.at_ms = 0}};

    CU_ASSERT_EQUAL(probe_device(&ask, &report, &cx), ERR_TIMEOUT);
    CU_ASSERT_EQUAL(report.probe.kind, PROBE_NONE);
    (void)close(fd);
}

static void test_an_empty_device_is_not_blank_for_want_of_bytes(void)
{
    const int fd = sparse(0);
    struct probe_report report = {.probe.kind = PROBE_NONE};
    const struct probe_ask ask = {.fd = fd, .due = due_in(PATIENCE_MS)};

    CU_ASSERT_EQUAL(probe_device(&ask, &report, &cx), ERR_OK);
    CU_ASSERT_EQUAL(report.probe.kind, PROBE_UNREADABLE);
    (void)close(fd);
}

static void test_every_verdict_but_blank_refuses_with_the_finding_and_a_way_out(void)
{
    for (int kind = PROBE_NONE; kind <= PROBE_UNREADABLE; kind++) {
        const struct probe_report report = {.probe.kind = (enum probe_kind)kind,
                                            .evidence = "the finding"};
        const enum err e = probe_refuse(&report, "/dev/x", &cx);

        CU_ASSERT_EQUAL(e == ERR_OK, kind == PROBE_BLANK);
        if (e == ERR_OK || e == ERR_BUG)
            continue;
        CU_ASSERT_EQUAL(err_exit(e), EXIT_UNSAFE);
        CU_ASSERT_PTR_NOT_NULL(strstr(cx.message, "/dev/x is not formatted"));
        CU_ASSERT_PTR_NOT_NULL(strstr(cx.message, "the finding"));
        CU_ASSERT_PTR_NOT_NULL(strchr(cx.message, ';'));
    }
}

static void test_the_kind_of_filesystem_is_found_in_mkfs_arguments(void)
{
    static const char *const apart[] = {"-m", "0", "-t", "ext4"};
    static const char *const joined[] = {"-txfs"};
    static const char *const named[] = {"--type", "btrfs"};
    static const char *const equal[] = {"--type=ext3", "-L", "x"};
    static const char *const twice[] = {"-t", "xfs", "-t", "ext2"};
    static const char *const open_end[] = {"-t"};
    const char *kind = NULL;

    CU_ASSERT_EQUAL(mkfs_kind(apart, 4, &kind, &cx), ERR_OK);
    CU_ASSERT_STRING_EQUAL(kind, "ext4");
    CU_ASSERT_EQUAL(mkfs_kind(joined, 1, &kind, &cx), ERR_OK);
    CU_ASSERT_STRING_EQUAL(kind, "xfs");
    CU_ASSERT_EQUAL(mkfs_kind(named, 2, &kind, &cx), ERR_OK);
    CU_ASSERT_STRING_EQUAL(kind, "btrfs");
    CU_ASSERT_EQUAL(mkfs_kind(equal, 3, &kind, &cx), ERR_OK);
    CU_ASSERT_STRING_EQUAL(kind, "ext3");
    CU_ASSERT_EQUAL(mkfs_kind(twice, 4, &kind, &cx), ERR_OK);
    CU_ASSERT_STRING_EQUAL(kind, "ext2");
    CU_ASSERT_EQUAL(mkfs_kind(open_end, 1, &kind, &cx), ERR_CONFIG);
    CU_ASSERT_EQUAL(mkfs_kind(apart, 2, &kind, &cx), ERR_CONFIG);
}

static void ext_bytes(uint8_t b[EXT_SUPERBLOCK_BYTES])
{
    memset(b, 0, EXT_SUPERBLOCK_BYTES);
    b[0x04 + 1] = 1; /* 256 blocks */
    b[0x18] = 2;     /* of 4 KiB */
    b[0x36] = 0xff;
    b[0x37] = 0xff; /* no check by mounts */
    b[0x38] = 0x53;
    b[0x39] = 0xEF;
    b[0x3A] = 1;
}

static void test_an_ext_superblock_tells_size_and_whether_a_check_is_due(void)
{
    static const struct {
        int at;
        uint8_t value;
    } wounds[] = {{0x3A, 0}, {0x3A, 3}, {0x44, 1}, {0x60, 4}, {0xE8, 1}, {0x194, 1}};
    uint8_t b[EXT_SUPERBLOCK_BYTES];
    struct ext_superblock super;

    ext_bytes(b);
    CU_ASSERT_TRUE(ext_parse(b, &super));
    CU_ASSERT_EQUAL(super.size_bytes, MIB);
    CU_ASSERT_EQUAL(super.block_bytes, 4096);
    CU_ASSERT_TRUE(super.clean);
    for (size_t i = 0; i < sizeof(wounds) / sizeof(wounds[0]); i++) {
        ext_bytes(b);
        b[wounds[i].at] = wounds[i].value;
        CU_ASSERT_TRUE(ext_parse(b, &super));
        CU_ASSERT_FALSE(super.clean);
    }
    ext_bytes(b);
    b[0x36] = 20;
    b[0x37] = 0;
    b[0x34] = 20;
    CU_ASSERT_TRUE(ext_parse(b, &super));
    CU_ASSERT_FALSE(super.clean);
}

static void test_numbers_that_cannot_be_are_no_ext_superblock(void)
{
    uint8_t b[EXT_SUPERBLOCK_BYTES];
    struct ext_superblock super;

    ext_bytes(b);
    b[0x18] = 7;
    CU_ASSERT_FALSE(ext_parse(b, &super));
    ext_bytes(b);
    b[0x05] = 0;
    CU_ASSERT_FALSE(ext_parse(b, &super));
    ext_bytes(b);
    b[0x38] = 0;
    CU_ASSERT_FALSE(ext_parse(b, &super));
    ext_bytes(b);
    b[0x60] = 0x80;
    memset(b + 0x150, 0xff, 4);
    CU_ASSERT_FALSE(ext_parse(b, &super));
}

const struct unit_test suite_fs_probe[] = {
    UNIT_TEST(test_up_to_one_gib_every_byte_is_read),
    UNIT_TEST(test_beyond_it_the_ends_the_copies_and_the_samples_are_read),
    UNIT_TEST(test_samples_are_spread_in_order_within_bounds_and_the_same_each_time),
    UNIT_TEST(test_our_record_stands_for_what_lies_between_the_ends),
    UNIT_TEST(test_a_device_shorter_than_its_size_is_unreadable),
    UNIT_TEST(test_no_time_is_no_verdict),
    UNIT_TEST(test_an_empty_device_is_not_blank_for_want_of_bytes),
    UNIT_TEST(test_every_verdict_but_blank_refuses_with_the_finding_and_a_way_out),
    UNIT_TEST(test_the_kind_of_filesystem_is_found_in_mkfs_arguments),
    UNIT_TEST(test_an_ext_superblock_tells_size_and_whether_a_check_is_due),
    UNIT_TEST(test_numbers_that_cannot_be_are_no_ext_superblock),
    UNIT_END,
};

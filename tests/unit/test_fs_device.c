/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_fs_device.c - who is who in sysfs trees as real EC2 machines show them, and what events say.
 *
 * The trees are made in a temporary folder; nothing of the machine's own sysfs may be read.
 */
#include "fs/device.h"
#include "fs/device_scan.h"
#include "fs/nvme.h"
#include "fs/uevent.h"
#include "unit.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ROOM = 512 };

struct fixture {
    char root[64];
    struct device_roots roots;
    struct device_list list;
    struct errctx cx;
};

static void put(const struct fixture *f, const char *path, const char *text)
{
    char name[ROOM];

    (void)snprintf(name, sizeof(name), "%s/%s", f->root, path);
    for (char *slash = strchr(name + strlen(f->root) + 1, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(name, 0755);
        *slash = '/';
    }
    const int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

    CU_ASSERT_FATAL(fd >= 0);
    CU_ASSERT_EQUAL(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    (void)close(fd);
}

static void disk(const struct fixture *f, const char *name, const char *number)
{
    char path[ROOM];

    (void)snprintf(path, sizeof(path), "block/%s/dev", name);
    put(f, path, number);
}

static void nvme(const struct fixture *f, const char *name, const char *number, const char *serial)
{
    char path[ROOM];

    disk(f, name, number);
    (void)snprintf(path, sizeof(path), "block/%s/device/serial", name);
    put(f, path, serial);
}

static void begin(struct fixture *f)
{
    memset(f, 0, sizeof(*f));
    (void)snprintf(f->root, sizeof(f->root), "/tmp/volclaim-unit-XXXXXX");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(f->root));
    f->roots = (struct device_roots){.sys = f->root, .dev = f->root};
    put(f, "block/.keep", "");
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
    (void)st;
    (void)kind;
    (void)where;
    return remove(path);
}

static void end(const struct fixture *f)
{
    /* One thread, and nothing else walks. */
    /* NOLINTNEXTLINE(concurrency-mt-unsafe) */
    (void)nftw(f->root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static enum err find(struct fixture *f, const char *id, struct device *out)
{
    struct id wanted;

    CU_ASSERT_TRUE(id_set(&wanted, id));
    return device_find(&f->roots, &wanted, out, &f->cx);
}

/* A Nitro machine: root, two volumes, an instance store; the order is the kernel's own. */
static void nitro(const struct fixture *f)
{
    nvme(f, "nvme0n1", "259:0\n", "vol0aaaaaaaaaaaaaaaa\n");
    nvme(f, "nvme1n1", "259:3\n", "AWS1F0BA8D1B1A4D2E7A\n");
    nvme(f, "nvme2n1", "259:1\n", "vol0bbbbbbbbbbbbbbbb\n");
    nvme(f, "nvme3n1", "259:2\n", "vol0cccccccccccccccc\n");
    disk(f, "ram0", "1:0\n");
}

static void test_nitro_disks_are_known_by_serial_and_instance_stores_left_out(void)
{
    struct fixture f;
    struct device d = {.name = ""};

    begin(&f);
    nitro(&f);
    CU_ASSERT_EQUAL(device_list(&f.roots, &f.list, &f.cx), ERR_OK);
    CU_ASSERT_EQUAL(f.list.count, 3);
    CU_ASSERT_EQUAL(find(&f, "vol-0cccccccccccccccc", &d), ERR_OK);
    CU_ASSERT_STRING_EQUAL(d.name, "nvme3n1");
    CU_ASSERT_TRUE(d.major == 259 && d.minor == 2 && d.verified);
    CU_ASSERT_EQUAL(find(&f, "vol-0dddddddddddddddd", &d), ERR_NOT_FOUND);
    end(&f);
}

static void test_a_multipath_disk_is_found_once(void)
{
    struct fixture f;
    struct device d = {.name = ""};

    begin(&f);
    nvme(&f, "nvme0n1", "259:0\n", "vol0aaaa\n");
    nvme(&f, "nvme0c0n1", "259:1\n", "vol0aaaa\n");
    put(&f, "block/nvme0c0n1/hidden", "1\n");
    CU_ASSERT_EQUAL(find(&f, "vol-0aaaa", &d), ERR_OK);
    CU_ASSERT_STRING_EQUAL(d.name, "nvme0n1");
    end(&f);
}

static void test_a_nitro_machine_never_falls_back_to_a_name(void)
{
    struct fixture f;
    struct device d = {.name = ""};

    begin(&f);
    nitro(&f);
    disk(&f, "xvdf", "202:80\n");
    f.roots.xen_name = "/dev/sdf";
    CU_ASSERT_EQUAL(find(&f, "vol-0dddddddddddddddd", &d), ERR_NOT_FOUND);
    end(&f);
}

static void test_a_xen_machine_shows_names_and_no_ids(void)
{
    struct fixture f;
    struct device d = {.name = "", .verified = true};

    begin(&f);
    disk(&f, "xvda", "202:0\n");
    disk(&f, "xvdf", "202:80\n");
    CU_ASSERT_EQUAL(device_list(&f.roots, &f.list, &f.cx), ERR_OK);
    CU_ASSERT_EQUAL(f.list.count, 0);
    CU_ASSERT_EQUAL(find(&f, "vol-0aaaa", &d), ERR_NOT_FOUND);
    f.roots.xen_name = "/dev/sdf";
    CU_ASSERT_EQUAL(find(&f, "vol-0aaaa", &d), ERR_OK);
    CU_ASSERT_STRING_EQUAL(d.name, "xvdf");
    CU_ASSERT_FALSE(d.verified);
    f.roots.xen_name = "/dev/sdg";
    CU_ASSERT_EQUAL(find(&f, "vol-0aaaa", &d), ERR_NOT_FOUND);
    f.roots.xen_name = "/dev/nvme0n1";
    CU_ASSERT_EQUAL(find(&f, "vol-0aaaa", &d), ERR_CONFIG);
    end(&f);
}

static void test_loop_devices_are_known_by_their_file_in_our_folder(void)
{
    struct fixture f;
    struct device d = {.name = ""};

    begin(&f);
    disk(&f, "loop0", "7:0\n");
    put(&f, "block/loop0/loop/backing_file", "/var/volumes/vol-1.img\n");
    disk(&f, "loop1", "7:1\n");
    put(&f, "block/loop1/loop/backing_file", "/var/volumes/vol-2 (deleted)\n");
    disk(&f, "loop2", "7:2\n");
    put(&f, "block/loop2/loop/backing_file", "/var/volumes/deeper/vol-3\n");
    disk(&f, "loop3", "7:3\n");
    put(&f, "block/loop3/loop/backing_file", "/snap/core.img\n");
    CU_ASSERT_EQUAL(find(&f, "vol-1", &d), ERR_NOT_FOUND);
    f.roots.images = "/var/volumes";
    CU_ASSERT_EQUAL(find(&f, "vol-1", &d), ERR_OK);
    CU_ASSERT_STRING_EQUAL(d.name, "loop0");
    CU_ASSERT_EQUAL(device_list(&f.roots, &f.list, &f.cx), ERR_OK);
    CU_ASSERT_EQUAL(f.list.count, 1);
    end(&f);
}

static void test_serials_that_are_no_volume_ids_are_none(void)
{
    static const char *const bad[] = {"",        "vo",    "vol",     "vol-",
                                      "vol0xyz", "VOL0a", "AWS0123", "vol0a b"};
    struct id id;

    CU_ASSERT_TRUE(device_id_of_serial("vol0123456789abcdef0", &id));
    CU_ASSERT_STRING_EQUAL(id.text, "vol-0123456789abcdef0");
    CU_ASSERT_TRUE(device_id_of_serial("vol-12345678", &id));
    CU_ASSERT_STRING_EQUAL(id.text, "vol-12345678");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        CU_ASSERT_FALSE(device_id_of_serial(bad[i], &id));
}

static void test_xen_names_follow_the_label(void)
{
    char out[DEVICE_NAME_MAX];

    CU_ASSERT_TRUE(device_xen_name("/dev/sdf", out));
    CU_ASSERT_STRING_EQUAL(out, "xvdf");
    CU_ASSERT_TRUE(device_xen_name("xvdba", out));
    CU_ASSERT_STRING_EQUAL(out, "xvdba");
    CU_ASSERT_FALSE(device_xen_name("/dev/sda1", out));
    CU_ASSERT_FALSE(device_xen_name("/dev/../sda", out));
    CU_ASSERT_FALSE(device_xen_name("", out));
}

/* The answer of an EBS controller, byte by byte where it matters. */
static void ebs_answer(uint8_t bytes[NVME_IDENTIFY_BYTES], const char *name)
{
    memset(bytes, 0, NVME_IDENTIFY_BYTES);
    bytes[0] = 0x0F;
    bytes[1] = 0x1D;
    memcpy(bytes + 4, "vol0123456789abcdef0", 20);
    memset(bytes + 24, ' ', 40);
    memcpy(bytes + 24, "Amazon Elastic Block Store", 26);
    memset(bytes + 3072, ' ', 32);
    memcpy(bytes + 3072, name, strlen(name));
}

static void test_an_ebs_controller_tells_serial_and_name(void)
{
    uint8_t bytes[NVME_IDENTIFY_BYTES];
    struct nvme_identity id;

    ebs_answer(bytes, "/dev/sdf");
    CU_ASSERT_TRUE(nvme_parse(bytes, &id));
    CU_ASSERT_TRUE(id.ebs);
    CU_ASSERT_EQUAL(id.vendor, 0x1D0F);
    CU_ASSERT_STRING_EQUAL(id.serial, "vol0123456789abcdef0");
    CU_ASSERT_STRING_EQUAL(id.name, "/dev/sdf");
    ebs_answer(bytes, "sda1");
    CU_ASSERT_TRUE(nvme_parse(bytes, &id));
    CU_ASSERT_STRING_EQUAL(id.name, "/dev/sda1");
    ebs_answer(bytes, "");
    CU_ASSERT_TRUE(nvme_parse(bytes, &id));
    CU_ASSERT_STRING_EQUAL(id.name, "");
}

static void test_other_controllers_are_not_ebs_and_their_vendor_bytes_not_read(void)
{
    uint8_t bytes[NVME_IDENTIFY_BYTES];
    struct nvme_identity id;

    ebs_answer(bytes, "/dev/sdf");
    memcpy(bytes + 24, "Amazon EC2 NVMe Instance Storage", 32);
    CU_ASSERT_TRUE(nvme_parse(bytes, &id));
    CU_ASSERT_FALSE(id.ebs);
    CU_ASSERT_STRING_EQUAL(id.name, "");
    ebs_answer(bytes, "/dev/sdf");
    bytes[1] = 0x1B;
    CU_ASSERT_TRUE(nvme_parse(bytes, &id));
    CU_ASSERT_FALSE(id.ebs);
    bytes[10] = 0x01;
    CU_ASSERT_FALSE(nvme_parse(bytes, &id));
}

#define IS_BLOCK(message) uevent_is_block(message, sizeof(message) - 1)

static void test_only_news_of_block_devices_wakes_the_wait(void)
{
    CU_ASSERT_TRUE(IS_BLOCK("add@/devices/x\0ACTION=add\0SUBSYSTEM=block\0SEQNUM=1"));
    CU_ASSERT_TRUE(IS_BLOCK("change@/devices/x\0SUBSYSTEM=block\0ACTION=change\0"));
    CU_ASSERT_FALSE(IS_BLOCK("remove@/devices/x\0ACTION=remove\0SUBSYSTEM=block\0"));
    CU_ASSERT_FALSE(IS_BLOCK("add@/devices/x\0ACTION=add\0SUBSYSTEM=net\0"));
    CU_ASSERT_FALSE(IS_BLOCK("add@/devices/x\0ACTION=add\0SUBSYSTEM=blocks\0"));
    CU_ASSERT_FALSE(IS_BLOCK("ACTION=addSUBSYSTEM=block"));
    CU_ASSERT_FALSE(uevent_is_block("", 0));
}

const struct unit_test suite_fs_device[] = {
    UNIT_TEST(test_nitro_disks_are_known_by_serial_and_instance_stores_left_out),
    UNIT_TEST(test_a_multipath_disk_is_found_once),
    UNIT_TEST(test_a_nitro_machine_never_falls_back_to_a_name),
    UNIT_TEST(test_a_xen_machine_shows_names_and_no_ids),
    UNIT_TEST(test_loop_devices_are_known_by_their_file_in_our_folder),
    UNIT_TEST(test_serials_that_are_no_volume_ids_are_none),
    UNIT_TEST(test_xen_names_follow_the_label),
    UNIT_TEST(test_an_ebs_controller_tells_serial_and_name),
    UNIT_TEST(test_other_controllers_are_not_ebs_and_their_vendor_bytes_not_read),
    UNIT_TEST(test_only_news_of_block_devices_wakes_the_wait),
    UNIT_END,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * device.h - from a volume's id to its block device, and the proof that it is the one.
 *
 * The kernel's sysfs is the witness: the serial of an NVMe or virtio disk, the file behind a loop
 * device. Names and links in /dev are handed out in any order and used again, so they are never
 * believed; every open ends with the identity read anew for the number of what was opened. Nothing
 * here may write to a device.
 */
#pragma once

#include "claim/facts.h"
#include "err.h"
#include "fs/due.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DEVICE_NAME_MAX = 32, /* DISK_NAME_LEN of the kernel */
    DEVICE_PATH_MAX = 256,
};

/*
 * Where to look. Xen shows neither serial nor model (ec2.md F.7), so a volume's identity cannot be
 * verified there. The policy: a Xen disk is used only if the configuration says under which name
 * volumes are attached (xen_name), only under that name, only on a machine that shows no disk with
 * an id at all, and then as unverified: our record never vouches for its blankness, and it is
 * mounted only if the recorded uuid of its filesystem matches.
 */
struct device_roots {
    const char *sys;      /* "/sys" */
    const char *dev;      /* "/dev" */
    const char *images;   /* folder whose files' names are ids of loop devices; NULL: none */
    const char *xen_name; /* "/dev/sdf", as given to AttachVolume; NULL: no Xen disk is used */
};

struct device {
    struct id volume;
    char name[DEVICE_NAME_MAX]; /* "nvme1n1" */
    unsigned major;
    unsigned minor;
    bool verified; /* the volume's id was read from the device, not concluded from a name */
};

struct device_list {
    struct device items[PRESENT_MAX];
    uint32_t count;
};

extern const struct device_roots device_roots_system;

/* "vol0abc" of a serial, or "vol-0abc", to the id "vol-0abc"; false for any other serial. */
bool device_id_of_serial(const char *serial, struct id *out);

/* All devices that show a volume's id. Those of instance stores, partitions and others do not. */
MUST_CHECK enum err device_list(const struct device_roots *roots, struct device_list *out,
                                struct errctx *cx);

/* The one with this id. ERR_NOT_FOUND: none shows it now. ERR_AMBIGUOUS: several do. */
MUST_CHECK enum err device_find(const struct device_roots *roots, const struct id *volume,
                                struct device *out, struct errctx *cx);

/* The same, waiting for the kernel to show it and for its node to open; ERR_NOT_FOUND when due. */
MUST_CHECK enum err device_await(const struct device_roots *roots, const struct id *volume,
                                 struct due due, struct device *out, struct errctx *cx);

/*
 * Opens the node, flags as for open(2), and proves that what is open bears the id of `want`.
 * ERR_WRONG_STATE: it is another's. ERR_IN_USE: O_EXCL was asked for and someone has it.
 */
MUST_CHECK enum err device_open(const struct device_roots *roots, const struct device *want,
                                int flags, int *fd, struct errctx *cx);

/* The same, exclusively; while another has it so it is tried again for some seconds, or until due.
 */
MUST_CHECK enum err device_open_exclusive(const struct device_roots *roots,
                                          const struct device *want, struct due due, int *fd,
                                          struct errctx *cx);

/* The path of the node. */
void device_path(const struct device_roots *roots, const struct device *d,
                 char out[DEVICE_PATH_MAX]);

/* Bytes of the device behind an open descriptor; a regular file's are its size. */
MUST_CHECK enum err device_size(int fd, uint64_t *bytes, struct errctx *cx);

/* True when the number is this device's. */
bool device_is(const struct device *d, uint64_t dev);

/*
 * Takes the lock that keeps udev away, as systemd's block device locking asks: flock, exclusive, on
 * the whole disk's node. Held until the descriptor is closed by all who have it. ERR_IN_USE when
 * another process keeps it for some seconds, or until due.
 */
MUST_CHECK enum err device_lock(int fd, const struct device *d, struct due due, struct errctx *cx);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * device_scan.h - what the kernel's sysfs says of who a disk is; for device.c and its tests.
 *
 * Nothing here may open a device.
 */
#pragma once

#include "fs/device.h"

/* The id shown in a disk's folder of sysfs ("block/nvme1n1", "dev/block/259:1"), if any. */
bool device_identity(const struct device_roots *roots, const char *folder, struct id *out);

/* "/dev/sdf", "sdf", "/dev/xvdf" to "xvdf", the name that a Xen guest sees; false for others. */
bool device_xen_name(const char *label, char out[DEVICE_NAME_MAX]);

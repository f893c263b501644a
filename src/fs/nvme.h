/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nvme.h - what an NVMe controller says of itself: who made it, its serial, the name asked for.
 *
 * The kernel shows serial and model in sysfs too; the controller itself is the second witness, and
 * the only one for EBS's vendor bytes. It must not send any command but "identify controller".
 */
#pragma once

#include "err.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    NVME_IDENTIFY_BYTES = 4096,
    NVME_SERIAL_MAX = 21,
    NVME_MODEL_MAX = 41,
    NVME_NAME_MAX = 33,
};

struct nvme_identity {
    uint16_t vendor;
    bool ebs; /* Amazon's vendor number and the model name of EBS */
    char serial[NVME_SERIAL_MAX];
    char model[NVME_MODEL_MAX];
    char name[NVME_NAME_MAX]; /* "/dev/sdf": the name in the attachment; "" if it is not EBS */
};

/* Reads the 4,096 bytes a controller answered. False when serial or model are not printable. */
bool nvme_parse(const uint8_t bytes[NVME_IDENTIFY_BYTES], struct nvme_identity *out);

/* Asks the controller behind an open node. ERR_UNSUPPORTED when it is none, or we may not ask. */
MUST_CHECK enum err nvme_identify(int fd, struct nvme_identity *out, struct errctx *cx);

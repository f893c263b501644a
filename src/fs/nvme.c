/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nvme.c - one admin command, and the fields of its answer that concern us.
 *
 * Offsets are those of the NVMe base specification (vid 0, sn 4, mn 24) and, for the vendor bytes,
 * those that amazon-ec2-utils reads (bdev at 3072). Every byte may be anything: a device answers,
 * and it is never trusted.
 */
#include "fs/nvme.h"

#include <errno.h>
#include <linux/nvme_ioctl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

enum {
    AMAZON = 0x1D0F,
    IDENTIFY = 0x06,
    CNS_CONTROLLER = 1,
    SERIAL_AT = 4,
    MODEL_AT = 24,
    NAME_AT = 3072,
};

/* A padded field to text: up to the first zero byte, without blanks at its end. */
static bool field(const uint8_t *bytes, char *out, size_t size)
{
    size_t end = 0;

    for (size_t i = 0; i < size - 1 && bytes[i] != 0; i++) {
        if (bytes[i] < ' ' || bytes[i] > '~')
            return false;
        out[i] = (char)bytes[i];
        if (bytes[i] != ' ')
            end = i + 1;
    }
    out[end] = '\0';
    return true;
}

/* Ref ec2.md F.7: the name "may lack /dev/ when mapped at launch": strip and add. */
static void set_name(const uint8_t *bytes, char out[NVME_NAME_MAX])
{
    char raw[NVME_NAME_MAX];
    const char *bare = raw;

    out[0] = '\0';
    if (!field(bytes, raw, sizeof(raw)) || raw[0] == '\0')
        return;
    if (strncmp(bare, "/dev/", 5) == 0)
        bare += 5;
    if (snprintf(out, NVME_NAME_MAX, "/dev/%s", bare) >= NVME_NAME_MAX)
        out[0] = '\0';
}

bool nvme_parse(const uint8_t bytes[NVME_IDENTIFY_BYTES], struct nvme_identity *out)
{
    struct nvme_identity id = {.vendor = (uint16_t)(bytes[0] | bytes[1] << 8)};

    if (!field(bytes + SERIAL_AT, id.serial, sizeof(id.serial)) ||
        !field(bytes + MODEL_AT, id.model, sizeof(id.model)))
        return false;
    id.ebs = id.vendor == AMAZON && strcmp(id.model, "Amazon Elastic Block Store") == 0;
    if (id.ebs)
        set_name(bytes + NAME_AT, id.name);
    *out = id;
    return true;
}

enum err nvme_identify(int fd, struct nvme_identity *out, struct errctx *cx)
{
    _Alignas(4096) uint8_t bytes[NVME_IDENTIFY_BYTES] = {0};
    struct nvme_admin_cmd command = {
        .opcode = IDENTIFY,
        .addr = (uint64_t)(uintptr_t)bytes,
        .data_len = sizeof(bytes),
        .cdw10 = CNS_CONTROLLER,
    };
    const int status = ioctl(fd, NVME_IOCTL_ADMIN_CMD, &command);

    /* ENOTTY: no NVMe device. EACCES, EPERM: it takes CAP_SYS_ADMIN. A status is the device's no.
     */
    if (status != 0)
        return err_set(cx, ERR_UNSUPPORTED, status < 0 ? errno : 0, "identify the controller");
    if (!nvme_parse(bytes, out))
        return err_set(cx, ERR_IO, 0, "the controller's serial or model is not text");
    return ERR_OK;
}

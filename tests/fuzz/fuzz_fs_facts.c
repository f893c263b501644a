/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_fs_facts.c - any bytes as what a kernel or a device says of itself.
 *
 * A serial, a label, an event, a controller's answer, an ext superblock: each is refused, or gives
 * values within their bounds. Nothing here may open a device.
 */
#include "fs/device_scan.h"
#include "fs/ext.h"
#include "fs/nvme.h"
#include "fs/uevent.h"
#include "fuzz/fuzz.h"

#include <assert.h>
#include <string.h>

static void read_text(const uint8_t *data, size_t size)
{
    char text[128] = "";
    char name[DEVICE_NAME_MAX];
    struct id id;

    memcpy(text, data, size < sizeof(text) ? size : sizeof(text) - 1);
    if (device_id_of_serial(text, &id))
        assert(strncmp(id.text, "vol-", 4) == 0);
    if (device_xen_name(text, name)) {
        assert(strncmp(name, "xvd", 3) == 0);
        assert(!strchr(name, '/'));
    }
}

static void read_answer(const uint8_t *data, size_t size)
{
    uint8_t bytes[NVME_IDENTIFY_BYTES] = {0};
    struct nvme_identity identity;

    memcpy(bytes, data, size < sizeof(bytes) ? size : sizeof(bytes));
    if (!nvme_parse(bytes, &identity))
        return;
    assert(strlen(identity.serial) < sizeof(identity.serial));
    assert(strlen(identity.model) < sizeof(identity.model));
    assert(strlen(identity.name) < sizeof(identity.name));
}

static void read_superblock(const uint8_t *data, size_t size)
{
    uint8_t bytes[EXT_SUPERBLOCK_BYTES] = {0};
    struct ext_superblock super;

    memcpy(bytes, data, size < sizeof(bytes) ? size : sizeof(bytes));
    if (!ext_parse(bytes, &super))
        return;
    assert(super.block_bytes >= 1024);
    assert(super.size_bytes >= super.block_bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    read_text(data, size);
    read_answer(data, size);
    read_superblock(data, size);
    (void)uevent_is_block((const char *)data, size);
    return 0;
}

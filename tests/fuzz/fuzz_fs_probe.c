/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_fs_probe.c - any bytes as the start and the end of a disk: blank if and only if all zero.
 *
 * The first half of the input lies at the start of a file in memory that stands for a disk, the
 * second half at its end, where other signatures live. It must never be blank for any other reason.
 */
#include "fs/probe.h"
#include "fuzz/fuzz.h"
#include "scope.h"

#include <assert.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { DISK_BYTES = 128 * 1024, PATIENCE_MS = 20000 };

static bool is_zero(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (data[i] != 0)
            return false;
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const size_t start = size / 2;
    struct probe_report report;
    struct errctx cx;
    AUTO_FD const int fd = memfd_create("disk", MFD_CLOEXEC);

    if (fd < 0 || size > DISK_BYTES || ftruncate(fd, DISK_BYTES) < 0)
        return 0;
    if (pwrite(fd, data, start, 0) != (ssize_t)start ||
        pwrite(fd, data + start, size - start, (off_t)(DISK_BYTES - (size - start))) !=
            (ssize_t)(size - start))
        return 0;
    const struct probe_ask ask = {.fd = fd, .due = due_in(PATIENCE_MS)};

    if (probe_device(&ask, &report, &cx) != ERR_OK)
        return 0;
    assert(report.probe.kind != PROBE_NONE);
    assert(strlen(report.evidence) > 0);
    assert((report.probe.kind == PROBE_BLANK) == is_zero(data, size));
    assert((report.probe.kind == PROBE_FILESYSTEM) == (report.probe.fstype[0] != '\0'));
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe.c - the order of the questions: can it be read, what signs it, is the rest zero.
 *
 * libblkid answers 0 found, 1 nothing, -2 ambivalent, any other negative an error (libblkid manual,
 * blkid_do_safeprobe). Some of its probers take a failed read for "not mine", so the places where
 * signatures lie are read here first: an error there can never become "nothing found". No answer of
 * libblkid may be lumped with another.
 */
#include "fs/probe.h"

#include "claim/mark.h"
#include "fs/device.h"
#include "fs/probe_name.h"
#include "fs/zero.h"

#include <blkid/blkid.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ENDS_BYTES = 512 * 1024, STEP_BYTES = 64 * 1024 };

static inline void free_probe(blkid_probe *pr)
{
    blkid_free_probe(*pr); /* NULL is allowed. */
}

#define AUTO_PROBE __attribute__((cleanup(free_probe)))

PRINTF_LIKE(3, 4)
static enum err verdict(struct probe_report *r, enum probe_kind kind, const char *format, ...)
{
    va_list args;

    r->probe.kind = kind;
    va_start(args, format);
    (void)vsnprintf(r->evidence, sizeof(r->evidence), format, args);
    va_end(args);
    return ERR_OK;
}

static enum err unreadable(struct probe_report *r, uint64_t at, int sys_errno)
{
    return verdict(r, PROBE_UNREADABLE, "reading at byte %llu failed: %s", (unsigned long long)at,
                   strerrordesc_np(sys_errno));
}

/* False, with the verdict, when a byte of the range cannot be read. */
static bool can_read(const struct probe_ask *ask, uint64_t from, uint64_t to,
                     struct probe_report *r)
{
    uint8_t piece[STEP_BYTES];

    for (uint64_t at = from; at < to;) {
        const size_t want = to - at < sizeof(piece) ? (size_t)(to - at) : sizeof(piece);
        const ssize_t n = pread(ask->fd, piece, want, (off_t)at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            (void)unreadable(r, at, n < 0 ? errno : EIO);
            return false;
        }
        at += (uint64_t)n;
    }
    return true;
}

static bool can_read_ends(const struct probe_ask *ask, struct probe_report *r)
{
    const uint64_t size = r->size_bytes;

    if (size <= 2 * (uint64_t)ENDS_BYTES)
        return can_read(ask, 0, size, r);
    return can_read(ask, 0, ENDS_BYTES, r) && can_read(ask, size - ENDS_BYTES, size, r);
}

static const char *value(blkid_probe pr, const char *name)
{
    const char *data = NULL;

    return blkid_probe_lookup_value(pr, name, &data, NULL) == 0 && data ? data : "";
}

/* One or two signatures; the chains' values are all there after a probe that found something. */
static enum err judge_found(blkid_probe pr, const struct probe_ask *ask, struct probe_report *r)
{
    const char *const type = value(pr, "TYPE");
    const char *const table = value(pr, "PTTYPE");

    if (type[0] == '\0' && table[0] == '\0')
        return verdict(r, PROBE_AMBIGUOUS, "a signature without a type");
    if (type[0] == '\0')
        return verdict(r, PROBE_FOREIGN, "a %s partition table", table);
    if (table[0] != '\0')
        return verdict(r, PROBE_AMBIGUOUS, "%s and a %s partition table", type, table);
    if (value(pr, "SBBADCSUM")[0] == '1')
        return verdict(r, PROBE_FOREIGN, "%s whose superblock has a wrong checksum", type);
    if (!probe_is_mountable(type))
        return verdict(r, PROBE_FOREIGN, "%s%s", probe_about(type), type);
    if (probe_is_half_made(ask->fd, type)) {
        r->half_made = true;
        return verdict(r, PROBE_NOISE, "%s whose mkfs did not end", type);
    }
    if (!uuid_parse(value(pr, "UUID"), &r->probe.uuid))
        return verdict(r, PROBE_AMBIGUOUS, "%s without a uuid", type);
    (void)snprintf(r->probe.fstype, sizeof(r->probe.fstype), "%s", type);
    return verdict(r, PROBE_FILESYSTEM, "%s, uuid %s", type, value(pr, "UUID"));
}

/* Names all that sign the device, for a person who has to choose between them. */
static enum err judge_many(blkid_probe pr, struct probe_report *r)
{
    char names[128] = "";
    size_t used = 0;

    (void)blkid_reset_probe(pr);
    while (blkid_do_probe(pr) == 0 && used < sizeof(names)) {
        const char *const type = value(pr, "TYPE");
        const char *const table = value(pr, "PTTYPE");
        const int n = snprintf(names + used, sizeof(names) - used, "%s%s%s", used ? ", " : "",
                               type[0] ? type : table, type[0] ? "" : " partition table");

        used += n > 0 ? (size_t)n : 0;
    }
    return verdict(r, PROBE_AMBIGUOUS, "several signatures: %s", used ? names : "not named");
}

static enum err make_prober(const struct probe_ask *ask, blkid_probe *out, struct errctx *cx)
{
    AUTO_PROBE blkid_probe pr = blkid_new_probe();

    if (!pr)
        return err_set(cx, ERR_NO_MEMORY, 0, "probe a device");
    if (blkid_probe_set_device(pr, ask->fd, 0, 0) != 0)
        return err_set(cx, ERR_IO, errno, "probe a device");
    /*
     * The partition chain is off by default, and without it a disk with nothing but a table looks
     * blank. A GPT counts also when the MBR before it is gone (FORCE_GPT). A superblock with a
     * wrong checksum is a finding, not noise (BADCSUM).
     */
    if (blkid_probe_enable_superblocks(pr, 1) != 0 ||
        blkid_probe_set_superblocks_flags(pr, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_USAGE |
                                                  BLKID_SUBLKS_UUID | BLKID_SUBLKS_MAGIC |
                                                  BLKID_SUBLKS_BADCSUM) != 0 ||
        blkid_probe_enable_partitions(pr, 1) != 0 ||
        blkid_probe_set_partitions_flags(pr, BLKID_PARTS_FORCE_GPT | BLKID_PARTS_MAGIC) != 0)
        return err_set(cx, ERR_BUG, 0, "libblkid refuses its own options");
    *out = pr;
    pr = NULL;
    return ERR_OK;
}

enum err probe_signatures(const struct probe_ask *ask, struct probe_report *out, struct errctx *cx)
{
    struct probe_report r = {.probe.kind = PROBE_NONE};
    AUTO_PROBE blkid_probe pr = NULL;
    enum err e = device_size(ask->fd, &r.size_bytes, cx);

    /* A disk that the kernel has not measured yet must not pass for one without a byte. */
    if (e == ERR_OK && r.size_bytes == 0) {
        e = verdict(&r, PROBE_UNREADABLE, "its size is 0");
    } else if (e == ERR_OK && can_read_ends(ask, &r)) {
        e = make_prober(ask, &pr, cx);
        if (e != ERR_OK || !pr)
            return e;
        switch (blkid_do_safeprobe(pr)) {
        case 0: e = judge_found(pr, ask, &r); break;
        case 1: e = verdict(&r, PROBE_BLANK, "no signature"); break;
        case -2: e = judge_many(pr, &r); break;
        default: e = verdict(&r, PROBE_UNREADABLE, "libblkid could not read it"); break;
        }
    }
    if (e == ERR_OK)
        *out = r;
    return e;
}

static enum err judge_zeros(const struct probe_ask *ask, struct probe_report *r, struct errctx *cx)
{
    const struct zero_ask zeros = {
        .fd = ask->fd, .size = r->size_bytes, .ends_only = ask->vouched, .due = ask->due};
    struct zero_report z;
    const enum err e = zero_check(&zeros, &z, cx);

    if (e != ERR_OK)
        return e;
    r->read_bytes = z.read_bytes;
    switch (z.kind) {
    case ZERO_ALL:
        return verdict(r, PROBE_BLANK, "no signature, and zeros in all of %llu MiB read%s",
                       (unsigned long long)(z.read_bytes >> 20),
                       ask->vouched ? ", and our record vouches for it" : "");
    case ZERO_NOT:
        return verdict(r, PROBE_NOISE, "no known signature, but a byte that is not zero at %llu",
                       (unsigned long long)z.at);
    case ZERO_UNREADABLE: return unreadable(r, z.at, z.sys_errno);
    }
    return err_set(cx, ERR_BUG, 0, "a scan without a finding");
}

enum err probe_device(const struct probe_ask *ask, struct probe_report *out, struct errctx *cx)
{
    struct probe_report r = {.probe.kind = PROBE_NONE};
    enum err e = probe_signatures(ask, &r, cx);

    if (e == ERR_OK && r.probe.kind == PROBE_BLANK)
        e = judge_zeros(ask, &r, cx);
    if (e == ERR_OK)
        *out = r;
    return e;
}

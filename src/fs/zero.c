/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zero.c - reads ranges and compares them with zero.
 *
 * The samples lie one in each of 4,096 equal stretches, at a place in it that a fixed hash chooses:
 * spread evenly, yet not in step with structures that repeat. Filesystems keep copies of their
 * superblocks at known places; those are read too, for a wiped start often leaves them. What is
 * read in bulk does not stay in the page cache. Nothing here may decide that a device is blank.
 */
#include "fs/zero.h"

#include "claim/facts.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { PIECE_BYTES = 256 * 1024 };

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

/* Copies of superblocks: ext with 4 KiB blocks in groups 1, 3, 5, 7, 9; btrfs at 64 MiB, 256 GiB.
 */
static const uint64_t copies_at[] = {
    64 * MIB, 128 * MIB, 384 * MIB, 640 * MIB, 896 * MIB, 1152 * MIB, 256 * GIB,
};

struct scan {
    const struct zero_ask *ask;
    struct zero_report *report;
    _Alignas(64) uint8_t piece[PIECE_BYTES];
};

/* The place of the first byte that is not zero, or n. */
static size_t first_nonzero(const uint8_t *bytes, size_t n)
{
    size_t i = 0;

    if (n == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, n - 1) == 0))
        return n;
    while (bytes[i] == 0)
        i++;
    return i;
}

/* Reads the next stretch; false when the scan has its finding. *n is how much was read. */
static bool read_piece(struct scan *s, uint64_t at, size_t want, size_t *n)
{
    struct zero_report *const r = s->report;
    const ssize_t got = pread(s->ask->fd, s->piece, want, (off_t)at);

    if (got <= 0) {
        if (got < 0 && errno == EINTR) {
            *n = 0;
            return true;
        }
        /* An end before the size the kernel gave is as bad as an error. */
        *r = (struct zero_report){.kind = ZERO_UNREADABLE,
                                  .at = at,
                                  .sys_errno = got < 0 ? errno : EIO,
                                  .read_bytes = r->read_bytes};
        return false;
    }
    *n = (size_t)got;
    r->read_bytes += *n;
    const size_t bad = first_nonzero(s->piece, *n);

    if (bad < *n) {
        r->kind = ZERO_NOT;
        r->at = at + bad;
    }
    return bad == *n;
}

/* False when the scan has its finding, or its time is over. */
static bool read_range(struct scan *s, uint64_t from, uint64_t to)
{
    uint64_t at = from;

    while (at < to) {
        const size_t want = to - at < PIECE_BYTES ? (size_t)(to - at) : PIECE_BYTES;
        size_t n = 0;

        if (due_over(s->ask->due) || !read_piece(s, at, want, &n))
            return false;
        at += n;
    }
    /* Advice only. Not for a sample: each such call makes every processor drain its lists. */
    if (to - from > PIECE_BYTES)
        (void)posix_fadvise(s->ask->fd, (off_t)from, (off_t)(to - from), POSIX_FADV_DONTNEED);
    return true;
}

uint64_t zero_sample_at(uint64_t size, uint32_t n)
{
    assert(size > ZERO_WHOLE_BYTES);
    assert(n < ZERO_SAMPLES);
    const uint64_t blocks = (size - 2 * ZERO_END_BYTES) / ZERO_SAMPLE_BYTES;
    const uint64_t stretch = blocks / ZERO_SAMPLES;
    const uint64_t block = n * stretch + mix64(n + 1) % stretch;

    return ZERO_END_BYTES + block * ZERO_SAMPLE_BYTES;
}

static bool read_between(struct scan *s)
{
    const uint64_t size = s->ask->size;

    for (size_t i = 0; i < sizeof(copies_at) / sizeof(copies_at[0]); i++) {
        if (copies_at[i] + ZERO_SAMPLE_BYTES <= size &&
            !read_range(s, copies_at[i], copies_at[i] + ZERO_SAMPLE_BYTES))
            return false;
    }
    /* Advice: read-ahead would fetch much that is not asked for. */
    (void)posix_fadvise(s->ask->fd, 0, 0, POSIX_FADV_RANDOM);
    for (uint32_t i = 0; i < ZERO_SAMPLES; i++) {
        const uint64_t at = zero_sample_at(size, i);

        if (!read_range(s, at, at + ZERO_SAMPLE_BYTES))
            return false;
    }
    return true;
}

static bool scan_all(struct scan *s)
{
    const uint64_t size = s->ask->size;
    const bool whole = size <= ZERO_WHOLE_BYTES && !s->ask->ends_only;

    if (whole || size <= 2 * ZERO_END_BYTES)
        return read_range(s, 0, size);
    return read_range(s, 0, ZERO_END_BYTES) && read_range(s, size - ZERO_END_BYTES, size) &&
           (s->ask->ends_only || read_between(s));
}

enum err zero_check(const struct zero_ask *ask, struct zero_report *out, struct errctx *cx)
{
    struct zero_report report = {.kind = ZERO_ALL};
    struct scan s = {.ask = ask, .report = &report};

    if (!scan_all(&s) && report.kind == ZERO_ALL)
        return err_set(cx, ERR_TIMEOUT, 0, "time was over after reading %llu MiB",
                       (unsigned long long)(report.read_bytes / MIB));
    *out = report;
    return ERR_OK;
}

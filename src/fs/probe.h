/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe.h - what is on a device: the verdict, and the evidence in words.
 *
 * The whole of promise S3 rests on it: PROBE_BLANK, and nothing else, lets mkfs run. So every doubt
 * is another verdict: a failed read, a second signature, a byte that is not zero. It reads only,
 * and asks neither the cloud nor the volume's name.
 */
#pragma once

#include "claim/facts.h"
#include "err.h"
#include "fs/due.h"

#include <stdbool.h>
#include <stdint.h>

enum { PROBE_EVIDENCE_MAX = 200 };

struct probe_ask {
    int fd;       /* a block device opened for reading, or a regular file that stands for one */
    bool vouched; /* our record says it was created empty and has no filesystem yet */
    struct due due;
};

struct probe_report {
    struct probe probe;
    uint64_t size_bytes;
    uint64_t read_bytes; /* read to see whether it is zero */
    bool half_made;      /* the mkfs of a known type did not end (PROBE_NOISE) */
    char evidence[PROBE_EVIDENCE_MAX];
};

/*
 * Blocks while it reads. The verdict is in the report; an error means that none could be had:
 * ERR_TIMEOUT, ERR_NO_MEMORY, ERR_IO where the device cannot even be asked its size.
 */
MUST_CHECK enum err probe_device(const struct probe_ask *ask, struct probe_report *out,
                                 struct errctx *cx);

/* Signatures alone: for a mounted filesystem, and for the last look before mkfs. */
MUST_CHECK enum err probe_signatures(const struct probe_ask *ask, struct probe_report *out,
                                     struct errctx *cx);

/* The verdict as one word: "blank", "filesystem", "noise", "foreign", "ambiguous", "unreadable". */
const char *probe_word(enum probe_kind kind);

/* ERR_OK for a blank; else the error that says why such a device is not formatted, and the way out.
 */
MUST_CHECK enum err probe_refuse(const struct probe_report *report, const char *name,
                                 struct errctx *cx);

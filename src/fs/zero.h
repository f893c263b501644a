/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zero.h - whether a device holds nothing but zeros where the design asks for it.
 *
 * Signatures prove that something is there; only reading zeros makes it likely that nothing is.
 * Nothing here may write, nor read an error as a zero.
 */
#pragma once

#include "err.h"
#include "fs/due.h"

#include <stdbool.h>
#include <stdint.h>

/* Design section 7. */
#define ZERO_WHOLE_BYTES (UINT64_C(1) << 30) /* up to this size every byte is read */
#define ZERO_END_BYTES (UINT64_C(16) << 20)  /* beyond it, this much at either end, and ... */
enum {
    ZERO_SAMPLES = 4096, /* ... this many blocks spread between them */
    ZERO_SAMPLE_BYTES = 4096,
};

enum zero_kind { ZERO_ALL, ZERO_NOT, ZERO_UNREADABLE };

struct zero_ask {
    int fd;
    uint64_t size;
    bool ends_only; /* our record vouches for what lies between the ends */
    struct due due;
};

struct zero_report {
    enum zero_kind kind;
    uint64_t at;         /* where the first byte that is not zero, or cannot be read, was met */
    int sys_errno;       /* of the read that failed */
    uint64_t read_bytes; /* how much was read in all */
};

/* ERR_TIMEOUT when there was not time enough; a failed read is a finding, not an error. */
MUST_CHECK enum err zero_check(const struct zero_ask *ask, struct zero_report *out,
                               struct errctx *cx);

/* Where sample n of a device of this size lies; the same at every run. */
uint64_t zero_sample_at(uint64_t size, uint32_t n);

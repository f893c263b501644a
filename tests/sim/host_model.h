/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host_model.h - one machine's kernel: devices, what is on them, and what is mounted.
 *
 * A job begins (host_begin) and ends (host_end) at the time it was told; between both a crash may
 * come (host_abort). The bytes are the EC2 model's (ec2_content): this file is the only one beside
 * the applications that changes them. It must not know the protocol, nor decide whether a job is
 * wise.
 */
#pragma once

#include "claim/effect.h"
#include "sim/ec2.h"
#include "sim/faults.h"
#include "sim/prng.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    HOST_DEVICES_MAX = 12,
    HOST_NONE = EC2_NONE,
};

/* How long things take on a machine. No document states them; they are the order seen in practice.
 */
struct host_rates {
    struct rate_span device; /* attached -> the kernel shows the device; may even come before */
    struct rate_span late;   /* ... under the fault device-late */
    struct rate_span look;   /* inspect, verify, announce */
    struct rate_span probe;
    struct rate_span mkfs;
    struct rate_span fsck;
    struct rate_span mount; /* mount, unmount, grow, extend */
    struct rate_span held;  /* how long the guest holds a device under the fault busy-detach */
};

struct host_rates host_rates_usual(void);

/* A device that is, was, or will be there. */
struct host_device {
    uint32_t volume;
    uint64_t appears_ms;  /* UINT64_MAX: never */
    uint64_t vanishes_ms; /* UINT64_MAX: not yet known */
    uint64_t held_ms;     /* the guest holds it until then, though it is unmounted; 0: no */
    bool unreadable;
};

/* One machine's kernel as memory: copyable, without a pointer. */
struct host {
    struct host_device devices[HOST_DEVICES_MAX];
    uint32_t device_count;
    uint32_t mounted; /* volume at the target, HOST_NONE */
    uint32_t busy_on; /* volume a formatting is under way on, HOST_NONE */
};

/* What host jobs need to know of the world around. */
struct host_env {
    struct ec2 *cloud;
    const struct faults *faults; /* NULL: none */
    const struct host_rates *rates;
    struct prng *chance;
    uint64_t now_ms;
    uint32_t machine; /* index of the instance */
    uint64_t *next_data_id;
    struct inspection *room; /* for the answer to FX_INSPECT */
};

void host_init(struct host *h);

/* The cloud has accepted an attachment, or a detachment, of this volume at this machine. */
void host_attached(struct host *h, const struct host_env *env, uint32_t volume);
void host_detached(struct host *h, const struct host_env *env, uint32_t volume);

/* What was attached before the run began: there at once. */
void host_found(struct host *h, uint32_t volume, uint64_t now_ms);

/* The kernel stops: nothing is mounted, half-made filesystems stay half-made. */
void host_reboot(struct host *h, const struct host_env *env);
/* The process stops: what it was making is left half-made; mounts stay. */
void host_abort(struct host *h, const struct host_env *env);

/* Begins the job of an effect and says when it ends. */
uint64_t host_begin(struct host *h, const struct host_env *env, const struct effect *fx,
                    uint64_t deadline_ms);

/*
 * Ends it: fills err and what the effect answers with; a->inspection must point to the caller's
 * room for FX_INSPECT. When content came to be, or was mounted or unmounted, it has happened when
 * this returns 0. Another number is the time to come again: what was waited for is not there yet.
 */
uint64_t host_end(struct host *h, const struct host_env *env, const struct effect *fx,
                  uint64_t deadline_ms, struct answer *a);

/* True when the kernel shows the volume's device now. */
bool host_shows(const struct host *h, const struct host_env *env, uint32_t volume);
/* Lets go of what is no longer held; returns when to come again, 0 when nothing is held. */
uint64_t host_let_go(struct host *h, const struct host_env *env);

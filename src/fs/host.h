/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host.h - the host port: this machine's devices, filesystems and mounts behind struct host_port.
 *
 * It joins the files of this folder and holds what must be remembered between two calls. It must
 * not decide what the protocol decides: whether to format is asked of it, and it proves or refuses.
 */
#pragma once

#include "fs/device.h"
#include "fs/probe.h"
#include "port.h"

struct host_options {
    struct device_roots roots;
    const char *folders; /* where helpers are; NULL: the system's */
    const char *fstab;   /* file that gets an entry when mounted; NULL: none */
    const char *ready;   /* file that is there while the target is ready; NULL: none */
};

struct host {
    struct host_port port;
    struct host_spec spec;
    struct host_options options;
    struct clock_port *clock;
    struct inspection seen; /* what inspect() handed out last */
    struct id known;        /* the volume that the two below are about; empty: none */
    bool vouched;           /* the last probe was told that our record vouches for it */
    struct probe content;   /* what it held when it was probed or made last */
};

/* Fills h. Texts of spec and options, and the clock, outlive it. Owns nothing that must be freed.
 */
void host_init(struct host *h, const struct host_spec *spec, struct clock_port *clock,
               const struct host_options *options);

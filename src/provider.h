/* SPDX-License-Identifier: Apache-2.0 */
/*
 * provider.h - which clouds and hosts this build knows, by name.
 *
 * A provider is one row here and one implementation of struct cloud_port (port.h says what it
 * owes). Opening one may ask the machine who it is; it must change nothing.
 */
#pragma once

#include "port.h"

struct provider {
    size_t size;
    uint32_t version;
    const char *name; /* the key under block-provider in the configuration */

    /*
     * Makes the port. spec and clock outlive it. The caller ends it with its close(). Fails with
     * ERR_CONFIG for a spec this cloud cannot serve, ERR_UNREACHABLE where the machine is not on
     * it.
     */
    enum err (*open)(const struct cloud_spec *spec, struct clock_port *clock,
                     struct cloud_port **out, struct errctx *cx);
};

struct host_provider {
    size_t size;
    uint32_t version;
    const char *name;
    enum err (*open)(const struct host_spec *spec, struct clock_port *clock, struct host_port **out,
                     struct errctx *cx);
};

/* NULL when this build has none of that name. */
const struct provider *provider_find(const char *name);

/* What this build uses for devices and mounts; NULL when it has nothing. */
const struct host_provider *provider_host(void);

/* The names of all providers, in words for a message: "aws-ebs, local", or "none". */
const char *provider_names(char *out, size_t size);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * provider.c - the rows of what is built in.
 *
 * It must not contain a provider that only pretends: what is not there is said not to be there.
 */
#include "provider.h"

#include "buf.h"

#include <string.h>

/* Ended by NULL. The EC2 port and the local one are rows to come. */
static const struct provider *const providers[] = {NULL};

static const struct host_provider *const host = NULL;

const struct provider *provider_find(const char *name)
{
    for (const struct provider *const *p = providers; *p; p++) {
        if (strcmp((*p)->name, name) == 0)
            return *p;
    }
    return NULL;
}

const struct host_provider *provider_host(void)
{
    return host;
}

const char *provider_names(char *out, size_t size)
{
    struct buf names;

    buf_on(&names, out, size);
    for (const struct provider *const *p = providers; *p; p++)
        buf_printf(&names, "%s%s", names.length ? ", " : "", (*p)->name);
    if (!names.length)
        buf_text(&names, "none");
    return out;
}

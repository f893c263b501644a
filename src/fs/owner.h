/* SPDX-License-Identifier: Apache-2.0 */
/*
 * owner.h - owner, group and mode of a mounted directory.
 *
 * It changes the one directory it is given as an open descriptor, never what lies in it.
 */
#pragma once

#include "err.h"

struct owner_request {
    const char *user;  /* by name or number; NULL: as it is */
    const char *group; /* the same */
    int mode;          /* permission bits; -1: as they are */
};

/* Repeats; changes nothing that is already so. ERR_CONFIG: no such user or group. */
MUST_CHECK enum err owner_set(int fd, const struct owner_request *rq, struct errctx *cx);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * owner.c - names to numbers, and then one chown and one chmod.
 *
 * A number is taken as it is, without asking whether anybody has it: at boot the user may not exist
 * yet. A name that nobody has must not be passed over.
 */
#include "fs/owner.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ENTRY_MAX = 16384, PERMISSIONS = 07777 };

static const unsigned UNCHANGED = (unsigned)-1;

static bool is_number(const char *text, unsigned *out)
{
    char *end = NULL;

    if (text[0] < '0' || text[0] > '9')
        return false;
    errno = 0;
    const unsigned long value = strtoul(text, &end, 10);

    if (errno != 0 || *end != '\0' || value >= UNCHANGED)
        return false;
    *out = (unsigned)value;
    return true;
}

static enum err user_id(const char *name, unsigned *out, struct errctx *cx)
{
    char storage[ENTRY_MAX];
    struct passwd entry;
    struct passwd *found = NULL;

    if (!name || is_number(name, out))
        return ERR_OK;
    const int e = getpwnam_r(name, &entry, storage, sizeof(storage), &found);

    if (!found)
        return err_set(cx, ERR_CONFIG, e, "there is no user %s", name);
    *out = found->pw_uid;
    return ERR_OK;
}

static enum err group_id(const char *name, unsigned *out, struct errctx *cx)
{
    char storage[ENTRY_MAX];
    struct group entry;
    struct group *found = NULL;

    if (!name || is_number(name, out))
        return ERR_OK;
    const int e = getgrnam_r(name, &entry, storage, sizeof(storage), &found);

    if (!found)
        return err_set(cx, ERR_CONFIG, e, "there is no group %s", name);
    *out = found->gr_gid;
    return ERR_OK;
}

static enum err change(int fd, unsigned user, unsigned group, struct errctx *cx)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return err_set(cx, ERR_IO, errno, "look at the mounted directory");
    if ((user == UNCHANGED || st.st_uid == user) && (group == UNCHANGED || st.st_gid == group))
        return ERR_OK;
    if (fchown(fd, user, group) < 0)
        return err_set(cx, ERR_IO, errno, "change the owner of the mounted directory");
    return ERR_OK;
}

enum err owner_set(int fd, const struct owner_request *rq, struct errctx *cx)
{
    unsigned user = UNCHANGED;
    unsigned group = UNCHANGED;
    struct stat st;
    enum err e = user_id(rq->user, &user, cx);

    if (e == ERR_OK)
        e = group_id(rq->group, &group, cx);
    if (e == ERR_OK)
        e = change(fd, user, group, cx);
    /* After chown, which takes set-id bits away. */
    if (e != ERR_OK || rq->mode < 0)
        return e;
    if (fstat(fd, &st) == 0 && (st.st_mode & PERMISSIONS) == (mode_t)rq->mode)
        return ERR_OK;
    if (fchmod(fd, (mode_t)rq->mode) < 0)
        return err_set(cx, ERR_IO, errno, "change the mode of the mounted directory");
    return ERR_OK;
}

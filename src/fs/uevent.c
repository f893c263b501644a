/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uevent.c - a netlink socket, group 1: what the kernel sends before udev touches it.
 *
 * Ref netlink(7): nl_pid is 0 for messages of the kernel. Any process may send to the group's
 * members, so others are ignored; they could only wake us anyway, never tell us anything.
 */
#include "fs/uevent.h"

#include "scope.h"

#include <errno.h>
#include <linux/netlink.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

enum { KERNEL_GROUP = 1, MESSAGE_MAX = 8192 };

enum err uevent_open(int *fd, struct errctx *cx)
{
    const struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = KERNEL_GROUP};
    AUTO_FD int s =
        socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);

    if (s < 0)
        return err_set(cx, ERR_UNSUPPORTED, errno, "open a socket for kernel events");
    if (bind(s, (const struct sockaddr *)(const void *)&address, sizeof(address)) < 0)
        return err_set(cx, ERR_UNSUPPORTED, errno, "listen to kernel events");
    *fd = TAKE_FD(s);
    return ERR_OK;
}

bool uevent_is_block(const char *message, size_t length)
{
    bool block = false;
    bool news = false;

    /* "add@/devices/...", then KEY=VALUE, each ended by a zero byte; the last one may lack it. */
    for (size_t at = 0; at < length;) {
        const size_t n = strnlen(message + at, length - at);

        if (n == sizeof("SUBSYSTEM=block") - 1 && memcmp(message + at, "SUBSYSTEM=block", n) == 0)
            block = true;
        if (n == sizeof("ACTION=add") - 1 && memcmp(message + at, "ACTION=add", n) == 0)
            news = true;
        if (n == sizeof("ACTION=change") - 1 && memcmp(message + at, "ACTION=change", n) == 0)
            news = true;
        at += n + 1;
    }
    return block && news;
}

/* True when a message was there and it was one to wake up for; *more says to ask again. */
static bool take_one(int fd, bool *more)
{
    char message[MESSAGE_MAX];
    struct sockaddr_nl from = {0};
    socklen_t size = sizeof(from);
    const ssize_t n =
        recvfrom(fd, message, sizeof(message), 0, (struct sockaddr *)(void *)&from, &size);

    *more = n >= 0;
    /* ENOBUFS: events were lost, so look again at once. */
    if (n < 0)
        return errno == ENOBUFS;
    return from.nl_pid == 0 && uevent_is_block(message, (size_t)n);
}

static bool take_all(int fd)
{
    bool woken = false;
    bool more = true;

    while (more)
        woken = take_one(fd, &more) || woken;
    return woken;
}

void uevent_wait(int fd, struct due due, int most_ms)
{
    const struct due end = due_in((uint64_t)due_poll_ms(due, most_ms));

    while (!due_over(end)) {
        struct pollfd p = {.fd = fd, .events = POLLIN};

        if (poll(&p, 1, due_poll_ms(end, most_ms)) > 0 && take_all(fd))
            return;
    }
}

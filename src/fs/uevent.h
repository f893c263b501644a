/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uevent.h - the kernel's own news of devices, without udev.
 *
 * An event only says "look again": what is there is read from sysfs, always. So a lost, forged or
 * missing event (in a container's network namespace none arrives) costs time and nothing else.
 */
#pragma once

#include "err.h"
#include "fs/due.h"

#include <stdbool.h>
#include <stddef.h>

/* Opens the socket; the caller closes it. Fails where the kernel or the container forbids it. */
MUST_CHECK enum err uevent_open(int *fd, struct errctx *cx);

/* True for a message of the kernel's about a block device that came or changed. */
bool uevent_is_block(const char *message, size_t length);

/*
 * Blocks until such an event came, but at most most_ms and until due. fd may be -1: then it only
 * waits. Other events do not end the wait.
 */
void uevent_wait(int fd, struct due due, int most_ms);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sysfs.h - one attribute of the kernel's, as text, below a root that is a parameter.
 *
 * A tree made by a test reads like the kernel's own. Nothing here may know what an attribute means,
 * nor write one.
 */
#pragma once

#include "err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Reads root/path into out, without the white space at its end (drivers pad with blanks) and
 * without bytes that are not printable. False when there is no such attribute or it does not fit.
 */
bool sysfs_text(const char *root, const char *path, char *out, size_t size);

/* The same as a decimal number. */
bool sysfs_number(const char *root, const char *path, uint64_t *out);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * digest.h - SHA-1, for name-based UUIDs and derived tokens alone.
 *
 * RFC 9562 section 5.5 defines UUID version 5 over SHA-1, and the core links no library. It must
 * not be used where an attacker's choice of text would matter.
 */
#pragma once

#include "claim/facts.h"

#include <stddef.h>

enum { SHA1_SIZE = 20 };

void sha1(const void *data, size_t size, uint8_t out[SHA1_SIZE]);

/* UUID version 5 of a name in the namespace of this program. */
struct uuid uuid_of_name(const char *name, size_t size);

/* A token that follows from another one, a purpose and a number; a repeat derives the same. */
struct token token_derive(struct token base, const char *purpose, uint64_t number);

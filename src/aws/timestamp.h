/* SPDX-License-Identifier: Apache-2.0 */
/*
 * timestamp.h - ISO 8601 as AWS writes it, to milliseconds since the epoch.
 *
 * UTC only, as AWS sends nothing else; it must not guess at other forms.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* "2026-01-02T03:04:05Z", with or without a fraction; false for anything else. */
bool timestamp_parse(const char *text, uint64_t *out_ms);

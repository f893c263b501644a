/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_value.h - one text becomes one setting's value. Private to the configuration.
 *
 * These functions know rows and texts, not files and options: a refusal is words without a place,
 * and who called knows the place.
 */
#pragma once

#include "config.h"

enum { CONFIG_WHY_MAX = 192, CONFIG_QUOTE_MAX = 64 };

/* Why a text was refused, a sentence without its end. */
struct config_why {
    char text[CONFIG_WHY_MAX];
};

/* Sets a setting that is one text; a list or map must go through the two below. */
bool config_value(struct config *c, enum setting id, const char *text, struct config_why *why);

/* Adds one item to a setting that is a list, or to one whose list is joined. */
bool config_item(struct config *c, enum setting id, const char *text, struct config_why *why);

/* Adds one tag to a setting that is a map of tags. */
bool config_tag(struct config *c, enum setting id, const char *key, const char *value,
                struct config_why *why);

/* Empties a list, a map or a joined text, so that what follows replaces it. */
void config_clear(struct config *c, enum setting id);

/* True for settings that take a list (a joined text may also be one value) or a map. */
bool config_takes_list(enum setting id);
bool config_takes_map(enum setting id);

/* Copies a text into the configuration's own storage; NULL when that is full. */
const char *config_keep(struct config *c, const char *text);

/* Text in quotation marks for a message: long ones cut, control characters shown as "?". */
const char *config_quote(const char *text, char out[CONFIG_QUOTE_MAX]);

/* A span as people write it: 90s, 2min, 1h. */
void config_format_span(uint64_t span_ms, char out[32]);

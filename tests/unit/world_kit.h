/* SPDX-License-Identifier: Apache-2.0 */
/*
 * world_kit.h - what tests of worlds share: a small world in scope, and calls to its service by
 * hand.
 *
 * It must not hide what a test is about: every volume and machine is named in the test.
 */
#pragma once

#include "sim/world.h"

/* Frees a world at the end of the scope. */
void kit_free(struct world **w);
#define AUTO_WORLD __attribute__((cleanup(kit_free)))

/* A world without faults: one zone unless changed, small volumes, plain ids. */
struct world_options kit_options(void);
struct world *kit_world(const struct world_options *o);

/* A machine of ours that boots at boot_ms; a machine that is only there. */
uint32_t kit_boots(struct world *w, uint32_t zone, uint64_t boot_ms);
uint32_t kit_stands(struct world *w, uint32_t zone);
/* A volume with a filesystem and data of its own; attached to `holder`, or WORLD_NONE. */
uint32_t kit_data(struct world *w, uint32_t zone, uint32_t holder);

/* Moves the clock of the checkers and the service on. */
void kit_wait(struct world *w, uint64_t ms);

/* Calls to the service, at once and without a claim; each asserts that it succeeds. */
uint32_t kit_snapshot(struct world *w, uint32_t volume);
uint32_t kit_copy(struct world *w, uint32_t snapshot, uint32_t source, uint32_t zone);
void kit_attach(struct world *w, uint32_t volume, uint32_t machine);
void kit_delete(struct world *w, uint32_t volume);
void kit_drop(struct world *w, uint32_t snapshot);
void kit_mark(struct world *w, uint32_t volume, const struct mark *m);

/* Whether exactly this checker has failed. */
bool kit_convicted(const struct world *w, enum check which);

/* A story: what a world tells, with blanks made single and times cut off. */
enum { KIT_STORY_MAX = 65536 };
struct kit_story {
    char text[KIT_STORY_MAX];
    size_t used;
};
struct trace_sink kit_listen(struct kit_story *s);
/* Whether these lines, ended by NULL, were told in this order, with others between them or not. */
bool kit_told(const struct kit_story *s, const char *const *lines);
/* How often a line begins with these words. */
uint32_t kit_times(const struct kit_story *s, const char *words);

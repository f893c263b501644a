/* SPDX-License-Identifier: Apache-2.0 */
/*
 * faults.c - the rows of faults.def as data, and the text form of a fault mix.
 *
 * It must not use floating point: a rate that reads back differently would not replay.
 */
#include "sim/faults.h"

#include <stdio.h>
#include <string.h>

struct row {
    const char *name;
    const char *words;
    enum fault_unit unit;
    uint32_t all_ppm;
    uint32_t most_ppm;
};

/* clang-format off */
static const struct row rows[FAULT_COUNT] = {
#define FAULT(id, name, unit, all_ppm, most_ppm, words) \
    [FAULT_##id] = {name, words, FAULT_PER_##unit, all_ppm, most_ppm},
#include "sim/faults.def"
#undef FAULT
};
/* clang-format on */

const char *fault_name(enum fault f)
{
    return rows[f].name;
}

const char *fault_words(enum fault f)
{
    return rows[f].words;
}

enum fault_unit fault_unit(enum fault f)
{
    return rows[f].unit;
}

struct faults faults_none(void)
{
    return (struct faults){.lag_ms = FAULT_LAG_MS, .clock_ms = FAULT_CLOCK_MS};
}

struct faults faults_all(void)
{
    struct faults f = faults_none();

    for (int i = 0; i < FAULT_COUNT; i++)
        f.ppm[i] = rows[i].all_ppm;
    return f;
}

struct faults faults_draw(struct prng *p)
{
    struct faults f = faults_none();
    /* Some runs know few faults and some know most, so that each is also met alone. */
    const uint32_t share = (uint32_t)prng_between(p, 1, 10) * 100000;

    for (int i = 0; i < FAULT_COUNT; i++) {
        const bool on = prng_chance(p, share);
        const uint32_t shift = (uint32_t)prng_below(p, 7);

        f.ppm[i] = on ? rows[i].most_ppm >> shift : 0;
    }
    return f;
}

bool faults_any(const struct faults *f)
{
    for (int i = 0; i < FAULT_COUNT; i++) {
        if (f->ppm[i] > 0)
            return true;
    }
    return false;
}

bool faults_parse_rate(const char *text, size_t length, uint32_t *ppm)
{
    uint32_t value = 0;
    uint32_t scale = FAULT_PPM;
    size_t i = 1;

    if (length == 0 || (text[0] != '0' && text[0] != '1'))
        return false;
    value = text[0] == '1' ? FAULT_PPM : 0;
    if (length > 1 && (text[1] != '.' || length == 2))
        return false;
    for (i = 2; i < length; i++) {
        scale /= 10;
        if (text[i] < '0' || text[i] > '9' || scale == 0)
            return false;
        value += (uint32_t)(text[i] - '0') * scale;
    }
    if (value > FAULT_PPM)
        return false;
    *ppm = value;
    return true;
}

static bool find_row(const char *name, size_t length, enum fault *out)
{
    for (int i = 0; i < FAULT_COUNT; i++) {
        if (strlen(rows[i].name) == length && memcmp(rows[i].name, name, length) == 0) {
            *out = (enum fault)i;
            return true;
        }
    }
    return false;
}

static bool parse_part(const char *part, size_t length, struct faults *f, char *why,
                       size_t why_size)
{
    const char *equals = memchr(part, '=', length);
    const size_t name_length = equals ? (size_t)(equals - part) : length;
    const struct faults bounds = *f;
    enum fault which = FAULT_COUNT;

    if (!equals && length == 4 && memcmp(part, "none", 4) == 0) {
        memset(f->ppm, 0, sizeof(f->ppm));
        return true;
    }
    if (!equals && length == 3 && memcmp(part, "all", 3) == 0) {
        *f = faults_all();
        f->lag_ms = bounds.lag_ms;
        f->clock_ms = bounds.clock_ms;
        return true;
    }
    if (!find_row(part, name_length, &which)) {
        (void)snprintf(why, why_size, "there is no fault \"%.*s\"", (int)name_length, part);
        return false;
    }
    if (!equals) {
        (void)snprintf(why, why_size, "fault \"%.*s\" needs a rate, as in %.*s=0.02", (int)length,
                       part, (int)length, part);
        return false;
    }
    if (!faults_parse_rate(equals + 1, length - name_length - 1, &f->ppm[which])) {
        (void)snprintf(why, why_size, "the rate in \"%.*s\" is not a number from 0 to 1",
                       (int)length, part);
        return false;
    }
    return true;
}

bool faults_parse(const char *text, struct faults *f, char *why, size_t why_size)
{
    struct faults draft = *f;

    if (text[0] == '\0') {
        (void)snprintf(why, why_size, "no fault is named; write none, all, or NAME=RATE");
        return false;
    }
    for (;;) {
        const size_t length = strcspn(text, ",");

        if (!parse_part(text, length, &draft, why, why_size))
            return false;
        if (text[length] == '\0')
            break;
        text += length + 1;
    }
    *f = draft;
    return true;
}

static int format_rate(char *out, size_t size, uint32_t ppm)
{
    if (ppm == FAULT_PPM)
        return snprintf(out, size, "1");
    if (ppm == 0)
        return snprintf(out, size, "0");
    return snprintf(out, size, "0.%06u", (unsigned)ppm);
}

bool faults_format(const struct faults *f, char *out, size_t size)
{
    size_t used = 0;

    if (!faults_any(f))
        return snprintf(out, size, "none") < (int)size;
    for (int i = 0; i < FAULT_COUNT; i++) {
        char rate[16];
        int n;

        if (f->ppm[i] == 0)
            continue;
        (void)format_rate(rate, sizeof(rate), f->ppm[i]);
        n = snprintf(out + used, size - used, "%s%s=%s", used > 0 ? "," : "", rows[i].name, rate);
        if (n < 0 || (size_t)n >= size - used)
            return false;
        used += (size_t)n;
    }
    return true;
}

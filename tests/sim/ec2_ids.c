/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ec2_ids.c - ids made from indices by a reversible mix, so that finding one needs no table.
 *
 * An id looks like the service's own: a prefix and 17 hex digits, the first of them zero. Instances
 * may have ids that were given to them; those are searched. No id is ever used twice.
 */
#include "sim/ec2_state.h"

enum { HEX_DIGITS = 16 };

/* Two odd factors and their inverses modulo 2^64. */
#define FACTOR_A UINT64_C(0xD1342543DE82EF95)
#define INVERSE_A UINT64_C(0x572B5EE77A54E3BD)
#define FACTOR_B UINT64_C(0xAEF17502108EF2D9)
#define INVERSE_B UINT64_C(0xD04CA582ACB86D69)

static const char *const prefixes[] = {
    [EC2_NOTHING] = "",
    [EC2_VOLUME] = "vol-0",
    [EC2_SNAPSHOT] = "snap-0",
    [EC2_INSTANCE] = "i-0",
};

static uint64_t scramble(const struct ec2 *m, enum ec2_kind kind, uint64_t x)
{
    x = (x + hash_mix(ec2_peek(m)->seed, kind)) * FACTOR_A;
    x = (x ^ (x >> 32)) * FACTOR_B;
    return x ^ (x >> 32);
}

static uint64_t unscramble(const struct ec2 *m, enum ec2_kind kind, uint64_t x)
{
    x = (x ^ (x >> 32)) * INVERSE_B;
    x = (x ^ (x >> 32)) * INVERSE_A;
    return x - hash_mix(ec2_peek(m)->seed, kind);
}

static struct id id_make(const struct ec2 *m, enum ec2_kind kind, uint32_t index)
{
    static const char digits[] = "0123456789abcdef";
    const size_t start = strlen(prefixes[kind]);
    uint64_t x = (uint64_t)index + 1;
    struct id id = {.text = ""};

    if (!ec2_peek(m)->plain_ids)
        x = scramble(m, kind, x);
    memcpy(id.text, prefixes[kind], start);
    for (size_t i = HEX_DIGITS; i > 0; i--, x >>= 4)
        id.text[start + i - 1] = digits[x & 0xf];
    return id;
}

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

/* The index an id was made from, if it was made here; whether that exists is the caller's question.
 */
bool id_number(const struct ec2 *m, const struct id *id, enum ec2_kind kind, uint32_t *out)
{
    const size_t start = strlen(prefixes[kind]);
    uint64_t x = 0;

    if (strncmp(id->text, prefixes[kind], start) != 0)
        return false;
    for (size_t i = 0; i < HEX_DIGITS; i++) {
        const int value = digit_value(id->text[start + i]);

        if (value < 0)
            return false;
        x = x << 4 | (uint64_t)value;
    }
    if (id->text[start + HEX_DIGITS] != '\0')
        return false;
    if (!ec2_peek(m)->plain_ids)
        x = unscramble(m, kind, x);
    *out = (uint32_t)(x - 1);
    return x - 1 < EC2_NONE;
}

enum ec2_kind id_kind(const struct id *id)
{
    if (strncmp(id->text, "vol-", 4) == 0)
        return EC2_VOLUME;
    if (strncmp(id->text, "snap-", 5) == 0)
        return EC2_SNAPSHOT;
    return strncmp(id->text, "i-", 2) == 0 ? EC2_INSTANCE : EC2_NOTHING;
}

uint32_t ec2_volume_index(const struct ec2 *m, const struct id *id)
{
    uint32_t index = 0;

    if (!id_number(m, id, EC2_VOLUME, &index) || index >= ec2_peek(m)->volumes.used)
        return EC2_NONE;
    return index;
}

uint32_t ec2_snapshot_index(const struct ec2 *m, const struct id *id)
{
    uint32_t index = 0;

    if (!id_number(m, id, EC2_SNAPSHOT, &index) || index >= ec2_peek(m)->snaps.used)
        return EC2_NONE;
    return index;
}

static bool is_custom(const struct ec2 *m, uint32_t instance, const struct id *id)
{
    const uint32_t custom = inst_peek(m, instance)->custom_id;

    return custom != 0 && strcmp(text_peek(m, custom), id->text) == 0;
}

uint32_t ec2_instance_index(const struct ec2 *m, const struct id *id)
{
    const uint32_t count = ec2_peek(m)->insts.used;
    uint32_t index = 0;

    if (id_number(m, id, EC2_INSTANCE, &index) && index < count &&
        inst_peek(m, index)->custom_id == 0)
        return index;
    for (index = 0; index < count; index++) {
        if (is_custom(m, index, id))
            return index;
    }
    return EC2_NONE;
}

struct id ec2_volume_id(const struct ec2 *m, uint32_t volume)
{
    return id_make(m, EC2_VOLUME, volume);
}

struct id ec2_snapshot_id(const struct ec2 *m, uint32_t snapshot)
{
    return id_make(m, EC2_SNAPSHOT, snapshot);
}

struct id ec2_instance_id(const struct ec2 *m, uint32_t instance)
{
    const uint32_t custom = inst_peek(m, instance)->custom_id;
    struct id id = {.text = ""};

    if (custom == 0)
        return id_make(m, EC2_INSTANCE, instance);
    (void)id_set(&id, text_peek(m, custom));
    return id;
}

uint32_t ec2_zone_count(const struct ec2 *m)
{
    return ec2_peek(m)->zone_count;
}

const char *ec2_zone_name(const struct ec2 *m, uint32_t zone)
{
    return zone < ec2_peek(m)->zone_count ? ec2_peek(m)->zones[zone].text : "";
}

const char *ec2_group_name(const struct ec2 *m, uint32_t group)
{
    return group < ec2_peek(m)->group_count ? text_peek(m, ec2_peek(m)->groups[group]) : "";
}

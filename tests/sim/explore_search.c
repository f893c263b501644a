/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explore_search.c - all states, breadth first, each once; the first violation is a nearest one.
 *
 * A state is seven numbers and four small ones, compared whole. Where an instance is about to do
 * something that touches nothing others see, and sees nothing others touch, only that is followed:
 * it commutes with whatever else could happen, so that no end is lost. It is not done while a
 * change of that instance's own is still on its way, which could reach its machine.
 */
#include "sim/explore_parts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct node {
    uint32_t procs[EXPLORE_PROCS_MAX];
    uint32_t cloud;
    uint32_t letters[EXPLORE_NET_MAX]; /* the greater first, 0: none */
    uint8_t tick;
    uint8_t faults;
    uint8_t crashes;
    uint8_t stalls;
};

/* How a state was come to: an instance and its choice, a letter that lands, or a tick. */
enum via { VIA_TICK = 0xf0, VIA_LETTER = 0xf1, VIA_START = 0xf2 };

struct origin {
    uint32_t parent;
    uint8_t via; /* number of the instance, or enum via */
    struct choice choice;
};

struct search {
    struct lab lab;
    struct node *nodes;
    struct origin *origins;
    uint64_t *table; /* tag << 32 | number + 1; 0: free */
    uint64_t table_size;
    uint64_t count;
    struct memo steps;    /* instance and service -> outcomes */
    struct memo landings; /* letter and service -> one outcome */
    struct memo ticks;    /* service -> the same a tick later */
    struct memo passings; /* tick and instance -> the same then */
    struct outcome *outcomes;
    uint32_t outcome_count;
    uint32_t outcome_capacity;
    struct explore_result *result;
    uint32_t at; /* number of the node that is expanded */
    uint32_t bad_at;
    struct origin bad; /* the event that broke a promise */
    bool violated;
    bool out_of_memory;
    bool full;
};

static uint64_t node_hash(const struct node *n)
{
    uint64_t words[sizeof(*n) / 8 + 1] = {0};
    uint64_t h = 0;

    memcpy(words, n, sizeof(*n));
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        h = (h ^ words[i]) * UINT64_C(0x9FB21C651E98DF25);
        h ^= h >> 32;
    }
    return mix64(h);
}

static void table_put(struct search *s, uint64_t hash, uint64_t number)
{
    uint64_t at = hash & (s->table_size - 1);

    while (s->table[at] != 0)
        at = (at + 1) & (s->table_size - 1);
    s->table[at] = (hash >> 32) << 32 | (number + 1);
}

static bool table_grow(struct search *s)
{
    const uint64_t size = s->table_size == 0 ? UINT64_C(1) << 16 : s->table_size * 2;
    uint64_t *table = calloc(size, sizeof(*table));

    if (!table)
        return false;
    free(s->table);
    s->table = table;
    s->table_size = size;
    for (uint64_t i = 0; i < s->count; i++)
        table_put(s, node_hash(&s->nodes[i]), i);
    return true;
}

static bool is_known(const struct search *s, const struct node *n, uint64_t hash)
{
    uint64_t at = hash & (s->table_size - 1);

    for (; s->table[at] != 0; at = (at + 1) & (s->table_size - 1)) {
        if (s->table[at] >> 32 == hash >> 32 &&
            memcmp(&s->nodes[(uint32_t)s->table[at] - 1], n, sizeof(*n)) == 0)
            return true;
    }
    return false;
}

static void visit(struct search *s, const struct node *n, const struct origin *origin)
{
    const uint64_t hash = node_hash(n);

    s->result->transitions++;
    if (is_known(s, n, hash))
        return;
    if (s->count >= s->lab.o.max_states) {
        s->full = true;
        return;
    }
    if (s->count * 5 >= s->table_size * 3 && !table_grow(s)) {
        s->out_of_memory = true;
        return;
    }
    s->nodes[s->count] = *n;
    s->origins[s->count] = *origin;
    table_put(s, hash, s->count);
    s->count++;
}

/* --- What is looked up, or worked out the first time --- */

static struct outcome *outcomes_room(struct search *s, uint32_t more)
{
    if (s->outcome_capacity - s->outcome_count < more) {
        const uint32_t capacity = s->outcome_capacity == 0 ? 65536 : s->outcome_capacity * 2;
        void *bigger = realloc(s->outcomes, sizeof(s->outcomes[0]) * capacity);

        if (!bigger)
            return NULL;
        s->outcomes = bigger;
        s->outcome_capacity = capacity;
    }
    return &s->outcomes[s->outcome_count];
}

static struct memo_entry *known(struct search *s, struct memo *m, uint64_t key)
{
    struct memo_entry *e = memo_at(m, key);

    if (!e || !outcomes_room(s, SUCCESSORS_MAX)) {
        s->out_of_memory = true;
        return NULL;
    }
    return e;
}

static void keep(struct search *s, struct memo_entry *e, uint32_t count)
{
    e->first = s->outcome_count;
    e->count = count;
    s->outcome_count += count;
    s->out_of_memory =
        s->out_of_memory || s->lab.procs.failed || s->lab.clouds.failed || s->lab.letters.failed;
}

static const struct memo_entry *steps_of(struct search *s, uint32_t proc, uint32_t cloud)
{
    struct memo_entry *e = known(s, &s->steps, (uint64_t)proc << 32 | cloud);

    if (e && e->count == UINT32_MAX)
        keep(s, e, proc_outcomes(&s->lab, proc, cloud, &s->outcomes[s->outcome_count]));
    return e;
}

static const struct memo_entry *landing_of(struct search *s, uint32_t letter, uint32_t cloud)
{
    struct memo_entry *e = known(s, &s->landings, (uint64_t)letter << 32 | cloud);
    struct outcome *o = NULL;

    if (!e || e->count != UINT32_MAX)
        return e;
    o = &s->outcomes[s->outcome_count];
    lab_load(&s->lab, cloud);
    service_land(&s->lab, pool_get(&s->lab.letters, letter));
    *o = (struct outcome){.cloud = s->lab.changed ? lab_store(&s->lab) : cloud};
    o->bad = s->lab.checks.count > 0 ? (uint8_t)(s->lab.checks.first.which + 1) : 0;
    keep(s, e, 1);
    return e;
}

static const struct memo_entry *tick_of(struct search *s, uint32_t cloud)
{
    struct memo_entry *e = known(s, &s->ticks, cloud);

    if (!e || e->count != UINT32_MAX)
        return e;
    lab_load(&s->lab, cloud);
    s->lab.tick++;
    s->outcomes[s->outcome_count] = (struct outcome){.cloud = lab_store(&s->lab)};
    assert(s->lab.cloud_number == 0 || lab_tick_of(&s->lab, s->lab.cloud_number) == s->lab.tick);
    keep(s, e, 1);
    return e;
}

/* The instance as it is in the tick after this one. */
static uint32_t later(struct search *s, uint32_t proc, uint32_t tick, uint32_t cloud)
{
    struct memo_entry *e = known(s, &s->passings, (uint64_t)tick << 32 | proc);

    if (!e)
        return proc;
    if (e->count == UINT32_MAX) {
        lab_load(&s->lab, cloud);
        s->outcomes[s->outcome_count] = (struct outcome){.proc = proc_tick(&s->lab, proc)};
        keep(s, e, 1);
    }
    return s->outcomes[e->first].proc;
}

/* --- One state --- */

static bool has_letter_of(const struct search *s, const struct node *n, uint32_t who)
{
    for (int i = 0; i < EXPLORE_NET_MAX; i++) {
        if (n->letters[i] != 0 &&
            ((const struct letter *)pool_get(&s->lab.letters, n->letters[i]))->who == who)
            return true;
    }
    return false;
}

static void sort_letters(struct node *n)
{
    if (n->letters[0] < n->letters[1]) {
        const uint32_t first = n->letters[0];

        n->letters[0] = n->letters[1];
        n->letters[1] = first;
    }
}

static void blame(struct search *s, const struct origin *origin, uint8_t bad)
{
    if (bad == 0 || s->violated)
        return;
    s->violated = true;
    s->bad = *origin;
}

/* False when the bounds do not allow it. */
static bool pay(const struct search *s, struct node *n, const struct outcome *o)
{
    if (o->choice.how == GOES_WELL)
        return true;
    if (o->choice.how >= GOES_DOWN)
        return n->crashes++ < s->lab.o.crashes;
    if (n->faults++ >= s->lab.o.faults)
        return false;
    if (o->letter == 0)
        return true;
    if (n->letters[EXPLORE_NET_MAX - 1] != 0)
        return false;
    n->letters[EXPLORE_NET_MAX - 1] = o->letter;
    sort_letters(n);
    return true;
}

static void expand_proc(struct search *s, const struct node *from, uint32_t who, bool local)
{
    const struct memo_entry *e = steps_of(s, from->procs[who], from->cloud);
    const uint32_t first = e ? e->first : 0;
    const uint32_t count = e ? e->count : 0;

    for (uint32_t i = first; i < first + count; i++) {
        const struct outcome *o = &s->outcomes[i];
        const struct origin origin = {.parent = s->at, .via = (uint8_t)who, .choice = o->choice};
        struct node n = *from;

        if ((local && o->choice.how != GOES_WELL) || !pay(s, &n, o))
            continue;
        n.procs[who] = o->proc;
        n.cloud = o->cloud;
        blame(s, &origin, o->bad);
        visit(s, &n, &origin);
    }
}

static void expand_letters(struct search *s, const struct node *from)
{
    for (int i = 0; i < EXPLORE_NET_MAX && from->letters[i] != 0; i++) {
        const struct memo_entry *e = landing_of(s, from->letters[i], from->cloud);
        const struct origin origin = {
            .parent = s->at, .via = VIA_LETTER, .choice = {.how = (uint8_t)i}};
        struct node n = *from;

        if (!e)
            return;
        n.letters[i] = 0;
        sort_letters(&n);
        n.cloud = s->outcomes[e->first].cloud;
        blame(s, &origin, s->outcomes[e->first].bad);
        visit(s, &n, &origin);
    }
}

/* How many could go on and do not, when the clock ticks. Nobody has to arrive, or to let go. */
static uint32_t stalled(const struct search *s, const struct node *n)
{
    uint32_t count = 0;

    if (s->lab.o.stalls == EXPLORE_STALLS_ANY)
        return 0;
    for (uint32_t i = 0; i < s->lab.o.world->instance_count; i++)
        count += proc_kind(&s->lab, n->procs[i]) == PROC_OPEN;
    return count;
}

static void expand_tick(struct search *s, const struct node *from)
{
    const struct origin origin = {.parent = s->at, .via = VIA_TICK};
    const struct memo_entry *e = NULL;
    struct node n = *from;

    if (from->tick >= s->lab.o.ticks || from->stalls + stalled(s, from) > s->lab.o.stalls)
        return;
    e = tick_of(s, from->cloud);
    if (!e)
        return;
    n.stalls = (uint8_t)(from->stalls + stalled(s, from));
    n.tick++;
    n.cloud = s->outcomes[e->first].cloud;
    for (uint32_t i = 0; i < s->lab.o.world->instance_count; i++)
        n.procs[i] = later(s, n.procs[i], n.tick, n.cloud);
    for (int i = 0; i < EXPLORE_NET_MAX; i++) {
        if (n.letters[i] != 0 &&
            ((const struct letter *)pool_get(&s->lab.letters, n.letters[i]))->last < n.tick)
            n.letters[i] = 0;
    }
    sort_letters(&n);
    visit(s, &n, &origin);
}

/* True when everybody is through: nothing can happen that matters. */
static bool is_ended(const struct search *s, const struct node *n, bool *good)
{
    const uint32_t count = s->lab.o.world->instance_count;

    *good = false;
    for (uint32_t i = 0; i < count; i++) {
        const enum proc_kind kind = proc_kind(&s->lab, n->procs[i]);

        if (kind != PROC_OVER && kind != PROC_LATE &&
            (kind != PROC_USING || s->lab.o.world->instances[i].releases))
            return false;
        *good = *good || kind == PROC_USING;
    }
    return n->letters[0] == 0;
}

static void judge_end(struct search *s, const struct node *n)
{
    struct origin origin = s->origins[s->at];
    bool good = false;

    if (!is_ended(s, n, &good)) {
        s->result->cut += n->tick == s->lab.o.ticks;
        return;
    }
    s->result->ended++;
    s->result->good += good;
    if (s->lab.o.world->limit == 0)
        return;
    lab_load(&s->lab, n->cloud);
    service_count(&s->lab);
    origin.parent = s->at;
    origin.via = VIA_START;
    blame(s, &origin, s->lab.checks.count > 0);
}

static void expand(struct search *s)
{
    const struct node n = s->nodes[s->at];
    const uint32_t count = s->lab.o.world->instance_count;

    for (uint32_t i = 0; i < count; i++) {
        if (proc_kind(&s->lab, n.procs[i]) == PROC_LOCAL && !has_letter_of(s, &n, i)) {
            expand_proc(s, &n, i, true);
            return;
        }
    }
    judge_end(s, &n);
    for (uint32_t i = 0; i < count; i++)
        expand_proc(s, &n, i, false);
    expand_letters(s, &n);
    expand_tick(s, &n);
}

/* --- The story --- */

static void tell_one(struct search *s, const struct node *from, const struct origin *how)
{
    struct lab *lab = &s->lab;

    if (how->via < EXPLORE_PROCS_MAX) {
        proc_tell(lab, from->procs[how->via], from->cloud, &how->choice);
        return;
    }
    lab_load(lab, from->cloud);
    if (how->via == VIA_TICK) {
        lab->tick++;
        lab_note(lab, -1, "the clock ticks");
    } else if (how->via == VIA_LETTER) {
        service_land(lab, pool_get(&lab->letters, from->letters[how->choice.how]));
    } else {
        service_count(lab);
    }
}

static void tell(struct search *s, FILE *out)
{
    uint32_t *path = NULL;
    uint32_t length = 0;
    const struct trace_sink sink = trace_to_stream(out);

    for (uint32_t at = s->bad.parent; at != 0; at = s->origins[at].parent)
        length++;
    path = calloc((size_t)length + 1, sizeof(*path));
    if (!path)
        return;
    for (uint32_t at = s->bad.parent, i = length; i > 0; at = s->origins[at].parent)
        path[--i] = at;
    s->lab.trace = out ? &sink : NULL;
    for (uint32_t i = 0; i < length; i++)
        tell_one(s, &s->nodes[s->origins[path[i]].parent], &s->origins[path[i]]);
    tell_one(s, &s->nodes[s->bad.parent], &s->bad);
    s->lab.trace = NULL;
    (void)snprintf(s->result->words, sizeof(s->result->words), "%s, tick %u, i%d: %s",
                   check_name(s->lab.checks.first.which), s->lab.tick,
                   s->lab.checks.first.machine == EC2_NONE ? -1 : (int)s->lab.checks.first.machine,
                   s->lab.checks.first.words);
    s->result->depth = length + 1;
    free(path);
}

/* --- The search --- */

static bool begin(struct search *s, const struct explore_options *o)
{
    struct node n = {.cloud = 0};
    const struct origin origin = {.via = VIA_START};

    if (!lab_init(&s->lab, o))
        return false;
    s->nodes = malloc(sizeof(s->nodes[0]) * o->max_states);
    s->origins = malloc(sizeof(s->origins[0]) * o->max_states);
    if (!s->nodes || !s->origins || !table_grow(s))
        return false;
    n.cloud = s->lab.cloud_number;
    for (uint32_t i = 0; i < o->world->instance_count; i++)
        n.procs[i] = proc_first(&s->lab, i);
    visit(s, &n, &origin);
    return true;
}

static uint64_t bytes_of(const struct search *s)
{
    return lab_bytes(&s->lab) + s->count * (sizeof(struct node) + sizeof(struct origin)) +
           s->table_size * sizeof(s->table[0]) +
           (s->steps.size + s->landings.size + s->ticks.size + s->passings.size) *
               sizeof(struct memo_entry) +
           (uint64_t)s->outcome_capacity * sizeof(struct outcome);
}

/* Which bound ends the search before its end, NULL. */
static const char *bound_of(const struct search *s, uint32_t depth)
{
    if (s->full)
        return "the bound on states (--max-states)";
    if (s->out_of_memory)
        return "the memory there is";
    if (s->lab.o.max_bytes > 0 && bytes_of(s) > s->lab.o.max_bytes)
        return "the bound on memory (--memory)";
    if (s->lab.o.depth > 0 && depth > s->lab.o.depth)
        return "the bound on depth (--depth)";
    return NULL;
}

static void go(struct search *s)
{
    uint64_t level_ends = 1;
    uint32_t depth = 0;

    for (s->at = 0; s->at < s->count && !s->violated; s->at++) {
        if (s->at == level_ends) {
            level_ends = s->count;
            depth++;
        }
        if ((s->at & 0xfff) == 0 && (s->result->bound = bound_of(s, depth)))
            break;
        expand(s);
        if (s->lab.o.progress && (s->at & 0xfffff) == 0xfffff) {
            (void)fprintf(stderr, "%llu states, %llu to go, depth %u, tick %u\n",
                          (unsigned long long)s->count, (unsigned long long)(s->count - s->at),
                          depth, s->nodes[s->at].tick);
        }
    }
    s->result->depth = depth;
    if (!s->result->bound)
        s->result->bound = bound_of(s, 0);
}

static void fini(struct search *s)
{
    lab_fini(&s->lab);
    memo_free(&s->steps);
    memo_free(&s->landings);
    memo_free(&s->ticks);
    memo_free(&s->passings);
    free(s->outcomes);
    free(s->nodes);
    free(s->origins);
    free(s->table);
}

bool explore_run(const struct explore_options *o, FILE *story, struct explore_result *out)
{
    struct search *s = calloc(1, sizeof(*s));
    bool good = false;

    *out = (struct explore_result){.verdict = EXPLORE_BOUNDED};
    if (!s)
        return false;
    s->result = out;
    good = begin(s, o);
    if (good) {
        go(s);
        out->states = s->count;
        out->procs = s->lab.procs.count;
        out->clouds = s->lab.clouds.count;
        out->steps = s->lab.steps;
        out->bytes = bytes_of(s);
        if (!s->violated)
            out->verdict = out->bound ? EXPLORE_BOUNDED : EXPLORE_VERIFIED;
        else
            out->verdict = EXPLORE_VIOLATED;
        if (s->violated)
            tell(s, story);
    }
    fini(s);
    free(s);
    return good;
}

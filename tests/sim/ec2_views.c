/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ec2_views.c - the memory that answers point to: blocks of a few sizes, held for a while.
 *
 * A block goes back when its holders are done with the answer (ec2_done), or when EC2_VIEW_KEEP_MS
 * have passed since it was last handed out. What went back last is handed out first, so that little
 * memory is ever touched. Nothing here is state of the service.
 */
#include "sim/ec2_state.h"

#include <assert.h>

/* In front of each block. Links are offsets + 1 among blocks of one class, 0: none. */
struct view {
    uint64_t expires_ms;
    uint32_t refs;
    uint32_t class;
    uint32_t prev; /* older */
    uint32_t next; /* younger */
    uint64_t unused;
};

enum { VIEW_ALIGN = 16, STEPS = 4, CLASS_MIN_BITS = 6 };

_Static_assert(sizeof(struct view) % VIEW_ALIGN == 0, "views must stay aligned");

/* Four classes for each power of two: at most a fifth of a block is wasted. */
static size_t class_size(uint32_t class)
{
    const size_t power = (size_t)1 << (CLASS_MIN_BITS + class / STEPS);

    return power + power / STEPS * (class % STEPS);
}

static uint32_t class_for(size_t size)
{
    uint32_t class = 0;

    while (class < EC2_VIEW_CLASSES && class_size(class) < size)
        class ++;
    return class;
}

static struct view *view_at(const struct ec2 *m, uint32_t link)
{
    return (struct view *)(void *)(m->views + m->view_base + link - 1);
}

static uint32_t link_of(const struct ec2 *m, const struct view *v)
{
    return (uint32_t)((const unsigned char *)v - (m->views + m->view_base)) + 1;
}

/* Takes a block out of the line of its class. */
static void view_unlink(struct ec2 *m, struct view *v)
{
    struct ec2_view_class *c = &m->view_classes[v->class];

    if (v->prev != 0)
        view_at(m, v->prev)->next = v->next;
    else
        c->oldest = v->next;
    if (v->next != 0)
        view_at(m, v->next)->prev = v->prev;
    else
        c->youngest = v->prev;
}

/* Puts a block at the end of the line, held until EC2_VIEW_KEEP_MS from now. */
static void view_link(struct ec2 *m, struct view *v)
{
    struct ec2_view_class *c = &m->view_classes[v->class];
    const uint32_t link = link_of(m, v);

    v->expires_ms = ec2_peek(m)->now_ms + EC2_VIEW_KEEP_MS;
    v->prev = c->youngest;
    v->next = 0;
    if (c->youngest != 0)
        view_at(m, c->youngest)->next = link;
    else
        c->oldest = link;
    c->youngest = link;
}

static struct view *view_fresh(struct ec2 *m, uint32_t class)
{
    const size_t size = class_size(class);
    struct view *v = NULL;

    if (m->view_base + m->view_used + size > m->view_size)
        return NULL;
    v = view_at(m, (uint32_t)m->view_used + 1);
    m->view_used += size;
    v->class = class;
    return v;
}

static struct view *view_find(struct ec2 *m, uint32_t class)
{
    struct ec2_view_class *c = &m->view_classes[class];
    struct view *v = NULL;

    if (c->free != 0) {
        v = view_at(m, c->free);
        c->free = v->next;
        return v;
    }
    v = c->oldest == 0 ? NULL : view_at(m, c->oldest);
    if (!v || v->expires_ms >= ec2_peek(m)->now_ms)
        return view_fresh(m, class);
    view_unlink(m, v);
    return v;
}

void *view_take(struct ec2 *m, size_t size)
{
    const uint32_t class = class_for(sizeof(struct view) + size);
    struct view *v = class < EC2_VIEW_CLASSES ? view_find(m, class) : NULL;

    if (!v)
        return NULL;
    v->refs = 1;
    view_link(m, v);
    if (m->taken_count < EC2_HELD_MAX)
        m->taken[m->taken_count++] = v + 1;
    return v + 1;
}

static struct view *view_of(const struct ec2 *m, const void *memory)
{
    const size_t at = (size_t)((const unsigned char *)memory - m->views);

    return (struct view *)(void *)(m->views + at - sizeof(struct view));
}

void view_keep(struct ec2 *m, const void *memory)
{
    struct view *v = view_of(m, memory);

    v->refs++;
    view_unlink(m, v);
    view_link(m, v);
    if (m->taken_count < EC2_HELD_MAX)
        m->taken[m->taken_count++] = memory;
}

void view_hold(struct ec2 *m, const void *memory)
{
    view_of(m, memory)->refs++;
}

void view_drop(struct ec2 *m, const void *memory)
{
    struct view *v = view_of(m, memory);

    assert(v->refs > 0);
    v->refs--;
    if (v->refs > 0)
        return;
    view_unlink(m, v);
    v->next = m->view_classes[v->class].free;
    m->view_classes[v->class].free = link_of(m, v);
}

void ec2_done(struct ec2 *m, struct ec2_answer *a)
{
    /* After its time, or after the state was loaded anew, an answer holds nothing any more. */
    const bool late = a->epoch != m->epoch || a->date_ms + EC2_VIEW_KEEP_MS < ec2_peek(m)->now_ms;

    for (uint32_t i = 0; i < EC2_HELD_MAX; i++) {
        if (a->held[i] && !late)
            view_drop(m, a->held[i]);
        a->held[i] = NULL;
    }
}

void views_reset(struct ec2 *m)
{
    m->view_used = 0;
    m->epoch++;
    m->taken_count = 0;
    memset(m->view_classes, 0, sizeof(m->view_classes));
    m->reuse = (struct ec2_reuse){.key = 0};
}

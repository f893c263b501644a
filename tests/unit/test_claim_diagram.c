/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_claim_diagram.c - the drawings of the table hold all of its rows, and the list every cell.
 *
 * How a drawing looks is the README's; nothing here may repeat it.
 */
#include "claim/diagram.h"
#include "claim/table.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

enum { TEXT_MAX = 256 * 1024 };

static char text[TEXT_MAX];
static size_t length;
static unsigned lines;

static void collect(void *context, const char *line)
{
    const int added = snprintf(text + length, sizeof text - length, "%s\n", line);

    CU_ASSERT_PTR_NULL(context);
    CU_ASSERT_FATAL(added > 0 && (size_t)added < sizeof text - length);
    length += (size_t)added;
    lines++;
}

static void draw(enum diagram_format format)
{
    length = 0;
    lines = 0;
    claim_diagram(format, collect, NULL);
}

static unsigned count_cells(void)
{
    unsigned cells = 0;

    for (int state = 1; state < ST_COUNT; state++) {
        for (int event = 1; event < EV_COUNT; event++) {
            cells += claim_cells[state][event].next != ST_NONE ? 1 : 0;
        }
    }
    return cells;
}

static void test_the_list_has_one_line_for_each_cell(void)
{
    draw(DIAGRAM_TABLE);
    CU_ASSERT_EQUAL(lines, count_cells());
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "identifying"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "ATTACH_BEST"));
}

static void test_both_drawings_name_every_phase(void)
{
    static const enum diagram_format formats[] = {DIAGRAM_MERMAID, DIAGRAM_DOT};

    for (size_t i = 0; i < 2; i++) {
        draw(formats[i]);
        for (int state = 1; state < ST_COUNT; state++) {
            CU_ASSERT_PTR_NOT_NULL(strstr(text, claim_state_phase((enum claim_state)state)));
        }
    }
}

static void test_a_drawing_is_the_same_each_time(void)
{
    static char first[TEXT_MAX];

    draw(DIAGRAM_DOT);
    memcpy(first, text, sizeof first);
    draw(DIAGRAM_DOT);
    CU_ASSERT_STRING_EQUAL(first, text);
}

const struct unit_test suite_claim_diagram[] = {
    UNIT_TEST(test_the_list_has_one_line_for_each_cell),
    UNIT_TEST(test_both_drawings_name_every_phase),
    UNIT_TEST(test_a_drawing_is_the_same_each_time),
    UNIT_END,
};

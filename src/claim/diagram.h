/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diagram.h - draws the claim's own table.
 *
 * The drawing itself is fsm/diagram.h; here are only the machine and its names.
 */
#pragma once

#include "fsm/diagram.h"

/* Writes the drawing line by line. */
void claim_diagram(enum diagram_format format, diagram_emit_fn *emit, void *context);

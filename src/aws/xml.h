/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xml.h - an XML answer as a small tree, read within bounds.
 *
 * Over libxml2's text reader: no document type, no entity but the five of XML itself, no network,
 * caps on size, depth, elements and text. Elements are found by local name in any order, for AWS
 * promises neither a namespace's spelling nor an order. Attributes are dropped. It must not know an
 * action. Ref: EC2 API Reference, "Query requests": the order of elements in a response is not
 * guaranteed.
 */
#pragma once

#include "buf.h"

#include <stddef.h>
#include <stdint.h>

enum {
    XML_SIZE_MAX = 8 * 1024 * 1024,
    XML_DEPTH_MAX = 24,
    XML_NODES_MAX = 256 * 1024,
    XML_TEXT_MAX = 32 * 1024, /* of one element: encoded denials and web identities are long */
    XML_STRINGS_MAX = 16 * 1024 * 1024,
};

/* Elements are numbers from 1; 0 is "no such element", and every function takes it as that. */
struct xml {
    struct buf nodes;
    struct buf strings;
};

void xml_init(struct xml *x);
void xml_fini(struct xml *x);

/*
 * Reads a whole document in place of what x held. ERR_INVALID for what is not well-formed or
 * carries a document type, ERR_TOO_BIG for what exceeds a cap; x is then empty.
 */
MUST_CHECK enum err xml_parse(struct xml *x, const char *bytes, size_t count, struct errctx *cx);

uint32_t xml_root(const struct xml *x);
uint32_t xml_first(const struct xml *x, uint32_t node); /* the first child */
uint32_t xml_next(const struct xml *x, uint32_t node);  /* the next sibling */
const char *xml_name(const struct xml *x, uint32_t node);

/* The text of an element without children, "" for any other; valid as long as x is not changed. */
const char *xml_text(const struct xml *x, uint32_t node);

/* The first child of that name, down a path: xml_child(x, item, "ebs/volumeId"). */
uint32_t xml_child(const struct xml *x, uint32_t node, const char *path);
const char *xml_child_text(const struct xml *x, uint32_t node, const char *path);

#define AUTO_XML __attribute__((cleanup(xml_fini)))

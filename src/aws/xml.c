/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xml.c - libxml2's text reader into flat arrays, every one of them capped.
 *
 * A document type is refused before the parser sees a byte of it, so nothing it could declare is
 * ever expanded or fetched.
 */
#include "aws/xml.h"

#include "scope.h"

#include <assert.h>
#include <libxml/xmlreader.h>
#include <string.h>

struct node {
    uint32_t name; /* offsets into strings */
    uint32_t text;
    uint32_t first;
    uint32_t next;
    uint32_t last; /* child; used while reading */
};

/* Where the reader stands: the open elements, and where the text of the innermost began. */
struct cursor {
    struct xml *x;
    uint32_t open[XML_DEPTH_MAX];
    uint32_t depth;
    size_t text_from;
};

static void scope_free_reader(xmlTextReaderPtr *reader)
{
    if (*reader)
        xmlFreeTextReader(*reader);
}

#define AUTO_READER __attribute__((cleanup(scope_free_reader)))

void xml_init(struct xml *x)
{
    buf_init(&x->nodes, XML_NODES_MAX * sizeof(struct node));
    buf_init(&x->strings, XML_STRINGS_MAX);
}

void xml_fini(struct xml *x)
{
    buf_fini(&x->nodes);
    buf_fini(&x->strings);
}

static uint32_t node_count(const struct xml *x)
{
    return (uint32_t)(x->nodes.length / sizeof(struct node));
}

/* A node that is there. The storage comes from malloc and holds nothing else, so it is aligned. */
static struct node *node_in(const struct xml *x, uint32_t node)
{
    assert(node > 0);
    assert(node <= node_count(x));
    return (struct node *)(void *)x->nodes.data + (node - 1);
}

/* NULL for a number that is no node. */
static const struct node *node_at(const struct xml *x, uint32_t node)
{
    return node > 0 && node <= node_count(x) ? node_in(x, node) : NULL;
}

static const char *string_at(const struct xml *x, uint32_t offset)
{
    return x->strings.data + offset;
}

static void add_string(struct xml *x, const char *text)
{
    buf_add(&x->strings, text, strlen(text) + 1);
}

static void add_child(const struct xml *x, struct node *parent, uint32_t number)
{
    if (parent->last)
        node_in(x, parent->last)->next = number;
    else
        parent->first = number;
    parent->last = number;
}

static enum err open_element(struct cursor *c, const char *name, struct errctx *cx)
{
    struct xml *x = c->x;
    const struct node node = {.name = (uint32_t)x->strings.length};
    const uint32_t parent = c->depth > 0 ? c->open[c->depth - 1] : 0;
    const uint32_t number = node_count(x) + 1;

    if (c->depth == XML_DEPTH_MAX)
        return err_set(cx, ERR_TOO_BIG, 0, "XML nested deeper than %d", XML_DEPTH_MAX);
    add_string(x, name);
    buf_add(&x->nodes, &node, sizeof(node));
    if (x->nodes.overflow)
        return buf_check(&x->nodes, "XML with too many elements", cx);
    if (parent)
        add_child(x, node_in(x, parent), number);
    c->open[c->depth++] = number;
    c->text_from = x->strings.length;
    return buf_check(&x->strings, "the text of the XML", cx);
}

static enum err add_text(struct cursor *c, const char *text, struct errctx *cx)
{
    struct xml *x = c->x;
    const struct node *node = c->depth > 0 ? node_at(x, c->open[c->depth - 1]) : NULL;

    /* Between elements there is white space at most; none of it means anything. */
    if (!node || node->first)
        return ERR_OK;
    buf_text(&x->strings, text);
    if (x->strings.length - c->text_from > XML_TEXT_MAX)
        return err_set(cx, ERR_TOO_BIG, 0, "an XML element with more than %d bytes", XML_TEXT_MAX);
    return buf_check(&x->strings, "the text of the XML", cx);
}

static enum err close_element(struct cursor *c, struct errctx *cx)
{
    struct xml *x = c->x;
    struct node *node;

    assert(c->depth > 0);
    node = node_in(x, c->open[--c->depth]);
    if (node->first)
        return ERR_OK;
    node->text = (uint32_t)c->text_from;
    buf_char(&x->strings, '\0');
    return buf_check(&x->strings, "the text of the XML", cx);
}

static enum err start_element(struct cursor *c, xmlTextReaderPtr reader, struct errctx *cx)
{
    const bool empty = xmlTextReaderIsEmptyElement(reader) == 1;
    const enum err e = open_element(c, (const char *)xmlTextReaderConstLocalName(reader), cx);

    return e == ERR_OK && empty ? close_element(c, cx) : e;
}

static enum err take(struct cursor *c, xmlTextReaderPtr reader, struct errctx *cx)
{
    switch (xmlTextReaderNodeType(reader)) {
    case XML_READER_TYPE_ELEMENT: return start_element(c, reader, cx);
    case XML_READER_TYPE_END_ELEMENT: return close_element(c, cx);
    case XML_READER_TYPE_TEXT:
    case XML_READER_TYPE_CDATA:
    case XML_READER_TYPE_SIGNIFICANT_WHITESPACE:
        return add_text(c, (const char *)xmlTextReaderConstValue(reader), cx);
    case XML_READER_TYPE_COMMENT:
    case XML_READER_TYPE_WHITESPACE:
    case XML_READER_TYPE_XML_DECLARATION: return ERR_OK;
    default: return err_set(cx, ERR_INVALID, 0, "XML with parts that no answer has");
    }
}

static void swallow(void *context, xmlErrorPtr error)
{
    (void)context;
    (void)error;
}

static enum err read_all(struct cursor *c, xmlTextReaderPtr reader, struct errctx *cx)
{
    int more = xmlTextReaderRead(reader);

    while (more == 1) {
        const enum err e = take(c, reader, cx);

        if (e != ERR_OK)
            return e;
        more = xmlTextReaderRead(reader);
    }
    if (more != 0 || c->depth != 0 || node_count(c->x) == 0)
        return err_set(cx, ERR_INVALID, 0, "the answer is not well-formed XML");
    return ERR_OK;
}

/* UTF-8 is declared to the parser below, so no other encoding can hide a declaration from this. */
static bool has_doctype(const char *bytes, size_t count)
{
    static const char mark[] = "<!DOCTYPE";

    return memmem(bytes, count, mark, sizeof(mark) - 1) != NULL;
}

static enum err parse(struct xml *x, const char *bytes, size_t count, struct errctx *cx)
{
    const int options =
        XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_IGNORE_ENC;
    struct cursor c = {.x = x};
    AUTO_READER xmlTextReaderPtr reader = NULL;

    if (count > XML_SIZE_MAX)
        return err_set(cx, ERR_TOO_BIG, 0, "XML of more than %d bytes", XML_SIZE_MAX);
    if (has_doctype(bytes, count))
        return err_set(cx, ERR_INVALID, 0, "XML with a document type");
    /* What the reader meets before it has a handler of its own would go to standard error. */
    xmlSetStructuredErrorFunc(NULL, swallow);
    reader = xmlReaderForMemory(bytes, (int)count, NULL, "UTF-8", options);
    if (!reader)
        return err_set(cx, ERR_NO_MEMORY, 0, "XML reader");
    xmlTextReaderSetStructuredErrorHandler(reader, swallow, NULL);
    return read_all(&c, reader, cx);
}

enum err xml_parse(struct xml *x, const char *bytes, size_t count, struct errctx *cx)
{
    enum err e;

    buf_clear(&x->nodes);
    buf_clear(&x->strings);
    e = parse(x, bytes, count, cx);
    if (e != ERR_OK) {
        buf_clear(&x->nodes);
        buf_clear(&x->strings);
    }
    return e;
}

uint32_t xml_root(const struct xml *x)
{
    return node_count(x) > 0 ? 1 : 0;
}

uint32_t xml_first(const struct xml *x, uint32_t node)
{
    const struct node *n = node_at(x, node);

    return n ? n->first : 0;
}

uint32_t xml_next(const struct xml *x, uint32_t node)
{
    const struct node *n = node_at(x, node);

    return n ? n->next : 0;
}

const char *xml_name(const struct xml *x, uint32_t node)
{
    const struct node *n = node_at(x, node);

    return n ? string_at(x, n->name) : "";
}

const char *xml_text(const struct xml *x, uint32_t node)
{
    const struct node *n = node_at(x, node);

    return n && !n->first ? string_at(x, n->text) : "";
}

uint32_t xml_child(const struct xml *x, uint32_t node, const char *path)
{
    while (node && *path) {
        const size_t length = strcspn(path, "/");
        uint32_t child = xml_first(x, node);

        while (child && (strncmp(xml_name(x, child), path, length) != 0 ||
                         xml_name(x, child)[length] != '\0'))
            child = xml_next(x, child);
        node = child;
        path += path[length] ? length + 1 : length;
    }
    return node;
}

const char *xml_child_text(const struct xml *x, uint32_t node, const char *path)
{
    return xml_text(x, xml_child(x, node, path));
}

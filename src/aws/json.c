/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json.c - jansson with its errors in our words, and its memory wiped.
 *
 * It must not be used for documents of any size: the metadata services' are small.
 */
#include "aws/json.h"

#include "scope.h"

#include <string.h>

enum err json_object_parse(const struct buf *bytes, const char *what, json_t **out,
                           struct errctx *cx)
{
    json_error_t error;
    AUTO_JSON json_t *value =
        json_loadb(bytes->data, bytes->length, JSON_REJECT_DUPLICATES, &error);

    if (!value)
        return err_set(cx, ERR_INVALID, 0, "%s is not JSON (line %d)", what, error.line);
    if (!json_is_object(value))
        return err_set(cx, ERR_INVALID, 0, "%s is not a JSON object", what);
    *out = TAKE(value);
    return ERR_OK;
}

const char *json_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

/* jansson hands its storage out as const; the object is ours alone and ends here. */
static void wipe_text(json_t *value)
{
    union {
        const char *lent;
        char *ours;
    } text = {.lent = json_string_value(value)};

    if (text.ours)
        explicit_bzero(text.ours, json_string_length(value));
}

void json_wipe(json_t **object)
{
    const char *key;
    json_t *value;

    if (!*object)
        return;
    json_object_foreach(*object, key, value)
    {
        wipe_text(value);
    }
    json_decref(*object);
    *object = NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * err.h - errors as values: the code, its class, the exit code, and the context that explains it.
 *
 * Everything down to the struct is made from rows and is pure, so the core may use it without
 * linking anything. A function that can fail returns enum err; words are set once, where the
 * failure happened. Nothing here may log, abort, or allocate.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(format_index, first_index) \
    __attribute__((format(printf, format_index, first_index)))

enum err {
#define ERROR(id, name, class, exit, words) ERR_##id,
#include "err.def"
#undef ERROR
    ERR_COUNT,
};

/*
 * What a caller may conclude from an error:
 *   NONE      there is none
 *   RETRY     nothing was done; the same request may be sent again, later
 *   CONFLICT  nothing was done, for the world is not as we thought; look again before anything else
 *   DENIED    nothing was done, nor will be until someone grants a permission
 *   UNKNOWN   it may have been done, now or soon; neither success nor failure may be concluded
 *   FATAL     nothing was done, and trying again does not help
 */
enum err_class {
    ERR_CLASS_NONE,
    ERR_CLASS_RETRY,
    ERR_CLASS_CONFLICT,
    ERR_CLASS_DENIED,
    ERR_CLASS_UNKNOWN,
    ERR_CLASS_FATAL,
};

enum exit_code {
#define EXIT(id, number, words) EXIT_##id = (number),
#include "exit.def"
#undef EXIT
};

/* The class of a code. A value that is no member of the enum reads as UNKNOWN, the safe reading. */
static inline enum err_class err_class(enum err e)
{
    switch (e) {
#define ERROR(id, name, class, exit, words) \
    case ERR_##id:                          \
        return ERR_CLASS_##class;
#include "err.def"
#undef ERROR
    case ERR_COUNT: break;
    }
    return ERR_CLASS_UNKNOWN;
}

/* The exit code of a run that ends with this error. */
static inline enum exit_code err_exit(enum err e)
{
    switch (e) {
#define ERROR(id, name, class, exit, words) \
    case ERR_##id:                          \
        return EXIT_##exit;
#include "err.def"
#undef ERROR
    case ERR_COUNT: break;
    }
    return EXIT_BUG;
}

/* The short name for logs and traces: "wrong-zone". */
static inline const char *err_name(enum err e)
{
    switch (e) {
#define ERROR(id, name, class, exit, words) \
    case ERR_##id:                          \
        return name;
#include "err.def"
#undef ERROR
    case ERR_COUNT: break;
    }
    return "no-such-error";
}

/* The words for people, a sentence without its full stop. */
static inline const char *err_words(enum err e)
{
    switch (e) {
#define ERROR(id, name, class, exit, words) \
    case ERR_##id:                          \
        return words;
#include "err.def"
#undef ERROR
    case ERR_COUNT: break;
    }
    return "no such error";
}

/* The words for an exit code. */
static inline const char *exit_words(enum exit_code code)
{
    switch (code) {
#define EXIT(id, number, words) \
    case EXIT_##id:             \
        return words;
#include "exit.def"
#undef EXIT
    }
    return "no such exit code";
}

enum {
    ERR_MESSAGE_MAX = 256,
    ERR_REQUEST_ID_MAX = 64,
};

/*
 * What is known about one failure. The caller owns it and passes it down as the last argument; the
 * function that fails fills it in. It is valid until the next err_set or err_clear on it.
 */
struct errctx {
    enum err code;
    int sys_errno;                       /* 0 where no system call failed */
    int http_status;                     /* 0 where no HTTP answer came; set by the HTTP layer */
    char request_id[ERR_REQUEST_ID_MAX]; /* the service's own, for a support case; often empty */
    char message[ERR_MESSAGE_MAX];
};

void err_clear(struct errctx *cx);

/*
 * Records a failure and returns its code, so that a leaf can say `return err_set(...)`. errno is an
 * argument, so that nothing can clobber it in between; give 0 where it means nothing. A message
 * that is too long is cut. http_status and request_id stay. cx may be NULL, then only the code is
 * returned.
 */
enum err err_set(struct errctx *cx, enum err code, int sys_errno, const char *format, ...)
    PRINTF_LIKE(4, 5);

/* Puts `words: ` before the message as it climbs; the code and errno stay. Returns the code. */
enum err err_prefix(struct errctx *cx, const char *format, ...) PRINTF_LIKE(2, 3);

/* Writes the whole story as one line without a newline, cut at size and ended with a zero byte. */
void err_format(const struct errctx *cx, char *out, size_t size);

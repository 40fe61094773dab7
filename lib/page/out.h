/* out: writes the HTML page: the program's own markup as it is, everything else escaped. */
#ifndef FLUENT_SYNC_PAGE_OUT_H
#define FLUENT_SYNC_PAGE_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

/* Where the page goes. -1 with `error` when it could not be written. */
typedef int page_sink(void *context, const char *bytes, size_t n, struct error *error);

struct out {
    struct buf buf; /* what has not been handed over yet */
    page_sink *sink;
    void *context;
    struct error *error;
    size_t written; /* bytes of texts so far */
    bool failed;    /* from then on nothing is written */
};

void out_init(struct out *out, page_sink *sink, void *context, struct error *error);
/* Hands over what is left. -1 with the error when any of it could not be written. */
int out_finish(struct out *out);

/* Markup, as printf. The format is a constant; what it is filled with are numbers and words of
 * ours, never a text out of the tables. */
#define out_markup(out, ...) (buf_printf(&(out)->buf, __VA_ARGS__), out_pass_on(out))
void out_bytes(struct out *out, const char *bytes, size_t n);
/* Hands over what has come together, once it is worth it. */
void out_pass_on(struct out *out);

/*
 * A text out of the tables, for the content of an element or a quoted attribute: valid UTF-8, with
 * & < > " ' as references, and without control characters (but line breaks and tabs) and bidi
 * controls, so that it can neither become markup nor reorder what stands beside it. NULL: nothing.
 */
void out_text(struct out *out, const char *text);
/* The same of at most `most` bytes of it, cut between characters; what follows is "…". *cut
 * (may be NULL): it was. */
void out_text_cut(struct out *out, const char *text, size_t most, bool *cut);
/* The same, with text in `backticks` shown as <code>. */
void out_prose(struct out *out, const char *text);
/* The value of a query parameter, percent-encoded. */
void out_query(struct out *out, const char *text);

#endif

/* html: the readable text of an HTML body. */
#ifndef FLUENT_SYNC_HTML_H
#define FLUENT_SYNC_HTML_H

#include <stddef.h>

#include "base/buf.h"

/*
 * Appends to `out` what a person would want to read of `html` (`n` bytes of UTF-8: a ticket's
 * content, which is HTML from people's mail programs, plain text, or a mixture; hostile).
 *
 * Paragraphs, headings and list items on lines of their own ("- " before an item, "1. " in an
 * ordered list); <br> a line break; a quoted reply (blockquote) with "> " before each line; a table
 * of two columns as "Label: value" lines, others with " | " between the cells; a link as its text
 * and, where that is not the address already, the address in parentheses (http, https and mailto
 * alone); an image as its alt text, if any; entities decoded; nothing of script, style, head,
 * template, noscript, comments or hidden form fields. Runs of blanks are one, except in <pre>;
 * at most one empty line in a row; none at either end; no control characters but \n; a line break
 * of plain text (a body without any block element) is kept.
 *
 * `html` without a single tag is plain text: only entities are decoded, and white space is tidied.
 * Elements are related as browsers relate them, so far as it shows in the text. Depth and size are
 * bounded: of what is nested deeper than 400 blocks the text and the links are left, in lines; what
 * is longer than 8 MiB is cut there and ends in a line with an ellipsis. The time taken is linear
 * in `n`. Returns 0, or -1 when `out` has failed: it holds the beginning then, unless it has
 * starved.
 */
int html_to_text(struct buf *out, const char *html, size_t n);

/* Labels of a form, without case; one that ends in `*` stands for all that begin so. */
enum { HTML_LABELS_MAX = 32 };
struct html_labels {
    const char *texts[HTML_LABELS_MAX];
    size_t count;
};

/*
 * Appends the readable text beside a label, of a form's submission as mail programs and forms
 * write it: a table whose rows hold a label and a value, or a label alone with the value in the
 * next row. A label's case, white space, and a `:`, `*` or `?` at its end do not matter. Of several
 * labels that have a value the first of `labels` counts, of several rows the first. Nothing when
 * none has. Returns as html_to_text.
 */
int html_form_value(struct buf *out, const char *html, size_t n, const struct html_labels *labels);

#endif

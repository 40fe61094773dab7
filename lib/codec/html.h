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

/*
 * A form's submission, as mail programs and forms write it: a table whose rows hold a label and a
 * value, or a label alone with the value in the next row. `html` must outlive it. NULL when memory
 * ran out. The caller frees it.
 */
struct html_form;
struct html_form *html_form_read(const char *html, size_t n);
void html_form_free(struct html_form *form);

/*
 * Appends the readable text beside the first label that is like `label` and has one; nothing when
 * there is none. A label's case, white space, and a `:`, `*` or `?` at its end do not matter; a
 * `label` that ends in `*` stands for all that begin so. Returns as html_to_text.
 */
int html_form_value(const struct html_form *form, const char *label, struct buf *out);

#endif

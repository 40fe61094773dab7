/* html_page: a text being written tidily: lines, blanks and prefixes. Private to html.c. */
#ifndef FLUENT_SYNC_HTML_PAGE_H
#define FLUENT_SYNC_HTML_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum {
    PREFIX_MAX = 48, /* what a line in deep nesting costs more */
    MARKER_SIZE = 16,
};

#define NOWHERE SIZE_MAX

/*
 * Breaks and blanks are owed until something visible follows, so that none are written twice, or
 * at the end.
 */
struct html_page {
    struct buf *out;
    size_t start; /* where the text starts in `out` */
    bool fresh;   /* nothing visible yet on this line */
    int breaks;   /* to be written before the next text; two or more make one empty line */
    size_t blanks;
    bool held_open; /* the line holds only a no-break space, and is kept as an empty line */
    enum { OTHER, NEWLINE, BREAK_TAG } before;
    size_t mark; /* where it is NOWHERE, set to where the next visible character is written */
    char prefix[PREFIX_MAX + 1], last_prefix[PREFIX_MAX + 1];
    char marker[MARKER_SIZE]; /* of an item without a line yet, behind `marker_at` of the prefix */
    size_t marker_at;
    /* How text is taken: a break at each \n; and all blanks as they are. */
    bool keep_lines, verbatim;
    /* The list and the table around. */
    int lists, number;
    bool ordered;
    long columns;
    int rows; /* within how many of them this is: each copies what its cells hold */
};

/* A page that appends to `out`. */
struct html_page page_at_end_of(struct buf *out);

/* Writes `n` bytes of UTF-8, without what is invisible, reorders or controls. */
void page_text(struct html_page *p, const char *s, size_t n);
/* Writes what another page has written: its blanks and breaks stay. */
void page_verbatim(struct html_page *p, const char *s);
/* A blank, unless one is owed already. */
void page_blank(struct html_page *p);
/* The element br. */
void page_break_tag(struct html_page *p);
/* Before and after a block: at least `breaks`. */
void page_boundary(struct html_page *p, int breaks);

/* From here on lines start with `more`, too, if there is room. Returns what page_pop wants. */
size_t page_push(struct html_page *p, const char *more);
/* The same for an item: its first line starts with `marker`, the others with as many blanks. */
size_t page_push_item(struct html_page *p, const char *marker);
void page_pop(struct html_page *p, size_t outer);

#endif

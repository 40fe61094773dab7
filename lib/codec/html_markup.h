/* html_markup: the tags in HTML, and their attributes. Private to the html modules. */
#ifndef FLUENT_SYNC_HTML_MARKUP_H
#define FLUENT_SYNC_HTML_MARKUP_H

#include <stdbool.h>
#include <stddef.h>

/* A piece of the HTML, as it is written there: entities are not decoded. */
struct html_slice {
    const char *at;
    size_t n;
};

/* What is left to read of a NUL-terminated HTML. */
struct html_source {
    const char *at, *end;
    bool no_tags;     /* one has no end: then there are none behind it */
    bool no_comments; /* likewise */
};

/* A tag; without a name, a comment or a declaration. */
struct html_markup {
    struct html_slice name, attributes;
    bool closes; /* it is an end tag */
};

/*
 * Reads on to behind the next markup, and returns the text before it. Without another one, `*found`
 * is false, and all that is left is returned. What looks like markup and is none ("a < b",
 * "<anna@client.test>", a tag that runs into another one) is text. Reading to the end takes linear
 * time.
 */
struct html_slice html_next_markup(struct html_source *source, struct html_markup *markup,
                                   bool *found);
/* Reads on to the end tag of the element `name`, whose content is no markup; returns the content.
 */
struct html_slice html_raw_text(struct html_source *source, const char *name);

/* The value of an attribute, empty when it is not there. Of two of that name the first counts. */
struct html_slice html_attribute(struct html_slice attributes, const char *name);

#endif

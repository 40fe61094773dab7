/* push_content: the text of replies and notes on its way to the site, and how one is recognised
 * there. Pure: no I/O. */
#ifndef FLUENT_SYNC_PUSH_CONTENT_H
#define FLUENT_SYNC_PUSH_CONTENT_H

#include <stdint.h>

#include "base/buf.h"
#include "base/hash.h"
#include "model/outbox_row.h"

enum { PUSH_CONTENT_MAX = 60000 /* bytes, as they are sent */ };

/* Why a text cannot be sent as a reply or a note, one sentence; NULL: it can. `content` may be
 * NULL. */
const char *push_content_problem(const char *content);

/* Appends plain text as the plugin has to get it, so that its readers see exactly that: it takes
 * HTML, removes each backslash, and expands what stands in double braces. -1 when `out` has
 * failed. */
int push_content_escape(const char *content, struct buf *out);

/* "fs-" + 32 digits + "@fluent-sync". */
enum { PUSH_MARKER_SIZE = 3 + (HASH_SIZE - 1) + 12 + 1 };
/* The message_id by which a reply or a note is found again: the plugin stores it and returns it.
 * The same for every sending of a row, and another one for every other row. Neither the site's home
 * nor its key is part of it: both may change while it is not known whether the row has arrived, and
 * from a copy of the database the same row is the same reply. false without memory. */
bool push_marker(const struct outbox_row *row, char marker[PUSH_MARKER_SIZE]);

#endif

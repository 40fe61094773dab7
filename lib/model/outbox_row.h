/* outbox_row: a row of fluent_outbox: something that a person wants changed on the site. */
#ifndef FLUENT_SYNC_OUTBOX_ROW_H
#define FLUENT_SYNC_OUTBOX_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/row.h"

/* The words of the three tables are those of the database, the documents and the command line. */

enum outbox_action {
    OUTBOX_CLOSE,
    OUTBOX_REOPEN,
    OUTBOX_REPLY, /* to the customer, who gets a mail */
    OUTBOX_NOTE,  /* for agents alone */
    OUTBOX_SET,   /* a field of the ticket */
    OUTBOX_ACTIONS
};

/* The fields that OUTBOX_SET can set, by the site's own names. */
enum outbox_field { OUTBOX_PRIORITY, OUTBOX_PRODUCT, OUTBOX_TITLE, OUTBOX_FIELDS };

enum outbox_state {
    /* It waits to be sent. Only such a row is sent, and the site is looked at first. An edit
     * (requested_by = edit) that is set back while it waits vanishes. */
    OUTBOX_PENDING,
    /* Committed before the request goes out; it stays so until a look at the site settles it. It
     * may have arrived, and may still arrive: it is not sent again, and not cancelled. `answered`
     * says whether the site has said yes. */
    OUTBOX_SENDING,
    /* The site shows it. An answer alone is no proof. It stays as history. */
    OUTBOX_DONE,
    /* It will not be sent again by itself, `error` says why. It ends `push` and `sync` with 3 until
     * it is retried (pending again) or cancelled; an edit, also until the person changes the column
     * again. Later rows of the same ticket wait behind it, unless it is an edit. */
    OUTBOX_FAILED,
    /* An edit of a column that the site has changed too: neither is written. It is looked at anew
     * in every run, and goes out, or vanishes, once the two agree or [push] conflicts says who
     * wins. Ends `push` and `sync` with 3 until then, or until it is cancelled. */
    OUTBOX_HELD,
    /* Nobody wants it any more. A cancelled edit is not made again while the column of requests
     * holds what it held then (`wanted`). */
    OUTBOX_CANCELLED,
    OUTBOX_STATES
};

/* A word of each; and which one has this word, the number of them when none has. */
extern const char *const outbox_action_words[OUTBOX_ACTIONS];
extern const char *const outbox_field_words[OUTBOX_FIELDS];
extern const char *const outbox_state_words[OUTBOX_STATES];
enum outbox_action outbox_action_of(const char *word);
enum outbox_field outbox_field_of(const char *word);
enum outbox_state outbox_state_of(const char *word);

/* The column of requests whose edits become this field: REQUEST_BUILT_IN: none's do. `field` may be
 * OUTBOX_FIELDS. */
enum request_column outbox_column(enum outbox_field field);

/* Does it write into the conversation (a reply or a note)? */
bool outbox_is_text(enum outbox_action action);

/* Texts belong to the arena that the row was read into; NULL is SQL NULL. */
struct outbox_row {
    int64_t id;
    int64_t ticket;                 /* the site's id, out of fluent_id */
    char fluent_id[FLUENT_ID_SIZE]; /* as in fluent_tickets */
    enum outbox_action action;
    enum outbox_field field; /* OUTBOX_SET */
    bool edit;               /* requested_by is OUTBOX_BY_EDIT, and the field has a column */
    enum outbox_state state;
    bool answered;            /* OUTBOX_SENDING: the site has said yes */
    int64_t attempts;         /* how often it was sent */
    int64_t remote_id;        /* OUTBOX_REPLY, OUTBOX_NOTE: the site's id of it; 0: not known */
    const char *value;        /* OUTBOX_SET: as the site spells it; of an edit: when sent */
    const char *content;      /* OUTBOX_REPLY, OUTBOX_NOTE: plain text */
    const char *requested_by; /* who wants it, in the dashboard's words */
    const char *wanted;       /* of an edit: what the person set the column of requests to */
    const char *before;       /* OUTBOX_SET: what the site showed when it was sent last */
    const char *error;        /* why it is failed or held: one sentence */
    int64_t created;          /* seconds since 1970, the database's clock */
    int64_t retried;          /* since when it waits again, likewise; 0: it never failed */
    int64_t sent;             /* when it was sent last, likewise; 0: never */
    int64_t sent_site;        /* the same by the site's clock (its Date); 0: not known */
};

/* The newest of `rows` (ascending by id within a ticket) that was made of the edit of this ticket's
 * column (of requests, as outbox_column gives it); NULL: none was. */
const struct outbox_row *outbox_find_edit(const struct outbox_row *rows, size_t count,
                                          const char *fluent_id, size_t column);

/* A value of a field that the site is known to have; title: of a product; NULL: none. */
struct known_value {
    const char *value, *title;
};
struct known_values {
    const struct known_value *rows;
    size_t count;
};

/* requested_by of a row that was made of a person's edit in requests. */
#define OUTBOX_BY_EDIT "edit"

#endif

/*
 * site_write: sends changes to the site, and finds out whether a reply has arrived.
 *
 * A change is sent once, on a connection of its own, and never again by itself, whatever becomes of
 * it: nothing can be made conditional, and what the site was asked for may be done though no answer
 * comes, even seconds later. What is "done" only a later list or conversation shows. The answers of
 * plugin 2.0.1, 1.7.90 and 1.7.2 are those of test/support/site_write.c, which tells where they
 * differ.
 */
#ifndef FLUENT_SYNC_SITE_WRITE_H
#define FLUENT_SYNC_SITE_WRITE_H

#include "site/site.h"
#include "site/site_change.h"

/* What became of a change. */
struct site_written {
    enum site_outcome outcome;
    struct error error; /* unless accepted: why, with an enum site_cause; its message names no text
                           of a person's but the site's own words */
    char words[SITE_REASON_MAX]; /* the same without ticket and address: for a row that failed */
    int64_t response_id;         /* of the entry that a reply or note became; 0: not told */
    int64_t date;                /* the answer's Date, seconds since 1970; 0: none */
};

/*
 * Sends a change, with nothing else outstanding, and after the site has given an answer
 * (site_form), of which the form of the address is known. `*written` is filled in any case. 0,
 * whatever the site made of it; -1 when the wait ended (deadline, signal, tick: SITE_UNKNOWN, the
 * request may be on its way) or memory did (SITE_NOT_SENT).
 */
int site_send(struct site *site, const struct site_change *change, struct site_written *written,
              struct error *error);

/*
 * Asks for the conversation of a ticket (GET, asked again as other questions are) and looks for the
 * entry with exactly this message_id. -1 when that failed, with its cause, or the wait ended.
 */
struct site_found {
    enum site_search {
        SITE_FOUND,
        SITE_NOT_FOUND, /* the answer lists the ticket's entries, and it is not among them */
        SITE_NOT_SHOWN, /* the ticket is deleted, invisible, or its customer is gone */
    } result;
    int64_t response_id; /* of the entry that was found, else 0 */
    int64_t date;        /* the answer's Date, seconds since 1970; 0: none */
    bool names_ids;      /* the entries that are listed name their message_id, be it null */
    bool stale; /* the answer is, or may be, older than this run: NOT_FOUND proves nothing */
};
int site_find_entry(struct site *site, int64_t ticket, const char *message_id,
                    struct site_found *found, struct error *error);

#endif

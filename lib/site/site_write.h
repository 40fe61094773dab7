/*
 * site_write: changes on the site, one call each, and finding out whether a reply has arrived.
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
 * All of these: with nothing else outstanding, and after the site has given an answer (site_form),
 * of which the form of the address is known. Texts are UTF-8 and the caller's. `*written` is filled
 * in any case. 0, whatever the site made of it; -1 when the wait ended (deadline, signal, tick:
 * SITE_UNKNOWN, the request may be on its way) or memory did (SITE_NOT_SENT).
 */

/*
 * PUT /tickets/N/property. `field` is a column of the site's: priority, product_id, title, status,
 * mailbox_id, client_priority. The site stores any value but an empty one and "0", which it
 * ignores, as it does one that is loosely equal to the present one: all with 200. It moves
 * updated_at when the value differs; nobody gets a mail. Status closed belongs to
 * site_close_ticket, as this leaves resolved_at empty, and plugins newer than 2.0.1 refuse it.
 */
int site_set_property(struct site *site, int64_t ticket, const char *field, const char *value,
                      struct site_written *written, struct error *error);

/* POST /tickets/N/close. A closed ticket stays as it is, with 200. Silently: no hook runs, and
 * nobody gets a mail. */
enum site_hooks { SITE_SILENTLY, SITE_WITH_HOOKS };
int site_close_ticket(struct site *site, int64_t ticket, enum site_hooks hooks,
                      struct site_written *written, struct error *error);

/* POST /tickets/N/re-open. An open ticket stays as it is, with 200. Hooks always run. */
int site_reopen_ticket(struct site *site, int64_t ticket, struct site_written *written,
                       struct error *error);

/*
 * POST /tickets/N/responses. A reply is mailed to the customer, and an unassigned ticket becomes
 * the API user's. `html` is stored as the plugin makes it: backslashes are removed, {{...}} is
 * expanded, and only allowed markup stays. `message_id`, at most 192 characters without < > and %,
 * comes back with the entry: see site_find_entry.
 */
struct site_entry {
    enum site_entry_type { SITE_REPLY, SITE_NOTE } type;
    const char *html, *message_id;
};
int site_respond(struct site *site, int64_t ticket, const struct site_entry *entry,
                 struct site_written *written, struct error *error);

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

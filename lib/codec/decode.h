/* decode: makes plain structs of the site's JSON. The only module of lib/ that knows cJSON. */
#ifndef FLUENT_SYNC_DECODE_H
#define FLUENT_SYNC_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "model/mapping.h"

/*
 * A ticket as the list gives it. Texts belong to the page and are valid UTF-8; a text is NULL where
 * the site says null, leaves the key out, or says something that is neither text nor number.
 * Numbers become their decimal text; with more than 15 digits they stay as they came. A ticket in
 * which a key that is read occurs twice has a defect. U+0000 in a text has become U+FFFD, so that
 * nothing is cut short. (In the API `id` is an int, and the other ids are strings of digits or
 * null.)
 */
struct ticket {
    int64_t id;         /* 1..2^53 - 1, or 0 when the ticket has a `defect` that hides it */
    const char *defect; /* why this item is not a ticket, a constant; NULL: it is one */
    const char *hash, *title, *content, *status, *priority;
    const char *created_at, *updated_at,
        *resolved_at; /* as the site writes dates: see zone_parse */
    const char *response_count, *customer_id, *agent_id, *mailbox_id, *product_id;
    const char *customer_name, *customer_email, *agent_name, *product_title;
    /* Of the newest entry of its conversation, which may be an internal note; NULL: there is none.
     * Nothing else of it is kept. */
    const char *newest_id, *newest_at;
    bool orphan;      /* its customer is gone: the site cannot give the single ticket */
    const char *json; /* as raw_data holds it, without preview_response and live_activity */
    size_t json_length;
};

struct page {
    struct ticket *tickets; /* in the order of the answer */
    size_t count;
    int64_t total, last_page, current_page, per_page; /* -1 where missing or no number */
    struct arena arena;                               /* what the tickets' texts belong to */
};

/* The ticket of this id on the page; NULL: it is not on it. */
static inline const struct ticket *page_ticket(const struct page *page, int64_t id)
{
    for (size_t i = 0; i < page->count; i++)
        if (page->tickets[i].id == id)
            return &page->tickets[i];
    return NULL;
}

/* Why a body is not a page of tickets. */
enum decode_fault {
    DECODE_OK,
    DECODE_NOT_JSON,    /* it cannot be parsed: truncated, an unknown escape, too deep, HTML */
    DECODE_TOO_LARGE,   /* it would take more memory than any page should */
    DECODE_NOT_TICKETS, /* JSON, but not an object with the array tickets.data */
    DECODE_STARVED      /* memory ran out */
};

/*
 * Decodes the body of a list, which is changed in place (U+0000). Text before the first `{` and
 * after the matching end (a PHP warning) is ignored when the JSON itself is whole. Items that are
 * not tickets are in `tickets` all the same, with their `defect`. What is at the paths of `drop`
 * (NULL: none) is removed before anything else sees the tickets. On DECODE_OK the caller owns
 * `page` (page_release); otherwise it is empty and `why` (`size` bytes) says what was wrong.
 */
enum decode_fault decode_page(struct page *page, char *body, size_t length,
                              const struct mapping_pairs *drop, char *why, size_t size);
/* Likewise the JSON of one ticket, as ticket_json wrote it, as a page of one. false, with an empty
 * page: it is none, or memory ran out. */
bool decode_stored(struct page *page, const char *json, size_t length,
                   const struct mapping_pairs *drop);
void page_release(struct page *page);
/* Frees as much as it can of the tickets before number `n`, which are not used any more. */
void page_forget(struct page *page, size_t n);

/* The text at a path of the ticket ("product.title", "tags.0.title"). Numbers and booleans become
 * text, in `arena`. NULL where there is nothing, null, an object or an array. */
const char *ticket_at(const struct ticket *ticket, const char *path, struct arena *arena);

/* All keys of a ticket, or only those that the fixed mapping reads. */
enum ticket_keys { TICKET_ALL_KEYS, TICKET_MAPPED_KEYS };
/* Appends the ticket as JSON. -1 when `out` has failed; it has starved when memory ran out. */
int ticket_json(const struct ticket *ticket, enum ticket_keys keys, struct buf *out);

/*
 * A hash over everything in the ticket, except what changes by itself: gravatar addresses, and the
 * notation of a UTC date's offset. `config_hash` (see map.h) goes in too. `fingerprint` has
 * HASH_SIZE bytes; it is "" when memory ran out.
 */
void ticket_fingerprint(const struct ticket *ticket, const char *config_hash, char *fingerprint);

/* The index of the site's REST API. Texts belong to the arena, and are NULL where missing. */
struct site_index {
    const char *name, *home, *timezone_string;
    double gmt_offset; /* hours; NAN when missing or no number */
    bool has_plugin;   /* fluent-support/v2 is among the namespaces */
    bool has_namespaces;
    bool application_passwords; /* false: `authentication` is there and does not offer them */
};
/* 0, or -1: the body is not an index (not JSON, or an object without `namespaces` and `name`), or
 * memory ran out, and the arena has failed. */
int decode_index(struct site_index *index, char *body, size_t length, struct arena *arena);

/* What the user may, by the answer of /me. */
struct site_rights {
    bool any;       /* there is a permission of FluentSupport's */
    bool sees_all;  /* see the tickets of others ("Manage Other Tickets", or "View Tickets (Read
                       Only)" of newer plugins) */
    bool writes;    /* change tickets ("Manage Own", "Unassigned" or "Other Tickets") */
    bool reads_log; /* see what agents and customers did ("View Activity Logs") */
};
/* -1 when the body is no such answer, -2 when memory ran out. */
int decode_me(struct site_rights *rights, char *body, size_t length);

/* What a page of /activity-logger says of deletions, and nothing else of it: its texts hold names
 * and titles. Plugins that log none (1.7.2) name none. (The plugin's ActivityLogger.php and
 * ActivityTrait.php: {"activities":{"data":[{"event_type","object_id",...}]},"settings":{...}}.) */
struct activity_log {
    const int64_t *deleted; /* ids of tickets, the last deleted first; one may come twice */
    size_t count;
    bool off; /* nothing is logged any more */
};
/* -1 when the body is no such answer, or when memory ran out, and the arena has failed. */
int decode_activity_log(struct activity_log *log, char *body, size_t length, struct arena *arena);

/* An entry of a ticket's conversation: texts as in struct ticket, of the arena. */
struct response {
    int64_t id;
    const char *type; /* "response", "note", "internal_info", ...: the plugin stores any text */
    const char *person_type, *person_name, *person_email;
    const char *content; /* HTML */
    const char *created_at, *updated_at;
    const char *message_id;  /* of mail, or as it was given when the entry was made */
    bool has_message_id;     /* it names one, be it null */
    const char *attachments; /* a JSON array of objects with title, type and size; NULL: none */
};
struct conversation {
    struct response *rows; /* as they came: the newest first */
    size_t count;
    const char *response_count; /* the ticket's, as in struct ticket */
};
/* The entry with exactly this message_id; NULL: there is none. */
const struct response *conversation_find(const struct conversation *conversation,
                                         const char *message_id);
/* Reads the conversation of a single ticket, which holds all its entries (GET /tickets/N is not
 * paged). -1: it is no such answer, or an entry has no id; or memory ran out, and the arena has
 * failed. */
int decode_conversation(struct conversation *conversation, char *body, size_t length,
                        struct arena *arena);

/* `code` and `message` of an error answer, "" where missing, cut to these sizes. A bare JSON
 * string counts as the message, and so does the first text of what names fields that are wrong:
 * {"content":{"required":"Reply content is required"}}. false when the body is not JSON, or, with
 * `starved`, when memory ran out. */
struct site_message {
    char code[64], message[512];
    bool bare;       /* it is a bare JSON string */
    bool has_ticket; /* it has a member `ticket` that is an object */
    /* It has a `message`, and one of what comes with it when a change is done: `ticket`,
     * `update_data`, `response`. */
    bool changed;
    int64_t response_id; /* the id of its `response`; 0: none */
    bool starved;
};
bool decode_message(struct site_message *message, char *body, size_t length);

/* How many bytes stood before the JSON of the answer that this thread decoded last: a byte order
 * mark, or what a plugin or PHP printed. White space does not count. */
size_t decode_printed(void);

/* A member of a flat JSON object of texts, as the merge base is stored: see merge.h. */
struct decode_member {
    const char *name, *text; /* text NULL: null */
    size_t length;
};
/* Reads the members, in order, into the arena. -1 with nothing filled in when `json` is not such an
 * object, or when memory ran out: then the arena has failed. */
int decode_object(const char *json, size_t length, struct decode_member **members, size_t *count,
                  struct arena *arena);
/* Appends such an object; -1 when `out` has failed. */
int encode_object(const struct decode_member *members, size_t count, struct buf *out);

/* Appends the name and version of the library in use: "cJSON 1.7.15". */
void decode_version(struct buf *out);

#endif

/* ticket_columns: the columns of fluent_tickets that come from the site. */
#ifndef FLUENT_SYNC_TICKET_COLUMNS_H
#define FLUENT_SYNC_TICKET_COLUMNS_H

#include <stddef.h>

/*
 * Every such column: its name in the program, behind TICKET_; its name in the table; what it holds,
 * behind HOLDS_; and those fields of struct ticket_column_info that apply to it. A new one needs an
 * entry here, a migration that adds the column, and its value in map.c.
 */
#define TICKET_COLUMN_LIST(X)                                                                      \
    X(NUMBER, "ticket_number", TEXT, .path = "hash", .chars = 50)                                  \
    X(CREATED_AT, "created_at", WALL_TIME, .history = HISTORY_KEPT)                                \
    X(UPDATED_AT, "updated_at_fluent", WALL_TIME, .path = "updated_at", .history = HISTORY_KEPT)   \
    X(STATUS, "ticket_status", TEXT, .path = "status", .chars = 50, .history = HISTORY_KEPT)       \
    X(CUSTOMER_ID, "customer_id", TEXT, .path = "customer_id", .chars = 100,                       \
      .history = HISTORY_KEPT)                                                                     \
    X(CUSTOMER_NAME, "customer_name", TEXT, .path = "customer.full_name", .chars = 255)            \
    X(CUSTOMER_EMAIL, "customer_email", TEXT, .path = "customer.email", .chars = 255)              \
    X(MAILBOX_ID, "mailbox_id", NUMBER, .path = "mailbox_id", .history = HISTORY_KEPT)             \
    X(TITLE, "title", TEXT, .path = "title", .chars = 255, .history = HISTORY_KEPT)                \
    X(CUSTOMER_MESSAGE, "customer_message", TEXT, .path = "content", .bytes = 16777215,            \
      .history = HISTORY_HASHED)                                                                   \
    X(PRIORITY, "priority", TEXT, .path = "priority", .chars = 20, .history = HISTORY_KEPT)        \
    X(PRODUCT_ID, "product_id", TEXT, .path = "product_id", .chars = 100, .history = HISTORY_KEPT) \
    X(PRODUCT_NAME, "product_name", TEXT, .path = "product.title", .chars = 255,                   \
      .history = HISTORY_KEPT)                                                                     \
    X(AGENT_ID, "agent_id", TEXT, .path = "agent_id", .chars = 100, .history = HISTORY_KEPT)       \
    X(AGENT_NAME, "agent_name", TEXT, .path = "agent.full_name", .chars = 255)                     \
    X(RESOLVED_AT, "resolved_at", WALL_TIME, .path = "resolved_at", .history = HISTORY_KEPT)       \
    X(RESPONSE_COUNT, "response_count", NUMBER, .path = "response_count", .history = HISTORY_KEPT) \
    X(RAW_DATA, "raw_data", TICKET)

/* Those that do not: no rule may fill them. */
#define TICKET_OWN_COLUMNS                                                                         \
    "id|fluent_id|site_key|fingerprint|base|request_id|edits_kept|hidden|hidden_as|"               \
    "last_synced_at|created_at_local|updated_at_local|deleted_at|invisible_since|left_scope_at"

#define TICKET_COLUMN_ID(id, ...) TICKET_##id,
enum ticket_column { TICKET_COLUMN_LIST(TICKET_COLUMN_ID) TICKET_COLUMNS };
#undef TICKET_COLUMN_ID

struct ticket_column_info {
    const char *name;
    /* Where in the ticket its value is; NULL: in no one place, or the row cannot be without it.
     * What is at a path of [privacy] drop is removed from the column too. */
    const char *path;
    enum {
        HOLDS_TEXT,
        HOLDS_NUMBER,    /* a whole one */
        HOLDS_WALL_TIME, /* in the zone of the tables: see zone.h */
        HOLDS_TICKET,    /* the whole ticket: no report shows it */
    } holds;
    /* What [sync] history records when it changes. */
    enum {
        HISTORY_NONE,   /* nothing: it is a person's name or address, or says nothing of its own */
        HISTORY_KEPT,   /* the value */
        HISTORY_HASHED, /* a hash of it, as it is long */
    } history;
    size_t chars, bytes; /* what fits, of a text; 0: any number of them */
};
extern const struct ticket_column_info ticket_column_table[TICKET_COLUMNS];

#endif

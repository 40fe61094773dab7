/* store_private: what the files of store share: the store itself, and how they read and write. */
#ifndef FLUENT_SYNC_STORE_PRIVATE_H
#define FLUENT_SYNC_STORE_PRIVATE_H

#include "store/columns.h"
#include "store/lease.h"
#include "store/store.h"

/* What a statement of variable columns may be long. */
enum { STATEMENT_TEXT_MAX = 16384 };
/* requests.request_type of what we make. */
#define REQUEST_TYPE "Fluent Ticket"

/* Conditions on fluent_tickets: the row is marked as having left the scope; and where closed
 * tickets alone are in scope: it is not, though it is not closed; it is, though it is closed. */
#define TICKET_LEFT "left_scope_at IS NOT NULL"
#define TICKET_UNMARKED                                                                            \
    "left_scope_at IS NULL AND (ticket_status IS NULL OR ticket_status <> 'closed')"
#define TICKET_WRONGLY_MARKED "left_scope_at IS NOT NULL AND ticket_status = 'closed'"

/* The statements that write tickets: made for the columns of [map.ticket_fields]; without such
 * columns NULL, and tickets.c has them. */
struct ticket_statements {
    char *insert, *update;      /* the heads */
    char *again, *again_absent; /* the tails of `update` */
    size_t fields;
};

/* Conversations of tickets that count as there. */
#define CONVERSATIONS_THERE                                                                        \
    "FROM fluent_conversations c JOIN fluent_tickets f ON f.fluent_id = c.fluent_id "              \
    "AND f.site_key = c.site_key AND f.deleted_at IS NULL AND f.invisible_since IS NULL "

struct store {
    struct db *db;
    char site_key[65];
    bool dry;           /* only looked at: missing tables are empty ones */
    bool open;          /* in a transaction */
    bool without_index; /* idx_unchanged is not there: slower, and no harm */
    struct lease lease;
    bool gives_back;              /* the lease, with the transaction */
    struct request_field *others; /* columns of requests that are not mapped, as they are made */
    size_t other_count;
    bool utf8mb4[TICKET_COLUMNS]; /* columns of fluent_tickets with texts of that character set */
    bool has_version;             /* requests.updated_at changes with every change of the row */
    char *insert_requests; /* the head of the statement; made for the schema, kept for its cache */
    char *sum_requests;    /* likewise an expression: the sum of the checksums of rows */
    struct ticket_statements ticket_statements;
    int id_surprises; /* statements whose automatic ids were not those expected */
};

/* select_records, which outside of a transaction is tried again as a whole transaction is. Where
 * the store is dry a table that is missing is an empty one. */
int store_select(struct store *store, const struct select *select,
                 const struct db_parameters *parameters, struct records *found, struct arena *arena,
                 struct error *error);

/* *count: the rows of `from` ("FROM table WHERE site_key = ?", the one placeholder). */
int store_count(struct store *store, const char *from, int64_t *count, struct error *error);

/* A statement that writes: `head` ("UPDATE table SET"), an assignment for each column, `rest`. */
struct change {
    const char *head;
    const struct column *columns;
    size_t count;
    const char *rest;
    bool last; /* see db_exec_last */
};
enum { CHANGE_COLUMNS_MAX = 64 };
#define CHANGE(head, columns, rest)                                                                \
    {                                                                                              \
        (head), (columns), sizeof(columns) / sizeof *(columns), (rest), false                      \
    }
/* Runs the statement with the record's values and then `key`, for the one placeholder in `rest`. */
int store_change(struct store *store, const struct change *change, const void *record,
                 struct db_value key, struct error *error);

/*
 * A change of rows that are found by more than their keys. `find` reads the keys (struct store_key)
 * and locks nothing; `change` then names rows by them: one row, "site_key = ? AND key = ?", or, by
 * an id alone, all at once, "site_key = ? AND id IN (?*)" with FORCE INDEX (PRIMARY). A statement
 * that did both would also lock the gaps beside the rows that it finds, against the inserts of
 * other sites; so does a list behind the first column of a primary key, by which the server then
 * looks.
 */
struct store_key {
    const char *text;
};
struct change_found {
    struct select find;
    const char *change;
};
/* A `find` of the column `key`. */
#define FIND_KEYS(key, rest)                                                                       \
    {                                                                                              \
        (const struct column[]){COLUMN(key, struct store_key, text)}, 1, sizeof(struct store_key), \
            (rest)                                                                                 \
    }
/* `parameters` are those of `find`. *changed: how many rows; it may be NULL. */
int store_change_found(struct store *store, const struct change_found *change,
                       const struct db_parameters *parameters, int64_t *changed,
                       struct error *error);
/* Where `find` has no placeholders but the site's key and its LIMIT, which `most` is for. */
int store_change_some(struct store *store, const struct change_found *change, int64_t most,
                      int64_t *changed, struct error *error);

/* A `change` that deletes, from a table with an id, or whose primary key is site_key and `key`. */
#define DELETE_BY_ID(table)                                                                        \
    "DELETE t FROM " table " t FORCE INDEX (PRIMARY) WHERE t.site_key = ? AND t.id IN (?*)"
#define DELETE_BY_KEY(table, key) "DELETE FROM " table " WHERE site_key = ? AND " key " = ?"
/* Deletes what such a table has of the site: for store_change_some. */
#define REMOVE_BY_ID(table)                                                                        \
    {                                                                                              \
        FIND_KEYS("id", "FROM " table " WHERE site_key = ? LIMIT ?"), DELETE_BY_ID(table)          \
    }
#define REMOVE_BY_KEY(table, key)                                                                  \
    {                                                                                              \
        FIND_KEYS(key, "FROM " table " WHERE site_key = ? LIMIT ?"), DELETE_BY_KEY(table, key)     \
    }

/* Composes the statements that depend on the columns that are mapped. */
int store_compose_requests(struct store *store, const struct request_schema *schema,
                           struct error *error);

int store_compose_tickets(struct store *store, const struct request_schema *schema,
                          struct error *error);
void store_release_tickets(struct ticket_statements *statements);

/* The ticket's id behind the site's key: "key:12" or "12". */
int64_t store_ticket_id(const char *fluent_id);
/* The ids as values, for IN (?*). The caller frees them; NULL without memory. */
struct db_value *store_texts(const char *const *ids, size_t count);

#endif

/* store_private: what the files of store share. */
#ifndef FLUENT_SYNC_STORE_PRIVATE_H
#define FLUENT_SYNC_STORE_PRIVATE_H

#include "store/lease.h"
#include "store/store.h"

/* What a statement of variable columns may be long. */
enum { STATEMENT_TEXT_MAX = 16384 };
/* requests.request_type of what we make. */
#define REQUEST_TYPE "Fluent Ticket"

struct store {
    struct db *db;
    char site_key[65];
    bool dry;           /* only looked at: missing tables are empty ones */
    bool open;          /* in a transaction */
    bool without_index; /* idx_unchanged is not there: slower, and no harm */
    struct lease lease;
    struct request_field *others; /* columns of requests that are not mapped, as they are made */
    size_t other_count;
    bool has_version;      /* requests.updated_at changes with every change of the row */
    char *insert_requests; /* the head of the statement; made for the schema, kept for its cache */
    char *verify_requests; /* likewise: what was inserted, as count and checksum */
    int id_surprises;      /* statements whose automatic ids were not those expected */
};

/* db_query, which outside of a transaction is tried again as sync_transaction does with one. */
int store_query(struct store *store, const char *sql, const struct db_value *values, size_t count,
                const struct db_value *list, size_t list_count, struct db_result **result,
                struct error *error);

/* "YYYY-MM-DD HH:MM:SS" in UTC of an instant as a value; NULL for 0. `text` is the caller's. */
struct db_value store_instant(int64_t instant, char text[20]);
/* The instant of such a text; 0 for NULL. */
int64_t store_read_instant(const struct db_value *value);
/* A copy in the arena; NULL for NULL, or without memory. */
const char *store_keep(const struct db_value *value, struct arena *arena);
struct db_value store_value(struct cell cell);

#endif

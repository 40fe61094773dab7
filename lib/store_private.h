/* store_private: what the files of store share. */
#ifndef FLUENT_SYNC_STORE_PRIVATE_H
#define FLUENT_SYNC_STORE_PRIVATE_H

#include "lease.h"
#include "store.h"

struct store {
    struct db *db;
    char site_key[65];
    bool dry; /* only looked at: missing tables are empty ones */
    struct lease lease;
    char *insert_requests; /* the head of the statement; made for the schema, kept for its cache */
};

/* "YYYY-MM-DD HH:MM:SS" in UTC of an instant as a value; NULL for 0. `text` is the caller's. */
struct db_value store_instant(int64_t instant, char text[20]);
/* The instant of such a text; 0 for NULL. */
int64_t store_read_instant(const struct db_value *value);
/* A copy in the arena; NULL for NULL, or without memory. */
const char *store_keep(const struct db_value *value, struct arena *arena);
struct db_value store_value(struct cell cell);

#endif

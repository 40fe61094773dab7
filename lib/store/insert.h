/* insert: the rows of a multi-row INSERT, as many as one statement of the server's may hold. */
#ifndef FLUENT_SYNC_STORE_INSERT_H
#define FLUENT_SYNC_STORE_INSERT_H

#include <stdbool.h>
#include <stddef.h>

#include "io/db.h"

struct insert {
    const char *head, *tail; /* see db_insert */
    struct db_value *values;
    size_t columns, rows, bytes, most_rows;
};

/* For rows of `columns` values. To be released, also after a failure. */
int insert_init(struct insert *insert, const char *head, const char *tail, size_t columns,
                struct error *error);
void insert_release(struct insert *insert);

/* Must what is there be sent before a row of these values is added? */
bool insert_full(const struct insert *insert, const struct db *db, const struct db_value *values);
/* Adds a row. What its values point to must last until it is sent. */
void insert_add(struct insert *insert, const struct db_value *values);
/* Sends the rows, if there are any. Afterwards there are none, whatever happened. */
int insert_send(struct insert *insert, struct db *db, struct error *error);

#endif

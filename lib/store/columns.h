/*
 * columns: a statement's columns and the members of a struct, side by side. From a table of them
 * come the lists of names in the statement, the reading of its rows and the values that it is
 * given: nothing goes by its place in a row.
 */
#ifndef FLUENT_SYNC_STORE_COLUMNS_H
#define FLUENT_SYNC_STORE_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "io/db.h"
#include "model/row.h"

/* The type of a member, and what it is for SQL's NULL. */
enum column_kind {
    COLUMN_TEXT,   /* const char *: NULL. What is read is copied into an arena */
    COLUMN_CELL,   /* struct cell: one without text. Likewise */
    COLUMN_CHARS,  /* char[]: NULL is read as "". Longer text is cut */
    COLUMN_NUMBER, /* int64_t: NULL is read as 0 */
    COLUMN_INT,    /* int: NULL is read as 0 */
    COLUMN_FLAG,   /* bool: NULL is read as false */
    /* These too have an int64_t, and are named where they are used: */
    COLUMN_KNOWN,    /* a number from 0 on: -1 */
    COLUMN_POSITIVE, /* a number from 1 on: 0 */
    COLUMN_INSTANT,  /* a DATETIME or TIMESTAMP, as seconds since 1970: 0 */
};

struct column {
    const char *sql; /* its name; or, where it is only read, any expression */
    enum column_kind kind;
    size_t offset, size; /* of the member */
};

#define COLUMN_MEMBER(type, member) (((type *)0)->member)
/* A column, and the member of `type` that belongs to it, of a kind that has to be named. */
#define COLUMN_AS(kind, sql, type, member)                                                         \
    {                                                                                              \
        (sql), (kind), offsetof(type, member), sizeof COLUMN_MEMBER(type, member)                  \
    }
/* The same; the member's type tells the kind. */
#define COLUMN(sql, type, member)                                                                  \
    COLUMN_AS(_Generic(COLUMN_MEMBER(type, member), const char *                                   \
                       : COLUMN_TEXT, struct cell                                                  \
                       : COLUMN_CELL, char *                                                       \
                       : COLUMN_CHARS, int64_t                                                     \
                       : COLUMN_NUMBER, int                                                        \
                       : COLUMN_INT, bool                                                          \
                       : COLUMN_FLAG),                                                             \
              sql, type, member)

/* Appends "a, b, c", for a SELECT. */
void columns_names(struct buf *sql, const struct column *columns, size_t count);
/* Appends "a = ?, b = ?, c = ?", for an UPDATE. */
void columns_assignments(struct buf *sql, const struct column *columns, size_t count);

/* Reads as many values of a row into the record. Without memory the arena has failed. */
void columns_read(const struct column *columns, size_t count, const struct db_value *row,
                  void *record, struct arena *arena);
/* The values of a record, one for each column. `texts`, one for each too, holds those of numbers;
 * other texts are the record's. */
void columns_values(const struct column *columns, size_t count, const void *record,
                    struct db_value *values, char (*texts)[DB_DIGITS]);

/* A statement that reads: SELECT the columns, then `rest`, which begins with FROM. */
struct select {
    const struct column *columns;
    size_t count, record; /* the size of a record */
    const char *rest;
};
#define SELECT(columns, type, rest)                                                                \
    {                                                                                              \
        (columns), sizeof(columns) / sizeof *(columns), sizeof(type), (rest)                       \
    }

/* An array of values alone, as parameters. */
#define VALUES(array)                                                                              \
    (&(struct db_parameters){.values = (array), .count = sizeof(array) / sizeof *(array)})

struct records {
    void *rows; /* of the arena */
    size_t count;
};

/* Runs it: *found becomes all rows, each a record, in `arena`. -1 as db_query, or without memory.
 */
int select_records(struct db *db, const struct select *select,
                   const struct db_parameters *parameters, struct records *found,
                   struct arena *arena, struct error *error);

/* How many rows there are. */
struct row_count {
    int64_t rows;
};
extern const struct column ROW_COUNT[1];
/* *count: the rows of `from`, which begins with FROM; 0 when it cannot be told. -1 as
 * select_records. */
int select_count(struct db *db, const char *from, const struct db_parameters *parameters,
                 int64_t *count, struct error *error);

/* "YYYY-MM-DD HH:MM:SS" in UTC of an instant as a value; NULL for 0. `text` is the caller's. */
struct db_value column_instant(int64_t instant, char text[DB_DIGITS]);
struct db_value column_cell(struct cell cell);

#endif

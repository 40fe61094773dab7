/* row: what a ticket is in the tables: its columns in fluent_tickets and in requests. */
#ifndef FLUENT_SYNC_ROW_H
#define FLUENT_SYNC_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "model/ticket_columns.h"

/* The text of a column; NULL: SQL NULL. Cells are compared byte by byte, so that a person's edit
 * never looks the same. */
struct cell {
    const char *text;
    size_t len;
};

bool cell_equal(struct cell a, struct cell b);
struct cell cell_of(const char *text);

/* The columns of requests that are mapped: these five, then those of [map.fields]. */
enum request_column {
    REQUEST_DATE,
    REQUEST_TIME,
    REQUEST_CATEGORY,
    REQUEST_DESCRIPTION,
    REQUEST_URGENCY,
    REQUEST_BUILT_IN,
    REQUEST_COLUMNS_MAX = 24
};

/* Their names in the table; and which of them has this name, REQUEST_BUILT_IN: none has. */
const char *request_built_in_name(size_t column);
size_t request_built_in(const char *name);

/* The columns of [map.ticket_fields]. */
enum { TICKET_FIELDS_MAX = 16 };

enum field_type {
    FIELD_TEXT,
    FIELD_ENUM,
    FIELD_INTEGER,
    FIELD_DECIMAL,
    FIELD_DATE,
    FIELD_TIME,
    FIELD_DATETIME, /* wall time */
    FIELD_INSTANT,  /* TIMESTAMP: in UTC */
    FIELD_OTHER     /* a type nothing is mapped to */
};

/* A mapped column as it really is in this database. */
struct request_field {
    const char *path;    /* the rule of a column of [map.fields]; NULL for the five */
    size_t chars, bytes; /* FIELD_TEXT: what fits */
    bool utf8mb4;        /* a text of that character set */
    enum field_type type;
    int bits;          /* FIELD_INTEGER: 8 .. 64 */
    int digits, scale; /* DECIMAL(digits, scale); TIME(scale), DATETIME(scale) */
    bool ruled;        /* one of the five, for which [map.fields] has a rule */
    bool is_unsigned;  /* FIELD_INTEGER, FIELD_DECIMAL */
    char name[65];
    char options[512]; /* FIELD_ENUM: its values, each with a line break behind it */
    bool has_default;  /* one that is not NULL, and fits here: its text */
    char fallback[256];
};

/* The numbers that a column of fluent_tickets takes. */
struct ticket_number {
    int bits; /* 8 .. 64; 0: it is no integer column */
    bool is_unsigned;
};

struct request_schema {
    struct request_field fields[REQUEST_COLUMNS_MAX];
    size_t count;
    struct ticket_number numbers[TICKET_COLUMNS];          /* of those that hold one */
    struct request_field ticket_fields[TICKET_FIELDS_MAX]; /* of fluent_tickets */
    size_t ticket_field_count;
};

enum { FLUENT_ID_SIZE = 101 };

/* A ticket, ready to be stored. Texts belong to the arena it was mapped into, or to the page. */
struct row {
    int64_t id;
    char fluent_id[FLUENT_ID_SIZE];
    char fingerprint[HASH_SIZE];
    bool in_scope;
    bool out_of_scope; /* known to be, also of a reject */
    bool undated;      /* out of scope only because it has no date of its closing */
    bool left_scope;   /* its status is none that counts: what is stored of it has left the scope */
    const char *reject; /* why it cannot be stored, without customers' words; NULL: it can */
    struct cell ticket[TICKET_COLUMNS];
    struct cell ticket_fields[TICKET_FIELDS_MAX]; /* these, too, as many as the schema has */
    struct cell request[REQUEST_COLUMNS_MAX];
};

#endif

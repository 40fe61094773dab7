/* mapping: what the configuration says of how a ticket becomes a row. */
#ifndef FLUENT_SYNC_MAPPING_H
#define FLUENT_SYNC_MAPPING_H

#include <stddef.h>

/* `key = value` lines of a section, in the file's order. */
struct mapping_pair {
    char *key, *value;
    int line; /* 0: of no file */
};
struct mapping_pairs {
    struct mapping_pair *items;
    size_t count;
};

/* A section [map.NAME] that rules look values up in. */
struct mapping_section {
    char *name; /* without "map." */
    struct mapping_pairs lines;
};
enum { MAPPING_SECTIONS_MAX = 60 };

/* How much of a ticket's JSON is kept in raw_data. */
enum mapping_raw { RAW_FULL, RAW_MAPPED, RAW_NONE };

struct mapping {
    struct mapping_pairs urgency;          /* priority: urgency; "*": any other priority */
    struct mapping_pairs category;         /* product title: category; "*": any other, or none */
    struct mapping_pairs mailbox_category; /* mailbox id: category */
    struct mapping_section *sections;      /* the others */
    size_t section_count;
    struct mapping_pairs fields;        /* column of requests: its rule */
    struct mapping_pairs ticket_fields; /* further column of fluent_tickets: its rule */
    const char *file;                   /* where the lines stand; NULL: there is none */
    struct mapping_pairs drop;          /* path, value NULL: removed before anything is stored */
    enum mapping_raw raw_data;
};

#endif

/* map: turns a ticket of the site into the row that is stored. Pure: no I/O. */
#ifndef FLUENT_SYNC_MAP_H
#define FLUENT_SYNC_MAP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/zone.h"
#include "codec/decode.h"
#include "core/evaluate.h"
#include "core/rules.h"
#include "core/scope.h"
#include "model/mapping.h"
#include "model/row.h"

/* What the mapping depends on. Everything belongs to the caller. */
struct map_rules {
    const struct mapping *mapping;
    const struct rules *set; /* of this mapping */
    const struct scope *scope;
    const char *site_key; /* "" when there is none */
    const struct request_schema *schema;
    const struct zone *site, *target; /* the site's zone; the zone of wall times in the tables */
    bool once;        /* requests are written at their insert alone: local_edits = once */
    bool binary_json; /* raw_data goes into a type that may change numbers */
    char config_hash[HASH_SIZE]; /* map_hash_config */
};

/*
 * Sets `config_hash`, the hash over everything that decides how a ticket is stored, the zones
 * included ("" when memory ran out). When it changes, every stored ticket counts as changed at the
 * next walk.
 */
void map_hash_config(struct map_rules *rules);

/* 0, or -1 (ERR_USAGE) when a column of [map.fields] or [map.ticket_fields] is not in its table as
 * it is, or cannot hold what its rule gives, or a fixed value that may be the rule's result; one
 * message holds all errors, a line each. */
int map_check(const struct map_rules *rules, struct error *error);

enum map_outcome { MAP_ROW, MAP_REJECT };

/*
 * Fills in what tells a ticket apart, without the cost of the rest: id, fluent_id, fingerprint,
 * scope and created_at of `row`. MAP_REJECT: it cannot be stored, row->reject says why, and `row`
 * holds nothing else but id, fluent_id and fingerprint. Texts belong to `arena`. -1 with
 * ERR_INTERNAL when memory ran out.
 */
int map_identity(const struct map_rules *rules, const struct ticket *ticket, struct arena *arena,
                 struct row *row, struct error *error);

/*
 * Maps the rest of a ticket for which map_identity gave MAP_ROW and this `row`. The outcomes are
 * the same. Texts belong to `arena` or the rules, so that the ticket's page may be freed. A text
 * that is too long is cut and ends in "…"; that does not make it a reject.
 */
int map_ticket(const struct map_rules *rules, const struct ticket *ticket, struct arena *arena,
               struct row *row, struct error *error);

/* A column that a rule fills, and its place in a row. */
struct map_column {
    const char *table;
    const struct request_field *field;
    const struct column_rule *rule;
    struct cell *cell;
};
/* The columns by number from 0 on: those of requests, then those of fluent_tickets, as the schema
 * has them. false behind the last. */
bool map_column_at(const struct map_rules *rules, struct row *row, size_t index,
                   struct map_column *column);

/* Told of each step: see evaluate.h. */
struct map_trace {
    rule_trace *call;
    void *context;
};
/* Fills in one column of a row for which map_identity gave MAP_ROW, with the outcomes of
 * map_ticket; -1 when memory ran out. What is in `row` of other columns stays. */
int map_one(const struct map_rules *rules, const struct ticket *ticket,
            const struct map_column *column, const struct map_trace *trace, struct arena *arena,
            struct row *row);

/* The description of a request by the built-in rule: the title, an empty line, and the content
 * (HTML) as readable text, cut as `field` needs it. `title` and `content` may be NULL. -1 when
 * memory ran out. */
int map_describe(struct arena *arena, const char *title, const char *content,
                 const struct request_field *field, struct cell *cell);

/* "site_key:ID", or "ID" when `site_key` is "". `out` has FLUENT_ID_SIZE bytes. */
void map_fluent_id(const char *site_key, int64_t id, char *out);

#endif

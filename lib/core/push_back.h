/* push_back: from what a person set in requests back to a value of the site's. Pure: no I/O. */
#ifndef FLUENT_SYNC_PUSH_BACK_H
#define FLUENT_SYNC_PUSH_BACK_H

#include "core/map.h"
#include "model/mapping.h"
#include "model/outbox_row.h"

enum { PUSH_BACK_WHY_SIZE = 256 };

struct push_back {
    enum outbox_field field;            /* that has a column of requests */
    const struct mapping_pairs *chosen; /* [push.priority] or [push.product] */
    const struct known_values *known;   /* what the site is known to have */
    const struct map_rules *rules;
    const struct ticket *ticket; /* as the site shows it now */
};

/*
 * The value of the field with which the ticket maps to `wanted`: the chosen one, or the only one of
 * those known. Whatever it is, the ticket with it was mapped forward and gave `wanted`; `*value` is
 * as the site spells it, and belongs to `known`. NULL: there is none, `why` is one sentence, and
 * names the candidates where there are several. -1 when memory ran out.
 */
int push_back_map(const struct push_back *back, const char *wanted, const char **value,
                  char why[PUSH_BACK_WHY_SIZE]);

#endif

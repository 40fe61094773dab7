/* evaluate: the value that a rule gives for a ticket. Pure: no I/O. */
#ifndef FLUENT_SYNC_EVALUATE_H
#define FLUENT_SYNC_EVALUATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/zone.h"
#include "codec/decode.h"
#include "core/rule.h"
#include "model/row.h"

/* Told of each source and each filter's result, for `fluent-sync map`. `what` as rule_print has it;
 * `depth`: in how many parentheses it stands. */
typedef void rule_trace(void *context, const char *what, int depth, struct cell value);

/*
 * What the rules of one ticket share. Values belong to the ticket, to the rules or to `scratch`,
 * which evaluate_release frees. A value is never empty: an empty text is NULL.
 */
struct evaluation {
    const struct ticket *ticket;
    const struct zone *site, *target; /* as in struct map_rules */
    struct arena scratch;
    char why[RULE_WHY_SIZE]; /* why the last rule gave no value */
    rule_trace *trace;       /* NULL: none */
    void *trace_context;
    int depth;
    /* The last results of what takes long, and what they were made of. */
    struct {
        struct cell html, text;
    } readable;
    struct {
        const char *html;
        struct html_form *read;
    } form;
    struct {
        const char *date, *wall; /* "YYYY-MM-DD HH:MM:SS" */
    } moment;
};

/* Frees all that was made for it. */
void evaluate_release(struct evaluation *e);

/* The value of a rule. false: there is none, and `why` says which filter needs what instead of
 * which value; or memory ran out, and `scratch` has failed. */
bool rule_evaluate(struct evaluation *e, const struct rule *rule, struct cell *value);
bool rule_operand(struct evaluation *e, const struct operand *operand, struct cell *value);

/* The wall time in the tables of a date that the site wrote; NULL: it is none. */
const char *evaluate_wall(struct evaluation *e, const char *date);
/* Is it one of the notations of "never": "0000-00-00 00:00:00", "-001-11-30T..."? */
bool evaluate_is_never(const char *date);

/* Fills in `why`: "FILTER needs WHAT, not VALUE"; returns false. The value is left out where it
 * may be a customer's words: see evaluate_show. */
bool evaluate_fail(struct evaluation *e, const char *filter, const char *what, struct cell value);
/* A value as a message may show it: in quotes; of a long one, or one that may be prose or an
 * address, only its length. */
enum { EVALUATE_SHOWN_SIZE = 64 };
void evaluate_show(struct cell value, char shown[EVALUATE_SHOWN_SIZE]);

#endif

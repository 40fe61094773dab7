/*
 * rule: what a column is made of: `SOURCE | FILTER ARGUMENT ... | ...`, read from its text into a
 * tree. Pure: no I/O. Evaluating it: evaluate.h; what the filters do: filter.h.
 */
#ifndef FLUENT_SYNC_RULE_H
#define FLUENT_SYNC_RULE_H

#include <stddef.h>

#include "base/buf.h"
#include "core/decimal.h"
#include "model/row.h"

enum { RULE_DEPTH_MAX = 4, RULE_WHY_SIZE = 240 };

/* A source, or an argument of a filter. */
enum operand_kind {
    OPERAND_NUMBER,
    OPERAND_WORD, /* `except`, the name of a section, or a host */
    OPERAND_TEXT, /* in quotes */
    OPERAND_PATH,
    OPERAND_RULE /* in parentheses */
};
struct rule;
struct operand {
    enum operand_kind kind;
    struct cell text;      /* of a number too; empty for a rule */
    struct decimal number; /* OPERAND_NUMBER */
    size_t member;         /* OPERAND_PATH: where struct ticket has it decoded; 0: nowhere */
    struct rule *rule;     /* OPERAND_RULE */
};

struct lookup; /* lookup.h */
struct filter; /* filter.h */
struct rule_step {
    const struct filter *filter;
    struct operand *arguments;
    size_t count;
    const struct lookup *lookup; /* of `map` and `listed`, once rules.h has looked it up */
};
struct rule {
    struct operand source;
    struct rule_step *steps;
    size_t count;
};

/*
 * Reads a rule, at most RULE_DEPTH_MAX parentheses deep; filters, and the number and kinds of their
 * arguments, are checked. The tree belongs to `arena`. NULL: it is none, and `why` says in a phrase
 * what is wrong and what was expected; or memory ran out, and the arena has failed.
 */
struct rule *rule_parse(const char *text, struct arena *arena, char why[RULE_WHY_SIZE]);

/* Reads the text in quotes at `text`, with \", \\, \n and \t. Returns how many bytes it takes with
 * its quotes; 0: it has no end, or another character behind a backslash. */
size_t rule_quoted(const char *text, struct arena *arena, struct cell *value);

/* Appends a rule, a step, or an operand, in the one form that equal ones have. */
void rule_print(const struct rule *rule, struct buf *out);
void rule_print_step(const struct rule_step *step, struct buf *out);
void rule_print_operand(const struct operand *operand, struct buf *out);

/* Calls `visit` for each step, those of rules in parentheses before the step that they stand in. */
typedef void rule_visitor(void *context, struct rule_step *step);
void rule_visit(struct rule *rule, rule_visitor *visit, void *context);

#endif

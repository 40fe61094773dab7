/* rule_print: writes a tree as the text of a rule. */
#include <string.h>

#include "core/filter.h"
#include "core/rule.h"

static void print_quoted(struct cell text, struct buf *out)
{
    buf_putc(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        char c = text.text[i];
        if (c == '"' || c == '\\')
            buf_putc(out, '\\');
        if (c == '\n' || c == '\t')
            buf_puts(out, c == '\n' ? "\\n" : "\\t");
        else
            buf_putc(out, c);
    }
    buf_putc(out, '"');
}

void rule_print_operand(const struct operand *operand, struct buf *out)
{
    if (operand->kind == OPERAND_TEXT) {
        print_quoted(operand->text, out);
    } else if (operand->kind == OPERAND_RULE) {
        buf_putc(out, '(');
        rule_print(operand->rule, out);
        buf_putc(out, ')');
    } else {
        buf_append(out, operand->text.text, operand->text.len);
    }
}

void rule_print_step(const struct rule_step *step, struct buf *out)
{
    bool list =
        step->filter->arguments == ARGUMENTS_LABELS || step->filter->arguments == ARGUMENTS_EXCEPT;
    size_t first = step->filter->arguments == ARGUMENTS_EXCEPT ? 2 : 1;
    buf_puts(out, step->filter->name);
    for (size_t i = 0; i < step->count; i++) {
        buf_puts(out, list && i >= first ? ", " : " ");
        rule_print_operand(&step->arguments[i], out);
    }
}

void rule_print(const struct rule *rule, struct buf *out)
{
    rule_print_operand(&rule->source, out);
    for (size_t i = 0; i < rule->count; i++) {
        buf_puts(out, " | ");
        rule_print_step(&rule->steps[i], out);
    }
}

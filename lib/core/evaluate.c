/* evaluate: walks a rule's tree for one ticket. */
#include "core/evaluate.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "codec/html.h"
#include "core/filter.h"

static struct cell cell_or_null(const char *text, size_t n)
{
    return (struct cell){.text = n ? text : NULL, .len = text ? n : 0};
}

static struct cell read_path(struct evaluation *e, const struct operand *path)
{
    const char *text;
    if (path->member)
        memcpy(&text, (const char *)e->ticket + path->member, sizeof text);
    else
        text = ticket_at(e->ticket, path->text.text, &e->scratch);
    return cell_or_null(text, text ? strlen(text) : 0);
}

bool rule_operand(struct evaluation *e, const struct operand *operand, struct cell *value)
{
    if (operand->kind == OPERAND_RULE) {
        e->depth++;
        bool done = rule_evaluate(e, operand->rule, value);
        e->depth--;
        return done;
    }
    *value = operand->kind == OPERAND_PATH ? read_path(e, operand)
                                           : cell_or_null(operand->text.text, operand->text.len);
    return !e->scratch.failed;
}

/* Tells of the value that `source`, or else `step`, gave. */
static void trace(struct evaluation *e, const struct operand *source, const struct rule_step *step,
                  struct cell value)
{
    struct buf what;
    if (!e->trace || (source && source->kind == OPERAND_RULE))
        return;
    buf_init(&what, SIZE_MAX / 2);
    if (source)
        rule_print_operand(source, &what);
    else
        rule_print_step(step, &what);
    e->trace(e->trace_context, buf_text(&what), e->depth, value);
    buf_release(&what);
}

bool rule_evaluate(struct evaluation *e, const struct rule *rule, struct cell *value)
{
    if (!rule_operand(e, &rule->source, value))
        return false;
    trace(e, &rule->source, NULL, *value);
    for (size_t i = 0; i < rule->count; i++) {
        const struct rule_step *step = &rule->steps[i];
        if (value->text || step->filter->takes_null) {
            if (!step->filter->run(e, step, value) || e->scratch.failed)
                return false;
            *value = cell_or_null(value->text, value->len);
        }
        trace(e, NULL, step, *value);
    }
    return true;
}

void evaluate_release(struct evaluation *e)
{
    html_form_free(e->form.read);
    e->form.read = NULL;
    arena_release(&e->scratch);
}

/* Dates */

const char *evaluate_wall(struct evaluation *e, const char *date)
{
    int64_t instant;
    char text[ZONE_TEXT_SIZE];
    if (e->moment.date && e->moment.date == date)
        return e->moment.wall;
    if (!zone_parse(e->site, date, &instant) || !zone_wall(e->target, instant, text))
        return NULL;
    e->moment.date = date;
    return e->moment.wall = arena_copy(&e->scratch, text, ZONE_TEXT_SIZE - 1);
}

bool evaluate_is_never(const char *date)
{
    return strncmp(date, "0000-00-00", 10) == 0 || strncmp(date, "-001-11-30", 10) == 0;
}

/* What failed */

/* What may be prose, a name or an address is not shown. */
void evaluate_show(struct cell value, char shown[EVALUATE_SHOWN_SIZE])
{
    enum { WORD_MAX = 32 };
    struct buf out;
    bool word = value.len <= WORD_MAX;
    for (size_t i = 0; word && i < value.len; i++)
        word = (unsigned char)value.text[i] > ' ' && value.text[i] != '@';
    size_t length = text_length(value.text, value.len);
    buf_init(&out, EVALUATE_SHOWN_SIZE);
    if (word)
        text_show(&out, value.text, value.len, WORD_MAX);
    if (word)
        snprintf(shown, EVALUATE_SHOWN_SIZE, "\"%.58s\"", buf_text(&out));
    else
        snprintf(shown, EVALUATE_SHOWN_SIZE, "a text of %zu characters", length);
    buf_release(&out);
}

bool evaluate_fail(struct evaluation *e, const char *filter, const char *what, struct cell value)
{
    char shown[EVALUATE_SHOWN_SIZE];
    evaluate_show(value, shown);
    snprintf(e->why, sizeof e->why, "%s needs %s, not %s", filter, what, shown);
    return false;
}

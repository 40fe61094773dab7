/* rule: reads rules into trees. */
#include "core/rule.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "base/text.h"
#include "codec/decode.h"
#include "core/filter.h"

enum { ARGUMENTS_MAX = 32, STEPS_MAX = 64, PATH_NAME_MAX = 127, SHOWN_CELLS = 40 };

#define BLANKS " \t"
/* What ends a word, a path or a number. */
#define ENDS BLANKS "|,()\""

struct parser {
    const char *at;
    struct arena *arena;
    char *why;
    int depth;
};

/* Paths that struct ticket holds decoded. */
static const struct {
    const char *path;
    size_t offset;
} MEMBERS[] = {
#define MEMBER(path, name)                                                                         \
    {                                                                                              \
        path, offsetof(struct ticket, name)                                                        \
    }
    MEMBER("hash", hash),
    MEMBER("title", title),
    MEMBER("content", content),
    MEMBER("status", status),
    MEMBER("priority", priority),
    MEMBER("created_at", created_at),
    MEMBER("updated_at", updated_at),
    MEMBER("resolved_at", resolved_at),
    MEMBER("response_count", response_count),
    MEMBER("customer_id", customer_id),
    MEMBER("agent_id", agent_id),
    MEMBER("mailbox_id", mailbox_id),
    MEMBER("product_id", product_id),
    MEMBER("customer.full_name", customer_name),
    MEMBER("customer.email", customer_email),
    MEMBER("agent.full_name", agent_name),
    MEMBER("product.title", product_title),
};

/* Always NULL, for `return refuse(...)`. */
static void *__attribute__((format(printf, 2, 3))) refuse(struct parser *p, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(p->why, RULE_WHY_SIZE, format, args);
    va_end(args);
    return NULL;
}

static void skip_blanks(struct parser *p)
{
    p->at += strspn(p->at, BLANKS);
}

/* A piece of the rule as a message may show it. */
static const char *shown(struct parser *p, const char *text, size_t n)
{
    struct buf out;
    buf_init(&out, RULE_WHY_SIZE);
    text_show(&out, text, n, SHOWN_CELLS);
    const char *copy = arena_copy(p->arena, buf_text(&out), out.len);
    buf_release(&out);
    return copy ? copy : "";
}

/* Operands */

size_t rule_quoted(const char *text, struct arena *arena, struct cell *value)
{
    static const char escapes[] = "\"\\nt", meant[] = "\"\\\n\t";
    const char *at = text + 1;
    char *out = arena_alloc(arena, strlen(text) + 1);
    size_t n = 0;
    for (; out && *at && *at != '"'; at++) {
        const char *escape = *at == '\\' && at[1] ? strchr(escapes, at[1]) : NULL;
        if (*at == '\\' && !escape)
            return 0;
        out[n++] = escape ? meant[escape - escapes] : *at;
        at += escape != NULL;
    }
    *value = (struct cell){.text = out, .len = n};
    return out && *at == '"' ? (size_t)(at + 1 - text) : 0;
}

/* "customer.email": names of at most PATH_NAME_MAX bytes each, with dots between them. */
static bool is_path(struct cell text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.text[i] < ' ' || text.text[i] == 0x7F || text.text[i] == '\'')
            return false;
    for (const char *at = text.text;; at++) {
        size_t n = strcspn(at, ".");
        if (n == 0 || n > PATH_NAME_MAX)
            return false;
        at += n;
        if (!*at)
            return true;
    }
}

static bool read_bare(struct parser *p, struct operand *operand)
{
    size_t n = strcspn(p->at, ENDS);
    *operand = (struct operand){.kind = OPERAND_PATH,
                                .text = {.text = arena_copy(p->arena, p->at, n), .len = n}};
    if (!operand->text.text)
        return false;
    if (decimal_parse(p->at, n, &operand->number)) {
        operand->kind = OPERAND_NUMBER;
        char digits[DECIMAL_SIZE];
        operand->text.len = decimal_print(operand->number, digits);
        operand->text.text = arena_copy(p->arena, digits, operand->text.len);
    }
    for (size_t i = 0; i < sizeof MEMBERS / sizeof *MEMBERS; i++)
        if (operand->text.text && strcmp(MEMBERS[i].path, operand->text.text) == 0)
            operand->member = MEMBERS[i].offset;
    p->at += n;
    return operand->text.text != NULL;
}

static struct rule *read_rule(struct parser *p);

static bool read_parentheses(struct parser *p, struct operand *operand)
{
    if (++p->depth > RULE_DEPTH_MAX)
        return refuse(p, "parentheses are at most %d deep", RULE_DEPTH_MAX) != NULL;
    p->at++;
    *operand = (struct operand){.kind = OPERAND_RULE, .rule = read_rule(p)};
    if (!operand->rule)
        return false;
    if (*p->at != ')')
        return refuse(p, "a closing parenthesis is missing") != NULL;
    p->at++;
    p->depth--;
    return true;
}

static bool read_operand(struct parser *p, struct operand *operand)
{
    if (*p->at == '(')
        return read_parentheses(p, operand);
    if (*p->at != '"')
        return read_bare(p, operand);
    *operand = (struct operand){.kind = OPERAND_TEXT};
    size_t n = rule_quoted(p->at, p->arena, &operand->text);
    if (!n)
        return refuse(p,
                      "%s is no text in quotes: those have an end, and \\ stands only before "
                      "\", \\, n and t",
                      shown(p, p->at, strlen(p->at))) != NULL;
    p->at += n;
    return true;
}

static bool read_source(struct parser *p, struct operand *source)
{
    skip_blanks(p);
    if (!*p->at || strchr("|,)", *p->at))
        return refuse(p, "a rule begins with a path, \"text\" or (RULE)") != NULL;
    if (!read_operand(p, source))
        return false;
    if (source->kind == OPERAND_NUMBER)
        return refuse(p, "a fixed value stands in quotes: \"%s\"", source->text.text) != NULL;
    if (source->kind == OPERAND_PATH && !is_path(source->text))
        return refuse(p, "%s is no path, such as customer.email",
                      shown(p, source->text.text, source->text.len)) != NULL;
    return true;
}

/* Steps */

static bool is_value(const struct operand *a)
{
    return a->kind != OPERAND_WORD && (a->kind != OPERAND_PATH || is_path(a->text));
}

static bool is_count(const struct operand *a)
{
    return a->kind == OPERAND_NUMBER && a->number.scale == 0 && a->number.digits >= 0 &&
           a->number.digits < 1000000;
}

/* May the argument give a number? */
static bool is_number(const struct operand *a)
{
    struct decimal number;
    return is_value(a) &&
           (a->kind != OPERAND_TEXT || decimal_parse(a->text.text, a->text.len, &number));
}

/* A path counts as a word where words are wanted. */
static bool is_word(struct operand *a)
{
    if (a->kind == OPERAND_PATH)
        a->kind = OPERAND_WORD;
    return a->kind == OPERAND_WORD && a->text.len;
}

static bool are_labels(const struct operand *a, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (a[i].kind != OPERAND_TEXT || !a[i].text.len)
            return false;
    return count > 0;
}

static bool are_exceptions(struct operand *a, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!is_word(&a[i]))
            return false;
    return count == 0 || (count > 1 && strcmp(a[0].text.text, "except") == 0);
}

static bool fits_filter(enum filter_arguments wanted, struct operand *a, size_t count)
{
    switch (wanted) {
    case ARGUMENTS_NONE:
        return count == 0;
    case ARGUMENTS_COUNT:
        return count == 1 && is_count(a);
    case ARGUMENTS_NUMBER:
        return count == 1 && is_number(a);
    case ARGUMENTS_VALUE:
        return count == 1 && is_value(a);
    case ARGUMENTS_JOIN:
        return count == 2 && a[0].kind == OPERAND_TEXT && is_value(&a[1]);
    case ARGUMENTS_LABELS:
        return are_labels(a, count);
    case ARGUMENTS_EXCEPT:
        return are_exceptions(a, count);
    case ARGUMENTS_SECTION:
        return count == 1 && is_word(a);
    }
    return false;
}

/* The arguments up to the next `|` or `)`, into `found`. */
static bool read_arguments(struct parser *p, struct operand *found, size_t *count)
{
    bool comma = false;
    for (skip_blanks(p); *p->at && !strchr("|)", *p->at); skip_blanks(p)) {
        if (*p->at == ',' && (comma || !*count))
            return refuse(p, "a comma stands between two arguments") != NULL;
        comma = *p->at == ',';
        p->at += comma;
        if (comma)
            continue;
        if (*count == ARGUMENTS_MAX)
            return refuse(p, "a filter has at most %d arguments", ARGUMENTS_MAX) != NULL;
        if (!read_operand(p, &found[(*count)++]))
            return false;
    }
    return !comma || refuse(p, "a comma stands between two arguments") != NULL;
}

static void refuse_filter(struct parser *p, const char *name, size_t n)
{
    struct nearest near;
    char ask[NEAREST_SIZE];
    nearest_begin(&near, shown(p, name, n));
    for (size_t i = 0; filter_at(i); i++)
        nearest_try(&near, filter_at(i)->name);
    refuse(p, "there is no filter %s%s%s", near.word, near.found ? "; " : "",
           nearest_ask(&near, "", "", ask));
}

/* A step stands behind its `|`. */
static bool read_step(struct parser *p, struct rule_step *step)
{
    struct operand found[ARGUMENTS_MAX] = {{0}};
    skip_blanks(p);
    const char *name = p->at;
    size_t n = strcspn(name, ENDS);
    const struct filter *filter = filter_find(name, n);
    *step = (struct rule_step){.filter = filter};
    p->at += n;
    if (!n)
        return refuse(p, "a filter stands behind each |") != NULL;
    if (!filter) {
        refuse_filter(p, name, n);
        return false;
    }
    if (!read_arguments(p, found, &step->count))
        return false;
    if (!fits_filter(filter->arguments, found, step->count))
        return refuse(p, "it is used as: %s%s%s", filter->name, *filter->usage ? " " : "",
                      filter->usage) != NULL;
    step->arguments = arena_alloc(p->arena, (step->count + 1) * sizeof *step->arguments);
    if (step->arguments && step->count)
        memcpy(step->arguments, found, step->count * sizeof *found);
    return step->arguments != NULL;
}

static struct rule *read_rule(struct parser *p)
{
    struct rule_step steps[STEPS_MAX];
    struct rule *rule = arena_alloc(p->arena, sizeof *rule);
    if (!rule || !read_source(p, &rule->source))
        return NULL;
    for (skip_blanks(p); *p->at == '|'; skip_blanks(p)) {
        if (rule->count == STEPS_MAX)
            return refuse(p, "a rule has at most %d filters", STEPS_MAX);
        p->at++;
        if (!read_step(p, &steps[rule->count]))
            return NULL;
        rule->count++;
    }
    rule->steps = arena_alloc(p->arena, (rule->count + 1) * sizeof *steps);
    if (!rule->steps)
        return NULL;
    if (rule->count)
        memcpy(rule->steps, steps, rule->count * sizeof *steps);
    return rule;
}

struct rule *rule_parse(const char *text, struct arena *arena, char why[RULE_WHY_SIZE])
{
    struct parser p = {.at = text, .arena = arena, .why = why};
    *why = '\0';
    struct rule *rule = read_rule(&p);
    if (!rule || arena->failed)
        return NULL;
    if (*p.at == ')')
        return refuse(&p, "a parenthesis is closed that was not opened");
    if (*p.at)
        return refuse(&p, "| is missing before %s", shown(&p, p.at, strlen(p.at)));
    return rule;
}

/* Visiting */

static void visit_operand(struct operand *operand, rule_visitor *visit, void *context)
{
    if (operand->kind == OPERAND_RULE)
        rule_visit(operand->rule, visit, context);
}

void rule_visit(struct rule *rule, rule_visitor *visit, void *context)
{
    visit_operand(&rule->source, visit, context);
    for (size_t i = 0; i < rule->count; i++) {
        for (size_t a = 0; a < rule->steps[i].count; a++)
            visit_operand(&rule->steps[i].arguments[a], visit, context);
        visit(context, &rule->steps[i]);
    }
}

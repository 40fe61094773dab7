/* fuzz_rules: rules: what is read prints as the same rule, and what it gives for a ticket is a
 * text. The first line is the rule; the rest is the ticket's content. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "core/evaluate.h"
#include "core/rules.h"
#include "fuzz.h"

static struct zone *utc;

static char *print(const struct rule *rule)
{
    struct buf out;
    buf_init(&out, 1 << 20);
    rule_print(rule, &out);
    DEMAND(!out.failed);
    char *text = strdup(buf_text(&out));
    buf_release(&out);
    return text;
}

static void check_why(const char *why)
{
    DEMAND(*why);
    DEMAND(strlen(why) < RULE_WHY_SIZE);
}

/* What is printed is a rule, and prints the same. */
static void check_printed(const char *text)
{
    struct arena arena = ARENA_INIT;
    char why[RULE_WHY_SIZE];
    const struct rule *rule = rule_parse(text, &arena, why);
    if (rule) {
        char *once = print(rule);
        const struct rule *again = rule_parse(once, &arena, why);
        DEMAND(again);
        char *twice = print(again);
        DEMAND(!strcmp(once, twice));
        free(once);
        free(twice);
    } else {
        check_why(why);
    }
    arena_release(&arena);
}

static void note_problem(void *context, int line, const char *text)
{
    *(bool *)context = true;
    DEMAND(line == 3 && *text);
}

static void check_value(const struct rule *rule, const char *content)
{
    const struct ticket ticket = {.title = "A title",
                                  .content = content,
                                  .priority = "critical",
                                  .created_at = "2025-10-06T14:30:00+00:00",
                                  .response_count = "3",
                                  .mailbox_id = "2"};
    struct evaluation e = {.ticket = &ticket, .site = utc, .target = utc};
    struct cell value;
    if (rule_evaluate(&e, rule, &value)) {
        DEMAND(!value.text == !value.len);
        DEMAND(!value.text || strlen(value.text) == value.len);
        fuzz_text(value.text ? value.text : "", value.len);
    } else {
        check_why(e.why);
    }
    evaluate_release(&e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error error = ERROR_INIT;
    struct fuzz_input in = {data, data + size};
    char *rule = fuzz_line(&in), *content = fuzz_copy(in.at, (size_t)(in.end - in.at));
    char column[] = "x";
    struct mapping_pair line = {.key = column, .value = rule, .line = 3};
    struct mapping mapping = {.fields = {&line, 1}};
    bool wrong = false;
    DEMAND(utc || zone_open(&utc, "UTC", &error) == 0);
    if (text_valid(rule, strlen(rule)) && text_valid(content, strlen(content))) {
        check_printed(rule);
        struct rules *rules = rules_new(&mapping, note_problem, &wrong);
        DEMAND(rules);
        if (!wrong)
            check_value(rules->requests[REQUEST_BUILT_IN].rule, content);
        rules_free(rules);
    }
    free(rule);
    free(content);
    return 0;
}

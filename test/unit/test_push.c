/* test_push: what three values per column and a look at the site decide, in both directions. */
#include "core/push.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/merge_base.h"
#include "core/push_content.h"

/* The decision table: columns "urgency" and "priority". */

static const struct request_schema SCHEMA = {.count = REQUEST_BUILT_IN,
                                             .fields = {[REQUEST_DATE] = {.name = "date"},
                                                        [REQUEST_TIME] = {.name = "time"},
                                                        [REQUEST_CATEGORY] = {.name = "category"},
                                                        [REQUEST_DESCRIPTION] = {.name = "text"},
                                                        [REQUEST_URGENCY] = {.name = "urgency"}}};

/* Of a request in which nothing else changes. */
static void fill_bases(struct merge_base urgency, struct arena *arena, struct merge_base *bases)
{
    for (size_t f = 0; f < REQUEST_BUILT_IN; f++)
        bases[f] = merge_base_of((struct cell){0}, (struct cell){0}, arena);
    bases[REQUEST_URGENCY] = urgency;
}

static const char *urgency_of(const char *priority)
{
    return strcmp(priority, "low") == 0      ? "LOW"
           : strcmp(priority, "normal") == 0 ? "MEDIUM"
                                             : "HIGH";
}

/* One column: the base was written when the site had `base`, and was kept since; the site had
 * `before` at the last pull and has `now` at this one. */
struct situation {
    const char *name;
    const char *base, *before, *now; /* the site's raw values; base NULL: there is none */
    const char *ours;                /* in requests */
    const char *pushed;              /* was sent since; NULL: nothing was */
    /* What the pull does, and what the push does afterwards, for each of enum push_conflicts. */
    struct {
        enum merge_verdict pull;
        enum push_verdict push;
    } expected[PUSH_DASHBOARD + 1];
    const char *base_after; /* the raw value that the base is of afterwards */
};

#define ALWAYS(pull, push)                                                                         \
    {                                                                                              \
        {pull, push}, {pull, push}, {pull, push},                                                  \
    }
#define BY_CONFLICTS                                                                               \
    {                                                                                              \
        [PUSH_HOLD] = {MERGE_KEPT, PUSH_CONFLICT}, [PUSH_SITE] = {MERGE_WRITE, PUSH_NOTHING},      \
        [PUSH_DASHBOARD] = {MERGE_KEPT, PUSH_EDITED},                                              \
    }
static const struct situation TABLE[] = {
    {"nothing changed", "normal", "normal", "normal", "MEDIUM", NULL,
     ALWAYS(MERGE_UNCHANGED, PUSH_NOTHING), "normal"},
    {"the site changed", "normal", "normal", "critical", "MEDIUM", NULL,
     ALWAYS(MERGE_WRITE, PUSH_NOTHING), "critical"},
    {"the site changed to a value that maps to the same", "high", "high", "urgent", "HIGH", NULL,
     ALWAYS(MERGE_UNCHANGED, PUSH_NOTHING), "urgent"},
    {"a person changed", "normal", "normal", "normal", "HIGH", NULL,
     ALWAYS(MERGE_KEPT, PUSH_EDITED), "normal"},
    {"both changed", "normal", "normal", "low", "HIGH", NULL, BY_CONFLICTS, "normal"},
    {"both changed, at an earlier pull", "normal", "low", "low", "HIGH", NULL, BY_CONFLICTS,
     "normal"},
    {"both changed, the site to a value that maps to the same", "high", "high", "urgent", "LOW",
     NULL, BY_CONFLICTS, "high"},
    {"both changed, and the site changed back", "normal", "low", "normal", "HIGH", NULL,
     ALWAYS(MERGE_KEPT, PUSH_EDITED), "normal"},
    {"both made the same of it", "normal", "normal", "critical", "HIGH", NULL,
     ALWAYS(MERGE_BASE, PUSH_NOTHING), "critical"},
    {"what was pushed comes back", "normal", "normal", "critical", "HIGH", "critical",
     ALWAYS(MERGE_UNCHANGED, PUSH_NOTHING), "critical"},
    {"what was pushed comes back after another edit", "normal", "normal", "critical", "LOW",
     "critical", ALWAYS(MERGE_KEPT, PUSH_EDITED), "critical"},
    {"what was pushed comes back after it was set back", "normal", "normal", "critical", "MEDIUM",
     "critical", ALWAYS(MERGE_KEPT, PUSH_EDITED), "critical"},
    {"something was pushed, and the site changed", "normal", "normal", "low", "HIGH", "critical",
     BY_CONFLICTS, "normal"},
    {"something was pushed, and has not arrived", "normal", "normal", "normal", "HIGH", "critical",
     ALWAYS(MERGE_KEPT, PUSH_EDITED), "normal"},
    {"no base", NULL, "normal", "normal", "HIGH", NULL, ALWAYS(MERGE_KEPT, PUSH_NOTHING), NULL},
};

static struct merge_base base_of(const struct situation *s, struct arena *arena)
{
    if (!s->base)
        return (struct merge_base){0};
    struct cell wrote = cell_of(urgency_of(s->base));
    struct merge_base base = merge_base_of(wrote, wrote, arena);
    if (strcmp(s->base, s->before) != 0)
        base.raw = (struct merge_text){.known = true, .text = cell_of(s->base)};
    if (s->pushed)
        base.pushed = (struct merge_text){.known = true, .text = cell_of(s->pushed)};
    return base;
}

static void pull(const struct situation *s, enum push_conflicts conflicts, struct merge_base base,
                 struct arena *arena, struct merge_result *result)
{
    struct merge_base bases[REQUEST_COLUMNS_MAX];
    fill_bases(base, arena, bases);
    struct cell theirs[REQUEST_BUILT_IN] = {[REQUEST_URGENCY] = cell_of(urgency_of(s->now))};
    struct cell ours[REQUEST_BUILT_IN] = {[REQUEST_URGENCY] = cell_of(s->ours)};
    struct merge_raw raw[REQUEST_BUILT_IN] = {[REQUEST_URGENCY] = {
                                                  .there = true,
                                                  .site_wins = conflicts == PUSH_SITE,
                                                  .before = cell_of(s->before),
                                                  .now = cell_of(s->now),
                                              }};
    struct merge_sides sides = {bases, theirs, ours, raw};
    assert_int_equal(merge_request(&SCHEMA, sides, MERGE_KEEP, arena, result), 0);
}

/* The base as the tables give it back. */
static struct merge_base stored(const struct merge_result *result, struct arena *arena)
{
    struct merge_base read[REQUEST_COLUMNS_MAX];
    struct buf json;
    buf_init(&json, 1 << 12);
    assert_int_equal(merge_base_write(&SCHEMA, result->bases, (struct cell){0}, arena, &json), 0);
    struct cell copy = {arena_copy(arena, buf_text(&json), json.len), json.len};
    assert_int_equal(merge_base_read(&SCHEMA, copy, read, arena), 0);
    buf_release(&json);
    return read[REQUEST_URGENCY];
}

static void assert_base_is_of(const struct merge_base *base, const struct situation *s)
{
    if (!s->base_after) {
        assert_false(base->held.known);
        return;
    }
    const char *raw = base->raw.known ? base->raw.text.text : s->now;
    assert_false(base->raw_lost);
    assert_string_equal(raw, s->base_after);
    assert_string_equal(base->held.text.text, urgency_of(s->base_after));
}

static void assert_situation(const struct situation *s, enum push_conflicts c, struct arena *arena)
{
    enum merge_verdict pulls = s->expected[c].pull;
    enum push_verdict pushes = s->expected[c].push;
    struct merge_result result;
    pull(s, c, base_of(s, arena), arena, &result);
    struct merge_base base = stored(&result, arena);
    bool wrote = result.columns[REQUEST_URGENCY] == MERGE_WRITE;
    struct push_edit edit = {base, cell_of(wrote ? urgency_of(s->now) : s->ours), cell_of(s->now)};
    enum push_verdict found = push_judge(&edit, c);
    if (result.columns[REQUEST_URGENCY] != pulls || found != pushes)
        fail_msg("%s, conflicts %d: pull %d instead of %d, push %d instead of %d", s->name, (int)c,
                 (int)result.columns[REQUEST_URGENCY], (int)pulls, (int)found, (int)pushes);
    if (!wrote)
        assert_base_is_of(&base, s);
    /* A second pull of the same changes nothing. */
    struct situation again = *s;
    again.before = s->now;
    if (wrote)
        again.ours = urgency_of(s->now);
    pull(&again, c, base, arena, &result);
    assert_false(result.base_moved);
    assert_int_equal(result.writes, 0);
}

static void test_the_decision_table(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    for (size_t i = 0; i < sizeof TABLE / sizeof *TABLE; i++)
        for (int c = PUSH_HOLD; c <= PUSH_DASHBOARD; c++)
            assert_situation(&TABLE[i], c, &arena);
    arena_release(&arena);
}

/* An edit that was kept by a version which did not keep raw values, while the site changed. */
static void test_a_lost_raw_value_counts_as_a_change(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct situation s = {.base = "normal", .before = "normal", .now = "low", .ours = "HIGH"};
    struct merge_base base = base_of(&s, &arena);
    struct merge_result result;
    s.before = "low"; /* what fluent_tickets holds is no raw value of that base */
    pull(&s, PUSH_HOLD, base, &arena, &result);
    assert_int_equal(result.columns[REQUEST_URGENCY], MERGE_KEPT);
    assert_true(result.base_moved);
    base = stored(&result, &arena);
    assert_true(base.raw_lost);
    struct push_edit edit = {base, cell_of("HIGH"), cell_of("low")};
    assert_int_equal(push_judge(&edit, PUSH_HOLD), PUSH_CONFLICT);
    pull(&s, PUSH_HOLD, base, &arena, &result);
    assert_false(result.base_moved);
    s.ours = "LOW"; /* as the site has it: the base is known again */
    pull(&s, PUSH_HOLD, base, &arena, &result);
    assert_int_equal(result.columns[REQUEST_URGENCY], MERGE_BASE);
    assert_false(stored(&result, &arena).raw_lost);
    arena_release(&arena);
}

static void test_without_push_a_base_has_no_raw_value(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    const struct situation s = {.base = "normal", .before = "normal", .now = "low", .ours = "HIGH"};
    struct merge_base bases[REQUEST_COLUMNS_MAX];
    fill_bases(base_of(&s, &arena), &arena, bases);
    struct cell theirs[REQUEST_BUILT_IN] = {[REQUEST_URGENCY] = cell_of("LOW")};
    struct cell ours[REQUEST_BUILT_IN] = {[REQUEST_URGENCY] = cell_of("HIGH")};
    struct merge_result result;
    assert_int_equal(merge_request(&SCHEMA, (struct merge_sides){bases, theirs, ours, NULL},
                                   MERGE_KEEP, &arena, &result),
                     0);
    assert_false(result.base_moved);
    assert_false(result.bases[REQUEST_URGENCY].raw.known);
    arena_release(&arena);
}

/* The rows of edits */

static void test_the_row_of_an_edit(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct cell medium = cell_of("MEDIUM");
    struct merge_base base = merge_base_of(medium, medium, &arena), moved = base;
    moved.raw = (struct merge_text){.known = true, .text = cell_of("normal")};
    static const struct {
        enum outbox_state state;
        const char *wanted, *before, *ours;
        bool conflict;
        enum push_edit_step step;
    } cases[] = {
        {OUTBOX_STATES, NULL, NULL, "MEDIUM", false, PUSH_EDIT_LEAVE}, /* no row */
        {OUTBOX_STATES, NULL, NULL, "HIGH", false, PUSH_EDIT_QUEUE},
        {OUTBOX_PENDING, "HIGH", NULL, "HIGH", false, PUSH_EDIT_LEAVE},
        {OUTBOX_PENDING, "HIGH", NULL, "LOW", false, PUSH_EDIT_QUEUE},
        {OUTBOX_PENDING, "HIGH", NULL, "MEDIUM", false, PUSH_EDIT_DROP},
        {OUTBOX_SENDING, "HIGH", "normal", "MEDIUM", false, PUSH_EDIT_LEAVE},
        {OUTBOX_SENDING, "HIGH", "normal", "LOW", false, PUSH_EDIT_LEAVE},
        {OUTBOX_FAILED, "HIGH", NULL, "HIGH", false, PUSH_EDIT_LEAVE},
        {OUTBOX_FAILED, "HIGH", NULL, "LOW", false, PUSH_EDIT_QUEUE},
        {OUTBOX_FAILED, "HIGH", NULL, "MEDIUM", false, PUSH_EDIT_DROP},
        {OUTBOX_CANCELLED, "HIGH", NULL, "HIGH", false, PUSH_EDIT_LEAVE},
        {OUTBOX_CANCELLED, "HIGH", NULL, "LOW", false, PUSH_EDIT_QUEUE},
        {OUTBOX_CANCELLED, "HIGH", NULL, "MEDIUM", false, PUSH_EDIT_LEAVE},
        {OUTBOX_HELD, "HIGH", "low", "HIGH", true, PUSH_EDIT_LEAVE},
        {OUTBOX_HELD, "HIGH", "urgent", "HIGH", true, PUSH_EDIT_QUEUE}, /* the site moved on */
        {OUTBOX_HELD, "HIGH", "low", "LOW", true, PUSH_EDIT_QUEUE},     /* a person resolves it */
        {OUTBOX_HELD, "HIGH", "low", "HIGH", false, PUSH_EDIT_QUEUE},   /* the site changed back */
        {OUTBOX_HELD, "HIGH", "low", "MEDIUM", true, PUSH_EDIT_DROP},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct outbox_row row = {.edit = true,
                                 .action = OUTBOX_SET,
                                 .state = cases[i].state,
                                 .wanted = cases[i].wanted,
                                 .before = cases[i].before};
        struct push_edit edit = {cases[i].conflict ? moved : base, cell_of(cases[i].ours),
                                 cell_of(cases[i].conflict ? "low" : "normal")};
        enum push_edit_step step =
            push_edit_step(cases[i].state == OUTBOX_STATES ? NULL : &row, &edit, PUSH_HOLD);
        if (step != cases[i].step)
            fail_msg("case %zu: %d instead of %d", i, (int)step, (int)cases[i].step);
    }
    arena_release(&arena);
}

static void test_a_held_edit_goes_on_when_the_configuration_says_who_wins(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct cell medium = cell_of("MEDIUM");
    struct push_edit edit = {merge_base_of(medium, medium, &arena), cell_of("HIGH"),
                             cell_of("low")};
    edit.base.raw = (struct merge_text){.known = true, .text = cell_of("normal")};
    struct outbox_row row = {.edit = true, .state = OUTBOX_HELD, .wanted = "HIGH", .before = "low"};
    assert_int_equal(push_edit_step(&row, &edit, PUSH_HOLD), PUSH_EDIT_LEAVE);
    assert_int_equal(push_edit_step(&row, &edit, PUSH_SITE), PUSH_EDIT_QUEUE);
    assert_int_equal(push_edit_step(&row, &edit, PUSH_DASHBOARD), PUSH_EDIT_QUEUE);
    arena_release(&arena);
}

/* Looks */

enum { NOW = 1000000, LATE = NOW + PUSH_ARRIVES_S };

static struct outbox_row row_of(enum outbox_action action, enum outbox_state state)
{
    struct outbox_row row = {.id = 1,
                             .ticket = 4711,
                             .action = action,
                             .state = state,
                             .sent = state == OUTBOX_SENDING ? NOW : 0,
                             .sent_site = state == OUTBOX_SENDING ? NOW : 0};
    if (action == OUTBOX_SET)
        row.value = "critical", row.before = "normal";
    else if (action == OUTBOX_REPLY || action == OUTBOX_NOTE)
        row.content = "Hello";
    return row;
}

/* The ticket as if nothing had arrived, or as if all had. */
static struct push_seen seen_of(enum outbox_action action, bool arrived, int64_t date)
{
    bool closed = (action == OUTBOX_CLOSE) == arrived;
    return (struct push_seen){.date = date,
                              .now = LATE,
                              .listed = true,
                              .status = closed ? "closed" : "active",
                              .fields = {[OUTBOX_PRIORITY] = arrived ? "critical" : "normal"},
                              .marker = arrived ? PUSH_MARKER_FOUND : PUSH_MARKER_ABSENT,
                              .returns_markers = true};
}

static void assert_step(const struct outbox_row *row, const struct push_seen *seen,
                        enum push_step expected)
{
    char why[PUSH_WHY_SIZE];
    enum push_step step = push_row_step(row, seen, why);
    if (step != expected)
        fail_msg("%s %s: %d instead of %d (%s)", outbox_action_words[row->action],
                 outbox_state_words[row->state], (int)step, (int)expected, why);
    assert_int_equal(why[0] != '\0', expected == PUSH_STEP_FAIL);
}

static void test_a_look_at_a_pending_row(void **state)
{
    (void)state;
    for (int a = 0; a < OUTBOX_ACTIONS; a++) {
        struct outbox_row row = row_of(a, OUTBOX_PENDING);
        struct push_seen seen = seen_of(a, false, NOW);
        assert_step(&row, &seen, PUSH_STEP_SEND);
        seen.stale = true;
        assert_step(&row, &seen, PUSH_STEP_WAIT);
        seen = seen_of(a, false, 0);
        assert_step(&row, &seen, PUSH_STEP_WAIT);
        seen = seen_of(a, true, NOW);
        assert_step(&row, &seen, PUSH_STEP_DONE);
        seen.listed = false;
        assert_step(&row, &seen, PUSH_STEP_FAIL);
    }
}

static void test_a_look_after_a_yes(void **state)
{
    (void)state;
    for (int a = 0; a < OUTBOX_ACTIONS; a++) {
        struct outbox_row row = row_of(a, OUTBOX_SENDING);
        struct push_seen seen = seen_of(a, true, NOW);
        row.answered = true;
        assert_step(&row, &seen, PUSH_STEP_DONE);
        seen = seen_of(a, false, NOW);
        assert_step(&row, &seen, PUSH_STEP_FAIL);
        seen.stale = true;
        assert_step(&row, &seen, PUSH_STEP_WAIT);
    }
}

static void test_a_look_without_an_answer(void **state)
{
    (void)state;
    for (int a = 0; a < OUTBOX_ACTIONS; a++) {
        struct outbox_row row = row_of(a, OUTBOX_SENDING);
        struct push_seen seen = seen_of(a, true, NOW);
        assert_step(&row, &seen, PUSH_STEP_DONE);
        seen = seen_of(a, false, LATE - 1);
        assert_step(&row, &seen, PUSH_STEP_WAIT);
        seen.date = 0;
        assert_step(&row, &seen, PUSH_STEP_WAIT);
        seen.date = NOW - 3600; /* the site's clock was set back */
        assert_step(&row, &seen, PUSH_STEP_WAIT);
        seen.date = LATE;
        seen.now = LATE - 1; /* it was set forward */
        assert_step(&row, &seen, PUSH_STEP_WAIT);
        seen.now = LATE;
        assert_step(&row, &seen, PUSH_STEP_AGAIN);
        seen.stale = true;
        assert_step(&row, &seen, PUSH_STEP_WAIT);
        seen.stale = false;
        seen.listed = false;
        assert_step(&row, &seen, PUSH_STEP_FAIL);
        seen.date = LATE - 1;
        assert_step(&row, &seen, PUSH_STEP_WAIT);
    }
}

/* Never sent again by itself where the site may not return markers, or cannot show them. */
static void test_a_reply_whose_marker_cannot_be_seen(void **state)
{
    (void)state;
    struct outbox_row row = row_of(OUTBOX_REPLY, OUTBOX_SENDING);
    struct push_seen seen = seen_of(OUTBOX_REPLY, false, LATE);
    seen.returns_markers = false;
    assert_step(&row, &seen, PUSH_STEP_FAIL);
    seen.returns_markers = true;
    seen.marker = PUSH_MARKER_UNKNOWN;
    assert_step(&row, &seen, PUSH_STEP_FAIL);
    row.state = OUTBOX_PENDING;
    assert_step(&row, &seen, PUSH_STEP_FAIL);
}

/* Somebody changed the field after the site said yes. */
static void test_a_third_value(void **state)
{
    (void)state;
    struct outbox_row row = row_of(OUTBOX_SET, OUTBOX_SENDING);
    struct push_seen seen = seen_of(OUTBOX_SET, false, NOW);
    seen.fields[OUTBOX_PRIORITY] = "low";
    row.answered = true;
    assert_step(&row, &seen, PUSH_STEP_FAIL);
    row.edit = true;
    assert_step(&row, &seen, PUSH_STEP_AGAIN);
}

/* What may go out */

static void test_what_may_go_out(void **state)
{
    (void)state;
    struct push_options options = {.expire_s = 100};
    char why[PUSH_WHY_SIZE];
    for (int a = 0; a < OUTBOX_ACTIONS; a++) {
        struct outbox_row row = row_of(a, OUTBOX_PENDING);
        row.created = NOW;
        options.actions = 0;
        assert_true(push_row_refused(&row, &options, NOW, why));
        options.actions = 1u << a;
        assert_false(push_row_refused(&row, &options, NOW + 100, why));
        assert_true(push_row_refused(&row, &options, NOW + 101, why));
        assert_non_null(strstr(why, "expire"));
    }
    struct outbox_row edit = row_of(OUTBOX_SET, OUTBOX_PENDING);
    edit.edit = true;
    edit.wanted = "HIGH";
    edit.created = NOW;
    options.actions = 0;
    assert_false(push_row_refused(&edit, &options, NOW, why));
    options.actions = ~0u;
    struct outbox_row row = row_of(OUTBOX_REPLY, OUTBOX_PENDING);
    row.created = NOW;
    row.content = "0";
    assert_true(push_row_refused(&row, &options, NOW, why));
    row = row_of(OUTBOX_SET, OUTBOX_PENDING);
    row.created = NOW;
    row.value = "";
    assert_true(push_row_refused(&row, &options, NOW, why));
    row.value = "x";
    row.field = OUTBOX_FIELDS;
    assert_true(push_row_refused(&row, &options, NOW, why));
    row.action = OUTBOX_ACTIONS;
    assert_true(push_row_refused(&row, &options, NOW, why));
}

/* What was sent is looked for, whatever the configuration says now; but whoever can write into the
 * table can also make a row that is "sending" and has nothing to send. */
static void test_a_row_that_nobody_can_have_sent(void **state)
{
    (void)state;
    const struct push_options nothing = {.expire_s = 100};
    char why[PUSH_WHY_SIZE];
    for (int a = 0; a < OUTBOX_ACTIONS; a++) {
        struct outbox_row row = row_of(a, OUTBOX_SENDING);
        assert_false(push_row_refused(&row, &nothing, NOW, why));
    }
    struct outbox_row row = row_of(OUTBOX_NOTE, OUTBOX_SENDING);
    row.content = NULL;
    assert_true(push_row_refused(&row, &nothing, NOW, why));
    row = row_of(OUTBOX_SET, OUTBOX_SENDING);
    row.field = OUTBOX_FIELDS;
    assert_true(push_row_refused(&row, &nothing, NOW, why));
    row = row_of(OUTBOX_SET, OUTBOX_SENDING);
    row.edit = true;
    assert_true(push_row_refused(&row, &nothing, NOW, why));
    row.action = OUTBOX_ACTIONS;
    assert_true(push_row_refused(&row, &nothing, NOW, why));
}

/* An id that the site has given again is another ticket's. */
static void test_whose_ticket_it_is(void **state)
{
    (void)state;
    const struct outbox_row row = {.created = NOW};
    const struct push_ticket good = {.stored = true, .since = NOW};
    const struct push_ticket bad[] = {{.stored = false},
                                      {.stored = true, .gone = true},
                                      {.stored = true, .removed = true},
                                      {.stored = true, .since = NOW + 1}};
    assert_null(push_ticket_refused(&row, &good));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_non_null(push_ticket_refused(&row, &bad[i]));
}

static void test_order_and_count(void **state)
{
    (void)state;
    const struct outbox_row rows[] = {
        {.ticket = 1, .state = OUTBOX_FAILED},
        {.ticket = 1, .state = OUTBOX_PENDING},
        {.ticket = 2, .state = OUTBOX_FAILED, .edit = true},
        {.ticket = 2, .state = OUTBOX_PENDING},
        {.ticket = 2, .state = OUTBOX_PENDING},
        {.ticket = 3, .state = OUTBOX_SENDING},
        {.ticket = 3, .state = OUTBOX_PENDING},
        {.ticket = 4, .state = OUTBOX_HELD, .edit = true},
        {.ticket = 4, .state = OUTBOX_CANCELLED},
    };
    static const bool blocks[] = {true, true, false, true, true, true, true, false, false};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(push_row_blocks(&rows[i]), blocks[i]);
    assert_int_equal(push_count(rows, sizeof rows / sizeof *rows), 3);
}

/* Content */

static void assert_sent_as(const char *content, const char *expected)
{
    struct buf sent;
    buf_init(&sent, PUSH_CONTENT_MAX);
    assert_int_equal(push_content_escape(content, &sent), 0);
    assert_string_equal(buf_text(&sent), expected);
    buf_release(&sent);
}

static void test_content_is_escaped(void **state)
{
    (void)state;
    assert_sent_as("Hello", "Hello");
    assert_sent_as("a & b < c > d", "a &amp; b &lt; c &gt; d");
    assert_sent_as("C:\\temp", "C:\\\\temp");
    assert_sent_as("{{customer.first_name}}", "{&#123;customer.first_name}}");
    assert_sent_as("{{{x", "{&#123;{x");
    assert_sent_as("{{{{", "{&#123;{&#123;");
    assert_sent_as("&amp; {x} \xC3\xBC", "&amp;amp; {x} \xC3\xBC");
}

static void test_content_that_cannot_be_sent(void **state)
{
    (void)state;
    static const char *const bad[] = {NULL, "", " ", "\t\r\n", "0", "\xC2\xA0", "\xFF", "a\xC3"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_non_null(push_content_problem(bad[i]));
    assert_null(push_content_problem("00"));
    assert_null(push_content_problem(" 0"));
    char *text = malloc(PUSH_CONTENT_MAX + 2);
    memset(text, 'x', PUSH_CONTENT_MAX + 1);
    text[PUSH_CONTENT_MAX] = '\0';
    assert_null(push_content_problem(text));
    text[0] = '\\'; /* one byte more when it is sent */
    assert_non_null(push_content_problem(text));
    free(text);
}

static void test_a_marker_is_of_one_row(void **state)
{
    (void)state;
    struct outbox_row row = {
        .id = 7, .created = NOW, .ticket = 4711, .action = OUTBOX_REPLY, .content = "Hello"};
    char first[PUSH_MARKER_SIZE], other[PUSH_MARKER_SIZE];
    assert_true(push_marker(&row, first));
    assert_int_equal(strlen(first), PUSH_MARKER_SIZE - 1);
    assert_true(strncmp(first, "fs-", 3) == 0 && strstr(first, "@fluent-sync"));
    row.state = OUTBOX_SENDING;
    row.attempts = 3;
    assert_true(push_marker(&row, other));
    assert_string_equal(first, other);
    const struct outbox_row same = row;
    for (int i = 0; i < 5; i++) {
        row = same;
        row.id += i == 0;
        row.created += i == 1;
        row.ticket += i == 2;
        row.action = i == 3 ? OUTBOX_NOTE : row.action;
        row.content = i == 4 ? "Hello!" : row.content;
        assert_true(push_marker(&row, other));
        assert_string_not_equal(first, other);
    }
}

static void test_what_a_line_says(void **state)
{
    (void)state;
    char text[PUSH_WHY_SIZE];
    struct outbox_row row = row_of(OUTBOX_SET, OUTBOX_PENDING);
    push_describe(&row, text);
    assert_string_equal(text, "priority normal -> critical");
    row.value = NULL; /* of an edit that is held */
    push_describe(&row, text);
    assert_string_equal(text, "priority");
    row = row_of(OUTBOX_REPLY, OUTBOX_PENDING);
    push_describe(&row, text);
    assert_string_equal(text, "reply of 5 characters");
    row = row_of(OUTBOX_CLOSE, OUTBOX_PENDING);
    push_describe(&row, text);
    assert_string_equal(text, "close");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_decision_table),
        cmocka_unit_test(test_a_lost_raw_value_counts_as_a_change),
        cmocka_unit_test(test_without_push_a_base_has_no_raw_value),
        cmocka_unit_test(test_the_row_of_an_edit),
        cmocka_unit_test(test_a_held_edit_goes_on_when_the_configuration_says_who_wins),
        cmocka_unit_test(test_a_look_at_a_pending_row),
        cmocka_unit_test(test_a_look_after_a_yes),
        cmocka_unit_test(test_a_look_without_an_answer),
        cmocka_unit_test(test_a_reply_whose_marker_cannot_be_seen),
        cmocka_unit_test(test_a_third_value),
        cmocka_unit_test(test_what_may_go_out),
        cmocka_unit_test(test_a_row_that_nobody_can_have_sent),
        cmocka_unit_test(test_whose_ticket_it_is),
        cmocka_unit_test(test_order_and_count),
        cmocka_unit_test(test_content_is_escaped),
        cmocka_unit_test(test_content_that_cannot_be_sent),
        cmocka_unit_test(test_a_marker_is_of_one_row),
        cmocka_unit_test(test_what_a_line_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

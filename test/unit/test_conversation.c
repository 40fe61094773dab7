/* test_conversation: which entries are stored, as what, and what tells that one has changed. */
#include "core/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct zone *utc, *tokyo;
static struct mapping_pair dropped[2];
static struct mapping_pairs drop = {.items = dropped};

static struct conversation_rules rules_of(enum conversation_mode mode)
{
    struct conversation_rules rules = {.mode = mode, .drop = &drop, .site = utc, .target = tokyo};
    conversation_begin(&rules);
    return rules;
}

static const struct ticket TICKET = {
    .newest_id = "7", .newest_at = "2026-11-22T07:34:52+00:00", .response_count = "3"};

static void mark_of(const struct conversation_rules *rules, struct ticket ticket,
                    char mark[CONVERSATION_MARK_SIZE])
{
    bool empty;
    conversation_mark(rules, &ticket, mark, &empty);
    assert_int_equal(empty, ticket.newest_id == NULL);
}

static void test_marks_tell_what_changed(void **state)
{
    (void)state;
    struct conversation_rules rules = rules_of(CONVERSATIONS_PUBLIC);
    struct ticket others[] = {TICKET, TICKET, TICKET, TICKET};
    char first[CONVERSATION_MARK_SIZE], mark[CONVERSATION_MARK_SIZE];
    mark_of(&rules, TICKET, first);
    mark_of(&rules, TICKET, mark);
    assert_string_equal(mark, first);
    others[0].newest_id = "8";
    others[1].newest_at = "2026-11-22T07:34:53+00:00";
    others[2].response_count = "4";
    others[3].newest_id = NULL;
    for (size_t i = 0; i < 4; i++) {
        mark_of(&rules, others[i], mark);
        assert_string_not_equal(mark, first);
    }
    rules = rules_of(CONVERSATIONS_ALL); /* with other rules each is asked for again */
    mark_of(&rules, TICKET, mark);
    assert_string_not_equal(mark, first);
    struct ticket orphan = TICKET;
    orphan.orphan = true;
    mark_of(&rules, orphan, mark);
    assert_string_equal(mark, "");
}

static void test_an_answer_is_as_new_as_the_list(void **state)
{
    (void)state;
    static const char at[] = "2026-11-22T07:34:52+00:00";
    struct response rows[] = {{.id = 7, .updated_at = at}, {.id = 3, .updated_at = at}};
    struct conversation c = {.rows = rows, .count = 2, .response_count = "3"};
    struct conversation_rules rules = rules_of(CONVERSATIONS_PUBLIC), all = rules_of(2);
    char mark[CONVERSATION_MARK_SIZE];
    mark_of(&rules, TICKET, mark);
    assert_true(conversation_is_as_new(&rules, &c, mark));
    assert_true(conversation_is_as_new(&all, &c, mark)); /* noted with another configuration */
    rows[0].updated_at = "2026-11-22T07:34:50+00:00";    /* before it was edited */
    assert_false(conversation_is_as_new(&rules, &c, mark));
    rows[0].id = 6;
    assert_false(conversation_is_as_new(&rules, &c, mark));
    rows[1].id = 8; /* the newest one need not come first */
    assert_true(conversation_is_as_new(&rules, &c, mark));
    c.count = 0;
    assert_false(conversation_is_as_new(&rules, &c, mark));
    struct ticket none = TICKET;
    none.newest_id = none.newest_at = NULL;
    mark_of(&rules, none, mark);
    assert_true(conversation_is_as_new(&rules, &c, mark));
    c.count = 1;
    assert_false(conversation_is_as_new(&rules, &c, mark));
    /* What is dropped of every ticket is in no mark. */
    static char count[] = "response_count", at_key[] = "preview_response.updated_at";
    rows[0] = (struct response){.id = 7, .updated_at = at};
    dropped[0].key = count;
    dropped[1].key = at_key;
    drop.count = 2;
    struct ticket bare = {.newest_id = "7"};
    mark_of(&rules, bare, mark);
    assert_true(conversation_is_as_new(&rules, &c, mark));
    drop.count = 0;
    assert_false(conversation_is_as_new(&rules, &c, mark));
    none.newest_id = "no number";
    mark_of(&rules, none, mark);
    assert_false(conversation_is_as_new(&rules, &c, mark));
}

static void test_only_responses_are_public(void **state)
{
    (void)state;
    static const char *const hidden[] = {
        "note", "draft_response", "internal_info", "Response", "response ", "", NULL};
    struct conversation_rules public_ones = rules_of(CONVERSATIONS_PUBLIC);
    struct conversation_rules all = rules_of(CONVERSATIONS_ALL);
    struct arena arena = ARENA_INIT;
    struct response_row row;
    assert_true(conversation_map(&public_ones, &(struct response){.id = 1, .type = "response"},
                                 &arena, &row));
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++) {
        struct response r = {.id = 1, .type = hidden[i]};
        assert_false(conversation_map(&public_ones, &r, &arena, &row));
        assert_true(conversation_map(&all, &r, &arena, &row));
    }
    arena_release(&arena);
}

static void assert_cell(struct cell cell, const char *text)
{
    if (text)
        assert_string_equal(cell.text, text);
    else
        assert_null(cell.text);
}

static void test_what_is_stored(void **state)
{
    (void)state;
    struct conversation_rules rules = rules_of(CONVERSATIONS_PUBLIC);
    struct response r = {.id = 9,
                         .type = "response",
                         .person_type = "customer",
                         .person_name = "Anna",
                         .person_email = "anna@customer.test",
                         .content = "<p>One &amp; two</p>",
                         .created_at = "2026-11-22T07:34:52+00:00",
                         .updated_at = "0000-00-00 00:00:00"};
    struct arena arena = ARENA_INIT;
    struct response_row row, again;
    assert_true(conversation_map(&rules, &r, &arena, &row));
    assert_cell(row.content, "<p>One &amp; two</p>");
    assert_cell(row.text, "One & two");
    assert_cell(row.person_email, "anna@customer.test");
    assert_cell(row.created_at, "2026-11-22 16:34:52");
    assert_cell(row.updated_at, NULL);
    drop.count = 2;
    static char email[] = "customer.email", content[] = "responses.content";
    dropped[0].key = email;
    dropped[1].key = content;
    rules = rules_of(CONVERSATIONS_PUBLIC);
    assert_true(conversation_map(&rules, &r, &arena, &again));
    assert_cell(again.person_email, NULL);
    assert_cell(again.person_name, "Anna");
    assert_cell(again.content, NULL);
    assert_cell(again.text, NULL);
    assert_string_not_equal(again.fingerprint, row.fingerprint);
    r.person_type = "agent";
    assert_true(conversation_map(&rules, &r, &arena, &again));
    assert_cell(again.person_email, "anna@customer.test");
    assert_true(conversation_drops(&rules, "text"));
    assert_false(conversation_drops(&rules, "person_email"));
    size_t at = 0;
    assert_string_equal(conversation_dropped(&rules, &at), "content");
    assert_string_equal(conversation_dropped(&rules, &at), "text");
    assert_null(conversation_dropped(&rules, &at));
    drop.count = 0;
    arena_release(&arena);
}

static void test_slow_sites_are_spared(void **state)
{
    (void)state;
    assert_int_equal(conversation_at_once(4, 0), 4);
    assert_int_equal(conversation_at_once(4, 1000), 4);
    assert_int_equal(conversation_at_once(4, 1500), 1);
}

static int open_zones(void **state)
{
    (void)state;
    struct error error = ERROR_INIT;
    return zone_open(&utc, "UTC", &error) < 0 || zone_open(&tokyo, "Asia/Tokyo", &error) < 0;
}

static int close_zones(void **state)
{
    (void)state;
    zone_close(utc);
    zone_close(tokyo);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_marks_tell_what_changed),
        cmocka_unit_test(test_an_answer_is_as_new_as_the_list),
        cmocka_unit_test(test_only_responses_are_public),
        cmocka_unit_test(test_what_is_stored),
        cmocka_unit_test(test_slow_sites_are_spared),
    };
    return cmocka_run_group_tests(tests, open_zones, close_zones);
}

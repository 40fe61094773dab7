/* test_leaving: [scope]: tickets that count by their status and by the day of their closing, and
 * what becomes of those that are stored and no longer closed. */
#include <string.h>

#include "harness_sync.h"

#define CLOSED "[scope]\ntickets = closed\ndate_of = resolved_at\n"
#define HIDE CLOSED "left = hide\n"

/* 2: open. 3: closed in scope, though created before. 4: closed before the day. 5: its status was
 * set to closed by hand. 6: closed, and opened again. */
static const char five_tickets[] =
    "[{'do':'create','ticket':{'id':2,'status':'active','resolved_at':null}},"
    "{'do':'create','ticket':{'id':3,'status':'closed','resolved_at':'2025-10-05 12:00:00',"
    "'created_at':'2025-08-01T12:00:00+00:00'}},"
    "{'do':'create','ticket':{'id':4,'status':'closed','resolved_at':'2025-09-19 12:00:00'}},"
    "{'do':'create','ticket':{'id':5,'status':'closed','resolved_at':null}},"
    "{'do':'create','ticket':{'id':6,'status':'active','resolved_at':'2025-10-05 12:00:00'}}]";

#define STORED                                                                                     \
    "SELECT fluent_id, ticket_status, left_scope_at IS NOT NULL, r.status, hidden, "               \
    "deleted_at IS NULL FROM fluent_tickets f JOIN requests r ON r.id = request_id ORDER BY 1"

static void prepare(struct harness *h, const char *sections)
{
    sync_prepare(h, 0, NULL, NULL, sections);
    harness_control(h, five_tickets);
}

/* Runs, and compares "mode fetched added updated unchanged skipped undated deleted". */
static void run(struct harness *h, const char *counters)
{
    sync_expect(harness_sync(h, "--quiet", NULL), 0);
    assert_string_equal(
        sync_last(h, "CONCAT_WS(' ', mode, tickets_fetched, tickets_added, tickets_updated, "
                     "tickets_unchanged, tickets_skipped, tickets_undated, tickets_deleted)"),
        counters);
}

static void stored(struct harness *h, const char *rows)
{
    assert_string_equal(harness_table(h, STORED), rows);
}

static void set(struct harness *h, int id, const char *members)
{
    harness_control(h, "{'do':'update','id':%d,'set':{%s}}", id, members);
}

#define OPEN "'status':'active'"
#define CLOSE "'status':'closed','resolved_at':'2025-11-01 10:00:00'"

/* Closed tickets alone, by the day of their closing. */
static void test_which_count(void **state)
{
    struct harness *h = *state;
    prepare(h, CLOSED);
    run(h, "full 5 1 0 0 4 1 0");
    stored(h, "3\tclosed\t0\tactive\t0\t1\n");
    assert_string_equal(harness_value(h, "SELECT scope FROM fluent_sync_state"),
                        "closed resolved_at *=2025-09-20");
    assert_string_equal(harness_value(h, "SELECT total FROM fluent_sync_state"), "5");
    /* One is closed, whatever the day of its creation; another gets its date. */
    set(h, 2, CLOSE ",'created_at':'2020-01-01T00:00:00+00:00'");
    set(h, 5, "'resolved_at':'2025-10-06 00:00:00'");
    run(h, "incremental 5 2 0 1 2 0 0");
    stored(h, "2\tclosed\t0\tactive\t0\t1\n3\tclosed\t0\tactive\t0\t1\n"
              "5\tclosed\t0\tactive\t0\t1\n");
    /* What leaves by its date or its mailbox stays, up to date, and is not marked. */
    set(h, 3, "'resolved_at':'2025-01-01 00:00:00','title':'Moved'");
    run(h, "incremental 5 0 1 2 2 0 0");
    assert_string_equal(sync_cell(h, 3, "title"), "Moved");
    assert_string_equal(sync_cell(h, 3, "left_scope_at IS NULL"), "1");
}

static void test_closed_without_a_date(void **state)
{
    struct harness *h = *state;
    prepare(h, CLOSED);
    sync_says(harness_sync(h, "check", NULL).out, "no full walk yet");
    sync_says(harness_sync(h, NULL).out, "4 out of scope, 1 of these closed without a date");
    struct outcome outcome = harness_sync(h, "check", NULL);
    sync_says(outcome.out, "1 closed tickets were left out");
    sync_says(outcome.out, "ticket 5\n");
    set(h, 5, CLOSE);
    sync_expect(harness_sync(h, "--full", NULL), 0);
    sync_says(harness_sync(h, "check", NULL).out, "every closed ticket has the date");
}

static void test_leave_and_return(void **state)
{
    struct harness *h = *state;
    prepare(h, CLOSED);
    run(h, "full 5 1 0 0 4 1 0");
    set(h, 3, OPEN ",'priority':'critical'");
    run(h, "incremental 5 0 1 0 4 1 0");
    stored(h, "3\tactive\t1\tactive\t0\t1\n");
    assert_string_equal(sync_cell(h, 3, "urgency"), "HIGH"); /* what is stored is updated */
    harness_sql(h, "UPDATE fluent_tickets SET left_scope_at = '2026-01-02 03:04:05'");
    set(h, 3, "'title':'Another'");
    run(h, "incremental 5 0 1 0 4 1 0");
    assert_string_equal(sync_cell(h, 3, "left_scope_at"), "2026-01-02 03:04:05");
    sync_expect(harness_sync(h, "--full", NULL), 0);
    assert_string_equal(sync_last(h, "tickets_updated"), "0");
    set(h, 3, CLOSE);
    run(h, "incremental 5 0 1 0 4 1 0");
    stored(h, "3\tclosed\t0\tactive\t0\t1\n");
}

/* Any number may leave: max_deletes is about deletions. */
static void test_no_deletion(void **state)
{
    struct harness *h = *state;
    sync_prepare(h, 0, NULL, NULL, CLOSED);
    for (int id = 2; id < 32; id++)
        harness_control(h, "{'do':'create','ticket':{'id':%d," CLOSE "}}", id);
    sync_expect(harness_sync(h, NULL), 0);
    for (int id = 2; id < 32; id++)
        set(h, id, OPEN);
    sync_expect(harness_sync(h, "--max-deletes", "1", NULL), 0);
    assert_int_equal(harness_count(h, "fluent_tickets WHERE left_scope_at IS NOT NULL"), 30);
    assert_int_equal(harness_count(h, "fluent_tickets WHERE deleted_at IS NOT NULL"), 0);
    /* One that has left and is deleted is deleted. */
    harness_control(h, "{'do':'delete','id':7}");
    sync_expect(harness_sync(h, "--full", NULL), 0);
    assert_string_equal(sync_cell(h, 7, "deleted_at IS NULL"), "0");
}

/* Three closed tickets; a person touches the request of 3, and bills that of 4. */
static void prepare_three(struct harness *h, const char *sections)
{
    sync_prepare(h, 0, NULL, NULL, sections);
    for (int id = 2; id <= 4; id++)
        harness_control(h, "{'do':'create','ticket':{'id':%d," CLOSE "}}", id);
    sync_expect(harness_sync(h, NULL), 0);
    sync_edit(h, 3, "category = 'Forms'");
    sync_edit(h, 4, "billing_date = '2025-12-01'");
}

static void reopen_three(struct harness *h)
{
    for (int id = 2; id <= 4; id++)
        set(h, id, OPEN ",'priority':'critical'");
}

static void close_three(struct harness *h)
{
    for (int id = 2; id <= 4; id++)
        set(h, id, CLOSE);
}

#define LEFT_THREE                                                                                 \
    "2\tactive\t1\tdeleted\t1\t1\n3\tactive\t1\tactive\t0\t1\n4\tactive\t1\tactive\t0\t1\n"
#define BACK_THREE                                                                                 \
    "2\tclosed\t0\tactive\t0\t1\n3\tclosed\t0\tactive\t0\t1\n4\tclosed\t0\tactive\t0\t1\n"

static void test_hide(void **state)
{
    struct harness *h = *state;
    prepare_three(h, HIDE);
    reopen_three(h);
    run(h, "incremental 3 0 3 0 0 0 0");
    stored(h, LEFT_THREE);
    /* As it is hidden it stays: neither a change nor a walk shows it. */
    set(h, 2, "'title':'Another'");
    sync_expect(harness_sync(h, "--full", NULL), 0);
    stored(h, LEFT_THREE);
    char *sums = sync_sums(h, "fluent_tickets, requests");
    sync_expect(harness_sync(h, "--full", NULL), 0);
    assert_string_equal(sync_sums(h, "fluent_tickets, requests"), sums);
    close_three(h);
    run(h, "incremental 3 0 3 0 0 0 0");
    stored(h, BACK_THREE);
    assert_string_equal(sync_cell(h, 2, "urgency"), "HIGH");
    assert_string_equal(sync_cell(h, 3, "category"), "Forms");
}

/* Who changes a hidden request has the last word. */
static void test_persons_word_is_the_last(void **state)
{
    struct harness *h = *state;
    prepare_three(h, HIDE);
    reopen_three(h);
    sync_expect(harness_sync(h, NULL), 0);
    sync_edit(h, 2, "description = 'seen', updated_at = updated_at + INTERVAL 1 SECOND");
    close_three(h);
    sync_expect(harness_sync(h, NULL), 0);
    assert_string_equal(sync_cell(h, 2, "r.status"), "deleted");
    assert_string_equal(sync_cell(h, 2, "left_scope_at IS NULL"), "1");
}

/* Deleted on the site while it is out of scope, then back: the request is shown again at last. */
static void test_left_and_deleted(void **state)
{
    struct harness *h = *state;
    prepare_three(h, HIDE);
    char *tickets = harness_control_get(h, "tickets");
    reopen_three(h);
    sync_expect(harness_sync(h, NULL), 0);
    harness_control(h, "{'do':'delete','id':2}");
    sync_expect(harness_sync(h, "--full", NULL), 0);
    assert_string_equal(sync_cell(h, 2, "CONCAT(deleted_at IS NULL, hidden, r.status)"),
                        "01deleted");
    cJSON *all = sync_json(tickets);
    char *second = cJSON_PrintUnformatted(cJSON_GetArrayItem(all, 0));
    harness_control(h, "{'do':'create','ticket':%s}", second);
    cJSON_free(second);
    cJSON_Delete(all);
    sync_expect(harness_sync(h, "--full", NULL), 0);
    assert_string_equal(sync_cell(h, 2, "CONCAT(deleted_at IS NULL, hidden, r.status)"),
                        "10active");
}

/* A change of `tickets` is about every stored ticket, those that no run reads too. From all to
 * closed no walk is needed. */
static void test_change_of_tickets(void **state)
{
    struct harness *h = *state;
    prepare_three(h, NULL);
    reopen_three(h);
    harness_control(h, "{'do':'create','ticket':{'id':5," CLOSE "}}");
    sync_expect(harness_sync(h, NULL), 0);
    harness_control(h, "{'do':'hide','id':4}");
    sync_expect(harness_sync(h, "--full", NULL), 0);
    harness_config(h, NULL, NULL, "[scope]\ntickets = closed\nleft = hide\n");
    sync_expect(harness_sync(h, "--quiet", NULL), 0);
    assert_string_equal(sync_last(h, "mode"), "incremental");
    stored(h, LEFT_THREE "5\tclosed\t0\tactive\t0\t1\n");
    harness_config(h, NULL, NULL, NULL);
    sync_expect(harness_sync(h, "--quiet", NULL), 0);
    assert_string_equal(sync_last(h, "mode"), "full");
    stored(h, "2\tactive\t0\tactive\t0\t1\n3\tactive\t0\tactive\t0\t1\n"
              "4\tactive\t0\tactive\t0\t1\n5\tclosed\t0\tactive\t0\t1\n");
    harness_config(h, NULL, NULL, CLOSED);
    sync_expect(harness_sync(h, "--quiet", NULL), 0);
    assert_string_equal(sync_last(h, "mode"), "full"); /* another date counts */
}

/* A ticket that is asked for by name leaves too, and one under another configuration is put right
 * by the next run. */
static void test_by_name(void **state)
{
    struct harness *h = *state;
    prepare_three(h, NULL);
    reopen_three(h);
    harness_config(h, NULL, NULL, CLOSED);
    sync_expect(harness_sync(h, "--ticket", "3", NULL), 0);
    assert_string_equal(sync_cell(h, 3, "left_scope_at IS NULL"), "0");
    harness_config(h, NULL, NULL, NULL);
    sync_expect(harness_sync(h, "--quiet", NULL), 0);
    assert_string_equal(sync_last(h, "mode"), "incremental");
    assert_string_equal(sync_cell(h, 3, "left_scope_at IS NULL"), "1");
}

/* The database refuses to hide one request: in a page that is a reject, later it is said. */
static void test_refused(void **state)
{
    struct harness *h = *state;
    static const char trigger[] =
        "CREATE TRIGGER odd BEFORE UPDATE ON requests FOR EACH ROW IF NEW.status = 'deleted' "
        "THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no'; END IF";
    prepare_three(h, HIDE);
    harness_sql(h, trigger);
    reopen_three(h);
    sync_expect(harness_sync(h, NULL), 3);
    assert_string_equal(harness_table(h, "SELECT fluent_id FROM fluent_rejects"), "2\n");
    assert_string_equal(sync_cell(h, 2, "CONCAT(ticket_status, left_scope_at IS NULL)"), "closed1");
    assert_string_equal(sync_cell(h, 3, "left_scope_at IS NULL"), "0");
    harness_sql(h, "DROP TRIGGER odd");
    sync_rejects_due(h);
    sync_expect(harness_sync(h, NULL), 0);
    stored(h, LEFT_THREE);
    /* By the status that is stored. */
    harness_config(h, NULL, NULL, NULL);
    sync_expect(harness_sync(h, NULL), 0);
    harness_sql(h, trigger);
    harness_config(h, NULL, NULL, "[scope]\ntickets = closed\nleft = hide\n");
    harness_control(h, "{'do':'hide','id':2}");
    struct outcome outcome = harness_sync(h, "--full", NULL);
    sync_expect(outcome, 3);
    sync_says(outcome.err, "1 ticket could not be marked as in or out of scope, ticket 2 first");
    harness_sql(h, "DROP TRIGGER odd");
    sync_expect(harness_sync(h, NULL), 0);
    stored(h, LEFT_THREE);
}

/* What has left is shown as such, and counts neither as stored nor as open. */
static void test_shown(void **state)
{
    struct harness *h = *state;
    prepare_three(h, CLOSED);
    set(h, 2, OPEN);
    sync_expect(harness_sync(h, NULL), 0);
    struct outcome outcome = harness_sync(h, "status", NULL);
    sync_says(outcome.out, "tickets stored      2\nleft the scope      1\n");
    sync_says_not(outcome.out, "active");
    outcome = harness_sync(h, "status", "--json", NULL);
    sync_says(outcome.out, "\"totalTickets\":2,\"ticketsLeftScope\":1,");
    sync_says(outcome.out, "\"statusBreakdown\":[{\"ticket_status\":\"closed\",\"count\":2}]");
    outcome = harness_sync(h, "show", "2", NULL);
    sync_says(outcome.out, "left_scope_at");
    outcome = harness_sync(h, "show", "3", NULL);
    sync_says_not(outcome.out, "left_scope_at");
    outcome = harness_sync(h, "tickets", "--json", NULL);
    sync_says(outcome.out, "\"left_scope_at\":null");
    sync_says(outcome.out, "\"left_scope_at\":\"20");
    outcome = harness_sync(h, "report", NULL);
    sync_says(outcome.out, "left the scope");
    sync_says_not(outcome.out, "1 open");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_which_count),
        SYNC_TEST(test_closed_without_a_date),
        SYNC_TEST(test_leave_and_return),
        SYNC_TEST(test_no_deletion),
        SYNC_TEST(test_hide),
        SYNC_TEST(test_persons_word_is_the_last),
        SYNC_TEST(test_left_and_deleted),
        SYNC_TEST(test_change_of_tickets),
        SYNC_TEST(test_by_name),
        SYNC_TEST(test_refused),
        SYNC_TEST(test_shown),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}

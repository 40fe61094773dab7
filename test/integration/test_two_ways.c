/*
 * test_two_ways: what people change in the dashboard stands on the site, once, whatever becomes of
 * requests, answers and the program; what both sides changed is nobody's loss.
 *
 * Kills and database faults are tried at a sample of the steps; KILL_ALL=1, DB_FAULTS_ALL=1: at
 * every one.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness_dbproxy.h"
#include "harness_fault.h"

#define FIELDS "[push]\nfields = urgency\n"
#define REPLIES "[push]\nfields = urgency\nactions = close, reopen, reply, note, set\n"
#define CHOICES "[push.priority]\nMEDIUM = normal\n"

enum { TICKET = 3, SAMPLE = 8 };

/* A site of ten open tickets of the priority normal, which are stored. */
static void prepare(struct harness *h, const char *sync, const char *sections)
{
    sync_prepare(h, 10, "retries = 0\n", sync, sections);
    for (int id = 1; id <= 10; id++)
        harness_control(h,
                        "{'do':'update','id':%d,'set':{'priority':'normal','status':'active',"
                        "'updated_at':'2026-10-01T00:00:0%d+00:00'}}",
                        id, id % 10);
    sync_expect(harness_sync(h, "--full", NULL), 0);
    harness_control(h, "[{'do':'backup'},{'do':'reset_stats'}]");
}

static void agent(struct harness *h, const char *set)
{
    harness_control(h, "{'do':'update','id':%d,'set':{%s}}", TICKET, set);
}

/* A member of the ticket as the site has it. */
static const char *there(struct harness *h, const char *member)
{
    return sync_there(h, TICKET, member);
}

static int64_t changes(struct harness *h)
{
    return sync_stat(h, "routes.change");
}

/* How many entries of the ticket's conversation are ours. */
static int entries(struct harness *h)
{
    int found = 0;
    for (const char *p = harness_control_get(h, "responses?id=3"); (p = strstr(p, "@fluent-sync"));
         p++)
        found++;
    return found;
}

static const char *states(struct harness *h)
{
    return harness_table(h, "SELECT action, state FROM fluent_outbox ORDER BY id");
}

static void ask(struct harness *h, const char *action, const char *content)
{
    harness_sql(h, harness_text(h,
                                "INSERT INTO fluent_outbox (fluent_id, action, content, "
                                "requested_by) VALUES ('%d', '%s', '%s', 'Eve')",
                                TICKET, action, content));
}

/* A quarter of an hour passes, by both clocks. */
static void wait_until_settled(struct harness *h)
{
    harness_sql(h, "UPDATE fluent_outbox SET sent_at = sent_at - INTERVAL 20 MINUTE, "
                   "sent_at_site = sent_at_site - INTERVAL 20 MINUTE");
}

/* The tables and the site become what they were when the test kept them. */
static void start_again(struct harness *h)
{
    fault_restore(h);
    harness_control(h, "[{'do':'restore'},{'do':'reset_stats'}]");
}

/* Edits */

static void an_edit_goes_out_and_comes_back(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL, FIELDS);
    sync_edit(h, TICKET, "urgency = 'HIGH'");
    struct outcome o = harness_sync(h, "-v", NULL);
    sync_expect(o, 0);
    sync_says(o.err, "ticket 3: priority normal -> critical (urgency edited in the dashboard)");
    assert_string_equal(there(h, "priority"), "critical");
    assert_string_equal(states(h), "set\tdone\n");
    assert_string_equal(sync_last(h, "changes_pushed"), "1");
    assert_string_equal(sync_cell(h, TICKET, "urgency"), "HIGH");
    sync_expect(harness_sync(h, "--full", NULL), 0);
    assert_string_equal(sync_cell(h, TICKET, "edits_kept"), "0");
    assert_string_equal(sync_last(h, "changes_pushed"), "0");
    assert_int_equal(changes(h), 1);
    /* It is agreed: what the site changes now comes in. */
    agent(h, "'priority':'low'");
    sync_expect(harness_sync(h, NULL), 0);
    assert_string_equal(sync_cell(h, TICKET, "urgency"), "LOW");
    assert_int_equal(changes(h), 1);
}

static void an_edit_that_is_set_back_vanishes(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL, FIELDS);
    harness_control(h, "{'do':'site','rights':'read'}");
    sync_edit(h, TICKET, "urgency = 'HIGH'");
    struct outcome o = harness_sync(h, "push", NULL);
    sync_expect(o, 3);
    sync_says(harness_value(h, "SELECT error FROM fluent_outbox"), "the site refused it");
    sync_edit(h, TICKET, "urgency = 'MEDIUM'");
    sync_expect(harness_sync(h, "push", NULL), 0);
    assert_int_equal(harness_count(h, "fluent_outbox WHERE state NOT IN ('cancelled')"), 0);
    assert_string_equal(there(h, "priority"), "normal");
}

static void an_edit_that_is_refused_waits_for_a_person(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL, FIELDS);
    harness_control(h, "{'do':'site','rights':'read'}");
    sync_edit(h, TICKET, "urgency = 'HIGH'");
    for (int i = 0; i < 2; i++) {
        struct outcome o = harness_sync(h, NULL);
        sync_expect(o, 3);
        sync_says(o.err, "1 change for the site waits for a person");
        assert_int_equal(changes(h), 1);
        assert_string_equal(sync_last(h, "changes_failed"), "1");
    }
    harness_control(h, "{'do':'site','rights':'write'}");
    sync_expect(harness_sync(h, "outbox", "retry", "1", NULL), 0);
    sync_expect(harness_sync(h, NULL), 0);
    assert_string_equal(there(h, "priority"), "critical");
    assert_string_equal(states(h), "set\tdone\n");
}

/* MEDIUM is normal or medium: nobody but a person knows. */
static void several_values_need_a_choice(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL, FIELDS);
    agent(h, "'priority':'critical'");
    sync_expect(harness_sync(h, NULL), 0);
    sync_edit(h, TICKET, "urgency = 'MEDIUM'");
    sync_expect(harness_sync(h, "push", NULL), 3);
    sync_says(harness_value(h, "SELECT error FROM fluent_outbox"),
              "[push.priority]: normal, medium");
    assert_int_equal(changes(h), 0);
    harness_config(h, NULL, NULL, FIELDS CHOICES);
    sync_expect(harness_sync(h, "outbox", "retry", "1", NULL), 0);
    sync_expect(harness_sync(h, "push", NULL), 0);
    assert_string_equal(there(h, "priority"), "normal");
}

static void what_both_changed_is_held(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL, FIELDS);
    sync_edit(h, TICKET, "urgency = 'HIGH'");
    agent(h, "'priority':'low'");
    for (int i = 0; i < 2; i++) {
        sync_expect(harness_sync(h, NULL), 3);
        assert_string_equal(states(h), "set\theld\n");
        assert_string_equal(sync_cell(h, TICKET, "urgency"), "HIGH");
        assert_string_equal(there(h, "priority"), "low");
        assert_int_equal(changes(h), 0);
    }
    sync_says(harness_value(h, "SELECT error FROM fluent_outbox"), "the site changed it too");
    /* A person takes the site's value. */
    sync_edit(h, TICKET, "urgency = 'LOW'");
    sync_expect(harness_sync(h, NULL), 0);
    assert_int_equal(harness_count(h, "fluent_outbox"), 0);
    assert_int_equal(changes(h), 0);
}

static void a_conflict_goes_to_whom_the_configuration_says(void **state)
{
    static const char *const winners[] = {"site", "dashboard"};
    struct harness *h = *state;
    for (int i = 0; i < 2; i++) {
        harness_new_database(h);
        prepare(h, NULL, FIELDS);
        sync_edit(h, TICKET, "urgency = 'HIGH'");
        agent(h, "'priority':'low'");
        sync_expect(harness_sync(h, NULL), 3);
        harness_config(h, NULL, NULL, harness_text(h, FIELDS "conflicts = %s\n", winners[i]));
        sync_expect(harness_sync(h, NULL), 0);
        assert_string_equal(sync_cell(h, TICKET, "urgency"), i ? "HIGH" : "LOW");
        assert_string_equal(there(h, "priority"), i ? "critical" : "low");
        sync_expect(harness_sync(h, "--full", NULL), 0);
        assert_string_equal(sync_cell(h, TICKET, "edits_kept"), "0");
        assert_int_equal(changes(h), i);
    }
}

/* high and urgent are both HIGH: to the site's agents they are not the same. */
static void a_change_that_maps_to_the_same_is_one(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL, FIELDS);
    agent(h, "'priority':'high'");
    sync_expect(harness_sync(h, NULL), 0);
    sync_edit(h, TICKET, "urgency = 'LOW'");
    agent(h, "'priority':'urgent'");
    sync_expect(harness_sync(h, NULL), 3);
    assert_string_equal(states(h), "set\theld\n");
    assert_string_equal(there(h, "priority"), "urgent");
}

/* What is asked for */

static void a_reply_arrives_once(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL, REPLIES);
    ask(h, "reply", "a < b & C:\\\\dir {{customer.first_name}}");
    ask(h, "note", "for us");
    ask(h, "close", "");
    sync_expect(harness_sync(h, "push", NULL), 0);
    assert_string_equal(states(h), "reply\tdone\nnote\tdone\nclose\tdone\n");
    sync_says(harness_control_get(h, "responses?id=3"), "a &lt; b &amp; C:\\\\dir {&#123;");
    assert_int_equal(entries(h), 2);
    assert_string_equal(there(h, "status"), "closed");
    assert_int_equal(sync_stat(h, "mails"), 1);
    ask(h, "reopen", "");
    sync_expect(harness_sync(h, NULL), 0);
    assert_string_equal(there(h, "status"), "active");
    sync_expect(harness_sync(h, NULL), 0);
    assert_int_equal(changes(h), 4);
    assert_int_not_equal(harness_number(h, "SELECT MIN(remote_id) FROM fluent_outbox WHERE action "
                                           "IN ('reply', 'note')"),
                         0);
}

/* The request is obeyed, but its answer is lost, cut, an error, junk, or comes too late. */
static void a_reply_whose_answer_is_lost_is_found(void **state)
{
    static const char *const faults[] = {
        "'kind':'reset','after':0",
        "'kind':'truncate'",
        "'kind':'status','status':500,'obeyed':true",
        "'kind':'status','status':200,'body':'{}','obeyed':true",
        "'kind':'html200','obeyed':true",
        "'kind':'stall','seconds':4,'obeyed':true",
    };
    struct harness *h = *state;
    prepare(h, NULL, REPLIES);
    harness_config(h, "timeout = 2\nretries = 0\n", NULL, REPLIES); /* the stall is longer */
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        harness_fault(h, "%s,'match':'/responses'", faults[i]);
        ask(h, "reply", "Hello");
        sync_expect(harness_sync(h, "push", NULL), 0);
        harness_end_faults(h);
        assert_int_equal(entries(h), i + 1);
        sync_expect(harness_sync(h, "push", NULL), 0);
        assert_int_equal(entries(h), i + 1);
        assert_int_equal(harness_count(h, "fluent_outbox WHERE state = 'done'"), i + 1);
    }
}

/* Nobody can tell whether it arrived, until a quarter of an hour has passed. */
static void a_reply_that_is_not_seen_is_not_sent_again_at_once(void **state)
{
    struct harness *h = *state;
    for (int arrives = 0; arrives < 2; arrives++) {
        harness_new_database(h);
        prepare(h, NULL, REPLIES);
        harness_fault(h, "'kind':'later','match':'/responses'");
        ask(h, "reply", "Hello");
        for (int i = 0; i < 2; i++) {
            sync_expect(harness_sync(h, NULL), 0);
            assert_string_equal(states(h), "reply\tsending\n");
            assert_int_equal(changes(h), 1);
        }
        harness_end_faults(h);
        harness_sql(h, "UPDATE fluent_outbox SET sent_at = sent_at - INTERVAL 2 HOUR");
        struct outcome o = harness_sync(h, NULL); /* by the site's clock nothing has passed */
        sync_expect(o, 3);
        sync_says(o.err, "sent more than an hour ago");
        harness_sql(h, "UPDATE fluent_outbox SET sent_at = sent_at + INTERVAL 1 DAY");
        sync_expect(harness_sync(h, NULL), 3); /* the clock was ahead when it was sent */
        harness_sql(h, "UPDATE fluent_outbox SET sent_at = sent_at - INTERVAL 1 DAY");
        if (arrives)
            harness_control(h, "{'do':'carry_out'}");
        wait_until_settled(h);
        sync_expect(harness_sync(h, NULL), 0);
        assert_int_equal(entries(h), 1);
        assert_int_equal(changes(h), 2 - arrives);
        assert_string_equal(states(h), "reply\tdone\n");
    }
}

/* A cache that says nothing still has the open ticket, which is closed: that is known. */
static void an_older_look_is_not_believed(void **state)
{
    struct harness *h = *state;
    for (int with_list = 0; with_list < 2; with_list++) {
        harness_new_database(h);
        prepare(h, NULL, REPLIES);
        harness_fault(h, "'kind':'cache','match':'search','ignore':'fluent_sync'");
        ask(h, "note", "for us");
        sync_expect(harness_sync(h, "push", NULL), 0);
        agent(h, "'status':'closed','updated_at':'2026-10-02T00:00:00+00:00'");
        sync_expect(harness_sync(h, NULL), 0);
        ask(h, "reopen", "");
        struct outcome o = harness_sync(h, with_list ? NULL : "push", NULL);
        sync_expect(o, 3);
        sync_says(o.err, "older state of a ticket than is stored (ticket 3)");
        assert_string_equal(states(h), "note\tdone\nreopen\tpending\n");
        assert_string_equal(sync_cell(h, TICKET, "ticket_status"), "closed");
        harness_end_faults(h);
        harness_control(h, "{'do':'clear_cache'}");
        sync_expect(harness_sync(h, NULL), 0);
        assert_string_equal(there(h, "status"), "active");
        assert_string_equal(states(h), "note\tdone\nreopen\tdone\n");
    }
}

static void a_failed_row_stops_its_ticket_alone(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL, "[push]\nactions = close, reply\n");
    ask(h, "note", "not allowed");
    ask(h, "close", "");
    harness_sql(h, "INSERT INTO fluent_outbox (fluent_id, action) VALUES ('5', 'close')");
    sync_expect(harness_sync(h, "push", NULL), 3);
    assert_string_equal(states(h), "note\tfailed\nclose\tpending\nclose\tdone\n");
    sync_expect(harness_sync(h, "outbox", "cancel", "1", NULL), 0);
    sync_expect(harness_sync(h, "push", NULL), 0);
    assert_string_equal(states(h), "note\tcancelled\nclose\tdone\nclose\tdone\n");
}

/* Nothing is sent for what is gone, or has become something else. */
static void only_for_tickets_that_are_there(void **state)
{
    static const char *const gone[] = {
        "UPDATE fluent_tickets SET deleted_at = NOW() WHERE fluent_id = '3'",
        "UPDATE fluent_tickets SET invisible_since = NOW() WHERE fluent_id = '3'",
        ("UPDATE requests r JOIN fluent_tickets f ON f.request_id = r.id SET r.status = 'ignored' "
         "WHERE f.fluent_id = '3'"),
        "UPDATE fluent_outbox SET created_at = created_at - INTERVAL 1 HOUR",
        "UPDATE fluent_outbox SET fluent_id = '4711'",
    };
    struct harness *h = *state;
    prepare(h, NULL, REPLIES);
    fault_keep(h);
    for (size_t i = 0; i < sizeof gone / sizeof *gone; i++) {
        fault_restore(h);
        ask(h, "reply", "Hello");
        harness_sql(h, gone[i]);
        if (i < 2) /* what the list shows would be stored as there again */
            harness_control(h, "{'do':'hide','id':%d}", TICKET);
        sync_expect(harness_sync(h, "push", NULL), 3);
        assert_string_equal(states(h), "reply\tfailed\n");
        assert_int_equal(changes(h), 0);
        harness_control(h, "{'do':'show','id':%d}", TICKET);
    }
}

/* Whoever can write into the table can also write that something was sent. */
static void what_nobody_can_have_sent_fails(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL, REPLIES);
    harness_sql(h,
                "INSERT INTO fluent_outbox (fluent_id, action, field, value, requested_by, state, "
                "sent_at, sent_at_site) VALUES "
                "('3', 'reply', NULL, NULL, 'Eve', 'sending', '2020-01-01', '2020-01-01'), "
                "('4', 'set', NULL, 'x', 'Eve', 'sending', '2020-01-01', '2020-01-01'), "
                "('5', 'set', 'priority', 'low', 'edit', 'sending', '2020-01-01', '2020-01-01')");
    sync_expect(harness_sync(h, "push", NULL), 3);
    assert_string_equal(states(h), "reply\tfailed\nset\tfailed\nset\tfailed\n");
    assert_int_equal(changes(h), 0);
}

/* Limits */

/* Also when it was sent once, has not arrived, and what may be sent was changed meanwhile. */
static void what_is_not_allowed_any_more_is_not_sent_again(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL, "[push]\nfields = category\nactions = close\n");
    sync_edit(h, TICKET, "urgency = 'HIGH'");
    harness_sql(h,
                "INSERT INTO fluent_outbox (fluent_id, action, field, value, wanted, requested_by, "
                "state, attempts, sent_at, sent_at_site) VALUES "
                "('3', 'set', 'priority', 'critical', 'HIGH', 'edit', 'sending', 1, '2020-01-01', "
                "'2020-01-01'), "
                "('4', 'set', 'priority', 'low', NULL, 'Eve', 'sending', 1, '2020-01-01', "
                "'2020-01-01')");
    for (int i = 0; i < 2; i++) { /* the next run says of the edit that nobody wants it sent */
        sync_expect(harness_sync(h, "push", NULL), 3);
        assert_string_equal(states(h),
                            i ? "set\tcancelled\nset\tfailed\n" : "set\tpending\nset\tfailed\n");
        assert_int_equal(changes(h), 0);
    }
}

static void more_than_max_is_rather_a_mistake(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL, FIELDS "max = 2\n");
    harness_sql(h, "UPDATE requests SET urgency = 'HIGH' LIMIT 3");
    struct outcome o = harness_sync(h, NULL);
    sync_expect(o, 3);
    sync_says(o.err, "3 changes wait, and a run sends 2 at most: none was sent");
    assert_int_equal(changes(h), 0);
    int64_t asked = sync_stat(h, "routes.tickets");
    sync_expect(harness_sync(h, "push", NULL), 3);
    assert_int_equal(sync_stat(h, "routes.tickets"), asked); /* nor looked for */
    sync_expect(harness_sync(h, "push", "--max", "3", NULL), 0);
    assert_int_equal(changes(h), 3);
}

/* What did not arrive and is sent again is one of them. */
static void what_is_sent_again_counts(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL, FIELDS "max = 2\n");
    harness_sql(h, "UPDATE requests SET urgency = 'HIGH' LIMIT 2");
    harness_fault(h, "'kind':'status','status':500,'match':'/property'");
    sync_expect(harness_sync(h, NULL), 0);
    assert_string_equal(states(h), "set\tsending\nset\tsending\n");
    harness_end_faults(h);
    wait_until_settled(h);
    harness_sql(h, "UPDATE requests SET urgency = 'HIGH' WHERE urgency <> 'HIGH' LIMIT 1");
    for (int sent = 2; sent <= 3; sent++) {
        sync_expect(harness_sync(h, NULL), 0);
        assert_int_equal(changes(h), 2 + sent);
        assert_int_equal(harness_count(h, "fluent_outbox WHERE state = 'done'"), sent);
    }
}

/* Without the site's time nobody could tell later whether a request may still arrive. */
static void nothing_is_sent_to_a_site_without_a_date(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL, FIELDS);
    sync_edit(h, TICKET, "urgency = 'HIGH'");
    harness_fault(h, "'kind':'date','value':null");
    struct outcome o = harness_sync(h, "push", NULL);
    sync_expect(o, 3);
    sync_says(o.err, "changes wait, as the site's answers have no Date");
    assert_string_equal(states(h), "set\tpending\n");
    assert_int_equal(changes(h), 0);
    harness_end_faults(h);
    sync_expect(harness_sync(h, "push", NULL), 0);
    assert_int_equal(changes(h), 1);
}

static void a_copy_sends_nothing(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL, FIELDS);
    sync_expect(harness_sync(h, "push", NULL), 0);
    harness_sql(h, "UPDATE fluent_sync_state SET pushed_from = 'elsewhere:3306/dashboard'");
    sync_edit(h, TICKET, "urgency = 'HIGH'");
    struct outcome o = harness_sync(h, NULL);
    sync_expect(o, 3);
    sync_says(o.err, "this database is another one than that of the last push");
    assert_int_equal(changes(h), 0);
    sync_expect(harness_sync(h, "push", "--accept-database", NULL), 0);
    assert_int_equal(changes(h), 1);
    sync_expect(harness_sync(h, NULL), 0);
}

static void a_dry_run_prints_each_request(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL, REPLIES);
    sync_edit(h, TICKET, "urgency = 'HIGH'");
    ask(h, "reply", "Hello");
    char *before = sync_sums(h, "requests, fluent_tickets, fluent_outbox, fluent_sync_state");
    struct outcome o = harness_sync(h, "push", "--dry-run", NULL);
    sync_expect(o, 0);
    sync_says(o.out, "PUT /tickets/3/property");
    sync_says(o.out, "{\"prop_name\":\"priority\",\"prop_value\":\"critical\"}");
    sync_says(o.out, "POST /tickets/3/responses");
    o = harness_sync(h, "--dry-run", NULL);
    sync_says(o.out, "PUT /tickets/3/property");
    assert_int_equal(changes(h), 0);
    assert_string_equal(sync_sums(h, "requests, fluent_tickets, fluent_outbox, fluent_sync_state"),
                        before);
}

/* As JSON a text may be twice as long, and longer. */
static void a_dry_run_prints_the_longest_text(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL, REPLIES);
    harness_sql(h, "INSERT INTO fluent_outbox (fluent_id, action, content) VALUES "
                   "('3', 'reply', REPEAT('\"', 60000))");
    struct outcome o = harness_sync(h, "push", "--dry-run", NULL);
    sync_expect(o, 0);
    sync_says(o.out, "POST /tickets/3/responses");
    sync_says(o.out, "\\\"\",\"conversation_type\"");
    assert_true(strlen(o.out) > 120000);
}

/* What a run would hold, drop or refuse is no request that would be made. */
static void a_dry_run_prints_no_other_request(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL, REPLIES);
    fault_keep(h);
    sync_edit(h, TICKET, "urgency = 'HIGH'");
    agent(h, "'priority':'low'");
    struct outcome o = harness_sync(h, "push", "--dry-run", "-v", NULL);
    sync_expect(o, 0);
    sync_says(o.out, "0 changes to send");
    sync_says(o.err, "held: the site changed it too: \"low\" there, \"HIGH\" here");

    /* A row of an edit that is taken back, and one of a column that is not sent any more. */
    static const char *const taken_back[] = {FIELDS, "[push]\nfields = category\n"};
    for (int i = 0; i < 2; i++) {
        start_again(h);
        harness_config(h, NULL, NULL, FIELDS);
        sync_edit(h, TICKET, "urgency = 'HIGH'");
        sync_expect(harness_sync(h, "push", "--max", "0", NULL), 3);
        assert_string_equal(states(h), "set\tpending\n");
        harness_config(h, NULL, NULL, taken_back[i]);
        if (i == 0)
            sync_edit(h, TICKET, "urgency = 'MEDIUM'");
        o = harness_sync(h, "push", "--dry-run", NULL);
        sync_expect(o, 0);
        sync_says(o.out, "0 changes to send");
    }

    start_again(h);
    harness_config(h, NULL, NULL, REPLIES);
    ask(h, "reply", "Hello");
    harness_sql(h, "UPDATE fluent_outbox SET created_at = created_at - INTERVAL 1 HOUR");
    o = harness_sync(h, "push", "--dry-run", "-v", NULL);
    sync_says(o.out, "0 changes to send");
    sync_says(o.err, "its ticket was stored after this was asked for");

    /* A dashboard's value is a text like others on a terminal. */
    start_again(h);
    harness_sql(h, "INSERT INTO fluent_outbox (fluent_id, action, field, value) VALUES "
                   "('3', 'set', 'priority', CONCAT(CHAR(27), '[2Jcritical'))");
    o = harness_sync(h, "push", "--dry-run", NULL);
    sync_says(o.out, "1 change to send");
    sync_says_not(o.out, "\033");
}

/* A dashboard may call whoever asks by the word of our own rows. */
static void what_is_not_an_edit_is_none(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL, REPLIES);
    harness_sql(h, "INSERT INTO fluent_outbox (fluent_id, action, field, value, content, "
                   "requested_by) VALUES ('3', 'reply', NULL, NULL, 'Hello', 'edit'), "
                   "('3', 'set', 'title', 'Renamed', NULL, 'edit')");
    struct outcome o = harness_sync(h, "push", "--dry-run", NULL);
    sync_expect(o, 0);
    sync_says(o.out, "2 changes to send");
    sync_expect(harness_sync(h, "push", NULL), 0);
    assert_string_equal(states(h), "reply\tdone\nset\tdone\n");
    assert_string_equal(there(h, "title"), "Renamed");
    assert_int_equal(entries(h), 1);
}

static void nothing_goes_out_by_default(void **state)
{
    struct harness *h = *state;
    prepare(h, NULL, NULL);
    sync_edit(h, TICKET, "urgency = 'HIGH'");
    ask(h, "close", "");
    sync_expect(harness_sync(h, NULL), 0);
    assert_int_equal(changes(h), 0);
    assert_string_equal(states(h), "close\tpending\n");
}

/* Harm: whatever happens, in the end each change stands on the site once. */

static void prepare_harm(struct harness *h)
{
    prepare(h, NULL, REPLIES);
    sync_edit(h, TICKET, "urgency = 'HIGH'");
    ask(h, "reply", "Hello");
    ask(h, "close", "");
    fault_keep(h);
}

static void expect_all_once(struct harness *h, const char *what)
{
    if (strcmp(there(h, "priority"), "critical") != 0 || entries(h) != 1 ||
        strcmp(there(h, "status"), "closed") != 0 ||
        harness_count(h, "fluent_outbox WHERE state <> 'done'") != 0 ||
        harness_count(h, "fluent_outbox") != 3)
        fail_msg("%s: priority %s, %d entries, status %s; %s", what, there(h, "priority"),
                 entries(h), there(h, "status"), harness_table(h, "SELECT * FROM fluent_outbox"));
}

/* The run after it looks; what it cannot tell is told a quarter of an hour later. */
static void recover(struct harness *h, const char *what)
{
    sync_expire_lease(h);
    struct outcome o = harness_sync(h, "push", NULL);
    if (o.code != 0 || entries(h) > 1)
        fail_msg("%s: the next run ended with %d, %d entries: %s", what, o.code, entries(h), o.err);
    wait_until_settled(h);
    sync_expect(harness_sync(h, NULL), 0);
    sync_expect(harness_sync(h, NULL), 0);
    expect_all_once(h, what);
}

static void killed_at_each_step(void **state)
{
    struct harness *h = *state;
    prepare_harm(h);
    sync_expect(fault_run(h, "stepper", NULL, "push"), 0);
    expect_all_once(h, "undisturbed");
    long steps = fault_steps(h), struck = 0;
    long stride = getenv("KILL_ALL") ? 1 : (steps + SAMPLE - 1) / SAMPLE;
    for (long step = 1; step <= steps; step += stride)
        for (int after = 0; after < 2; after++) {
            start_again(h);
            struct outcome o =
                fault_run(h, "stepper",
                          harness_text(h, "STEPPER_AT=%ld STEPPER_SIGNAL=KILL STEPPER_WHEN=%s",
                                       step, after ? "after" : "before"),
                          "push");
            struck += o.code == -SIGKILL;
            recover(h, harness_text(h, "killed %s step %ld", after ? "after" : "before", step));
        }
    print_message("%ld kills at %ld steps\n", struck, steps);
    assert_true(struck > 0);
}

static void each_statement_fails(void **state)
{
    struct harness *h = *state;
    struct dbproxy proxy;
    prepare_harm(h);
    dbproxy_start(h, &proxy, NULL);
    sync_expect(harness_sync(h, "push", NULL), 0);
    long commands = dbproxy_stop(h, &proxy).commands, faults = 0;
    dbproxy_direct(h);
    long stride = getenv("DB_FAULTS_ALL") ? 1 : (commands + SAMPLE - 1) / SAMPLE;
    static const char *const kinds[] = {"before", "after"};
    for (long at = 1; at <= commands; at += stride)
        for (int kind = 0; kind < 2; kind++) {
            const char *options[] = {"--at", harness_text(h, "%ld", at), "--fault", kinds[kind],
                                     NULL};
            start_again(h);
            dbproxy_start(h, &proxy, options);
            harness_sync(h, "push", NULL);
            faults += dbproxy_stop(h, &proxy).faults;
            dbproxy_direct(h);
            recover(h, harness_text(h, "%s at statement %ld", kinds[kind], at));
        }
    print_message("%ld faults at %ld statements\n", faults, commands);
    assert_true(faults > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(an_edit_goes_out_and_comes_back),
        SYNC_TEST(an_edit_that_is_set_back_vanishes),
        SYNC_TEST(an_edit_that_is_refused_waits_for_a_person),
        SYNC_TEST(several_values_need_a_choice),
        SYNC_TEST(what_both_changed_is_held),
        SYNC_TEST(a_conflict_goes_to_whom_the_configuration_says),
        SYNC_TEST(a_change_that_maps_to_the_same_is_one),
        SYNC_TEST(a_reply_arrives_once),
        SYNC_TEST(a_reply_whose_answer_is_lost_is_found),
        SYNC_TEST(a_reply_that_is_not_seen_is_not_sent_again_at_once),
        SYNC_TEST(an_older_look_is_not_believed),
        SYNC_TEST(a_failed_row_stops_its_ticket_alone),
        SYNC_TEST(only_for_tickets_that_are_there),
        SYNC_TEST(what_nobody_can_have_sent_fails),
        SYNC_TEST(what_is_not_allowed_any_more_is_not_sent_again),
        SYNC_TEST(more_than_max_is_rather_a_mistake),
        SYNC_TEST(what_is_sent_again_counts),
        SYNC_TEST(nothing_is_sent_to_a_site_without_a_date),
        SYNC_TEST(a_copy_sends_nothing),
        SYNC_TEST(a_dry_run_prints_each_request),
        SYNC_TEST(a_dry_run_prints_the_longest_text),
        SYNC_TEST(a_dry_run_prints_no_other_request),
        SYNC_TEST(what_is_not_an_edit_is_none),
        SYNC_TEST(nothing_goes_out_by_default),
        SYNC_TEST(killed_at_each_step),
        SYNC_TEST(each_statement_fails),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}

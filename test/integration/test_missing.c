/* test_missing: tickets that are gone: deleted, no longer visible, out of scope, back again; single
 * tickets; another site. */
#include <stdlib.h>
#include <string.h>

#include "harness_mirror.h"

#define DELETED "SELECT COUNT(deleted_at) FROM fluent_tickets"
#define INVISIBLE "SELECT COUNT(invisible_since) FROM fluent_tickets"

/* A full walk, whatever was walked within the hour. */
static void walk(struct harness *h, int code)
{
    mirror_run(h, code, "full", "--full");
}

/* The ticket as the site has it, to be created again later. */
static char *ticket_text(struct harness *h, int id)
{
    cJSON *all = cJSON_Parse(harness_control_get(h, "tickets"));
    const cJSON *t;
    char *text = NULL;
    cJSON_ArrayForEach(t, all)
    {
        if (cJSON_GetObjectItem(t, "id")->valueint != id)
            continue;
        char *printed = cJSON_PrintUnformatted(t);
        text = harness_text(h, "%s", printed);
        free(printed);
    }
    cJSON_Delete(all);
    assert_non_null(text);
    return text;
}

/* Deleted */

static void test_deleted(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 120, NULL, NULL);
    char *requests = sync_sums(h, "requests");
    harness_control(h, "[{'do':'delete','id':5},{'do':'delete','id':60},"
                       "{'do':'delete','id':119}]");
    mirror_run(h, 0, "incremental", NULL);
    mirror_same(h);
    assert_string_equal(sync_last(h, "CONCAT(tickets_deleted, tickets_invisible)"), "30");
    assert_string_equal(harness_table(h, "SELECT fluent_id FROM fluent_tickets WHERE deleted_at IS "
                                         "NOT NULL ORDER BY LENGTH(fluent_id), fluent_id"),
                        "5\n60\n119\n");
    assert_string_equal(sync_sums(h, "requests"), requests);

    cJSON *json = sync_json(harness_sync(h, "status", "--json", NULL).out);
    assert_int_equal(sync_member(json, "totalTickets"), 117);
    const cJSON *part;
    double sum = 0;
    cJSON_ArrayForEach(part, cJSON_GetObjectItem(json, "statusBreakdown")) sum +=
        sync_member(part, "count");
    cJSON_Delete(json);
    assert_int_equal(sum, 117);

    char *before = mirror_sums(h);
    walk(h, 0);
    assert_string_equal(mirror_sums(h), before);
    assert_string_equal(sync_last(h, "tickets_deleted"), "0");
}

/* With `hide` the request goes too, unless a person touched it, and comes back with the ticket. */
static void test_hidden_requests(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 120, NULL, "deleted_tickets = hide\n");
    sync_edit(h, 6, "urgency = 'PROMOTION'");
    sync_edit(h, 7, "status = 'ignored'");
    static const int ids[] = {5, 6, 7};
    const char *texts[3];
    for (size_t i = 0; i < 3; i++) {
        texts[i] = ticket_text(h, ids[i]);
        harness_control(h, "{'do':'delete','id':%d}", ids[i]);
    }
    walk(h, 0);
    assert_int_equal(harness_number(h, DELETED), 3);
    assert_string_equal(sync_cell(h, 5, "r.status"), "deleted");
    assert_string_equal(sync_cell(h, 6, "r.status"), "active");
    assert_string_equal(sync_cell(h, 7, "r.status"), "ignored");
    for (size_t i = 0; i < 3; i++)
        harness_control(h, "{'do':'create','ticket':%s}", texts[i]);
    walk(h, 0);
    assert_int_equal(harness_number(h, DELETED), 0);
    assert_string_equal(sync_cell(h, 5, "r.status"), "active");
    assert_string_equal(sync_cell(h, 6, "r.status"), "active");
    assert_string_equal(sync_cell(h, 7, "r.status"), "ignored");
}

/* A request counts as touched if any column was changed, even one of other programs. */
static void test_touched_in_any_column(void **state)
{
    struct harness *h = *state;
    static const char *const touches[] = {
        "estimated_hours = 3",      "billing_date = '2026-01-31'",
        "effort = 'Large'",         "website_url = 'x.test'",
        "request_type = 'Project'", "note = 'mine'",
        "estimated_hours = NULL",   "flag = 0",
        "description = 'mine'",
    };
    enum { TOUCHES = sizeof touches / sizeof *touches };
    mirror_prepare(h, 120, NULL, "deleted_tickets = hide\n", NULL);
    harness_sql(h, "ALTER TABLE requests ADD COLUMN note TEXT, ADD COLUMN flag INT DEFAULT 1, "
                   "ADD COLUMN plan VARCHAR(20) DEFAULT 'it''s', ADD COLUMN seen DATETIME NULL "
                   "DEFAULT CURRENT_TIMESTAMP, ADD COLUMN size INT GENERATED ALWAYS AS "
                   "(CHAR_LENGTH(description)) VIRTUAL");
    mirror_run(h, 0, "full", NULL);
    for (int i = 0; i < TOUCHES; i++) {
        sync_edit(h, 10 + i, touches[i]);
        harness_control(h, "{'do':'delete','id':%d}", 10 + i);
    }
    harness_control(h, "{'do':'delete','id':5}");
    mirror_run(h, 0, "full", "--full");
    assert_int_equal(harness_number(h, DELETED), TOUCHES + 1);
    assert_string_equal(sync_cell(h, 5, "r.status"), "deleted");
    for (int i = 0; i < TOUCHES; i++)
        if (strcmp(sync_cell(h, 10 + i, "r.status"), "active") != 0)
            fail_msg("hidden, with %s", touches[i]);
}

/* Hidden, restored by a person, and later deleted by a person: the ticket's return changes nothing.
 */
static void test_persons_word_is_the_last(void **state)
{
    struct harness *h = *state;
    static const char later[] =
        "SET timestamp = UNIX_TIMESTAMP() + %d; UPDATE requests SET status = '%s' WHERE id = "
        "(SELECT request_id FROM fluent_tickets WHERE fluent_id = '%d')";
    const char *texts[3];
    mirror_import(h, 120, NULL, "deleted_tickets = hide\n");
    for (int id = 5; id <= 7; id++) {
        texts[id - 5] = ticket_text(h, id);
        harness_control(h, "{'do':'delete','id':%d}", id);
    }
    mirror_run(h, 0, "full", "--full");
    harness_sql(h, harness_text(h, later, 60, "active", 5));
    harness_sql(h, harness_text(h, later, 120, "deleted", 5));
    harness_sql(h, harness_text(h, later, 60, "active", 6));
    for (int id = 5; id <= 7; id++)
        harness_control(h, "{'do':'create','ticket':%s}", texts[id - 5]);
    mirror_run(h, 0, "full", "--full");
    assert_int_equal(harness_number(h, DELETED), 0);
    assert_string_equal(sync_cell(h, 5, "r.status"), "deleted");
    assert_string_equal(sync_cell(h, 6, "r.status"), "active");
    assert_string_equal(sync_cell(h, 7, "r.status"), "active"); /* nobody's word */
    mirror_run(h, 0, "full", "--full");
    assert_string_equal(sync_cell(h, 5, "r.status"), "deleted");
}

/* The same when a single run finds the ticket deleted. */
static void test_hidden_by_ticket(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 120, NULL, "deleted_tickets = hide\n");
    sync_edit(h, 6, "urgency = 'PROMOTION'");
    char *text = ticket_text(h, 5);
    harness_control(h, "[{'do':'delete','id':5},{'do':'delete','id':6}]");
    mirror_run(h, 3, "tickets", "--ticket 6"); /* edited by a person */
    assert_string_equal(sync_cell(h, 6, "r.status"), "active");
    mirror_run(h, 3, "tickets", "--ticket 5");
    assert_int_equal(harness_number(h, DELETED), 2);
    assert_string_equal(sync_cell(h, 5, "r.status"), "deleted");
    harness_control(h, "{'do':'create','ticket':%s}", text);
    mirror_run(h, 0, "tickets", "--ticket 5");
    assert_string_equal(sync_cell(h, 5, "r.status"), "active");
}

/* Nor what a cache says of a single ticket. */
static void test_deleted_says_a_cache(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 20, NULL, NULL);
    char *text = ticket_text(h, 5);
    harness_fault(h, "'kind':'cache','ignore':'fluent_sync','match':'/tickets/5?',"
                     "'headers':{'Age':'9999'}");
    harness_control(h, "{'do':'delete','id':5}");
    mirror_run(h, 3, "tickets", "--ticket 5");
    harness_sql(h, "UPDATE fluent_tickets SET deleted_at = NULL");
    harness_control(h, "[{'do':'create','ticket':%s},{'do':'hide','id':5}]", text);
    mirror_run(h, 3, "tickets", "--ticket 5");
    sync_says(sync_last(h, "error_message"), "cache");
    assert_int_equal(harness_number(h, DELETED), 0);
    harness_end_faults(h);
    harness_sql(h, "INSERT INTO fluent_rejects (site_key, fluent_id, reason, first_seen, "
                   "last_seen, next_attempt) VALUES ('', '5', 'x', UTC_TIMESTAMP(), "
                   "UTC_TIMESTAMP(), UTC_TIMESTAMP())");
    mirror_run(h, 0, NULL, NULL);
    assert_int_equal(harness_number(h, DELETED), 0);
}

/* Too many deletions are not believed, in any run, until somebody says that they are meant. */
static void test_max_deletes(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 200, NULL, NULL);
    harness_control(h, "{'do':'delete_random','count':21}");
    mirror_turn_back(h, "last_total_walk", 0); /* the total alone is no reason to walk now */
    walk(h, 3);
    sync_says(sync_last(h, "error_message"), "max_deletes");
    assert_string_equal(sync_last(h, "tickets_deleted"), "0");
    mirror_run(h, 3, "full", NULL);
    mirror_run(h, 3, "full", NULL);
    assert_int_equal(harness_number(h, DELETED), 0);
    mirror_run(h, 3, "full", "--full --max-deletes 20");
    mirror_run(h, 3, "full", "--full --max-deletes 5%");
    assert_int_equal(harness_number(h, DELETED), 0);
    mirror_run(h, 0, "full", "--full --max-deletes 21");
    assert_string_equal(sync_last(h, "tickets_deleted"), "21");
    mirror_same(h);
    mirror_run(h, 0, "incremental", NULL);
}

/* Tickets are deleted on the site, and a walk looks: `code` says whether it believes that. */
static void delete_some(struct harness *h, int first, int count, int code)
{
    for (int id = first; id < first + count; id++)
        harness_control(h, "{'do':'delete','id':%d}", id);
    walk(h, code);
}

/* As if the deletions had been marked, and confirmed, earlier by this many seconds. */
static void turn_back_deletions(struct harness *h, int seconds)
{
    static const char *const columns[][2] = {{"fluent_sync_state", "deletes_confirmed_at"},
                                             {"fluent_tickets", "deleted_at"}};
    for (size_t i = 0; i < 2; i++)
        harness_sql(h, harness_text(h, "UPDATE %s SET %s = %s - INTERVAL %d SECOND", columns[i][0],
                                    columns[i][1], columns[i][1], seconds));
}

/* Nor are they believed when they come bit by bit, until they are confirmed, or long ago. */
static void test_bit_by_bit(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 60, NULL, NULL);
    delete_some(h, 1, 6, 0);
    delete_some(h, 7, 4, 0);
    delete_some(h, 11, 1, 3);
    sync_says(sync_last(h, "error_message"),
              "1 ticket is deleted on the site, after 10 that are marked already, more than "
              "max_deletes allows (10)");
    sync_says(sync_last(h, "error_message"), "--max-deletes 1");
    assert_int_equal(harness_number(h, DELETED), 10);
    mirror_run(h, 0, "full", "--full --max-deletes 1");
    turn_back_deletions(h, 10); /* marks within a second are not told apart */
    delete_some(h, 12, 10, 0);  /* those before were confirmed */
    delete_some(h, 22, 1, 3);
    turn_back_deletions(h, 24 * 3600);
    walk(h, 0);
    mirror_same(h);
}

/* They count within full_every; the percentage is of what was there before they were marked; a
 * ticket that has returned counts no more. */
static void test_bit_by_bit_within_full_every(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 60, NULL, "full_every = 2d\nmax_deletes = 20%\n");
    char *first = ticket_text(h, 1);
    delete_some(h, 1, 11, 0);
    turn_back_deletions(h, 47 * 3600);
    delete_some(h, 12, 2, 3);
    harness_control(h, "{'do':'create','ticket':%s}", first);
    walk(h, 0);
    mirror_same(h);
    assert_int_equal(harness_number(h, DELETED), 12);
}

static void test_ten_are_always_allowed(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 30, NULL, "max_deletes = 0\n");
    harness_control(h, "{'do':'delete_random','count':11}");
    walk(h, 3);
    harness_control(h, "{'do':'create'}"); /* a complete walk is still owed */
    mirror_run(h, 3, "full", NULL);
    assert_int_equal(harness_number(h, DELETED), 0);
    mirror_run(h, 0, "full", "--full --max-deletes 50%");
    mirror_same(h);
    harness_control(h, "{'do':'delete_random','count':10}");
    walk(h, 0);
    mirror_same(h);
    harness_control(h, "{'do':'delete_random','count':6}");
    mirror_run(h, 3, "full", "--full --max-deletes 5");
}

/* Only the one answer means deleted; the others leave the mark to a later run. */
static void test_odd_answers(void **state)
{
    struct harness *h = *state;
    static const struct {
        const char *fault;
        int code;
    } answers[] = {
        {"'kind':'replay','name':'err_single_customer_gone'", 0},
        {"'kind':'replay','name':'err_db_connection'", 5},
        {"'kind':'replay','name':'err_maintenance_no_accept'", 5},
        {"'kind':'replay','name':'err_plugin_deactivated'", 4},
        {"'kind':'replay','name':'err_wrong_password'", 4},
        {"'kind':'html200'", 5},
        {"'kind':'status','status':404,'content_type':'text/html','body':'Gone'", 5},
        {"'kind':'status','status':200,'body':'null'", 5},
        {"'kind':'reset'", 5},
    };
    mirror_import(h, 120, NULL, NULL);
    harness_control(h, "{'do':'delete','id':119}");
    mirror_configure(h, "retries = 0\n", NULL, NULL);
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        print_message("%s\n", answers[i].fault);
        harness_fault(h, "'match':'tickets/119',%s", answers[i].fault);
        walk(h, answers[i].code);
        assert_int_equal(harness_number(h, DELETED), 0);
        harness_end_faults(h);
    }
    walk(h, 0);
    mirror_same(h);
    assert_int_equal(harness_number(h, DELETED), 1);
}

/* A customer who is gone breaks the single ticket, not the list. */
static void test_customer_gone(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 120, NULL, NULL);
    harness_control(h, "{'do':'update','id':5,'set':{'customer':null}}");
    mirror_run(h, 0, "incremental", NULL);
    mirror_run(h, 0, "tickets", "--ticket 5");
    walk(h, 0);
    mirror_same(h);
    assert_int_equal(harness_number(h, DELETED), 0);
}

/* No longer visible */

static void test_invisible(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 120, NULL, NULL);
    harness_control(h, "[{'do':'hide','id':5},{'do':'hide','id':60}]");
    char *requests = sync_sums(h, "requests");
    walk(h, 0);
    mirror_same(h);
    assert_string_equal(sync_last(h, "CONCAT(tickets_deleted, tickets_invisible)"), "02");
    assert_int_equal(harness_number(h, INVISIBLE), 2);
    assert_string_equal(sync_sums(h, "requests"), requests);
    char *before = mirror_sums(h);
    walk(h, 0);
    assert_string_equal(sync_last(h, "tickets_invisible"), "0");
    assert_string_equal(mirror_sums(h), before);
    harness_control(h, "[{'do':'show','id':5},{'do':'delete','id':60}]");
    walk(h, 0);
    mirror_same(h);
    assert_int_equal(harness_number(h, INVISIBLE " WHERE fluent_id = '5'"), 0);
    assert_int_equal(harness_number(h, DELETED), 1);
}

/* An API user suddenly sees less, in either mode. */
static void test_restricted(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 300, NULL, "deleted_tickets = hide\n");
    assert_string_equal(sync_last(h, "sees_all"), "1");
    char *requests = sync_sums(h, "requests");
    harness_control(h, "[{'do':'hide_random','count':240},{'do':'site','me':'limited'}]");
    struct outcome outcome = mirror_run(h, 0, "full", NULL);
    sync_says(outcome.err, "sees only a part");
    assert_string_equal(sync_last(h, "CONCAT_WS('/', sees_all, tickets_deleted, "
                                     "tickets_invisible)"),
                        "0/0/240");
    assert_int_equal(harness_number(h, DELETED), 0);
    assert_string_equal(sync_sums(h, "requests"), requests);
    mirror_same(h);
    harness_control(h, "{'do':'show_random','count':240}");
    walk(h, 0);
    mirror_same(h);
    assert_int_equal(harness_number(h, INVISIBLE), 0);
}

/* An API user who has always seen less is a normal case. */
static void test_least_privilege(void **state)
{
    struct harness *h = *state;
    mirror_prepare(h, 300, NULL, NULL, NULL);
    harness_control(h, "[{'do':'hide_random','count':200},{'do':'site','me':'limited'}]");
    mirror_run(h, 0, "full", NULL);
    mirror_same(h);
    assert_string_equal(sync_last(h, "sees_all"), "0");
    harness_control(h, "{'do':'update_random','count':5}");
    mirror_run(h, 0, "incremental", NULL);
    mirror_same(h);
}

/* What is hidden from the list is invisible, whatever the single request says of it. */
static void test_hidden_from_the_list(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 120, NULL, NULL);
    harness_control(h, "[{'do':'hide','id':5,'list_only':true},"
                       "{'do':'hide','id':6,'list_only':true},"
                       "{'do':'update','id':5,'set':{'title':'New'}},{'do':'hide','id':7}]");
    struct outcome outcome = mirror_run(h, 0, "full", "--full");
    sync_says(outcome.err, "3 stored tickets are no longer on the API user's list");
    assert_int_equal(harness_number(h, INVISIBLE " WHERE fluent_id IN ('5', '6', '7')"), 3);
    mirror_same(h);
    outcome = mirror_run(h, 0, "full", "--full");
    sync_says_not(outcome.err, "are hidden");
    /* Seen again in the list, and deleted while hidden. */
    harness_control(h, "[{'do':'show','id':5},{'do':'delete','id':6}]");
    walk(h, 0);
    mirror_same(h);
    assert_int_equal(harness_number(h, DELETED " WHERE fluent_id = '6'"), 1);
    assert_int_equal(harness_number(h, INVISIBLE " WHERE fluent_id = '5'"), 0);
}

/* A firewall that refuses the question for one ticket leaves that one as it is, and no other. */
static void test_firewall_before_a_single_ticket(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 120, NULL, NULL);
    harness_control(h, "[{'do':'hide','id':5,'list_only':true},{'do':'hide','id':6},"
                       "{'do':'delete','id':7},"
                       "{'do':'fault','kind':'status','status':403,'content_type':'text/html',"
                       "'body':'No','match':'tickets/5?'}]");
    struct outcome outcome = mirror_run(h, 3, "full", "--full");
    sync_says(outcome.err, "1 stored ticket is no longer on the API user's list: it stays");
    sync_says(sync_last(h, "error_message"), "1 more ticket is no longer");
    assert_string_equal(sync_last(h, "CONCAT(tickets_deleted, tickets_invisible)"), "11");
    harness_end_faults(h);
    walk(h, 0);
    mirror_same(h);
}

/* A ticket that becomes visible behind the walk exists, and is stored as it is now. */
static void test_shown_behind_the_walk(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 120, NULL, NULL);
    harness_control(h, "[{'do':'hide','id':119},"
                       "{'do':'update','id':119,'set':{'title':'Shown',"
                       "'updated_at':'2025-10-01T10:00:00+00:00'},'quiet':true},"
                       "{'do':'between','every':3,'times':1,'run':[{'do':'show','id':119}]}]");
    mirror_configure(h, "connections = 1\n", NULL, NULL);
    walk(h, 0);
    mirror_same(h);
    assert_int_equal(harness_number(h, INVISIBLE), 0);
}

/* What vanishes in bulk costs a sample of single requests, and each has its turn later: also those
 * that are deleted while they are hidden. */
static void test_thousands(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 1200, "per_page = 500\n", NULL);
    harness_control(h, "[{'do':'hide_random','count':1150},{'do':'reset_stats'}]");
    struct outcome outcome = mirror_run(h, 0, "full", "--full");
    sync_says(outcome.err, "1150 stored tickets are no longer on the API user's list");
    assert_int_equal(harness_number(h, INVISIBLE), 1150);
    assert_in_range(sync_stat(h, "routes.ticket"), 1, 64);
    mirror_same(h);
    char *last =
        harness_value(h, "SELECT fluent_id FROM fluent_tickets WHERE invisible_since IS NOT "
                         "NULL ORDER BY id DESC LIMIT 1");
    harness_control(h, "{'do':'delete','id':%s}", last);
    for (int i = 0; i < 18; i++)
        walk(h, 0);
    assert_int_equal(harness_number(h, DELETED), 1);
    mirror_same(h);
}

/* A mass deletion is told from a sample; meant, it is asked for ticket by ticket. */
static void test_deleted_in_bulk(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 1200, "per_page = 500\n", NULL);
    harness_control(h, "[{'do':'delete_random','count':1100},{'do':'reset_stats'}]");
    walk(h, 3);
    sync_says(sync_last(h, "error_message"), "or more tickets are deleted");
    sync_says(sync_last(h, "error_message"), "--max-deletes 1100");
    assert_in_range(sync_stat(h, "routes.ticket"), 1, 64);
    assert_int_equal(harness_number(h, DELETED) + harness_number(h, INVISIBLE), 0);
    mirror_run(h, 3, "full", "--full --max-deletes 1100");
    sync_says(sync_last(h, "error_message"), "100 more tickets");
    assert_int_equal(harness_number(h, DELETED), 1000);
    mirror_run(h, 0, "full", "--full --max-deletes 1100");
    mirror_same(h);
}

/* Out of scope */

static void test_out_of_scope(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 120, NULL, NULL);
    /* 10 and 20 are of the spring, 5 and 6 of the autumn. */
    harness_control(h, "[{'do':'delete','id':10},{'do':'hide','id':20},{'do':'delete','id':5},"
                       "{'do':'hide','id':6},{'do':'reset_stats'}]");
    mirror_configure(h, "date_filter = 2025-09-20\n", NULL, NULL);
    walk(h, 0);
    mirror_same_scope(h, "2025-09-20", 0);
    assert_int_equal(sync_stat(h, "routes.ticket"), 2);
    assert_string_equal(harness_table(h, "SELECT fluent_id, deleted_at IS NULL FROM fluent_tickets "
                                         "WHERE fluent_id IN ('5', '10') "
                                         "ORDER BY LENGTH(fluent_id)"),
                        "5\t0\n10\t1\n");
    mirror_configure(h, NULL, NULL, NULL);
    mirror_run(h, 0, "full", NULL);
    mirror_same(h);
}

/* Single tickets */

static void test_ticket(void **state)
{
    struct harness *h = *state;
    static const char kept[] =
        "SELECT watermark, total, max_id, last_full_walk, scope FROM fluent_sync_state";
    mirror_import(h, 120, NULL, NULL);
    char *before = harness_table(h, kept);
    harness_control(h, "[{'do':'update','id':5,'set':{'title':'New'}},"
                       "{'do':'update','id':6,'set':{'title':'New'}},{'do':'create'},"
                       "{'do':'create'}]");
    mirror_run(h, 0, "tickets", "--ticket 5 --ticket 124");
    assert_string_equal(sync_last(h, "CONCAT(tickets_added, tickets_updated)"), "11");
    assert_int_equal(mirror_differences(h), 2);
    assert_string_equal(harness_table(h, kept), before);

    harness_control(h, "[{'do':'delete','id':8},{'do':'hide','id':9}]");
    struct outcome outcome = mirror_run(h, 3, "tickets",
                                        "--ticket 8 --ticket 9 --ticket 999 "
                                        "--ticket 6");
    sync_says(sync_last(h, "error_message"), "ticket 8 is not on the site");
    sync_says(sync_last(h, "error_message"), "ticket 9 is not visible");
    sync_says(outcome.err, "ticket 999 is not on the site");
    assert_string_equal(sync_last(h, "CONCAT(tickets_deleted, tickets_updated)"), "11");
    assert_int_equal(harness_number(h, DELETED), 1);
    assert_int_equal(harness_number(h, DELETED " WHERE fluent_id = '8'"), 1);
    assert_string_equal(harness_table(h, kept), before);
    mirror_run(h, 3, "tickets", "--ticket 8");
    assert_string_equal(sync_last(h, "tickets_deleted"), "0");

    mirror_turn_back(h, "last_total_walk", 3700);
    mirror_run(h, 0, "incremental", NULL);
    mirror_same(h);
}

/* It waits for the run that holds the lease. */
static void test_ticket_waits(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 120, NULL, NULL);
    harness_control(h, "[{'do':'update','id':5},{'do':'reset_stats'},"
                       "{'do':'fault','kind':'stall','seconds':3,"
                       "'match':'order_by=updated_at','times':1}]");
    struct process *first = harness_sync_start(h, "--json", NULL);
    mirror_wait_lists(h, 1);
    sync_expect(harness_sync(h, "--quiet", NULL), 7); /* any other run does not wait */
    struct process *second = harness_sync_start(h, "--json", "--ticket", "5", NULL);
    sync_expect(harness_wait(h, first), 0);
    mirror_wait(h, second, 0, "tickets");
    mirror_same(h);
    assert_int_equal(harness_count(h, "fluent_sync_status"), 3);
}

/* Another site */

static void test_home(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 120, NULL, NULL);
    harness_control(h, "[{'do':'site','home':'https://other.example.test'},"
                       "{'do':'update_random','count':5}]");
    char *before = mirror_sums(h);
    static const char *const options[] = {NULL, "--full", "--ticket 5"};
    for (size_t i = 0; i < 3; i++) {
        mirror_run(h, 4, NULL, options[i]);
        sync_says(sync_last(h, "error_message"), "--accept-site");
        assert_string_equal(mirror_sums(h), before);
    }
    mirror_run(h, 0, NULL, "--accept-site");
    mirror_same(h);
    mirror_run(h, 0, "incremental", NULL);
}

/* First the site cannot return a reject any more, then it no longer has it. */
static void test_reject_gone(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 120, NULL, NULL);
    harness_control(h, "{'do':'update','id':5,'set':{'created_at':null,"
                       "'updated_at':'2025-09-30T00:00:00+00:00'}}"); /* not in the head */
    walk(h, 3);
    assert_string_equal(sync_last(h, "tickets_rejected"), "1");
    mirror_configure(h, "retries = 0\n", NULL, NULL);
    harness_sql(h, "UPDATE fluent_rejects SET next_attempt = UTC_TIMESTAMP()");
    harness_control(h, "[{'do':'fault','kind':'status','status':500,'match':'search=id'}]");
    mirror_run(h, 3, "incremental", NULL);
    assert_int_equal(harness_count(h, "fluent_rejects WHERE next_attempt > UTC_TIMESTAMP()"), 1);
    /* Deleted again: off the record. */
    harness_control(h, "[{'do':'fault','times':0},{'do':'delete','id':5}]");
    harness_sql(h, "UPDATE fluent_rejects SET next_attempt = UTC_TIMESTAMP()");
    walk(h, 0);
    assert_int_equal(harness_count(h, "fluent_rejects"), 0);
    assert_int_equal(harness_number(h, DELETED " WHERE fluent_id = '5'"), 1);
    assert_string_equal(sync_last(h, "tickets_deleted"), "1");
    mirror_same(h);
}

/* The site counts more tickets than its pages hold. What became of each that they do not hold is
 * asked for all the same: the next run, which finds the list as the walk saw it, would not. */
static void test_unconfirmed(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 120, NULL, NULL);
    int hidden = mirror_id_on(h, 50);
    mirror_delete_on(h, 70);
    harness_control(h, "[{'do':'hide','id':%d},{'do':'fault','kind':'total','total':121}]", hidden);
    sync_says(mirror_run(h, 3, "full", "--full").err, "counts more tickets than its pages hold");
    mirror_same(h);
    assert_string_equal(sync_last(h, "CONCAT(tickets_deleted, tickets_invisible)"), "11");
    harness_end_faults(h);
    mirror_run(h, 0, "incremental", NULL);
    mirror_same(h);
}

/* The dashboard removes the rows of such runs: the next one looks all the same. */
static void test_rows_of_runs_removed(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 120, NULL, NULL);
    harness_control(h, "{'do':'create','ticket':{'id':900}}");
    sync_expect(harness_sync(h, "--ticket", "900", NULL), 0);
    harness_sql(h, "DELETE FROM fluent_sync_status WHERE mode = 'tickets'");
    harness_control(h, "{'do':'delete','id':900}");
    mirror_run(h, 0, "incremental", NULL);
    mirror_same(h);
}

/* What has been invisible since a walk is not asked for by each run after one that stored tickets
 * without recording them. While a reject waits, nothing is looked for at all. */
static void test_invisible_is_not_asked_for_again(void **state)
{
    static const char recorded[] = "SELECT recorded_epoch = lease_epoch FROM fluent_sync_state";
    struct harness *h = *state;
    mirror_import(h, 120, NULL, NULL);
    for (int row = 10; row < 20; row++)
        harness_control(h, "{'do':'hide','id':%d}", mirror_id_on(h, row));
    walk(h, 0);
    assert_int_equal(harness_number(h, INVISIBLE), 10);
    assert_int_equal(harness_number(h, recorded), 1);
    sync_expect(harness_sync(h, "--ticket", "5", NULL), 0);
    assert_int_equal(harness_number(h, recorded), 0);
    harness_control(h, "{'do':'reset_stats'}");
    mirror_run(h, 0, "incremental", NULL);
    assert_int_equal(sync_stat(h, "routes.ticket"), 0);
    assert_int_equal(harness_number(h, recorded), 1);
    harness_sql(h, "INSERT INTO fluent_rejects (site_key, fluent_id, reason, first_seen, "
                   "last_seen, next_attempt) VALUES ('', '9999', 'x', UTC_TIMESTAMP(), "
                   "UTC_TIMESTAMP(), UTC_TIMESTAMP() + INTERVAL 1 DAY)");
    mirror_run(h, 3, "incremental", NULL);
    assert_int_equal(harness_number(h, recorded), 1);
    mirror_run(h, 3, "incremental", NULL);
    assert_int_equal(sync_stat(h, "routes.ticket"), 0);
}

/* The site deletes the ticket that changed last once it has shown the list by date. */
static void delete_newest_behind_head(struct harness *h)
{
    cJSON *all = cJSON_Parse(harness_control_get(h, "tickets"));
    const cJSON *t, *newest = all->child;
    cJSON_ArrayForEach(t, all)
    {
        const char *updated = cJSON_GetObjectItem(t, "updated_at")->valuestring;
        if (strcmp(updated, cJSON_GetObjectItem(newest, "updated_at")->valuestring) > 0)
            newest = t;
    }
    harness_control(h, "{'do':'between','every':1,'times':1,'run':[{'do':'delete','id':%d}]}",
                    cJSON_GetObjectItem(newest, "id")->valueint);
    cJSON_Delete(all);
}

/* A ticket that the head has stored may be gone before the walk reads its page: in a first import,
 * and where a walk that was killed before its first page goes on. */
static void test_gone_behind_the_head(void **state)
{
    struct harness *h = *state;
    mirror_prepare(h, 120, "connections = 1\n", NULL, NULL);
    delete_newest_behind_head(h);
    mirror_run(h, 0, "full", NULL);
    mirror_same(h);
    assert_int_equal(harness_number(h, DELETED), 1);
    harness_fault(h, "'kind':'stall','match':'order_by=id'");
    mirror_turn_back(h, "last_full_walk", 24 * 3600);
    struct process *run = harness_sync_start(h, NULL);
    sync_wait_until(h, "SELECT walk_started IS NOT NULL FROM fluent_sync_state");
    kill(run->pid, SIGKILL);
    harness_wait(h, run);
    harness_end_faults(h);
    sync_expire_lease(h);
    harness_control(h, "{'do':'create','ticket':{'id':900}}");
    delete_newest_behind_head(h);
    mirror_run(h, 0, "full, resumed", NULL);
    mirror_same(h);
    assert_int_equal(harness_number(h, DELETED), 2);
}

/* A run with --ticket, and one that is killed behind its head, store tickets of which no record
 * tells. That they are gone before the next run shows all the same. */
static void test_stored_and_never_recorded(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 120, NULL, NULL);
    harness_control(h, "{'do':'create','ticket':{'id':900}}");
    sync_expect(harness_sync(h, "--ticket", "900", NULL), 0);
    harness_control(h, "{'do':'delete','id':900}");
    mirror_run(h, 0, "incremental", NULL);
    assert_string_equal(sync_cell(h, 900, "f.deleted_at IS NOT NULL"), "1");
    mirror_delete_on(h, 70);
    harness_control(h, "[{'do':'create','ticket':{'id':910}},{'do':'create','ticket':{'id':911}}]");
    harness_fault(h, "'kind':'stall','match':'order_by=id','skip':1");
    struct process *run = harness_sync_start(h, NULL);
    sync_wait_until(h, "SELECT COUNT(*) FROM fluent_tickets WHERE fluent_id = '910'");
    kill(run->pid, SIGKILL);
    harness_wait(h, run);
    harness_end_faults(h);
    harness_control(h, "{'do':'delete','id':910}");
    sync_expire_lease(h);
    mirror_run(h, 0, "incremental", NULL);
    assert_string_equal(sync_cell(h, 910, "f.deleted_at IS NOT NULL"), "1");
    mirror_same(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_deleted),
        SYNC_TEST(test_hidden_requests),
        SYNC_TEST(test_touched_in_any_column),
        SYNC_TEST(test_persons_word_is_the_last),
        SYNC_TEST(test_hidden_by_ticket),
        SYNC_TEST(test_deleted_says_a_cache),
        SYNC_TEST(test_max_deletes),
        SYNC_TEST(test_bit_by_bit),
        SYNC_TEST(test_bit_by_bit_within_full_every),
        SYNC_TEST(test_unconfirmed),
        SYNC_TEST(test_stored_and_never_recorded),
        SYNC_TEST(test_rows_of_runs_removed),
        SYNC_TEST(test_invisible_is_not_asked_for_again),
        SYNC_TEST(test_gone_behind_the_head),
        SYNC_TEST(test_ten_are_always_allowed),
        SYNC_TEST(test_odd_answers),
        SYNC_TEST(test_customer_gone),
        SYNC_TEST(test_invisible),
        SYNC_TEST(test_restricted),
        SYNC_TEST(test_least_privilege),
        SYNC_TEST(test_hidden_from_the_list),
        SYNC_TEST(test_firewall_before_a_single_ticket),
        SYNC_TEST(test_shown_behind_the_walk),
        SYNC_TEST(test_thousands),
        SYNC_TEST(test_deleted_in_bulk),
        SYNC_TEST(test_out_of_scope),
        SYNC_TEST(test_ticket),
        SYNC_TEST(test_ticket_waits),
        SYNC_TEST(test_home),
        SYNC_TEST(test_reject_gone),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}

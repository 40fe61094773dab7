/* test_conversations: what [sync] conversations stores is what the site has, whole, however runs
 * end; internal notes only when they are asked for; and nothing of it when it is not. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness_mirror.h"

#define FLUENT "date_filter = 2000-01-01\nretries = 0\n"
#define PUBLIC "conversations = public\n"
#define ALL "conversations = all\n"

static void prepare(struct harness *h, int tickets, const char *sync)
{
    sync_prepare(h, tickets, FLUENT, sync, NULL);
}

static int64_t respond(struct harness *h, int ticket, const char *type, const char *content)
{
    char *answer = harness_control(h, "{'do':'respond','id':%d,'type':'%s','content':'%s'}", ticket,
                                   type, content);
    cJSON *json = sync_json(answer);
    const cJSON *first = cJSON_IsArray(json) ? json->child : json;
    int64_t id = (int64_t)sync_member(first, "response");
    cJSON_Delete(json);
    return id;
}

/* A ticket that nothing was said of. */
static void create(struct harness *h, int ticket)
{
    harness_control(h,
                    "{'do':'create','ticket':{'id':%d,'response_count':'0',"
                    "'preview_response':null}}",
                    ticket);
}

static char *texts(struct harness *h, int ticket)
{
    return harness_table(h, harness_text(h,
                                         "SELECT type, text, deleted_at IS NOT NULL FROM "
                                         "fluent_responses WHERE fluent_id = '%d' "
                                         "ORDER BY response_id",
                                         ticket));
}

static int64_t behind(struct harness *h)
{
    return harness_number(h, "SELECT COUNT(*) FROM fluent_conversations WHERE behind = 1");
}

static void run(struct harness *h, const char *option)
{
    sync_expect(harness_sync(h, option, NULL), 0);
}

static void test_public_entries_alone(void **state)
{
    struct harness *h = *state;
    prepare(h, 0, PUBLIC);
    create(h, 1);
    create(h, 2);
    respond(h, 1, "response", "<p>First &amp; last</p>");
    respond(h, 1, "note", "<p>qvxnote</p>");
    respond(h, 1, "draft_response", "<p>qvxdraft</p>");
    run(h, NULL);
    assert_string_equal(texts(h, 1), "response\tFirst & last\t0\n");
    sync_says_not(sync_dump(h), "qvx");
    assert_int_equal(behind(h), 0);
    assert_string_equal(
        harness_table(h, "SELECT person_type, person_name, person_email FROM fluent_responses"),
        "agent\tApi Agentx\tapi@example.test\n");
    /* Nothing new costs nothing; a ticket without entries is never asked for. */
    int64_t before = harness_counter(h, "Com_delete");
    harness_control(h, "{'do':'reset_stats'}");
    run(h, NULL);
    assert_int_equal(harness_counter(h, "Com_delete"), before);
    assert_int_equal(sync_stat(h, "requests"), 3); /* index, head and tail */
}

static void test_all_entries(void **state)
{
    struct harness *h = *state;
    prepare(h, 0, ALL);
    create(h, 1);
    respond(h, 1, "response", "Hello");
    respond(h, 1, "note", "Call him");
    run(h, NULL);
    assert_string_equal(texts(h, 1), "response\tHello\t0\nnote\tCall him\t0\n");
    /* What may not be stored any more is gone before the site is asked. */
    harness_config(h, FLUENT, PUBLIC, NULL);
    harness_control(h, "{'do':'fault','kind':'status','match':'/tickets/1','status':503}");
    harness_sync(h, NULL);
    assert_string_equal(texts(h, 1), "response\tHello\t0\n");
    harness_config(h, FLUENT, NULL, NULL);
    run(h, NULL);
    assert_int_equal(harness_count(h, "fluent_responses"), 0);
    assert_int_equal(harness_count(h, "fluent_conversations"), 0);
}

/* A removal that ended half way, or a backup of some of the tables, leaves entries alone. */
static void test_entries_alone(void **state)
{
    struct harness *h = *state;
    prepare(h, 0, PUBLIC);
    create(h, 1);
    respond(h, 1, "response", "Hello");
    run(h, NULL);
    harness_sql(h, "DELETE FROM fluent_conversations");
    harness_config(h, FLUENT, NULL, NULL);
    run(h, NULL);
    assert_int_equal(harness_count(h, "fluent_responses"), 0);
}

/* They are not wanted, a run that removes them fails half way, and then they are wanted again. */
static void test_removed_half_way(void **state)
{
    static const char *const tables[] = {"fluent_responses", "fluent_conversations"};
    struct harness *h = *state;
    prepare(h, 0, PUBLIC);
    create(h, 1);
    respond(h, 1, "response", "Hello");
    run(h, NULL);
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        harness_config(h, FLUENT, NULL, NULL);
        harness_sql(h, harness_text(h,
                                    "CREATE TRIGGER odd BEFORE DELETE ON %s FOR EACH ROW SIGNAL "
                                    "SQLSTATE '45000'",
                                    tables[i]));
        sync_expect(harness_sync(h, NULL), 6);
        harness_sql(h, "DROP TRIGGER odd");
        harness_config(h, FLUENT, PUBLIC, NULL);
        run(h, NULL);
        assert_string_equal(texts(h, 1), "response\tHello\t0\n");
    }
}

/* Far more tickets than the newest changes hold. */
enum { MANY = 300 };
#define CALL_HIM "fluent_responses WHERE text = 'Call him' AND deleted_at IS NULL"

static void prepare_many(struct harness *h, const char *sync)
{
    sync_prepare(h, MANY, FLUENT "per_page = 10\n", sync, NULL);
    respond(h, 1, "note", "Call him");
    harness_control(h, "{'do':'update','id':1,'set':{'updated_at':'2025-10-01T00:00:00+00:00'}}");
    run(h, NULL);
}

static void want(struct harness *h, const char *sync)
{
    harness_config(h, FLUENT "per_page = 10\n", sync, NULL);
}

static void fail_to_remove(struct harness *h, const char *sync)
{
    want(h, sync);
    harness_sql(h, "CREATE TRIGGER odd BEFORE DELETE ON fluent_responses FOR EACH ROW SIGNAL "
                   "SQLSTATE '45000'");
    sync_expect(harness_sync(h, NULL), 6);
    harness_sql(h, "DROP TRIGGER odd");
}

/* The next run knows each conversation, not only those of the newest changes. */
static void test_wanted_later(void **state)
{
    struct harness *h = *state;
    prepare_many(h, NULL);
    want(h, ALL);
    run(h, NULL);
    int64_t known = harness_count(h, "fluent_conversations");
    assert_int_equal(harness_count(h, CALL_HIM), 1);
    run(h, "--full");
    assert_int_equal(harness_count(h, "fluent_conversations"), known);
    fail_to_remove(h, NULL);
    want(h, ALL);
    run(h, NULL);
    assert_int_equal(harness_count(h, "fluent_conversations"), known);
    assert_int_equal(harness_count(h, CALL_HIM), 1);
}

/* Notes are not wanted for a while: for a run, or for one that fails in between. */
static void test_notes_wanted_again(void **state)
{
    struct harness *h = *state;
    prepare_many(h, ALL);
    want(h, PUBLIC);
    run(h, NULL);
    assert_int_equal(harness_count(h, CALL_HIM), 0);
    want(h, ALL);
    run(h, NULL);
    assert_int_equal(harness_count(h, CALL_HIM), 1);
    want(h, PUBLIC);
    harness_sql(h, "CREATE TRIGGER odd BEFORE UPDATE ON fluent_sync_state FOR EACH ROW IF NOT "
                   "NEW.config_hash <=> OLD.config_hash THEN SIGNAL SQLSTATE '45000'; END IF");
    sync_expect(harness_sync(h, NULL), 6);
    harness_sql(h, "DROP TRIGGER odd");
    assert_int_equal(harness_count(h, CALL_HIM), 0);
    want(h, ALL);
    run(h, NULL);
    assert_int_equal(harness_count(h, CALL_HIM), 1);
}

/* Every version of the plugin writes dates, counts responses and refuses in its own way. */
static void with_plugin(struct harness *h, const char *plugin)
{
    prepare(h, 0, ALL);
    harness_control(h, "{'do':'site','plugin':'%s','stopped_at':'2026-07-22T07:30:05+00:00'}",
                    plugin);
    create(h, 1);
    create(h, 2);
    respond(h, 1, "response", "Hello");
    harness_control(h, "{'do':'site','now':'2026-07-22T07:30:05+00:00'}"); /* and it goes on */
    run(h, NULL);
    assert_string_equal(
        harness_table(h, "SELECT text, created_at, updated_at FROM fluent_responses"),
        "Hello\t2026-07-22 03:30:05\t2026-07-22 03:30:05\n");
    respond(h, 1, "note", "Call him");
    respond(h, 1, "draft_response", "Dear");
    run(h, NULL);
    assert_string_equal(texts(h, 1),
                        "response\tHello\t0\nnote\tCall him\t0\ndraft_response\tDear\t0\n");
    assert_string_equal(sync_cell(h, 1, "response_count"),
                        strcmp(plugin, "1.7.2") == 0 ? "3" : "1");
    assert_int_equal(behind(h), 0);
    respond(h, 1, "response", "More");
    harness_control(h, "{'do':'between','every':2,'times':1,'run':[{'do':'delete','id':1}]}");
    run(h, NULL); /* the head shows one more entry, and then the ticket is gone */
    assert_int_equal(behind(h), 0);
    run(h, "--full"); /* up to ten deletions are always believed */
    assert_string_equal(harness_value(h, "SELECT fluent_id FROM fluent_tickets WHERE deleted_at IS "
                                         "NOT NULL"),
                        "1");
}

static void test_three_plugins(void **state)
{
    static const char *const plugins[] = {"2.0.1", "1.7.90", "1.7.2"};
    for (size_t i = 0; i < sizeof plugins / sizeof *plugins; i++) {
        if (i > 0)
            sync_next_case(state);
        with_plugin(*state, plugins[i]);
    }
}

static void test_changes(void **state)
{
    struct harness *h = *state;
    prepare(h, 0, PUBLIC);
    create(h, 1);
    int64_t one = respond(h, 1, "response", "One"), two = respond(h, 1, "response", "Two");
    run(h, NULL);
    harness_control(h, "{'do':'site','now':'%s'}", mirror_hours_from_now(h, 1));
    harness_control(h, "{'do':'edit_response','id':1,'response':%lld,'content':'Two, better'}",
                    (long long)two);
    run(h, "--full"); /* an edit moves no updated_at of the ticket */
    assert_string_equal(texts(h, 1), "response\tOne\t0\nresponse\tTwo, better\t0\n");
    respond(h, 1, "response", "Three");
    run(h, NULL);
    assert_string_equal(texts(h, 1),
                        "response\tOne\t0\nresponse\tTwo, better\t0\nresponse\tThree\t0\n");
    /* An older entry shows in no list: only a look in its turn finds it. */
    harness_control(h, "{'do':'delete_response','id':1,'response':%lld}", (long long)one);
    run(h, "--full");
    sync_says(texts(h, 1), "One\t0\n");
    harness_sql(h, "UPDATE fluent_conversations SET looked_at = looked_at - INTERVAL 20 DAY");
    run(h, NULL);
    sync_says(texts(h, 1), "One\t1\n");
}

static void prepare_three(struct harness *h)
{
    prepare(h, 0, PUBLIC);
    for (int ticket = 1; ticket <= 3; ticket++) {
        create(h, ticket);
        respond(h, ticket, "response", "Hello");
    }
}

/* Who names a ticket gets its conversation, however long it has been behind, and what only a look
 * shows. The others wait. */
static void test_named_tickets(void **state)
{
    struct harness *h = *state;
    prepare_three(h);
    run(h, NULL);
    int64_t old = respond(h, 2, "response", "Again");
    run(h, NULL);
    harness_control(h, "{'do':'edit_response','id':2,'response':%lld,'content':'Better'}",
                    (long long)old);
    respond(h, 2, "response", "Newest");
    respond(h, 3, "response", "Newest");
    harness_fault(h, "'kind':'status','status':503,'match':'/tickets/'");
    run(h, NULL);
    harness_end_faults(h);
    assert_int_equal(behind(h), 2);
    harness_sql(h, "UPDATE fluent_conversations SET changed_at = changed_at - INTERVAL 1 DAY "
                   "WHERE fluent_id = '2'");
    run(h, "--ticket=2");
    assert_string_equal(texts(h, 2),
                        "response\tHello\t0\nresponse\tBetter\t0\nresponse\tNewest\t0\n");
    assert_int_equal(behind(h), 1);
    harness_control(h, "{'do':'delete_response','id':2,'response':%lld}", (long long)old);
    run(h, "--ticket=2");
    sync_says(texts(h, 2), "Better\t1\n");
    assert_int_equal(behind(h), 1);
    harness_control(h, "{'do':'delete','id':1}");
    sync_expect(harness_sync(h, "--ticket=1", NULL), 3);
    assert_string_equal(texts(h, 1), "response\tHello\t0\n");
}

/* The site cannot give one conversation: the others are stored, and the run says so. */
static void test_unreadable(void **state)
{
    struct harness *h = *state;
    prepare_three(h);
    harness_control(h, "{'do':'fault','kind':'status','match':'/tickets/2','status':500}");
    struct outcome outcome = harness_sync(h, NULL);
    sync_expect(outcome, 3);
    sync_says(outcome.err, "1 conversation cannot be stored");
    sync_says(harness_sync(h, "status", NULL).out, "1 conversation cannot be stored; all tickets");
    assert_int_equal(harness_count(h, "fluent_tickets"), 3);
    assert_int_equal(harness_count(h, "fluent_responses"), 2);
    sync_says(harness_sync(h, "rejects", NULL).out, "2#conversation");
    harness_control(h, "{'do':'fault','kind':'status','match':'/tickets/2','times':0}");
    sync_rejects_due(h);
    run(h, NULL);
    assert_int_equal(harness_count(h, "fluent_responses"), 3);
    assert_int_equal(harness_count(h, "fluent_rejects"), 0);
}

/* There is nothing to be had any more: the reject does not keep runs from being a success. */
static void test_unreadable_and_not_wanted(void **state)
{
    static const char *const commands[] = {"{'do':'delete','id':2}", "{'do':'hide','id':2}", NULL};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (i > 0)
            sync_next_case(state);
        struct harness *h = *state;
        prepare_three(h);
        harness_control(h, "{'do':'fault','kind':'status','match':'/tickets/2','status':500}");
        sync_expect(harness_sync(h, NULL), 3);
        harness_end_faults(h);
        if (commands[i])
            harness_control(h, "%s", commands[i]);
        else
            harness_config(h, FLUENT, NULL, NULL);
        run(h, "--full");
        assert_int_equal(harness_count(h, "fluent_rejects"), 0);
    }
}

/* The database refuses one conversation: in no run does that keep anything else from being stored,
 * and none is a success. */
static void refused(struct harness *h, const char *trigger)
{
    prepare_three(h);
    harness_sql(h, trigger);
    struct outcome outcome = harness_sync(h, NULL);
    sync_expect(outcome, 3);
    sync_says(outcome.err, "the conversation of ticket 2: database: a trigger refused the row");
    assert_int_equal(harness_count(h, "fluent_tickets"), 3);
    assert_int_equal(harness_count(h, "fluent_responses"), 2);
    sync_says(harness_sync(h, "rejects", NULL).out, "2#conversation");
    create(h, 4);
    respond(h, 4, "response", "Hello");
    sync_rejects_due(h);
    sync_expect(harness_sync(h, NULL), 3);
    assert_string_equal(sync_last(h, "mode"), "incremental");
    assert_int_equal(harness_count(h, "fluent_responses"), 3);
    harness_sql(h, "DROP TRIGGER odd");
    sync_rejects_due(h);
    run(h, "--full");
    assert_int_equal(harness_count(h, "fluent_responses"), 4);
    assert_int_equal(harness_count(h, "fluent_rejects"), 0);
}

static void test_refused_entry(void **state)
{
    refused(*state, "CREATE TRIGGER odd BEFORE INSERT ON fluent_responses FOR EACH ROW IF "
                    "NEW.fluent_id = '2' THEN SIGNAL SQLSTATE '45000'; END IF");
}

static void test_refused_mark(void **state)
{
    refused(*state, "CREATE TRIGGER odd BEFORE INSERT ON fluent_conversations FOR EACH ROW IF "
                    "NEW.fluent_id = '2' THEN SIGNAL SQLSTATE '45000'; END IF");
}

/* The head does not show the ticket any more whose mark was refused: the next run asks for it. */
static void test_refused_mark_beyond_the_head(void **state)
{
    struct harness *h = *state;
    prepare(h, 120, PUBLIC); /* the head has 100 */
    harness_sql(h, "CREATE TRIGGER odd BEFORE INSERT ON fluent_conversations FOR EACH ROW IF "
                   "NEW.fluent_id = '9' THEN SIGNAL SQLSTATE '45000'; END IF");
    harness_control(h, "{'do':'update','id':9,'quiet':true,'set':{'response_count':'0',"
                       "'preview_response':null,'updated_at':'2025-09-25T08:00:00+00:00'}}");
    harness_control(h, "{'do':'respond','id':9,'content':'Hello'}");
    harness_control(h, "{'do':'update','id':9,'quiet':true,'set':{"
                       "'updated_at':'2025-09-25T08:00:00+00:00'}}");
    sync_expect(harness_sync(h, NULL), 3);
    sync_expect(harness_sync(h, NULL), 3); /* not due yet */
    sync_rejects_due(h);
    sync_expect(harness_sync(h, NULL), 3); /* refused again */
    assert_string_equal(harness_value(h, "SELECT attempts FROM fluent_rejects"), "2");
    harness_sql(h, "DROP TRIGGER odd");
    sync_rejects_due(h);
    run(h, NULL);
    assert_string_equal(sync_last(h, "mode"), "incremental");
    assert_string_equal(texts(h, 9), "response\tHello\t0\n");
    assert_int_equal(harness_count(h, "fluent_rejects"), 0);
}

/* A cache that says nothing of it gives a conversation again. */
#define SILENT_CACHE "'kind':'cache','match':'/tickets/1?','ignore':'fluent_sync'"

/* A run that asks twice, before its walk and after it, does not believe the second old answer. */
static void test_doubted_twice(void **state)
{
    struct harness *h = *state;
    prepare(h, 0, PUBLIC);
    create(h, 1);
    respond(h, 1, "response", "One");
    harness_fault(h, SILENT_CACHE);
    run(h, NULL);
    respond(h, 1, "response", "Two");
    run(h, NULL);
    harness_sql(h, "UPDATE fluent_conversations SET looked_at = NULL"); /* not asked for yet */
    run(h, "--full");
    assert_int_equal(behind(h), 1);
    harness_control(h, "{'do':'clear_cache'}");
    run(h, NULL);
    assert_int_equal(behind(h), 0);
    assert_string_equal(texts(h, 1), "response\tOne\t0\nresponse\tTwo\t0\n");
}

/* A cache that says nothing of it gives an old conversation: it is not taken for the present one.
 */
static void test_silent_cache(void **state)
{
    struct harness *h = *state;
    prepare(h, 0, PUBLIC);
    create(h, 1);
    respond(h, 1, "response", "One");
    harness_fault(h, SILENT_CACHE);
    run(h, NULL);
    respond(h, 1, "response", "Two");
    run(h, NULL);
    assert_int_equal(behind(h), 1);
    sync_says(harness_sync(h, "status", NULL).out, "1 behind");
    assert_string_equal(texts(h, 1), "response\tOne\t0\n");
    harness_control(h, "{'do':'clear_cache'}");
    run(h, NULL);
    assert_int_equal(behind(h), 0);
    assert_string_equal(texts(h, 1), "response\tOne\t0\nresponse\tTwo\t0\n");
    /* A look in its turn does not take the newest entry for deleted either. */
    respond(h, 1, "response", "Three");
    harness_control(h, "{'do':'clear_cache'}");
    run(h, NULL);
    harness_control(h, "{'do':'fault','kind':'cache','times':0}");
    harness_control(h, "{'do':'fault','kind':'replay','match':'/tickets/1?','times':1,"
                       "'name':'ticket_single_closed'}");
    harness_sql(h, "UPDATE fluent_conversations SET looked_at = looked_at - INTERVAL 20 DAY");
    run(h, NULL);
    assert_int_equal(behind(h), 1);
    sync_says(texts(h, 1), "Three\t0\n");
    run(h, NULL);
    assert_int_equal(behind(h), 0);
    sync_says(texts(h, 1), "Three\t0\n");
}

/* The newest entry is deleted before the conversation is asked for, or never given: that is
 * believed when the next run sees it, too. */
static void test_newest_entry_is_not_given(void **state)
{
    struct harness *h = *state;
    prepare(h, 0, PUBLIC);
    create(h, 1);
    respond(h, 1, "response", "One");
    run(h, NULL);
    int64_t two = respond(h, 1, "response", "Two");
    harness_control(h,
                    "{'do':'between','every':2,'times':1,'run':[{'do':'delete_response','id':1,"
                    "'response':%lld}]}",
                    (long long)two);
    run(h, NULL);
    assert_int_equal(behind(h), 1);
    run(h, NULL);
    assert_int_equal(behind(h), 0);
    harness_control(h,
                    "{'do':'update','id':1,'quiet':true,'set':{'preview_response':{'id':%lld,"
                    "'updated_at':'2026-01-01T00:00:00+00:00'}}}",
                    (long long)two);
    run(h, NULL);
    assert_int_equal(behind(h), 1);
    run(h, NULL);
    assert_int_equal(behind(h), 0);
    assert_string_equal(texts(h, 1), "response\tOne\t0\n");
}

/* An unknown error that hits every row is the table's, not each conversation's. */
static void test_an_unknown_error_of_all(void **state)
{
    static const char *const triggers[] = {"INSERT ON fluent_conversations",
                                           "INSERT ON fluent_responses"};
    struct harness *h = *state;
    prepare_three(h);
    for (size_t i = 0; i < sizeof triggers / sizeof *triggers; i++) {
        harness_sql(h, harness_text(h,
                                    "CREATE TRIGGER odd BEFORE %s FOR EACH ROW SIGNAL SQLSTATE "
                                    "'HY000' SET MYSQL_ERRNO = 30001",
                                    triggers[i]));
        struct outcome outcome = harness_sync(h, NULL);
        sync_expect(outcome, 6);
        sync_says(outcome.err, "30001");
        assert_int_equal(harness_count(h, "fluent_rejects"), 0);
        harness_sql(h, "DROP TRIGGER odd");
    }
    run(h, NULL);
    assert_int_equal(harness_count(h, "fluent_responses"), 3);
}

/* The error that ends the run is the unknown one, also where a known one came last. */
static void test_an_unknown_error_of_most(void **state)
{
    struct harness *h = *state;
    prepare_three(h);
    harness_sql(h, "CREATE TRIGGER odd BEFORE INSERT ON fluent_responses FOR EACH ROW BEGIN "
                   "SET @refused = COALESCE(@refused, 0) + 1; IF @refused < 3 THEN "
                   "SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 30001; END IF; "
                   "SIGNAL SQLSTATE '45000'; END");
    struct outcome outcome = harness_sync(h, NULL);
    sync_expect(outcome, 6);
    sync_says(outcome.err, "30001");
    assert_int_equal(harness_count(h, "fluent_rejects"), 0);
}

/* The site gives tickets, and then nothing more: no failure, and the next run goes on. */
static void test_site_goes_away(void **state)
{
    struct harness *h = *state;
    prepare(h, 0, PUBLIC);
    create(h, 1);
    respond(h, 1, "response", "Hello");
    harness_control(h, "{'do':'fault','kind':'status','match':'/tickets/1','status':503}");
    struct outcome outcome = harness_sync(h, NULL);
    sync_expect(outcome, 0);
    sync_says(outcome.err, "no more conversations can be read now");
    assert_int_equal(behind(h), 1);
    sync_says(harness_sync(h, "status", NULL).out, "1 behind");
    sync_expect(harness_sync(h, "report", NULL), 0);
    sync_says(harness_sync(h, "report", NULL).out, "<dt>Conversations</dt><dd>1 behind</dd>");
    harness_control(h, "{'do':'fault','kind':'status','match':'/tickets/1','times':0}");
    run(h, NULL);
    assert_int_equal(behind(h), 0);
    sync_says(texts(h, 1), "Hello");
}

/* Walks that take all the time of their runs, one after the other, leave some to conversations. */
static void test_walks_leave_time(void **state)
{
    struct harness *h = *state;
    prepare(h, 0, PUBLIC "deadline = 12s\n");
    create(h, 1);
    create(h, 2);
    run(h, NULL);
    respond(h, 1, "response", "Hello");
    run(h, NULL);
    harness_sql(h, "UPDATE fluent_conversations SET asked = NULL");
    harness_sql(h, "DELETE FROM fluent_responses");
    harness_control(h, "{'do':'fault','kind':'stall','match':'order_by=id'}");
    sync_expect(harness_sync(h, "--full", NULL), 8);
    assert_int_equal(behind(h), 0);
    assert_string_equal(texts(h, 1), "response\tHello\t0\n");
}

/* A customer who is gone: the single ticket is always a 500, and not asked for. */
static void test_orphan(void **state)
{
    struct harness *h = *state;
    prepare(h, 0, PUBLIC);
    create(h, 1);
    respond(h, 1, "response", "Hello");
    harness_control(h, "{'do':'update','id':1,'set':{'customer':null}}");
    run(h, NULL);
    assert_int_equal(harness_count(h, "fluent_conversations"), 0);
}

static void test_dropped(void **state)
{
    struct harness *h = *state;
    prepare(h, 0, PUBLIC);
    create(h, 1);
    harness_control(h, "{'do':'respond','id':1,'content':'qvxbody','customer':{'id':5,"
                       "'person_type':'customer','full_name':'qvxname','email':'qvxmail'}}");
    run(h, NULL);
    sync_says(sync_dump(h), "qvxbody");
    harness_config(h, FLUENT, PUBLIC,
                   "[privacy]\ndrop = customer.full_name, customer.email, responses.content\n");
    run(h, NULL);
    sync_says_not(sync_dump(h), "qvxbody");
    sync_says_not(sync_dump(h), "qvxname");
    sync_says_not(sync_dump(h), "qvxmail");
    assert_int_equal(harness_count(h, "fluent_responses"), 1);
}

static void test_attachments(void **state)
{
    struct harness *h = *state;
    prepare(h, 0, PUBLIC);
    create(h, 1);
    harness_control(h, "{'do':'respond','id':1,'content':'See there','attachments':[{'id':7,"
                       "'title':'a.png','file_type':'image/png','file_size':123,"
                       "'full_url':'https://site.test/secret.png'}]}");
    run(h, NULL);
    char *attachments = harness_value(h, "SELECT attachments FROM fluent_responses");
    sync_says(attachments, "a.png");
    sync_says(attachments, "image/png");
    sync_says_not(sync_dump(h), "secret.png");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_public_entries_alone),
        SYNC_TEST(test_all_entries),
        SYNC_TEST(test_entries_alone),
        SYNC_TEST(test_removed_half_way),
        SYNC_TEST(test_wanted_later),
        SYNC_TEST(test_notes_wanted_again),
        SYNC_TEST(test_three_plugins),
        SYNC_TEST(test_changes),
        SYNC_TEST(test_named_tickets),
        SYNC_TEST(test_unreadable),
        SYNC_TEST(test_unreadable_and_not_wanted),
        SYNC_TEST(test_refused_entry),
        SYNC_TEST(test_refused_mark),
        SYNC_TEST(test_refused_mark_beyond_the_head),
        SYNC_TEST(test_silent_cache),
        SYNC_TEST(test_doubted_twice),
        SYNC_TEST(test_newest_entry_is_not_given),
        SYNC_TEST(test_an_unknown_error_of_all),
        SYNC_TEST(test_an_unknown_error_of_most),
        SYNC_TEST(test_site_goes_away),
        SYNC_TEST(test_walks_leave_time),
        SYNC_TEST(test_orphan),
        SYNC_TEST(test_dropped),
        SYNC_TEST(test_attachments),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}

/* test_edits: what people change in `requests` survives the next run, and what inherited rows of
 * the old service become. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness_sync.h"

/* requests of the ticket, by its id in the site. */
#define OF "JOIN fluent_tickets f ON r.id = f.request_id "

static void prepare_one(struct harness *h, const char *sync)
{
    sync_prepare(h, 0, NULL, sync, NULL);
    harness_control(h, "[{'do':'create','ticket':{'id':2,'title':'Café',"
                       "'content':'<p>Body</p>','priority':'normal','product':null}}]");
    sync_expect(harness_sync(h, NULL), 0);
}

/* Changes everything in the ticket that is mapped. */
static void change_ticket(struct harness *h)
{
    harness_control(h, "{'do':'update','id':2,'set':{'title':'Changed','priority':'critical',"
                       "'product':{'id':9,'title':'Hosting'}}}");
}

static char *request(struct harness *h)
{
    return harness_table(h, "SELECT category, urgency, description FROM requests");
}

static int kept(struct harness *h, struct outcome outcome)
{
    sync_expect(outcome, 0);
    cJSON *json = sync_json(outcome.out);
    int edits = (int)sync_member(json, "editsKept");
    cJSON_Delete(json);
    assert_string_equal(sync_last(h, "edits_kept"), harness_text(h, "%d", edits));
    return edits;
}

static void test_nobody_edits(void **state)
{
    struct harness *h = *state;
    prepare_one(h, NULL);
    assert_string_equal(request(h), "Support\tMEDIUM\tCafé\\n\\nBody\n");
    change_ticket(h);
    assert_int_equal(kept(h, harness_sync(h, "--json", NULL)), 0);
    assert_string_equal(request(h), "Hosting\tHIGH\tChanged\\n\\nBody\n");
}

static void test_edits_survive(void **state)
{
    struct harness *h = *state;
    prepare_one(h, NULL);
    harness_sql(h, "UPDATE requests SET category = 'Forms', urgency = 'PROMOTION', "
                   "description = 'Mine'");
    change_ticket(h);
    assert_int_equal(kept(h, harness_sync(h, "--json", NULL)), 3);
    assert_string_equal(request(h), "Forms\tPROMOTION\tMine\n");
    /* The ticket's own table follows all the same. */
    assert_string_equal(
        harness_table(h, "SELECT title, priority, product_name FROM fluent_tickets"),
        "Changed\tcritical\tHosting\n");
    assert_int_equal(kept(h, harness_sync(h, "--json", "--full", NULL)), 3);
    assert_string_equal(request(h), "Forms\tPROMOTION\tMine\n");
    sync_says(harness_sync(h, "--full", NULL).out, ", 3 edits of people kept\n");
    struct outcome outcome = harness_sync(h, "tickets", "--edited", NULL);
    sync_expect(outcome, 0);
    sync_says(outcome.out, "PROMOTION");
    sync_says(outcome.out, "description");
}

/* The base holds a long text's hash alone: what the site has is made of the ticket that is stored.
 */
static void test_a_long_text_of_the_site_is_shown(void **state)
{
    struct harness *h = *state;
    sync_prepare(h, 0, NULL, NULL, NULL);
    const char *digits = harness_text(h, "%0300d", 0);
    harness_control(h,
                    "[{'do':'create','ticket':{'id':2,'title':'Café',"
                    "'content':'<p>A %s</p><p>end</p>'}}]",
                    digits);
    sync_expect(harness_sync(h, NULL), 0);
    harness_sql(h, "UPDATE requests SET description = 'Mine', category = 'Forms'");
    cJSON *json = sync_json(harness_sync(h, "tickets", "--edited", "--json", NULL).out), *edit;
    assert_int_equal(cJSON_GetArraySize(json), 2);
    edit = cJSON_GetArrayItem(json, 1);
    assert_string_equal(cJSON_GetObjectItem(edit, "column")->valuestring, "description");
    assert_string_equal(cJSON_GetObjectItem(edit, "theirs")->valuestring,
                        harness_text(h, "Café\n\nA %s\n\nend", digits));
    cJSON_Delete(json);
    sync_says(harness_sync(h, "show", "2", "--json", NULL).out, "\"theirs\":\"Café");
    struct outcome outcome = harness_sync(h, "tickets", "--edited", "--limit=1", NULL);
    sync_expect(outcome, 0);
    sync_says(outcome.err, "1 of 2 edits");
}

/* If one column is edited, the others follow the site. */
static void test_column_by_column(void **state)
{
    struct harness *h = *state;
    prepare_one(h, NULL);
    harness_sql(h, "UPDATE requests SET urgency = 'LOW'");
    change_ticket(h);
    assert_int_equal(kept(h, harness_sync(h, "--json", NULL)), 1);
    assert_string_equal(request(h), "Hosting\tLOW\tChanged\\n\\nBody\n");
    sync_says(harness_sync(h, "--full", NULL).out, ", 1 edit of a person kept\n");
}

/* A change is an edit even if a collation calls both values equal. */
static void test_small_edits(void **state)
{
    struct harness *h = *state;
    static const char *const edits[] = {
        "category = 'support', description = REPLACE(description, 'Café', 'Cafe')",
        "category = 'Support ', description = CONCAT(description, ' ')",
        "category = 'SUPPORT', description = UPPER(description)",
    };
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
        harness_new_database(h);
        prepare_one(h, NULL);
        harness_sql(h, harness_text(h, "UPDATE requests SET %s", edits[i]));
        char *edited = harness_table(h, "SELECT category, description FROM requests");
        change_ticket(h);
        assert_int_equal(kept(h, harness_sync(h, "--json", NULL)), 2);
        assert_string_equal(harness_table(h, "SELECT category, description FROM requests"), edited);
    }
}

static void test_handed_back(void **state)
{
    struct harness *h = *state;
    prepare_one(h, NULL);
    harness_sql(h, "UPDATE requests SET category = 'Forms'");
    change_ticket(h);
    assert_int_equal(kept(h, harness_sync(h, "--json", NULL)), 1);
    harness_sql(h, "UPDATE requests SET category = 'Support'");
    assert_int_equal(kept(h, harness_sync(h, "--json", "--full", NULL)), 0);
    assert_string_equal(request(h), "Hosting\tHIGH\tChanged\\n\\nBody\n");
}

/* If a person makes the same change as the site, it is no longer an edit. */
static void test_same_change(void **state)
{
    struct harness *h = *state;
    prepare_one(h, NULL);
    harness_sql(h, "UPDATE requests SET category = 'Hosting'");
    change_ticket(h);
    assert_int_equal(kept(h, harness_sync(h, "--json", NULL)), 0);
    harness_control(h, "{'do':'update','id':2,'set':{'product.title':'Email'}}");
    assert_int_equal(kept(h, harness_sync(h, "--json", NULL)), 0);
    sync_says(request(h), "Email\t");
}

static void test_overwrite(void **state)
{
    struct harness *h = *state;
    prepare_one(h, "local_edits = overwrite\n");
    harness_sql(h, "UPDATE requests SET category = 'Forms', urgency = 'PROMOTION', "
                   "description = 'Mine', status = 'active', estimated_hours = 9.75");
    change_ticket(h);
    assert_int_equal(kept(h, harness_sync(h, "--json", NULL)), 0);
    assert_string_equal(request(h), "Hosting\tHIGH\tChanged\\n\\nBody\n");
    assert_string_equal(harness_value(h, "SELECT estimated_hours FROM requests"), "9.75");
}

/* A full walk makes the mirror what the setting says, of unchanged tickets too; a run of single
 * tickets does it for these. */
static void test_overwrite_unchanged(void **state)
{
    struct harness *h = *state;
    prepare_one(h, "local_edits = overwrite\n");
    char *clean = request(h);
    static const char *const runs[] = {"--full", "--ticket=2"};
    for (size_t i = 0; i < 2; i++) {
        harness_sql(h, "UPDATE requests SET category = 'Forms', description = 'Mine'");
        assert_int_equal(kept(h, harness_sync(h, "--json", runs[i], NULL)), 0);
        assert_string_equal(request(h), clean);
        assert_string_equal(sync_last(h, "tickets_updated"), "1");
        char *sums = sync_sums(h, "requests, fluent_tickets");
        assert_int_equal(kept(h, harness_sync(h, "--json", runs[i], NULL)), 0);
        assert_string_equal(sync_sums(h, "requests, fluent_tickets"), sums);
        assert_string_equal(sync_last(h, "tickets_unchanged"), "1");
    }
    /* Edits that were kept before the setting was changed. */
    harness_config(h, NULL, NULL, NULL);
    harness_sql(h, "UPDATE requests SET category = 'Forms'");
    assert_int_equal(kept(h, harness_sync(h, "--json", "--full", NULL)), 0);
    sync_says(request(h), "Forms");
    harness_config(h, NULL, "local_edits = overwrite\n", NULL);
    assert_int_equal(kept(h, harness_sync(h, "--json", "--full", NULL)), 0);
    assert_string_equal(request(h), clean);
    /* What the dashboard put away stays so. */
    harness_sql(h, "UPDATE requests SET category = 'Forms', status = 'ignored'");
    assert_int_equal(kept(h, harness_sync(h, "--json", "--full", NULL)), 0);
    sync_says(request(h), "Forms");
}

/* A request is written when it is made and never again; later it catches up. */
static void test_once(void **state)
{
    struct harness *h = *state;
    prepare_one(h, "local_edits = once\n");
    char *written = harness_table(h, "SELECT * FROM requests");
    change_ticket(h);
    assert_int_equal(kept(h, harness_sync(h, "--json", NULL)), 0);
    assert_string_equal(harness_table(h, "SELECT * FROM requests"), written);
    assert_string_equal(sync_last(h, "tickets_updated"), "1");
    assert_string_equal(sync_cell(h, 2, "product_name"), "Hosting");
    harness_config(h, NULL, "local_edits = once\n",
                   "[map.urgency]\n* = PROMOTION\n[map.fields]\nwebsite_url = customer.email\n"
                   "[privacy]\ndrop = content\n");
    sync_expect(harness_sync(h, NULL), 0);
    assert_string_equal(harness_table(h, "SELECT * FROM requests"), written);
    sync_expect(harness_sync(h, "--full", NULL), 0);
    assert_string_equal(sync_last(h, "tickets_updated"), "0");
    assert_string_equal(harness_table(h, "SELECT * FROM requests"), written);
    /* A person's edit is one all the same, and no catching up takes it away. */
    harness_sql(h, "UPDATE requests SET category = 'Forms'");
    assert_int_equal(kept(h, harness_sync(h, "--json", "--ticket=2", NULL)), 0);
    harness_control(h, "{'do':'update','id':2,'set':{'product.title':'Email'}}");
    assert_int_equal(kept(h, harness_sync(h, "--json", NULL)), 1);
    struct outcome outcome = harness_sync(h, "--adopt", NULL);
    sync_expect(outcome, 2);
    sync_says(outcome.err, "--adopt writes requests again");
    harness_config(h, NULL, NULL, NULL);
    assert_int_equal(kept(h, harness_sync(h, "--json", NULL)), 1);
    assert_string_equal(sync_last(h, "mode"), "full");
    assert_string_equal(request(h), "Forms\tHIGH\tChanged\\n\\nBody\n");
}

/* The dashboard's own columns, and requests that it has put away. */
static void test_never_touched(void **state)
{
    struct harness *h = *state;
    static const char *const status[] = {"deleted", "ignored"};
    prepare_one(h, NULL);
    harness_sql(h, "UPDATE requests SET estimated_hours = 9.75, billing_date = '2026-02-03', "
                   "effort = 'Large', request_type = 'Project'");
    change_ticket(h);
    sync_expect(harness_sync(h, NULL), 0);
    assert_string_equal(harness_table(h, "SELECT status, estimated_hours, billing_date, effort, "
                                         "request_type, category FROM requests"),
                        "active\t9.75\t2026-02-03\tLarge\tProject\tHosting\n");
    for (size_t i = 0; i < 2; i++) {
        harness_sql(h, harness_text(h, "UPDATE requests SET status = '%s'", status[i]));
        char *sums = sync_sums(h, "requests");
        harness_control(h, "{'do':'update','id':2,'set':{'title':'%zu','priority':'low'}}", i);
        sync_expect(harness_sync(h, NULL), 0);
        assert_string_equal(sync_sums(h, "requests"), sums);
        sync_expect(harness_sync(h, "--full", "--adopt", NULL), 0);
        assert_string_equal(sync_sums(h, "requests"), sums);
        assert_string_equal(harness_value(h, "SELECT title FROM fluent_tickets"),
                            harness_text(h, "%zu", i));
    }
}

/* Only 'deleted' and 'ignored' put a request away; the column may be NULL too. */
static void test_no_status(void **state)
{
    struct harness *h = *state;
    prepare_one(h, NULL);
    harness_sql(h, "UPDATE requests SET status = NULL");
    change_ticket(h);
    assert_int_equal(kept(h, harness_sync(h, "--json", NULL)), 0);
    assert_string_equal(request(h), "Hosting\tHIGH\tChanged\\n\\nBody\n");
    assert_string_equal(harness_table(h, "SELECT status FROM requests"), "NULL\n");
}

/* A dashboard of another character set, and narrower columns. */
static void test_other_columns(void **state)
{
    struct harness *h = *state;
    prepare_one(h, NULL);
    harness_sql(h, "DELETE FROM fluent_tickets; DELETE FROM requests; DELETE FROM "
                   "fluent_sync_state; ALTER TABLE requests CONVERT TO CHARACTER SET latin1, "
                   "MODIFY category VARCHAR(5); ALTER TABLE fluent_tickets "
                   "MODIFY title VARCHAR(255) CHARACTER SET latin1");
    assert_int_equal(kept(h, harness_sync(h, "--json", NULL)), 0);
    assert_string_equal(harness_value(h, "SELECT title FROM fluent_tickets"), "Café");
    harness_control(h, "{'do':'update','id':2,'set':{'title':'D\u00e9j\u00e0 vu'}}");
    assert_int_equal(kept(h, harness_sync(h, "--json", NULL)), 0);
    assert_string_equal(harness_value(h, "SELECT title FROM fluent_tickets"), "Déjà vu");
    sync_says(request(h), "\tDéjà vu\\n\\nBody\n");
    change_ticket(h);
    harness_sql(h, "UPDATE requests SET urgency = 'LOW'");
    assert_int_equal(kept(h, harness_sync(h, "--json", NULL)), 1);
    sync_says(request(h), "\tLOW\tChanged\\n\\nBody\n");
    char *sums = sync_sums(h, "requests, fluent_tickets");
    assert_int_equal(kept(h, harness_sync(h, "--json", "--full", NULL)), 1);
    assert_string_equal(sync_sums(h, "requests, fluent_tickets"), sums);
}

/* Columns that return what was written in another form: that is no edit. */
static void test_other_forms(void **state)
{
    struct harness *h = *state;
    prepare_one(h, NULL);
    harness_sql(h, "DELETE FROM fluent_tickets; DELETE FROM requests; DELETE FROM "
                   "fluent_sync_state; ALTER TABLE requests MODIFY time TIME(3), "
                   "MODIFY urgency ENUM('low','medium','high','promotion')");
    assert_int_equal(kept(h, harness_sync(h, "--json", NULL)), 0);
    change_ticket(h);
    assert_int_equal(kept(h, harness_sync(h, "--json", NULL)), 0);
    sync_says(request(h), "Hosting\thigh\t");
}

/* A table that makes other values of what is written. */
static const struct altering {
    const char *table, *fields, *first, *changed;
} ALTERING[] = {
    {"ADD COLUMN more CHAR(50)", "more = message_id", "Support", "Hosting"},
    {"ADD COLUMN more INT(6) ZEROFILL", "more = id", "Support", "Hosting"},
    {"MODIFY date DATETIME", "", "Support", "Hosting"},
    {"COMMENT 'a trigger'", "", "by trigger", "Hosting"},
    {"COMMENT 'two triggers'", "", "by trigger", "by trigger"},
};
enum { ALTERING_COUNT = sizeof ALTERING / sizeof *ALTERING };

static void prepare_altering(struct harness *h, size_t n)
{
    static const char *const triggers[] = {
        "CREATE TRIGGER made BEFORE INSERT ON requests FOR EACH ROW SET NEW.category = 'by "
        "trigger'",
        "CREATE TRIGGER changed BEFORE UPDATE ON requests FOR EACH ROW "
        "SET NEW.category = 'by trigger'"};
    harness_new_database(h);
    prepare_one(h, NULL);
    harness_config(h, NULL, NULL, harness_text(h, "[map.fields]\n%s\n", ALTERING[n].fields));
    harness_sql(h, harness_text(h,
                                "DELETE FROM fluent_tickets; DELETE FROM requests; DELETE FROM "
                                "fluent_sync_state; ALTER TABLE requests %s",
                                ALTERING[n].table));
    for (size_t t = 0; n >= 3 && t < n - 2; t++)
        harness_sql(h, triggers[t]);
    /* One more, so that there is a batch of several. */
    harness_control(h, "[{'do':'update','id':2,'set':{'message_id':'blank '}},"
                       "{'do':'create','ticket':{'id':3}}]");
}

/* That is no edit, and it follows the site. */
static void test_altering_table(void **state)
{
    struct harness *h = *state;
    static const char category[] = "SELECT category FROM requests r " OF "WHERE fluent_id = '2'";
    for (size_t i = 0; i < ALTERING_COUNT; i++) {
        prepare_altering(h, i);
        assert_int_equal(kept(h, harness_sync(h, "--json", NULL)), 0);
        assert_string_equal(harness_value(h, category), ALTERING[i].first);
        change_ticket(h);
        assert_int_equal(kept(h, harness_sync(h, "--json", NULL)), 0);
        assert_string_equal(harness_value(h, category), ALTERING[i].changed);
        /* What is unchanged is not written again, and a person's edit is one. */
        sync_edit(h, 2, "urgency = 'LOW'");
        harness_control(h, "{'do':'update','id':2,'set':{'title':'Again'}}");
        assert_int_equal(kept(h, harness_sync(h, "--json", NULL)), 1);
        char *sums = sync_sums(h, "requests, fluent_tickets");
        assert_int_equal(kept(h, harness_sync(h, "--json", "--full", NULL)), 1);
        assert_string_equal(sync_sums(h, "requests, fluent_tickets"), sums);
        harness_control(h, "{'do':'delete','id':3}");
    }
}

/* A column that is mapped after the import. */
static void test_newly_mapped(void **state)
{
    struct harness *h = *state;
    static const char mapped[] =
        "[map.fields]\nwebsite_url = hash\nestimated_hours = response_count\n"
        "note = title\n";
    prepare_one(h, NULL);
    harness_control(h, "[{'do':'create','ticket':{'id':3}},{'do':'create','ticket':{'id':4}}]");
    sync_expect(harness_sync(h, NULL), 0);
    harness_sql(h, "ALTER TABLE requests ADD COLUMN note VARCHAR(50) NOT NULL DEFAULT 'it''s -'");
    sync_edit(h, 3, "website_url = 'mine', estimated_hours = 7, note = ''");
    harness_config(h, NULL, NULL, mapped);
    static const char state_of[] =
        "SELECT website_url = ticket_number, estimated_hours = response_count, note = title FROM "
        "requests r " OF "ORDER BY fluent_id";
    assert_int_equal(kept(h, harness_sync(h, "--json", NULL)), 3);
    assert_string_equal(harness_table(h, state_of), "1\t1\t1\n0\t0\t0\n1\t1\t1\n");
    /* From now on as any other column; also when it was not mapped in between. */
    harness_config(h, NULL, NULL, NULL);
    harness_control(h, "{'do':'update','id':2,'set':{'title':'In between'}}");
    assert_int_equal(kept(h, harness_sync(h, "--json", NULL)), 0);
    harness_config(h, NULL, NULL, mapped);
    assert_int_equal(kept(h, harness_sync(h, "--json", NULL)), 3);
    assert_string_equal(harness_table(h, state_of), "1\t1\t1\n0\t0\t0\n1\t1\t1\n");
    sync_edit(h, 4, "note = 'edited'");
    harness_control(h, "{'do':'update','id':4,'set':{'title':'Changed'}}");
    assert_int_equal(kept(h, harness_sync(h, "--json", "--full", NULL)), 4);
}

static void test_removed(void **state)
{
    struct harness *h = *state;
    prepare_one(h, NULL);
    harness_sql(h, "DELETE FROM requests");
    change_ticket(h);
    sync_expect(harness_sync(h, NULL), 0);
    sync_expect(harness_sync(h, "--full", NULL), 0);
    assert_string_equal(harness_table(h, "SELECT title, request_id, (SELECT COUNT(*) FROM "
                                         "requests) FROM fluent_tickets"),
                        "Changed\tNULL\t0\n");
}

/* As above, where no foreign key sets request_id to NULL. */
static void test_removed_without_keys(void **state)
{
    struct harness *h = *state;
    prepare_one(h, NULL);
    harness_sql(h, "SET FOREIGN_KEY_CHECKS = 0; DELETE FROM requests");
    change_ticket(h);
    sync_expect(harness_sync(h, "--full", NULL), 0);
    assert_int_equal(harness_count(h, "requests"), 0);
    assert_string_equal(harness_value(h, "SELECT title FROM fluent_tickets"), "Changed");
}

/* Somebody edits while a run has the request before it. */
static void test_edit_during_run(void **state)
{
    struct harness *h = *state;
    prepare_one(h, NULL);
    change_ticket(h);
    harness_fault(h, "'kind':'stall','match':'/tickets','seconds':2,'times':1");
    struct process *process = harness_sync_start(h, "--json", NULL);
    sync_wait_until(h, "SELECT COUNT(*) FROM fluent_sync_status WHERE last_sync_status = "
                       "'in_progress'");
    harness_sql(h, "UPDATE requests SET urgency = 'LOW'");
    assert_int_equal(kept(h, harness_wait(h, process)), 1);
    assert_string_equal(request(h), "Hosting\tLOW\tChanged\\n\\nBody\n");
}

/* Rows that the old service wrote */

static void inherit(struct harness *h)
{
    harness_load(h, FIXTURES "/old-service/schema.sql");
    harness_load(h, FIXTURES "/old-service/rows.sql");
    sync_prepare(h, SYNC_RECORDED, NULL, NULL, NULL);
    harness_control(h, "{'do':'delete','id':103}"); /* it cannot be stored */
}

static void test_inherited(void **state)
{
    struct harness *h = *state;
    inherit(h);
    char *before = harness_table(h, "SELECT * FROM requests WHERE id <= 7");
    sync_expect(harness_sync(h, NULL), 0);
    /* Descriptions were HTML then: all differ, and all are kept. */
    assert_string_equal(harness_table(h, "SELECT * FROM requests WHERE id <= 7"), before);
    assert_string_equal(
        harness_table(h, "SELECT fluent_id, request_id FROM fluent_tickets WHERE id <= 6"),
        "28\t3\n29\t4\n31\t5\n33\t6\n34\tNULL\n36\t7\n");
    assert_int_equal(harness_number(h, "SELECT COUNT(DISTINCT fluent_id) - COUNT(*) "
                                       "FROM fluent_tickets"),
                     0);
    assert_true(atoi(sync_last(h, "edits_kept")) >= 6); /* 4 descriptions, two more of ticket 29 */
    assert_string_equal(
        harness_table(h, "SELECT last_sync_status, error_message LIKE '%interrupted%' FROM "
                         "fluent_sync_status WHERE id = 4"),
        "failed\t1\n");
    /* What was equal has its base now, and follows. */
    harness_control(h, "[{'do':'update','id':33,'set':{'priority':'critical'}},"
                       "{'do':'update','id':29,'set':{'priority':'normal'}},"
                       "{'do':'update','id':34,'set':{'priority':'critical'}}]");
    sync_expect(harness_sync(h, NULL), 0);
    assert_string_equal(harness_table(h, "SELECT id, urgency FROM requests WHERE id IN (4, 6)"),
                        "4\tLOW\n6\tHIGH\n");
    assert_string_equal(
        harness_table(h, "SELECT priority, request_id FROM fluent_tickets WHERE fluent_id = '34'"),
        "critical\tNULL\n");
}

static void test_adopted(void **state)
{
    struct harness *h = *state;
    inherit(h);
    char *others = harness_table(h, "SELECT * FROM requests WHERE id IN (1, 2, 7)");
    sync_expect(harness_sync(h, "--full", "--adopt", NULL), 0);
    assert_string_equal(harness_table(h, "SELECT * FROM requests WHERE id IN (1, 2, 7)"), others);
    assert_string_equal(
        harness_table(h, "SELECT fluent_id, category, urgency, INSTR(description, '<'), "
                         "LEFT(description, CHAR_LENGTH(title) + 2) = CONCAT(title, '\\n\\n') "
                         "FROM requests r " OF "WHERE r.id BETWEEN 3 AND 6"),
        "28\tSupport\tMEDIUM\t0\t1\n29\tSupport\tHIGH\t0\t1\n"
        "31\tSupport\tMEDIUM\t0\t1\n33\tSupport\tMEDIUM\t0\t1\n");
    /* Ticket 34 had no request; the one of 29 keeps what is the dashboard's. */
    assert_string_equal(harness_table(h, "SELECT r.id > 7, r.source, r.status FROM requests r " OF
                                         "WHERE fluent_id = '34'"),
                        "1\tfluent\tactive\n");
    assert_string_equal(harness_value(h, "SELECT estimated_hours FROM requests WHERE id = 4"),
                        "1.25");
    char *sums = sync_sums(h, "requests, fluent_tickets");
    sync_expect(harness_sync(h, "--full", "--adopt", NULL), 0);
    assert_string_equal(sync_sums(h, "requests, fluent_tickets"), sums);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_nobody_edits),
        SYNC_TEST(test_edits_survive),
        SYNC_TEST(test_a_long_text_of_the_site_is_shown),
        SYNC_TEST(test_column_by_column),
        SYNC_TEST(test_small_edits),
        SYNC_TEST(test_handed_back),
        SYNC_TEST(test_same_change),
        SYNC_TEST(test_overwrite),
        SYNC_TEST(test_overwrite_unchanged),
        SYNC_TEST(test_once),
        SYNC_TEST(test_never_touched),
        SYNC_TEST(test_no_status),
        SYNC_TEST(test_other_columns),
        SYNC_TEST(test_other_forms),
        SYNC_TEST(test_altering_table),
        SYNC_TEST(test_newly_mapped),
        SYNC_TEST(test_removed),
        SYNC_TEST(test_removed_without_keys),
        SYNC_TEST(test_edit_during_run),
        SYNC_TEST(test_inherited),
        SYNC_TEST(test_adopted),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}

/* test_sites: several sites in one database, which know nothing of each other. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "harness_accounts.h"
#include "harness_fault.h"
#include "harness_mirror.h"
#include "harness_process.h"

/* One key is the beginning of the other. */
static const char *const KEYS[HARNESS_SITES] = {"acme", "acme-2"};
enum { ACME, OTHER };

/* Two sites at once */

/* More lines of the configuration, which may be NULL. */
static void configure(struct harness *h, int site, const char *key, const char *fluent,
                      const char *sync, const char *sections)
{
    harness_turn_to(h, site);
    harness_config(h,
                   harness_text(h,
                                "date_filter = 2000-01-01\nper_page = 20\nconnections = 1\n"
                                "retries = 0\nsite_key = %s\n%s",
                                key, fluent ? fluent : ""),
                   sync, sections);
}

/* The generator makes the same tickets everywhere: here they become another site's. */
static void rename_tickets(struct harness *h)
{
    cJSON *tickets = sync_json(harness_control_get(h, "tickets"));
    const cJSON *ticket;
    cJSON_ArrayForEach(ticket, tickets)
    {
        int id = (int)sync_member(ticket, "id");
        harness_control(h,
                        "{'do':'update','id':%d,'quiet':true,'set':{'title':'Other %d',"
                        "'hash':'other%d','content':'<p>Other</p>'}}",
                        id, id, id);
    }
    cJSON_Delete(tickets);
}

static void start_sites(struct harness *h, int first, int second)
{
    const int tickets[HARNESS_SITES] = {first, second};
    for (int i = 0; i < HARNESS_SITES; i++) {
        harness_turn_to(h, i);
        harness_site_of(h, tickets[i]);
        configure(h, i, KEYS[i], NULL, NULL, NULL);
    }
    rename_tickets(h);
    sync_migrate(h);
}

/* fluent-sync of one site, with at most two arguments. */
static struct process *start(struct harness *h, int site, const char *one, const char *two)
{
    harness_turn_to(h, site);
    return harness_sync_start(h, one, two, NULL);
}

static struct outcome run(struct harness *h, int site, int code, const char *one, const char *two)
{
    struct outcome outcome = harness_wait(h, start(h, site, one, two));
    sync_expect(outcome, code);
    return outcome;
}

static void import(struct harness *h)
{
    for (int i = 0; i < HARNESS_SITES; i++)
        assert_string_equal(run(h, i, 0, NULL, NULL).err, "");
}

static void control(struct harness *h, int site, const char *commands)
{
    harness_turn_to(h, site);
    harness_control(h, "%s", commands);
}

/* A run that waits for its site. */
static struct process *start_stalled(struct harness *h, int site)
{
    control(h, site,
            "{'do':'fault','kind':'stall','match':'/tickets','times':1,"
            "'seconds':3600}");
    struct process *process = start(h, site, NULL, NULL);
    sync_wait_until(h, harness_text(h,
                                    "SELECT COUNT(*) FROM fluent_sync_status WHERE site_key = '%s' "
                                    "AND last_sync_status = 'in_progress'",
                                    KEYS[site]));
    return process;
}

static void stop_stalling(struct harness *h, int site)
{
    control(h, site, "{'do':'fault','times':0}");
}

/* What the database holds of a site */

static int64_t number_of(struct harness *h, const char *key, const char *sql)
{
    return harness_number(h, harness_text(h, "%s '%s'", sql, key));
}

#define TICKETS_OF "SELECT COUNT(*) FROM fluent_tickets WHERE site_key ="
#define RUNS_OF "SELECT COUNT(*) FROM fluent_sync_status WHERE site_key ="
#define PAGES_OF "SELECT COUNT(*) FROM fluent_walk_pages WHERE site_key ="
#define NEWEST_CHANGES "SELECT COUNT(DISTINCT newest) FROM fluent_sync_state"
#define DELETED_OF "SELECT COUNT(deleted_at) FROM fluent_tickets WHERE site_key ="

/* Every ticket with its request, but for the key. */
static char *tickets_of(struct harness *h, const char *key)
{
    return harness_table(
        h, harness_text(
               h,
               "SELECT SUBSTRING_INDEX(fluent_id, ':', -1), ticket_number, f.created_at, "
               "updated_at_fluent, ticket_status, title, SHA2(customer_message, 256), "
               "SHA2(raw_data, 256), fingerprint, SHA2(base, 256), deleted_at, r.date, r.time, "
               "SHA2(r.description, 256), r.category, r.urgency, r.status, r.source "
               "FROM fluent_tickets f JOIN requests r ON r.id = f.request_id "
               "WHERE site_key = '%s' ORDER BY f.created_at, 1",
               key));
}

/* The newest run of a site. */
static char *last_of(struct harness *h, int site, const char *column)
{
    return harness_value(h, harness_text(h,
                                         "SELECT IFNULL(%s, 'NULL') FROM fluent_sync_status "
                                         "WHERE site_key = '%s' ORDER BY id DESC LIMIT 1",
                                         column, KEYS[site]));
}

/* All that is about a site, its rows' ids and times of writing too. */
static char *rows_of(struct harness *h, const char *key)
{
    return harness_table(
        h, harness_text(h,
                        "SELECT f.*, r.* FROM fluent_tickets f LEFT JOIN requests r "
                        "ON r.id = f.request_id WHERE site_key = '%s' ORDER BY f.id;"
                        "SELECT * FROM fluent_sync_state WHERE site_key = '%s';"
                        "SELECT * FROM fluent_sync_status WHERE site_key = '%s' ORDER BY id;"
                        "SELECT * FROM fluent_walk_pages WHERE site_key = '%s' ORDER BY low;"
                        "SELECT * FROM fluent_rejects WHERE site_key = '%s' ORDER BY fluent_id",
                        key, key, key, key, key));
}

/* Ids */

static void test_equal_ids(void **state)
{
    struct harness *h = *state;
    char *alone[HARNESS_SITES];
    start_sites(h, 45, 45);
    fault_keep(h);
    for (int i = 0; i < HARNESS_SITES; i++) {
        configure(h, i, "", NULL, NULL, NULL);
        run(h, i, 0, NULL, NULL);
        alone[i] = tickets_of(h, "");
        configure(h, i, KEYS[i], NULL, NULL, NULL);
        fault_restore(h);
    }
    assert_string_not_equal(alone[ACME], alone[OTHER]);
    import(h);
    for (int i = 0; i < HARNESS_SITES; i++)
        fault_same(tickets_of(h, KEYS[i]), alone[i], KEYS[i]);
    assert_int_equal(harness_count(h, "requests"), 90);
    assert_int_equal(harness_number(h, "SELECT COUNT(DISTINCT request_id) FROM fluent_tickets"),
                     90);
    assert_string_equal(harness_table(h, "SELECT fluent_id, title LIKE 'Other%' FROM fluent_tickets"
                                         " WHERE fluent_id IN ('7', 'acme:7', 'acme-2:7') "
                                         "ORDER BY 1"),
                        "acme-2:7\t1\nacme:7\t0\n");
    char *before = rows_of(h, KEYS[OTHER]);
    control(h, ACME, "{'do':'update','id':7,'set':{'title':'Changed'}}");
    run(h, ACME, 0, NULL, NULL);
    assert_string_equal(last_of(h, ACME, "CONCAT_WS(' ', mode, tickets_updated)"), "incremental 1");
    run(h, ACME, 0, "--ticket", "7");
    fault_same(rows_of(h, KEYS[OTHER]), before, "the other site");
}

/* Keys that a collation would call equal. */
static void test_case(void **state)
{
    struct harness *h = *state;
    start_sites(h, 10, 12);
    configure(h, OTHER, "ACME", NULL, NULL, NULL);
    import(h);
    assert_int_equal(number_of(h, "acme", TICKETS_OF), 10);
    assert_int_equal(number_of(h, "ACME", TICKETS_OF), 12);
    assert_string_equal(
        harness_table(h, "SELECT site_key, total FROM fluent_sync_state WHERE total > 0 "
                         "ORDER BY total"),
        "acme\t10\nACME\t12\n");
}

/* The lease, the watermark, the walk */

#define FAILED                                                                                     \
    "SELECT site_key, LEFT(error_message, 11) FROM fluent_sync_status "                            \
    "WHERE last_sync_status = 'failed' ORDER BY 1"

static void test_lease(void **state)
{
    struct harness *h = *state;
    start_sites(h, 30, 30);
    import(h);
    char *before = rows_of(h, KEYS[OTHER]);
    struct process *acme = start_stalled(h, ACME);
    sync_says(run(h, ACME, 7, NULL, NULL).err, "another run is active");
    control(h, OTHER, "{'do':'create'}");
    run(h, OTHER, 0, NULL, NULL);
    assert_string_equal(last_of(h, OTHER, "CONCAT_WS(' ', mode, tickets_added)"), "incremental 1");
    assert_string_not_equal(rows_of(h, KEYS[OTHER]), before);
    /* Killed, both: only a run of its own site closes a row. */
    struct process *other = start_stalled(h, OTHER);
    struct process *killed[HARNESS_SITES] = {acme, other};
    for (int i = 0; i < HARNESS_SITES; i++) {
        kill(killed[i]->pid, SIGKILL);
        harness_wait(h, killed[i]);
        stop_stalling(h, i);
    }
    run(h, OTHER, 0, NULL, NULL);
    assert_string_equal(last_of(h, ACME, "last_sync_status"), "in_progress");
    assert_string_equal(harness_table(h, FAILED), "acme-2\tinterrupted\n");
    before = rows_of(h, KEYS[OTHER]);
    run(h, ACME, 0, NULL, NULL);
    assert_string_equal(harness_table(h, FAILED), "acme\tinterrupted\nacme-2\tinterrupted\n");
    fault_same(rows_of(h, KEYS[OTHER]), before, "the other site");
}

static void fail_at_page(struct harness *h, int site, int page)
{
    control(h, site,
            harness_text(h,
                         "{'do':'fault','kind':'replay','match':'order_by=id',"
                         "'skip':%d,'name':'err_maintenance'}",
                         page - 1));
    run(h, site, 5, NULL, NULL);
    stop_stalling(h, site);
}

/* Walks that were cut short, both of them number 1: each goes on with its own pages. */
static void test_walks(void **state)
{
    struct harness *h = *state;
    start_sites(h, 100, 100);
    fail_at_page(h, OTHER, 2);
    fail_at_page(h, ACME, 4);
    char *before = rows_of(h, KEYS[ACME]);
    assert_int_not_equal(number_of(h, "acme", PAGES_OF), number_of(h, "acme-2", PAGES_OF));
    run(h, OTHER, 0, NULL, NULL);
    assert_int_equal(number_of(h, "acme-2", TICKETS_OF), 100);
    assert_int_equal(number_of(h, "acme-2", PAGES_OF), 0);
    run(h, OTHER, 0, "--full", NULL);
    fault_same(rows_of(h, KEYS[ACME]), before, "the site that waits");
    run(h, ACME, 0, NULL, NULL);
    for (int i = 0; i < HARNESS_SITES; i++)
        assert_string_equal(harness_value(h, harness_text(h,
                                                          "SELECT GROUP_CONCAT(mode ORDER BY id "
                                                          "SEPARATOR '; ') FROM fluent_sync_status "
                                                          "WHERE site_key = '%s'",
                                                          KEYS[i])),
                            i == ACME ? "full; full, resumed" : "full; full, resumed; full");
    assert_int_equal(number_of(h, "acme", TICKETS_OF), 100);
    assert_string_equal(
        harness_table(h, "SELECT site_key, COUNT(DISTINCT home), MAX(walk_id), COUNT(walk_started) "
                         "FROM fluent_sync_state WHERE site_key <> '' GROUP BY 1 ORDER BY 1"),
        "acme\t1\t1\t0\nacme-2\t1\t2\t0\n");
    /* Each has its own newest change. */
    assert_int_equal(harness_number(h, NEWEST_CHANGES), 1);
    control(h, ACME, "{'do':'create'}");
    run(h, ACME, 0, NULL, NULL);
    assert_int_equal(harness_number(h, NEWEST_CHANGES), 2);
}

/* Deletions and rejects */

static void delete_tickets(struct harness *h, int site, int from, int to)
{
    harness_turn_to(h, site);
    for (int id = from; id <= to; id++)
        harness_control(h, "{'do':'delete','id':%d}", id);
}

/* A tenth of the one site's tickets is far more than of the other's. */
static void test_deletions(void **state)
{
    struct harness *h = *state;
    start_sites(h, 300, 30);
    import(h);
    char *before = tickets_of(h, KEYS[ACME]);
    delete_tickets(h, OTHER, 5, 5);
    run(h, OTHER, 0, "--full", NULL);
    assert_string_equal(
        harness_table(h, "SELECT fluent_id FROM fluent_tickets WHERE deleted_at IS NOT NULL"),
        "acme-2:5\n");
    delete_tickets(h, OTHER, 6, 16);
    struct outcome outcome = run(h, OTHER, 3, "--full", NULL);
    sync_says(outcome.err, "11 tickets are deleted");
    assert_int_equal(number_of(h, "acme-2", DELETED_OF), 1);
    run(h, ACME, 0, "--full", NULL);
    assert_string_equal(last_of(h, ACME, "CONCAT_WS(' ', tickets_deleted, tickets_unchanged)"),
                        "0 300");
    delete_tickets(h, ACME, 6, 16);
    run(h, ACME, 0, "--full", NULL);
    assert_int_equal(number_of(h, "acme", DELETED_OF), 11);
    assert_int_equal(number_of(h, "acme-2", DELETED_OF), 1);
    run(h, OTHER, 0, "--full", "--max-deletes=11");
    assert_int_equal(number_of(h, "acme-2", DELETED_OF), 12);
    assert_string_not_equal(tickets_of(h, KEYS[ACME]), before);
}

static void test_rejects(void **state)
{
    struct harness *h = *state;
    static const char *const ids[HARNESS_SITES] = {"acme:5", "acme-2:77"};
    start_sites(h, 20, 20);
    control(h, ACME, "{'do':'update','id':5,'set':{'created_at':null}}");
    control(h, OTHER, "{'do':'create','ticket':{'id':77,'created_at':null}}");
    for (int i = 0; i < HARNESS_SITES; i++) {
        run(h, i, 3, NULL, NULL);
        struct outcome outcome = run(h, i, 0, "rejects", NULL);
        sync_says(outcome.out, ids[i]);
        sync_says_not(outcome.out, ids[!i]);
    }
    sync_says(run(h, ACME, 2, "rejects", "--accept=acme-2:77").err, "no reject acme-2:77");
    run(h, ACME, 2, "rejects", "--accept=77");
    run(h, ACME, 0, "rejects", "--accept=5");
    assert_string_equal(harness_table(h, "SELECT fluent_id, accepted FROM fluent_rejects"),
                        "acme:5\t1\nacme-2:77\t0\n");
    run(h, ACME, 0, NULL, NULL);
    run(h, OTHER, 3, NULL, NULL);
    run(h, OTHER, 0, "rejects", "--accept=acme-2:77");
    run(h, OTHER, 0, NULL, NULL);
    /* Both are due; each site is asked for its own. */
    sync_rejects_due(h);
    char *before = rows_of(h, KEYS[OTHER]);
    control(h, ACME, "{'do':'update','id':5,'set':{'created_at':'2026-01-01T00:00:00+00:00'}}");
    run(h, ACME, 0, NULL, NULL);
    assert_string_equal(last_of(h, ACME, "CONCAT_WS(' ', tickets_added, api_requests)"), "1 3");
    fault_same(rows_of(h, KEYS[OTHER]), before, "the other site");
}

/* What is on record without an id goes with a whole walk of the same site. */
static void test_nameless(void **state)
{
    struct harness *h = *state;
    start_sites(h, 30, 30);
    control(h, ACME, "{'do':'fault','kind':'broken','id':9}");
    run(h, ACME, 3, NULL, NULL);
    char *record = harness_table(h, "SELECT site_key, fluent_id FROM fluent_rejects");
    sync_says(record, "acme\tacme:#position ");
    run(h, OTHER, 0, "--full", NULL);
    assert_string_equal(harness_table(h, "SELECT site_key, fluent_id FROM fluent_rejects"), record);
    stop_stalling(h, ACME);
    run(h, ACME, 0, "--full", NULL);
    assert_int_equal(harness_count(h, "fluent_rejects"), 0);
}

/* Reports */

static int64_t total_of(struct harness *h, int site, const char *age)
{
    cJSON *json = sync_json(run(h, site, 0, "status", "--json").out);
    const cJSON *row, *run_row = cJSON_GetObjectItem(json, "syncStatus");
    int64_t total = (int64_t)sync_member(json, "totalTickets"), sum = 0;
    cJSON_ArrayForEach(row, cJSON_GetObjectItem(json, "statusBreakdown")) sum +=
        (int64_t)sync_member(row, "count");
    assert_int_equal(sum, total);
    assert_string_equal(last_of(h, site, "id"),
                        harness_text(h, "%.0f", sync_member(run_row, "id")));
    cJSON_Delete(json);
    sync_says(run(h, site, strcmp(age, "OK") == 0 ? 0 : 2, "status", "--max-age=1h").out, age);
    return total;
}

/* The fluent_id of all rows must begin with the site's key; returns the number of rows. */
static int rows_shown(struct harness *h, int site, const char *option)
{
    cJSON *json = sync_json(run(h, site, 0, "tickets", option).out);
    const cJSON *row;
    char *start = harness_text(h, "%s:", KEYS[site]);
    cJSON_ArrayForEach(row, json)
    {
        const char *id = cJSON_GetStringValue(cJSON_GetObjectItem(row, "fluent_id"));
        if (!id || strncmp(id, start, strlen(start)) != 0)
            fail_msg("%s is not of %s", id, KEYS[site]);
    }
    int rows = cJSON_GetArraySize(json);
    cJSON_Delete(json);
    return rows;
}

static void test_reports(void **state)
{
    struct harness *h = *state;
    start_sites(h, 40, 30);
    import(h);
    delete_tickets(h, OTHER, 1, 2);
    run(h, OTHER, 0, "--full", NULL);
    harness_sql(h, "UPDATE fluent_sync_status SET last_sync_at = UTC_TIMESTAMP() - INTERVAL 2 HOUR "
                   "WHERE site_key = 'acme'");
    harness_sql(h, "UPDATE requests SET category = 'Scripts', description = 'Mine' WHERE id = "
                   "(SELECT request_id FROM fluent_tickets WHERE fluent_id = 'acme:3')");
    harness_sql(h, "UPDATE requests SET category = 'Scripts' WHERE id = "
                   "(SELECT request_id FROM fluent_tickets WHERE fluent_id = 'acme-2:4')");
    assert_int_equal(total_of(h, ACME, "CRITICAL"), 40);
    assert_int_equal(total_of(h, OTHER, "OK"), 28);
    assert_int_equal(rows_shown(h, ACME, "--json"), 40);
    assert_int_equal(rows_shown(h, OTHER, "--json"), 30);
    for (int i = 0; i < HARNESS_SITES; i++) {
        char *edited = run(h, i, 0, "tickets", "--edited").out;
        sync_says(edited, i == ACME ? "acme:3 " : "acme-2:4 ");
        sync_says_not(edited, i == ACME ? "acme-2:" : "acme:");
    }
    sync_says(run(h, OTHER, 0, "status", "--limit=9").out, "BEGAN");
    assert_int_equal(number_of(h, "acme-2", RUNS_OF), 2);
}

/* As a dashboard's host has it: no site's address, no credentials. */
static void test_reports_alone(void **state)
{
    struct harness *h = *state;
    start_sites(h, 12, 17);
    import(h);
    harness_turn_to(h, OTHER);
    harness_file(h, process_ini(h),
                 harness_text(h,
                              "[fluent]\nsite_key = acme-2\n[mysql]\nsocket = %s\nuser = "
                              "fluent_sync\npassword = ...\ndatabase = %s\n",
                              h->socket, h->database));
    assert_int_equal(total_of(h, OTHER, "OK"), 17);
    assert_int_equal(rows_shown(h, OTHER, "--json"), 17);
    sync_says(run(h, OTHER, 0, "rejects", NULL).out, "no rejects");
    run(h, OTHER, 2, NULL, NULL);
}

static void test_trim(void **state)
{
    struct harness *h = *state;
    start_sites(h, 10, 10);
    configure(h, ACME, "acme", NULL, "keep_runs = 2\n", NULL);
    import(h);
    for (int i = 0; i < 8; i++)
        run(h, i < 3 || i == 7 ? ACME : OTHER, 0, NULL, NULL);
    assert_int_equal(number_of(h, "acme", RUNS_OF), 2);
    assert_int_equal(number_of(h, "acme-2", RUNS_OF), 5);
}

static void test_metrics(void **state)
{
    struct harness *h = *state;
    start_sites(h, 12, 17);
    for (int i = 0; i < HARNESS_SITES; i++)
        configure(h, i, KEYS[i], NULL, NULL,
                  harness_text(h, "[metrics]\ntextfile = %s/%s.prom\n", h->dir, KEYS[i]));
    control(h, OTHER, "{'do':'update','id':5,'set':{'created_at':null}}");
    run(h, OTHER, 3, NULL, NULL);
    run(h, ACME, 0, NULL, NULL);
    for (int i = 0; i < HARNESS_SITES; i++) {
        char *text = harness_read(h, harness_text(h, "%s/%s.prom", h->dir, KEYS[i]));
        sync_says(text, harness_text(h, "\nfluent_sync_tickets_stored{site=\"%s\"} %d\n", KEYS[i],
                                     i == ACME ? 12 : 16));
        sync_says(text, harness_text(h, "\nfluent_sync_rejects_waiting{site=\"%s\"} %d\n", KEYS[i],
                                     i == OTHER));
        bool succeeded = strstr(text, "\nfluent_sync_last_success_timestamp_seconds{") != NULL;
        assert_int_equal(succeeded, i == ACME);
    }
}

/* With a site that was there before */

static void test_without_key(void **state)
{
    struct harness *h = *state;
    start_sites(h, 40, 40);
    configure(h, ACME, "", NULL, NULL, NULL);
    run(h, ACME, 0, NULL, NULL);
    char *before = rows_of(h, "");
    run(h, OTHER, 0, NULL, NULL);
    run(h, OTHER, 0, "--full", NULL);
    fault_same(rows_of(h, ""), before, "the site without a key");
    before = sync_sums(h, "fluent_tickets, requests, fluent_rejects");
    run(h, ACME, 0, NULL, NULL);
    run(h, ACME, 0, "--full", NULL);
    assert_string_equal(sync_sums(h, "fluent_tickets, requests, fluent_rejects"), before);
    assert_int_equal(number_of(h, "", TICKETS_OF), 40);
    assert_int_equal(number_of(h, "acme-2", TICKETS_OF), 40);
    sync_says(run(h, ACME, 0, "status", NULL).out, "tickets stored      40\n");
}

/* A row is its fluent_id's; one that stands under another key comes to its own. */
static void test_row_of_another_key(void **state)
{
    struct harness *h = *state;
    start_sites(h, 10, 10);
    import(h);
    char *before = tickets_of(h, "acme");
    harness_sql(h, "UPDATE fluent_tickets SET site_key = '' WHERE fluent_id IN ('acme:3', "
                   "'acme:4')");
    run(h, ACME, 0, "--full", NULL);
    assert_int_equal(number_of(h, "", TICKETS_OF), 0);
    fault_same(tickets_of(h, "acme"), before, "rows of another key");
    assert_int_equal(harness_count(h, "requests"), 20);
}

/* The wrong site */

static void test_wrong_site(void **state)
{
    struct harness *h = *state;
    start_sites(h, 30, 30);
    import(h);
    harness_turn_to(h, OTHER);
    char *other = harness_text(h, "api_url = http://127.0.0.1:%d\n", h->site_port);
    configure(h, ACME, "acme", other, NULL, NULL);
    char *before = sync_sums(h, "fluent_tickets, requests, fluent_rejects");
    char *state_rows = harness_table(h, "SELECT site_key, home, watermark FROM fluent_sync_state");
    for (int i = 0; i < 2; i++) {
        struct outcome outcome = run(h, ACME, 4, i ? "--dry-run" : NULL, NULL);
        sync_says(outcome.err, "another site than last time");
        sync_says(outcome.err, "site_key");
    }
    assert_string_equal(sync_sums(h, "fluent_tickets, requests, fluent_rejects"), before);
    assert_string_equal(harness_table(h, "SELECT site_key, home, watermark FROM fluent_sync_state"),
                        state_rows);
    configure(h, ACME, "acme", NULL, NULL, NULL);
    run(h, ACME, 0, NULL, NULL);
}

/* A site under two keys is there twice; somebody should know. */
static void test_known_site(void **state)
{
    struct harness *h = *state;
    start_sites(h, 10, 10);
    import(h);
    configure(h, ACME, "new", NULL, NULL, NULL);
    struct outcome outcome = run(h, ACME, 0, "--dry-run", NULL);
    sync_says(outcome.err, "site_key = acme");
    sync_says_not(outcome.err, "acme-2");
    sync_says(run(h, ACME, 0, "check", NULL).out, "site_key = acme: if");
    sync_says(run(h, ACME, 0, NULL, NULL).err, "site_key = acme");
    sync_says_not(run(h, ACME, 0, NULL, NULL).err, "site_key");
    configure(h, ACME, "acme", NULL, NULL, NULL);
    assert_string_equal(run(h, ACME, 0, NULL, NULL).err, "");
}

/* Whose tickets those of the replaced service are nobody knows. */
static void test_inherited_site(void **state)
{
    struct harness *h = *state;
    start_sites(h, 10, 10);
    harness_sql(h, "INSERT INTO fluent_tickets (fluent_id, created_at) VALUES (1, '2025-10-01')");
    sync_says(run(h, ACME, 0, NULL, NULL).err, "without a site_key");
    configure(h, OTHER, "", NULL, NULL, NULL);
    assert_string_equal(run(h, OTHER, 0, NULL, NULL).err, "");
    configure(h, OTHER, "new", NULL, NULL, NULL);
    sync_says(run(h, OTHER, 0, "--dry-run", NULL).err, "without a site_key");
    configure(h, ACME, "new", NULL, NULL, NULL);
    sync_says(run(h, ACME, 0, "--dry-run", NULL).err, "site_key = acme");
}

/* The statements of docs/several-sites.md, from the line that has `words` to the end of their
 * block. */
static char *statements(struct harness *h, const char *words)
{
    char *page = harness_read(h, SOURCE_DIR "/docs/several-sites.md"), *from = strstr(page, words);
    assert_non_null(from);
    while (from > page && from[-1] != '\n')
        from--;
    char *end = strstr(from, "```");
    assert_non_null(end);
    return harness_text(h, "%.*s", (int)(end - from), from);
}

#define TRACES_OF(key)                                                                             \
    "SELECT 1 FROM fluent_tickets WHERE site_key = '" key "' UNION ALL "                           \
    "SELECT 1 FROM fluent_rejects WHERE site_key = '" key "' UNION ALL "                           \
    "SELECT 1 FROM fluent_inbox WHERE site_key = '" key "' UNION ALL "                             \
    "SELECT 1 FROM fluent_outbox WHERE site_key = '" key "' UNION ALL "                            \
    "SELECT 1 FROM fluent_walk_pages WHERE site_key = '" key "' UNION ALL "                        \
    "SELECT 1 FROM fluent_record WHERE site_key = '" key "' UNION ALL "                            \
    "SELECT 1 FROM fluent_list_proofs WHERE site_key = '" key "' UNION ALL "                       \
    "SELECT 1 FROM fluent_sync_status WHERE site_key = '" key "' UNION ALL "                       \
    "SELECT 1 FROM fluent_sync_state WHERE site_key = '" key "'"

static void test_key_changed(void **state)
{
    struct harness *h = *state;
    start_sites(h, 100, 30);
    configure(h, ACME, "", NULL, NULL, NULL);
    control(h, ACME,
            "[{'do':'update','id':5,'set':{'created_at':null}},{'do':'fault',"
            "'kind':'replay','match':'order_by=id','skip':3,'name':"
            "'err_maintenance'}]");
    run(h, ACME, 5, NULL, NULL);
    stop_stalling(h, ACME);
    run(h, OTHER, 0, NULL, NULL);
    char *other = rows_of(h, KEYS[OTHER]);
    harness_sql(h, "INSERT INTO fluent_inbox (site_key, fluent_id) VALUES ('', '7');"
                   "INSERT INTO fluent_outbox (fluent_id, action) VALUES ('7', 'close')");
    harness_sql(h, statements(h, "UPDATE fluent_tickets SET fluent_id = "));
    assert_int_equal(harness_count(h, "fluent_inbox WHERE fluent_id = 'shop:7'"), 1);
    assert_int_equal(harness_count(h, "fluent_outbox WHERE site_key = 'shop'"), 1);
    configure(h, ACME, "shop", NULL, NULL, NULL);
    sync_says_not(run(h, ACME, 3, NULL, NULL).err, "site_key");
    assert_string_equal(sync_last(h, "CONCAT_WS('; ', site_key, mode, tickets_rejected)"),
                        "shop; full, resumed; 1");
    run(h, ACME, 0, "rejects", "--accept=5");
    run(h, ACME, 0, "--full", NULL);
    assert_string_equal(sync_last(h, "CONCAT_WS(' ', tickets_unchanged, tickets_rejected)"),
                        "99 1");
    assert_int_equal(number_of(h, "shop", TICKETS_OF), 99);
    assert_int_equal(harness_number(h, "SELECT COUNT(*) FROM (" TRACES_OF("") ") AS t"), 0);
    fault_same(rows_of(h, KEYS[OTHER]), other, "the other site");
    /* And away with it. */
    harness_sql(h, "INSERT INTO fluent_inbox (site_key, fluent_id) VALUES ('shop', 'shop:7')");
    accounts_may_forget(h);
    harness_turn_to(h, ACME);
    sync_expect(harness_sync(h, "forget", "shop", "--yes", NULL), 0);
    assert_int_equal(harness_number(h, "SELECT COUNT(*) FROM (" TRACES_OF("shop") ") AS t"), 0);
    assert_int_equal(harness_count(h, "requests"), 30);
    fault_same(rows_of(h, KEYS[OTHER]), other, "the other site");
    run(h, ACME, 3, "--dry-run", NULL);
}

/* At the same time */

/* More rounds than ROUNDS are only needed if the two did not meet in any of them. */
enum { ROUNDS = 10, ROUNDS_MAX = 100 };

/* Both at once; whatever the database says to that, nobody hears of it. Counts how often it said
 * that one of them has to begin a transaction anew. */
static int run_both(struct harness *h)
{
    struct process *runs[HARNESS_SITES];
    int again = 0;
    for (int i = 0; i < HARNESS_SITES; i++)
        runs[i] = start(h, i, "-v", NULL);
    for (int i = 0; i < HARNESS_SITES; i++) {
        struct outcome outcome = harness_wait(h, runs[i]);
        sync_expect(outcome, 0);
        for (const char *p = outcome.err; (p = strstr(p, "is tried again")) != NULL; p++)
            again++;
        assert_string_equal(last_of(h, i, "CONCAT_WS(' ', exit_code, error_message)"), "0");
    }
    return again;
}

/* `added`: which tickets the runs add. */
static void rounds(struct harness *h, const char *expected, const char *what, const char *added)
{
    int again = 0, mixed = 0, i = 0;
    for (; i < ROUNDS || (!mixed && i < ROUNDS_MAX); i++) {
        fault_restore(h);
        again += run_both(h);
        fault_same(fault_tables(h), expected, harness_text(h, "%s, round %d", what, i));
        fault_tidy(h, what);
        mixed += (int)harness_number(
            h, harness_text(h,
                            "SELECT COUNT(*) FROM (SELECT MIN(request_id) AS low, MAX(request_id) "
                            "AS high FROM fluent_tickets WHERE %s GROUP BY site_key) AS a, "
                            "(SELECT MIN(request_id) AS low, MAX(request_id) AS high FROM "
                            "fluent_tickets WHERE %s GROUP BY site_key) AS b "
                            "WHERE a.low < b.low AND b.low < a.high",
                            added, added));
    }
    print_message("%s: %d rounds, their rows mixed in %d, %d transactions again\n", what, i, mixed,
                  again);
    assert_true(mixed > 0);
}

/* Changes, additions and deletions, on each site others. */
static void change_sites(struct harness *h)
{
    for (int i = 0; i < HARNESS_SITES; i++) {
        control(h, i,
                harness_text(h, "{'do':'close_many','from':%d,'to':140,'updated_at':'%s'}",
                             30 + 40 * i, mirror_hours_from_now(h, -1)));
        for (int id = 1000; id < 1040; id++)
            harness_control(h,
                            "{'do':'create','ticket':{'id':%d,'title':'New',"
                            "'created_at':'2025-11-30T00:00:00+00:00',"
                            "'updated_at':'2025-11-30T00:00:00+00:00'}}",
                            id + i);
        delete_tickets(h, i, 5 * i + 2, 5 * i + 8);
    }
}

/* A reject that is known, so that runs ask for it and end well. */
static void reject_one(struct harness *h)
{
    for (int i = 0; i < HARNESS_SITES; i++) {
        control(h, i,
                harness_text(h, "{'do':'update','id':%d,'set':{'created_at':null}}", 160 + i));
        run(h, i, 3, NULL, NULL);
        run(h, i, 0, "rejects", harness_text(h, "--accept=%d", 160 + i));
    }
}

static void test_at_once(void **state)
{
    struct harness *h = *state;
    start_sites(h, 160, 160);
    fault_keep(h);
    import(h);
    rounds(h, fault_tables(h), "first import", "1");
    reject_one(h);
    change_sites(h);
    fault_keep(h);
    import(h);
    assert_int_equal(harness_number(h, "SELECT COUNT(deleted_at) FROM fluent_tickets"), 14);
    assert_int_equal(harness_count(h, "requests"), 400);
    rounds(h, fault_tables(h), "update", "title = 'New'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_equal_ids),
        SYNC_TEST(test_case),
        SYNC_TEST(test_lease),
        SYNC_TEST(test_walks),
        SYNC_TEST(test_deletions),
        SYNC_TEST(test_rejects),
        SYNC_TEST(test_nameless),
        SYNC_TEST(test_reports),
        SYNC_TEST(test_reports_alone),
        SYNC_TEST(test_trim),
        SYNC_TEST(test_metrics),
        SYNC_TEST(test_without_key),
        SYNC_TEST(test_row_of_another_key),
        SYNC_TEST(test_wrong_site),
        SYNC_TEST(test_known_site),
        SYNC_TEST(test_inherited_site),
        SYNC_TEST(test_key_changed),
        SYNC_TEST(test_at_once),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}

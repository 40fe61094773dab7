/* harness_mirror: runs that must keep their word, and the tables against the site. */
#include "harness_mirror.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "harness_process.h"

enum { WORDS = 8, PATIENCE = 10000, SHOWN = 5 };

/* A mirror to start from */

static const char *unless(struct harness *h, const char *lines, const char *key, const char *value)
{
    return strstr(lines, key) ? "" : harness_text(h, "%s = %s\n", key, value);
}

void mirror_configure(struct harness *h, const char *fluent, const char *sync, const char *sections)
{
    const char *lines = fluent ? fluent : "";
    harness_config(h,
                   harness_text(h, "%s%s%s%s", unless(h, lines, "date_filter", "2000-01-01"),
                                unless(h, lines, "per_page", "50"),
                                unless(h, lines, "retries", "1"), lines),
                   sync, sections);
}

void mirror_prepare(struct harness *h, int tickets, const char *fluent, const char *sync,
                    const char *sections)
{
    harness_site_of(h, tickets);
    mirror_configure(h, fluent, sync, sections);
    sync_migrate(h);
}

void mirror_import(struct harness *h, int tickets, const char *fluent, const char *sync)
{
    mirror_prepare(h, tickets, fluent, sync, NULL);
    mirror_run(h, 0, "full", NULL);
    mirror_same(h);
}

/* Runs */

static void check_row(struct harness *h, int code, const char *mode, const char *err)
{
    const char *status = code == 0 ? "success" : code == 3 ? "partial" : "failed";
    struct sync_rows row =
        sync_query(h, "SELECT exit_code, last_sync_status, complete, error_message IS NULL, mode "
                      "FROM fluent_sync_status ORDER BY id DESC LIMIT 1");
    char **cells = row.cells;
    assert_int_equal(row.count, 1);
    if (atoi(cells[0]) != code || strcmp(cells[1], status) != 0)
        fail_msg("the run row says %s, %s\n%s", cells[0], cells[1], err);
    assert_int_equal(atoi(cells[3]), code == 0);
    if (code == 0 || code > 3)
        assert_int_equal(atoi(cells[2]), code == 0);
    if (mode && (!cells[4] || strcmp(cells[4], mode) != 0))
        fail_msg("mode \"%s\" instead of \"%s\"\n%s", cells[4] ? cells[4] : "NULL", mode, err);
}

static void check_json(const char *text, int code)
{
    cJSON *json = sync_json(text);
    bool success = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(json, "success"));
    bool reason = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "error")) != NULL;
    cJSON_Delete(json);
    assert_int_equal(success, code == 0);
    assert_int_equal(reason, code != 0);
}

struct outcome mirror_wait(struct harness *h, struct process *process, int code, const char *mode)
{
    struct outcome outcome = harness_wait(h, process);
    sync_expect(outcome, code);
    check_row(h, code, mode, outcome.err);
    check_json(outcome.out, code);
    return outcome;
}

struct outcome mirror_run(struct harness *h, int code, const char *mode, const char *options)
{
    char *words[WORDS] = {0}, *text = harness_text(h, "%s", options ? options : ""), *rest;
    char *word = strtok_r(text, " ", &rest);
    for (size_t i = 0; word && i < WORDS; i++, word = strtok_r(NULL, " ", &rest))
        words[i] = word;
    struct process *process =
        harness_sync_start(h, "--json", "-v", words[0], words[1], words[2], words[3], words[4],
                           words[5], words[6], words[7], NULL);
    return mirror_wait(h, process, code, mode);
}

/* What is to be expected of a ticket: from the JSON itself, by no code of the program's. */

/* As sync_text_at; "NULL" for null, as a query has it. */
static const char *text_at(struct harness *h, const cJSON *ticket, const char *name,
                           const char *then)
{
    const char *text = sync_text_at(h, ticket, name, then);
    return text ? text : "NULL";
}

/* An instant of the ticket as wall time, or "NULL". */
static const char *wall_at(struct harness *h, const cJSON *ticket, const char *name)
{
    const char *wall = sync_wall(h, sync_text_at(h, ticket, name, NULL));
    return wall ? wall : "NULL";
}

static char *expected_line(struct harness *h, const cJSON *t)
{
    const char *created = wall_at(h, t, "created_at");
    const char *priority = text_at(h, t, "priority", NULL);
    const char *urgency = strcmp(priority, "critical") == 0 ? "HIGH" : "MEDIUM";
    return harness_text(h, "%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%.10s|%s|%s|active|fluent",
                        text_at(h, t, "id", NULL), text_at(h, t, "hash", NULL), created,
                        wall_at(h, t, "updated_at"), text_at(h, t, "status", NULL), priority,
                        text_at(h, t, "response_count", NULL), text_at(h, t, "title", NULL),
                        text_at(h, t, "customer", "full_name"), text_at(h, t, "agent", "full_name"),
                        created, created + 11, urgency);
}

static bool in_scope(struct harness *h, const cJSON *t, const char *since, int mailbox)
{
    const char *created = wall_at(h, t, "created_at");
    return strncmp(created, since, 10) >= 0 &&
           (mailbox == 0 || atoi(text_at(h, t, "mailbox_id", NULL)) == mailbox);
}

static struct sync_rows stored_lines(struct harness *h, const char *since, int mailbox)
{
    return sync_query(
        h, harness_text(
               h,
               "SELECT CAST(fluent_id AS UNSIGNED), CONCAT_WS('|', fluent_id, "
               "IFNULL(ticket_number, 'NULL'), f.created_at, IFNULL(updated_at_fluent, 'NULL'), "
               "IFNULL(ticket_status, 'NULL'), IFNULL(priority, 'NULL'), "
               "IFNULL(response_count, 'NULL'), IFNULL(title, 'NULL'), "
               "IFNULL(customer_name, 'NULL'), IFNULL(agent_name, 'NULL'), "
               "IFNULL(r.date, 'NULL'), IFNULL(r.time, 'NULL'), IFNULL(r.urgency, 'NULL'), "
               "IFNULL(r.status, 'NULL'), IFNULL(r.source, 'NULL')) "
               "FROM fluent_tickets f LEFT JOIN requests r ON r.id = f.request_id "
               "WHERE deleted_at IS NULL AND invisible_since IS NULL AND f.created_at >= '%s' "
               "AND (%d = 0 OR mailbox_id = %d) ORDER BY 1",
               since, mailbox, mailbox));
}

/* Comparing */

struct comparison {
    struct sync_rows rows; /* what is stored: id, line */
    size_t row;
    int wrong, shown; /* tickets that differ; how many of them to show */
};

static void differ(struct comparison *c, const char *what, const char *site, const char *stored)
{
    if (c->wrong++ < c->shown)
        print_error("%s\n  site:   %s\n  stored: %s\n", what, site, stored);
}

/* Passes the stored ones below `id`, which the site does not have; the line of `id` or NULL. */
static const char *stored_line(struct comparison *c, int64_t id)
{
    for (; c->row < c->rows.count; c->row++) {
        char **cells = c->rows.cells + 2 * c->row;
        if (atoll(cells[0]) >= id)
            return atoll(cells[0]) == id ? cells[1] : NULL;
        differ(c, "not on the site:", "-", cells[1]);
    }
    return NULL;
}

static int compare(struct harness *h, const char *since, int mailbox, int shown)
{
    cJSON *site = cJSON_Parse(harness_control_get(h, "tickets?visible=1"));
    assert_true(cJSON_IsArray(site));
    struct comparison c = {.rows = stored_lines(h, since, mailbox), .shown = shown};
    const cJSON *t;
    cJSON_ArrayForEach(t, site)
    {
        if (!in_scope(h, t, since, mailbox))
            continue;
        const char *line = expected_line(h, t);
        const char *stored = stored_line(&c, atoll(text_at(h, t, "id", NULL)));
        if (!stored)
            differ(&c, "not stored:", line, "-");
        else if (strcmp(stored, line) != 0)
            differ(&c, "different:", line, stored);
        c.row += stored != NULL;
    }
    stored_line(&c, INT64_MAX);
    cJSON_Delete(site);
    return c.wrong;
}

int mirror_differences(struct harness *h)
{
    return compare(h, "2000-01-01", 0, 0);
}

void mirror_same_scope(struct harness *h, const char *since, int mailbox)
{
    assert_int_equal(compare(h, since, mailbox, SHOWN), 0);
    assert_int_equal(harness_number(h, "SELECT COUNT(*) - COUNT(DISTINCT request_id) "
                                       "FROM fluent_tickets"),
                     0);
    assert_int_equal(harness_number(h, "SELECT (SELECT COUNT(*) FROM requests) - COUNT(*) "
                                       "FROM fluent_tickets"),
                     0);
}

void mirror_same(struct harness *h)
{
    mirror_same_scope(h, "2000-01-01", 0);
}

/* The site and the state */

char *mirror_hours_from_now(struct harness *h, int hours)
{
    time_t t = time(NULL) + (time_t)hours * 3600;
    struct tm tm;
    char text[40];
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S+00:00", gmtime_r(&t, &tm));
    return harness_text(h, "%s", text);
}

void mirror_wait_lists(struct harness *h, int64_t count)
{
    for (int i = 0; i < PATIENCE; i++) {
        if (sync_stat(h, "tickets_requests") >= count)
            return;
        process_pause();
    }
    fail_msg("the site was not asked for %" PRId64 " lists", count);
}

void mirror_turn_back(struct harness *h, const char *column, int seconds)
{
    harness_sql(h, harness_text(h,
                                "UPDATE fluent_sync_state SET %s = IFNULL(%s, UTC_TIMESTAMP()) - "
                                "INTERVAL %d SECOND",
                                column, column, seconds));
}

int mirror_id_on(struct harness *h, int row)
{
    return (int)harness_number(h, harness_text(h,
                                               "SELECT fluent_id FROM fluent_tickets ORDER BY "
                                               "fluent_id + 0 LIMIT 1 OFFSET %d",
                                               row));
}

void mirror_delete_on(struct harness *h, int row)
{
    harness_control(h, "[{'do':'delete','id':%d}]", mirror_id_on(h, row));
}

char *mirror_sums(struct harness *h)
{
    return sync_sums(h, "fluent_tickets, requests, fluent_rejects");
}

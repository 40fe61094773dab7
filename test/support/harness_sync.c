/* harness_sync: a mirror to start from, and looking at what runs left behind. */
#include "harness_sync.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "harness_process.h"

enum { PATIENCE = 10000 }; /* pauses of a few milliseconds */

/* What a program said */

void sync_expect(struct outcome outcome, int code)
{
    if (outcome.code != code)
        fail_msg("exit code %d instead of %d\nstdout: %s\nstderr: %s", outcome.code, code,
                 outcome.out, outcome.err);
}

void sync_says(const char *text, const char *words)
{
    if (!strstr(text, words))
        fail_msg("\"%s\" is not in: %s", words, text);
}

void sync_says_not(const char *text, const char *words)
{
    if (strstr(text, words))
        fail_msg("\"%s\" is in: %s", words, text);
}

char *sync_told(struct harness *h, const char *err)
{
    static const char advice[] = "\nfluent-sync: -> ";
    char *text = harness_text(h, "%s", err), *end = text;
    for (const char *p = text; *p;) {
        bool joins = strncmp(p, advice, sizeof advice - 1) == 0;
        if (joins)
            end = stpcpy(end, "; ");
        else
            *end++ = *p;
        p += joins ? sizeof advice - 1 : 1;
    }
    *end = '\0';
    return text;
}

static bool is_bidi(const unsigned char *p)
{
    if (p[0] == 0xD8)
        return p[1] == 0x9C;
    if (p[0] != 0xE2)
        return false;
    return (p[1] == 0x80 && (p[2] == 0x8E || p[2] == 0x8F || (p[2] >= 0xA8 && p[2] <= 0xAE))) ||
           (p[1] == 0x81 && p[2] >= 0xA6 && p[2] <= 0xA9);
}

void sync_safe(const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        bool control = (*p < ' ' && *p != '\n') || *p == 0x7F || (*p == 0xC2 && p[1] < 0xA0);
        if (control || is_bidi(p))
            fail_msg("unsafe at byte %zu of: %s", (size_t)((const char *)p - text), text);
    }
}

cJSON *sync_json(const char *text)
{
    const char *end = NULL;
    cJSON *json = cJSON_ParseWithOpts(text, &end, false);
    if (!json || end[strspn(end, " \n")])
        fail_msg("not one JSON document: %s", text);
    return json;
}

double sync_member(const cJSON *object, const char *name)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);
    if (!cJSON_IsNumber(member))
        fail_msg("%s is no number", name);
    return member->valuedouble;
}

const char *sync_text_at(struct harness *h, const cJSON *ticket, const char *name, const char *then)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(ticket, name);
    if (then)
        value = cJSON_GetObjectItemCaseSensitive(value, then);
    if (cJSON_IsNumber(value))
        return harness_text(h, "%.0f", value->valuedouble);
    return cJSON_GetStringValue(value);
}

const char *sync_there(struct harness *h, int ticket, const char *name)
{
    cJSON *all = sync_json(harness_control_get(h, "tickets"));
    const cJSON *t;
    const char *text = NULL;
    cJSON_ArrayForEach(t, all)
    {
        if (sync_member(t, "id") == ticket)
            text = sync_text_at(h, t, name, NULL);
    }
    const char *copy = harness_text(h, "%s", text ? text : "NULL");
    cJSON_Delete(all);
    return copy;
}

const char *sync_wall(struct harness *h, const char *utc)
{
    struct tm tm = {0};
    char text[32];
    if (!utc)
        return NULL;
    const char *end = strptime(utc, "%Y-%m-%dT%H:%M:%S", &tm);
    if (!end || strcmp(end, "+00:00") != 0)
        fail_msg("no instant of the site: %s", utc);
    time_t instant = timegm(&tm);
    localtime_r(&instant, &tm);
    strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &tm);
    return harness_text(h, "%s", text);
}

int64_t sync_stat(struct harness *h, const char *name)
{
    cJSON *stats = sync_json(harness_control_get(h, "stats"));
    const char *dot = strchr(name, '.');
    const cJSON *object = dot ? cJSON_GetObjectItem(stats, "routes") : stats;
    int64_t value = (int64_t)sync_member(object, dot ? dot + 1 : name);
    cJSON_Delete(stats);
    return value;
}

/* The tables */

void sync_migrate(struct harness *h)
{
    sync_expect(harness_sync(h, "migrate", "--quiet", NULL), 0);
}

void sync_prepare(struct harness *h, int tickets, const char *fluent, const char *sync,
                  const char *sections)
{
    if (tickets == SYNC_RECORDED)
        harness_site(h, NULL);
    else
        harness_site_of(h, tickets);
    harness_config(h, fluent, sync, sections);
    sync_migrate(h);
}

void sync_forget(struct harness *h)
{
    harness_sql(h, "DELETE FROM fluent_tickets; DELETE FROM requests; DELETE FROM fluent_rejects; "
                   "DELETE FROM fluent_sync_state; DELETE FROM fluent_walk_pages; "
                   "DELETE FROM fluent_record; DELETE FROM fluent_list_proofs; "
                   "DELETE FROM fluent_inbox; DELETE FROM fluent_ticket_changes; "
                   "DELETE FROM fluent_conversations; DELETE FROM fluent_responses; "
                   "DELETE FROM fluent_outbox");
}

void sync_edit(struct harness *h, int ticket, const char *set)
{
    harness_sql(h, harness_text(h,
                                "UPDATE requests SET %s WHERE id = "
                                "(SELECT request_id FROM fluent_tickets WHERE fluent_id = '%d')",
                                set, ticket));
}

void sync_rejects_due(struct harness *h)
{
    harness_sql(h, "UPDATE fluent_rejects SET next_attempt = '2020-01-01'");
}

void sync_expire_lease(struct harness *h)
{
    harness_sql(h, "UPDATE fluent_sync_state SET lease_heartbeat = '2020-01-01'");
}

char *sync_sums(struct harness *h, const char *tables)
{
    return harness_table(h, harness_text(h, "CHECKSUM TABLE %s", tables));
}

char *sync_dump(struct harness *h)
{
    return harness_table(
        h, harness_value(h, "SELECT IFNULL(GROUP_CONCAT('SELECT * FROM `', TABLE_NAME, '`' "
                            "ORDER BY TABLE_NAME SEPARATOR ';'), 'DO 0') FROM "
                            "information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND "
                            "TABLE_TYPE = 'BASE TABLE'"));
}

char *sync_last(struct harness *h, const char *column)
{
    return harness_value(h, harness_text(h,
                                         "SELECT IFNULL(%s, 'NULL') FROM fluent_sync_status "
                                         "ORDER BY id DESC LIMIT 1",
                                         column));
}

char *sync_cell(struct harness *h, int ticket, const char *column)
{
    return harness_value(h, harness_text(h,
                                         "SELECT %s FROM fluent_tickets f LEFT JOIN requests r ON "
                                         "r.id = f.request_id WHERE fluent_id = '%d'",
                                         column, ticket));
}

void sync_wait_until(struct harness *h, const char *sql)
{
    for (int i = 0; i < PATIENCE; i++) {
        if (strcmp(harness_table(h, sql), "1\n") == 0)
            return;
        process_pause();
    }
    fail_msg("it never came: %s", sql);
}

void sync_await_words(struct harness *h, const struct process *process, const char *words)
{
    for (int i = 0; i < PATIENCE; i++) {
        if (access(process->err, R_OK) == 0 && strstr(harness_read(h, process->err), words))
            return;
        process_pause();
    }
    fail_msg("\"%s\" was never said: %s", words, harness_read(h, process->err));
}

void sync_await_run(struct harness *h)
{
    sync_wait_until(
        h, "SELECT COUNT(pid) FROM fluent_sync_status WHERE last_sync_status = 'in_progress'");
}

struct process *sync_start_stalled(struct harness *h, const char *option)
{
    harness_fault(h, "'kind':'stall','match':'/tickets','times':1");
    struct process *process = harness_sync_start(h, option, NULL);
    sync_await_run(h);
    return process;
}

/* Cells end in tabs and rows in line feeds, which within a cell are escaped. */
static char *next_cell(char **at, char *end)
{
    char *cell = *at, *to = cell, *from = cell;
    for (; *from != '\t' && *from != '\n'; from++, to++) {
        *to = *from;
        if (*from == '\\') {
            from++;
            *to = *from == 't' ? '\t' : *from == 'n' ? '\n' : *from;
        }
    }
    *end = *from;
    *to = '\0';
    *at = from + 1;
    return strcmp(cell, "NULL") == 0 ? NULL : cell;
}

struct sync_rows sync_query(struct harness *h, const char *sql)
{
    char *text = harness_table(h, sql), end;
    struct sync_rows rows = {0};
    size_t most = 1;
    for (const char *p = text; *p; p++)
        most += *p == '\t' || *p == '\n';
    rows.cells = arena_alloc(&h->arena, most * sizeof *rows.cells);
    assert_non_null(rows.cells);
    size_t n = 0;
    while (*text) {
        rows.cells[n++] = next_cell(&text, &end);
        if (end == '\n' && rows.count++ == 0)
            rows.width = n;
    }
    return rows;
}

/* The end of a test */

static char *odd_runs(struct harness *h)
{
    return harness_table(
        h, "SELECT id, last_sync_status, tickets_fetched, tickets_added, tickets_updated, "
           "tickets_unchanged, tickets_skipped, tickets_rejected FROM fluent_sync_status "
           "WHERE tickets_fetched <> tickets_added + tickets_updated + tickets_unchanged + "
           "tickets_skipped + tickets_rejected OR last_sync_status = 'in_progress'");
}

int sync_end(void **state)
{
    struct harness *h = *state;
    process_end_all(h);
    char *tables = harness_table(h, "SHOW TABLES LIKE 'fluent\\_schema\\_version'"), *odd = NULL;
    sync_dump(h); /* searched for the password, as all rows are */
    if (*tables)
        odd = odd_runs(h);
    bool wrong = odd && *odd;
    if (wrong)
        print_error("run rows that are odd: %s", odd);
    harness_end(state);
    return wrong ? -1 : 0;
}

void sync_next_case(void **state)
{
    if (sync_end(state) != 0 || harness_begin(state) != 0)
        fail_msg("no new database");
}

/* test_many_sites: what is done about one of many sites keeps to the rows of that site. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness_accounts.h"
#include "harness_fault.h"
#include "harness_process.h"
#include "store/conversations.h"
#include "store/history.h"
#include "store/rejects.h"
#include "store/runs.h"
#include "store/state.h"
#include "store/store.h"
#include "store/walk_pages.h"

/* The neighbours of the one in the middle, by the order of the keys. */
static const char *const KEYS[] = {"a", "b", "c"};
enum { FIRST, MIDDLE, LAST, SITES };

/* Locks */

/* A row of everything that a run removes, and of what it finds there. */
static void add_rows(struct harness *h, const char *key, const char *id)
{
    harness_sql(
        h,
        harness_text(
            h,
            "INSERT INTO fluent_rejects (site_key, fluent_id, reason, first_seen, last_seen) "
            "VALUES "
            "('%1$s', '%1$s:#position %2$s', '', '2026-01-01', '2026-01-01'), ('%1$s', "
            "'%1$s:%2$s#conversation', '', '2026-01-01', '2026-01-01');"
            "INSERT INTO fluent_walk_pages (site_key, walk_id, low, high, row_count, ids) VALUES "
            "('%1$s', 1, %2$s, %2$s, 1, '');"
            "INSERT INTO fluent_ticket_changes (site_key, ticket_row, fluent_id, run_id, seen_at, "
            "column_name, cause) VALUES ('%1$s', %2$s, '%1$s:%2$s', 1, UTC_TIMESTAMP(), 'title', "
            "'site');"
            "INSERT INTO fluent_conversations (site_key, fluent_id, listed, changed_at) VALUES "
            "('%1$s', '%1$s:%2$s', '', UTC_TIMESTAMP());"
            "INSERT INTO fluent_responses (site_key, response_id, fluent_id, type, fingerprint) "
            "VALUES ('%1$s', %2$s, '%1$s:%2$s', 'note', '');"
            "INSERT INTO fluent_sync_status (site_key, last_sync_status, last_sync_at) VALUES "
            "('%1$s', 'success', UTC_TIMESTAMP()), ('%1$s', 'in_progress', UTC_TIMESTAMP())",
            key, id));
}

/* All that a run removes of its site, in one transaction. */
static void remove_rows(struct store *store)
{
    struct error error = ERROR_INIT;
    int64_t removed;
    assert_int_equal(store_clear_nameless(store, 1, &error), 0);
    assert_int_equal(store_clear_conversations(store, REJECTS_OF_GONE_TICKETS, &error), 0);
    assert_int_equal(store_forget_rejects(store, 1, &error), 0);
    assert_int_equal(store_end_walk(store, &error), 0);
    assert_int_equal(store_history_trim(store, 0, 100, &removed, &error), 0);
    for (int what = REMOVE_RESPONSES; what <= REMOVE_CONVERSATIONS; what++)
        assert_int_equal(
            store_remove_conversations(store, (enum conversation_removal)what, &removed, &error),
            0);
    assert_int_equal(store_close_interrupted(store, &error), 0);
    assert_int_equal(store_trim_runs(store, 1, &error), 0);
}

/* Nobody waits for the transaction of a run that removes rows of its site: rows of the sites before
 * and behind it are added meanwhile. */
static void test_locks(void **state)
{
    struct harness *h = *state;
    struct error error = ERROR_INIT;
    struct store *store = NULL;
    sync_prepare(h, 1, NULL, NULL, NULL);
    for (int i = 0; i < SITES; i++)
        add_rows(h, KEYS[i], "5");
    add_rows(h, KEYS[MIDDLE], "6");
    assert_int_equal(store_open(&store, harness_db(h), KEYS[MIDDLE], false, &error), 0);
    assert_int_equal(store_acquire(store, 60, &error), 0);
    assert_int_equal(store_begin(store, &error), 0);
    remove_rows(store);
    harness_sql(h, "SET GLOBAL innodb_lock_wait_timeout = 1");
    for (int i = 0; i < SITES; i += 2)
        for (int id = 4; id < 8; id += 3)
            add_rows(h, KEYS[i], harness_text(h, "%d", id));
    harness_sql(h, "SET GLOBAL innodb_lock_wait_timeout = DEFAULT");
    assert_int_equal(store_commit(store, &error), 0);
    store_close(store);
    assert_int_equal(harness_count(h, "fluent_rejects WHERE site_key = 'b'"), 0);
    assert_int_equal(harness_count(h, "fluent_walk_pages WHERE site_key = 'b'"), 0);
    assert_int_equal(harness_count(h, "fluent_ticket_changes WHERE site_key = 'b'"), 0);
    assert_int_equal(harness_count(h, "fluent_responses WHERE site_key = 'b'"), 0);
    assert_int_equal(harness_count(h, "fluent_conversations WHERE site_key = 'b'"), 0);
    assert_int_equal(harness_count(h, "fluent_sync_status WHERE site_key = 'b'"), 1);
    assert_int_equal(harness_count(h, "fluent_rejects"), 12);
    assert_int_equal(harness_count(h, "fluent_sync_status WHERE last_sync_status = 'in_progress'"),
                     6);
    harness_sql(h, "DELETE FROM fluent_sync_status");
}

/* Rows read */

/* The tickets of each site; so many sites; the one that is looked at. */
enum { TICKETS = 300, COPIES = 10, OURS_INDEX = 5 };
#define OURS "s5"

/* A statement that copies the rows of a table of ours for the site @k: ids are moved by @o. */
#define COPIED_VALUE                                                                               \
    "CASE COLUMN_NAME WHEN 'site_key' THEN '@k' "                                                  \
    "WHEN 'fluent_id' THEN 'CONCAT(@k, SUBSTRING(fluent_id, 3))' "                                 \
    "WHEN 'id' THEN 'id + @o' WHEN 'request_id' THEN 'request_id + @o' "                           \
    "WHEN 'ticket_row' THEN 'ticket_row + @o' ELSE CONCAT('`', COLUMN_NAME, '`') END"
#define COPY_TABLE                                                                                 \
    "CONCAT('INSERT INTO ', TABLE_NAME, ' (', GROUP_CONCAT('`', COLUMN_NAME, '`' "                 \
    "ORDER BY ORDINAL_POSITION), ') SELECT ', GROUP_CONCAT(" COPIED_VALUE                          \
    " ORDER BY ORDINAL_POSITION), ' FROM ', TABLE_NAME, ' WHERE ', "                               \
    "IF(TABLE_NAME = 'requests', 'id < 100000', 'site_key = \"" OURS "\"'))"

static void copy_site(struct harness *h)
{
    char *copies = harness_value(
        h, "SET SESSION group_concat_max_len = 1000000; "
           "SELECT GROUP_CONCAT(text ORDER BY name = 'requests' DESC SEPARATOR ';') FROM (SELECT "
           "TABLE_NAME AS name, " COPY_TABLE " AS text FROM information_schema.COLUMNS AS c WHERE "
           "TABLE_SCHEMA = DATABASE() AND EXTRA NOT LIKE '%GENERATED%' AND (TABLE_NAME = "
           "'requests' OR EXISTS (SELECT 1 FROM information_schema.COLUMNS AS k WHERE "
           "k.TABLE_SCHEMA = c.TABLE_SCHEMA AND k.TABLE_NAME = c.TABLE_NAME AND k.COLUMN_NAME = "
           "'site_key')) GROUP BY TABLE_NAME) AS t");
    for (int k = 0; k < COPIES; k++)
        if (k != OURS_INDEX)
            harness_sql(
                h, harness_text(h, "SET @k = 's%d', @o = %d; %s", k, (k + 1) * 100000, copies));
}

/* Rows of the tables that an import leaves nearly empty. */
#define NUMBERS                                                                                    \
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200) SELECT "
static void fill_site(struct harness *h)
{
    harness_sql(
        h,
        "INSERT INTO fluent_sync_status (site_key, last_sync_at, last_sync_status, mode, "
        "exit_code) " NUMBERS "'" OURS "', UTC_TIMESTAMP() - INTERVAL 300 - i MINUTE, 'failed', "
        "'incremental', 5 FROM n;"
        "INSERT INTO fluent_rejects (site_key, fluent_id, reason, first_seen, last_seen, accepted, "
        "next_attempt) " NUMBERS "'" OURS "', CONCAT('" OURS ":', IF(i < 20, '#position ', ''), "
        "10000 + i, IF(i > 190, '#conversation', '')), 'why', '2026-01-01', '2026-01-01', 1, "
        "UTC_TIMESTAMP() + INTERVAL 9 HOUR FROM n;"
        "INSERT INTO fluent_walk_pages (site_key, walk_id, low, high, row_count, ids) " NUMBERS
        "'" OURS "', 0, i, i, 1, '' FROM n;"
        "INSERT INTO fluent_list_proofs (site_key, low, proven_at) " NUMBERS "'" OURS
        "', i, UTC_TIMESTAMP() - INTERVAL 8 * i MINUTE FROM n;"
        "INSERT INTO fluent_inbox (site_key, fluent_id) VALUES ('" OURS "', '" OURS ":12')");
}

static void configure(struct harness *h, const char *sync, const char *sections)
{
    harness_config(h, "site_key = " OURS "\nper_page = 50\n",
                   harness_text(h, "history = yes\nkeep_runs = 50\n%s", sync), sections);
}

static const char *counted_path(struct harness *h)
{
    return harness_text(h, "%s/rows", h->dir);
}

/* Runs it with these arguments, which are words; its statements are counted. */
static void run(struct harness *h, const char *arguments, int code)
{
    sync_expect(harness_wait(h, fault_start(h, "rowcount",
                                            harness_text(h, "ROWCOUNT_FILE=%s", counted_path(h)),
                                            arguments)),
                code);
}

/* What reads more, and why it may. */
enum reach {
    EACH_COLUMN, /* as many rows for each that is asked for as a ticket has columns with a history
                  */
    OUR_ROWS,    /* all rows of the site, in each table that it joins */
    ANY_ROWS,    /* more: the table is not ours */
};
static const struct exception {
    const char *words; /* of the statement */
    enum reach reach;
} EXCEPTIONS[] = {
    /* The dashboard's table: requests of all sites, by date and time, or without an index. */
    {"FROM requests r LEFT JOIN fluent_tickets f", ANY_ROWS},
    {"SELECT d.ticket_row, d.fluent_id, d.name", EACH_COLUMN},
    /* Sums and counts: each row of the site is one of them. */
    {"SELECT COUNT(*)", OUR_ROWS},
    {"SELECT MIN(ticket_status) AS ticket_status, COUNT(*)", OUR_ROWS},
    {"SELECT SUM(accepted = 0)", OUR_ROWS},
    {"(SELECT COUNT(*) FROM fluent_tickets", OUR_ROWS},
    {"SELECT DATE(", OUR_ROWS},
    {"ROW_NUMBER() OVER", OUR_ROWS},
    {"SELECT f.ticket_status, r.urgency, r.category", OUR_ROWS},
    {"SELECT m.mailbox_id", OUR_ROWS},
    {"SELECT COUNT(request_id)", OUR_ROWS},
    /* Once, after [privacy] drop names another column: of a history the server may read all. */
    {"DELETE FROM fluent_ticket_changes WHERE site_key = ", ANY_ROWS},
    {"UPDATE fluent_ticket_changes SET new_value = JSON_REMOVE", ANY_ROWS},
    /* What is behind is sorted for each batch, the newest first. */
    {"AND c.behind = 1", OUR_ROWS},
    /* Where tickets have left the scope: all of these are looked at, in an index. */
    {"SELECT home, zone", OUR_ROWS},
    {"ticket_status = 'closed')) AND id > ", OUR_ROWS},
    {"AND left_scope_at IS NOT NULL AND id > ", OUR_ROWS},
    /* A pass over the site's rows: what is looked for is not in an index. */
    {"r.updated_at > f.created_at_local", OUR_ROWS},
    {"f.last_synced_at < ", OUR_ROWS},
    {"AND CAST(CONVERT(f.ticket_status USING utf8mb4) AS BINARY)", OUR_ROWS},
    {"AND f.mailbox_id = ", OUR_ROWS},
    {"FROM fluent_rejects WHERE site_key = ", OUR_ROWS},
    {"raw_data IS NULL", OUR_ROWS},
    {"SELECT o.id FROM fluent_ticket_changes", OUR_ROWS},
    {"ORDER BY k.id DESC LIMIT 50, 1", OUR_ROWS}, /* a run in a hundred */
};
enum { FACTOR = 12, COLUMNS = 100, ALWAYS = 60 };

/* How many keys the statement asks for, or rows it leaves out first. */
static long long asked_for(const char *statement)
{
    const char *offset = strstr(statement, " OFFSET ");
    long long keys = offset ? strtoll(offset + 8, NULL, 10) : 0;
    for (const char *list; (list = strstr(statement, " IN (")) != NULL; statement = list + 5) {
        keys = 1;
        for (const char *p = list + 5; *p && *p != ')'; p++)
            keys += *p == ',';
    }
    return keys;
}

static long long most_rows(const char *statement, long long rows)
{
    long long keys = asked_for(statement), most = FACTOR * (rows > keys ? rows : keys) + ALWAYS;
    for (size_t i = 0; i < sizeof EXCEPTIONS / sizeof *EXCEPTIONS; i++) {
        if (!strstr(statement, EXCEPTIONS[i].words))
            continue;
        switch (EXCEPTIONS[i].reach) {
        case EACH_COLUMN:
            return most + COLUMNS * keys;
        case OUR_ROWS:
            return most + 5 * TICKETS;
        case ANY_ROWS:
            return INT64_MAX;
        }
    }
    return most;
}

/* Statements of the program; those about the server and its tables are the server's own affair. */
static bool is_counted(const char *statement)
{
    return strstr(statement, "fluent_") && !strstr(statement, "information_schema");
}

static void check_rows(struct harness *h)
{
    int odd = 0;
    char *line = harness_read(h, counted_path(h));
    for (char *next; *line; line = next) {
        next = line + strcspn(line, "\n");
        if (*next)
            *next++ = '\0';
        char *at;
        long long read = strtoll(line, &at, 10), rows = strtoll(at, &at, 10);
        if (!is_counted(at) || read <= most_rows(at, rows < 0 ? 0 : rows))
            continue;
        print_message("%lld rows read for %lld:%.400s\n", read, rows, at);
        odd++;
    }
    assert_int_equal(odd, 0);
}

/* Commands that read. */
static void look(struct harness *h)
{
    static const char *const commands[] = {"status",
                                           "status --limit=5",
                                           "status --max-age=1d",
                                           "tickets",
                                           "tickets --limit=5",
                                           "tickets --limit=5 --offset=250",
                                           "tickets --status=nosuch",
                                           "tickets --mailbox=4711",
                                           "tickets --since=2025-10-01 --limit=5",
                                           "tickets --edited",
                                           "tickets --all-sources",
                                           "show 7",
                                           "rejects",
                                           "rejects --accept=10050",
                                           "report",
                                           "check",
                                           "map 7"};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        run(h, commands[i], 0);
}

static void prepare_copies(struct harness *h, const char *sync)
{
    sync_prepare(h, TICKETS, NULL, NULL, NULL);
    configure(h, sync, NULL);
    sync_expect(harness_sync(h, NULL), 0);
    fill_site(h);
    copy_site(h);
    harness_sql(h, "ANALYZE TABLE fluent_tickets, requests, fluent_sync_status, fluent_rejects, "
                   "fluent_inbox, fluent_walk_pages, fluent_ticket_changes, fluent_conversations, "
                   "fluent_responses, fluent_sync_state, fluent_record, fluent_list_proofs");
}

/* What a run removes, and writes anew, because the configuration says so. */
static void change_configuration(struct harness *h)
{
    configure(h, "conversations = public\nkeep_history = 1d\n",
              "[scope]\ntickets = closed\nleft = hide\n");
    harness_sql(h, "UPDATE fluent_ticket_changes SET seen_at = '2026-01-01'");
    run(h, "sync --full", 0);
    configure(h, "conversations = none\n", NULL);
    run(h, "sync", 0);
    configure(h, "conversations = public\nraw_data = none\n",
              "[privacy]\ndrop = customer.email, content\n");
    run(h, "sync", 0);
    struct process *killed = sync_start_stalled(h, "--full");
    kill(killed->pid, SIGKILL);
    harness_wait(h, killed);
    harness_end_faults(h);
    run(h, "sync", 0);
}

/* Which statements were seen */

/* Does the text have these pieces, which lie between the places of values, in this order? */
static bool has_pieces(const char *text, const char *statement)
{
    for (const char *p = statement; *p;) {
        size_t n = strcspn(p, "?%");
        char piece[8192];
        snprintf(piece, sizeof piece, "%.*s", (int)n, p);
        text = strstr(text, piece);
        if (!text)
            return false;
        text += n;
        p += n + strspn(p + n, "?*%s");
    }
    return true;
}

/* The program's constants are its statements, or begin them. */
static bool is_statement(const char *constant)
{
    static const char *const begins[] = {"FROM fluent_",     "FROM requests ", "UPDATE fluent_",
                                         "UPDATE requests ", "DELETE ",        "INSERT INTO "};
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
        if (strncmp(constant, begins[i], strlen(begins[i])) == 0)
            return true;
    return false;
}

/* Most statements that the program has were sent. The others, which are printed, name their rows by
 * primary keys, or need a site or a table that only another test has. */
static void check_covered(struct harness *h)
{
    char *statements = harness_read(h, counted_path(h)), *constant = NULL;
    size_t size = 0;
    int sent = 0, missing = 0;
    FILE *program = fopen(BINARY_DIR "/fluent-sync", "re");
    assert_non_null(program);
    while (getdelim(&constant, &size, '\0', program) > 0) {
        if (!is_statement(constant))
            continue;
        bool seen = has_pieces(statements, constant);
        sent += seen;
        missing += !seen;
        if (!seen)
            print_message("not sent: %.100s\n", constant);
    }
    free(constant);
    fclose(program);
    print_message("%d statements were sent, %d were not\n", sent, missing);
    assert_true(sent > 2 * missing);
}

/* What was read longest ago is read again: what was proven of many small parts, of a few. */
static void read_part(struct harness *h)
{
    harness_control(h, "[{'do':'reset_stats'}]");
    run(h, "sync", 0);
    assert_true(sync_stat(h, "tickets_requests") > 2);
    assert_true(harness_count(h, "fluent_list_proofs WHERE site_key = '" OURS "'") < 50);
    assert_true(harness_count(h, "fluent_list_proofs") > 50 * COPIES);
}

/* A command and a run of one site read no more rows than they return or change, times a small
 * number, whatever the other sites have. */
static void test_rows_read(void **state)
{
    struct harness *h = *state;
    prepare_copies(h, "conversations = public\n");
    run(h, "status --max-age=1d", 0); /* the last success is behind many failures */
    read_part(h);
    look(h);
    harness_control(h, "[{'do':'update_random','count':20},{'do':'delete_random','count':5},"
                       "{'do':'create','ticket':{'title':'New'},'count':5}]");
    run(h, "sync", 0);
    run(h, "sync --full", 0);
    run(h, "sync --ticket=9", 0);
    change_configuration(h);
    accounts_may_forget(h);
    run(h, "forget " OURS " --yes", 0);
    check_covered(h);
    check_rows(h);
}

/* Connections */

enum { MOST = 20, TRIES = 10, PATIENCE = 10000 /* pauses of a few milliseconds */ };

/* Takes the connections that are left. */
static int64_t take_all(struct harness *h, struct db *taken[MOST])
{
    int64_t count = 0;
    for (int64_t others = harness_count(h, "information_schema.PROCESSLIST WHERE USER <> "
                                           "'event_scheduler'");
         others + count < MOST; count++)
        taken[count] = harness_connect(h);
    return count;
}

static bool is_refused(struct harness *h, const struct process *run)
{
    return access(run->err, R_OK) == 0 &&
           strstr(harness_read(h, run->err), "Too many connections") != NULL;
}

/* Returns once the server has refused the run a connection; false: it has found a place, as one
 * that was counted had just ended. */
static bool await_refusal(struct harness *h, const struct process *run)
{
    for (int i = 0; i < PATIENCE; i++) {
        if (is_refused(h, run))
            return true;
        if (harness_count(h, "fluent_sync_status") > 0)
            return false;
        process_pause();
    }
    fail_msg("the run has no connection and was refused none: %s", harness_read(h, run->err));
    return false;
}

/* Many sites' runs begin at the same minute: one more than the server takes connections waits for
 * another to end. */
static void test_too_many_connections(void **state)
{
    struct harness *h = *state;
    struct db *taken[MOST];
    bool refused = false;
    sync_prepare(h, 10, NULL, NULL, NULL);
    harness_sql(h, "SET GLOBAL max_connections = 20");
    for (int i = 0; i < TRIES && !refused; i++) {
        int64_t count = take_all(h, taken);
        struct process *run = harness_sync_start(h, "-vv", NULL);
        refused = await_refusal(h, run);
        while (count > 0)
            db_close(taken[--count]);
        sync_expect(harness_wait(h, run), 0);
        harness_sql(h, "DELETE FROM fluent_sync_status");
    }
    harness_sql(h, "SET GLOBAL max_connections = 151");
    assert_true(refused);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_locks),
        SYNC_TEST(test_rows_read),
        SYNC_TEST(test_too_many_connections),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}

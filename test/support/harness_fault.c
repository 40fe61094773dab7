/* harness_fault: going back to a start, running under a shim, comparing tables. */
#include "harness_fault.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness_process.h"

enum { WORDS_MAX = 24, LINES_SHOWN = 8 };
enum { PATIENCE = 8000 }; /* pauses: some 25 seconds, less than the usual timeout */

/* Going back */

/* For each table of the test's database a statement made from FORMAT, of which %1 becomes the
 * table's name and %2 its columns, generated ones left out. */
static char *for_each_table(struct harness *h, const char *format)
{
    return harness_value(
        h, harness_text(h,
                        "SET SESSION group_concat_max_len = 1000000;"
                        "SELECT GROUP_CONCAT(REPLACE(REPLACE('%s;', '%%1', t), '%%2', c) SEPARATOR "
                        "'') FROM (SELECT TABLE_NAME AS t, GROUP_CONCAT(COLUMN_NAME) AS c "
                        "FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() "
                        "AND EXTRA NOT LIKE '%% GENERATED%%' GROUP BY TABLE_NAME) AS tables",
                        format));
}

static const char *kept_name(struct harness *h)
{
    return harness_text(h, "%s_kept", h->database);
}

void fault_keep(struct harness *h)
{
    const char *kept = kept_name(h);
    harness_sql(h, harness_text(h, "DROP DATABASE IF EXISTS %s; CREATE DATABASE %s", kept, kept));
    harness_sql(h, for_each_table(h, harness_text(h, "CREATE TABLE %s.%%1 LIKE %%1", kept)));
    harness_sql(h, for_each_table(
                       h, harness_text(h, "INSERT INTO %s.%%1 (%%2) SELECT %%2 FROM %%1", kept)));
    harness_file(h, "restore.sql",
                 harness_text(h, "SET foreign_key_checks = 0; START TRANSACTION; %s COMMIT;",
                              for_each_table(h, harness_text(h,
                                                             "DELETE FROM %%1; INSERT INTO %%1 "
                                                             "(%%2) SELECT %%2 FROM %s.%%1",
                                                             kept))));
}

void fault_restore(struct harness *h)
{
    harness_sql(h, harness_read(h, harness_text(h, "%s/restore.sql", h->dir)));
}

/* Running */

static void add_words(struct harness *h, const char **argv, size_t *count, const char *words)
{
    char *rest = harness_text(h, "%s", words ? words : "");
    for (char *word; (word = strsep(&rest, " ")) != NULL;) {
        if (*count == WORDS_MAX - 1)
            fail_msg("too many words");
        if (*word)
            argv[(*count)++] = word;
    }
}

static const char *count_path(struct harness *h)
{
    return harness_text(h, "%s/steps", h->dir);
}

long fault_steps(struct harness *h)
{
    const char *path = count_path(h);
    return access(path, R_OK) == 0 ? atol(harness_read(h, path)) : 0;
}

/* A program built with a sanitizer accepts a preloaded library before its own. */
static void add_sanitizer(struct harness *h, const char **argv, size_t *count)
{
    const char *options = getenv("ASAN_OPTIONS");
    argv[(*count)++] =
        harness_text(h, "ASAN_OPTIONS=%s:verify_asan_link_order=0", options ? options : "");
}

static void add_shim(struct harness *h, const char **argv, size_t *count, const char *shim,
                     const char *variables)
{
    argv[(*count)++] = harness_text(h, "LD_PRELOAD=" BINARY_DIR "/test/%s.so", shim);
    argv[(*count)++] = harness_text(h, "SHIM_COUNT_FILE=%s", count_path(h));
    add_sanitizer(h, argv, count);
    add_words(h, argv, count, variables);
}

struct process *fault_start(struct harness *h, const char *shim, const char *variables,
                            const char *options)
{
    const char *argv[WORDS_MAX] = {"env"};
    size_t count = 1;
    unlink(count_path(h));
    if (shim)
        add_shim(h, argv, &count, shim, variables);
    argv[count++] = BINARY_DIR "/fluent-sync";
    argv[count++] = "--config";
    argv[count++] = harness_text(h, "%s/fluent-sync.ini", h->dir);
    add_words(h, argv, &count, options);
    return harness_start(h, argv, NULL);
}

struct outcome fault_wait(struct harness *h, struct process *process, const char *what)
{
    siginfo_t ended = {0};
    for (int i = 0; i < PATIENCE && !ended.si_pid; i++) {
        if (waitid(P_PID, (id_t)process->pid, &ended, WEXITED | WNOHANG | WNOWAIT) < 0)
            fail_msg("waitid failed");
        if (!ended.si_pid)
            process_pause();
    }
    if (!ended.si_pid)
        fail_msg("%s does not end: %s", what, harness_read(h, process->err));
    return harness_wait(h, process);
}

struct outcome fault_run(struct harness *h, const char *shim, const char *variables,
                         const char *options)
{
    return fault_wait(h, fault_start(h, shim, variables, options), variables ? variables : "a run");
}

/* Comparing */

#define TICKET                                                                                     \
    "f.site_key, f.ticket_number, f.created_at, f.updated_at_fluent, f.ticket_status, "            \
    "f.customer_id, f.customer_name, f.customer_email, f.mailbox_id, f.title, "                    \
    "SHA2(f.customer_message, 256), f.priority, f.product_id, f.product_name, f.agent_id, "        \
    "f.agent_name, f.resolved_at, f.response_count, SHA2(f.raw_data, 256), f.fingerprint, "        \
    "SHA2(f.base, 256), "                                                                          \
    "f.edits_kept, f.hidden, f.deleted_at IS NOT NULL, f.invisible_since IS NOT NULL, "            \
    "f.left_scope_at IS NOT NULL"
#define REQUEST                                                                                    \
    "r.date, r.time, r.month, r.request_type, r.category, SHA2(r.description, 256), r.urgency, "   \
    "r.effort, r.status, r.source, r.website_url, r.estimated_hours, r.billing_date"

char *fault_tables(struct harness *h)
{
    return harness_table(
        h,
        "SELECT 'ticket', f.fluent_id, " TICKET ", r.id IS NOT NULL, " REQUEST " "
        "FROM fluent_tickets f LEFT JOIN requests r ON r.id = f.request_id "
        "ORDER BY f.fluent_id;"
        "SELECT 'other request', " REQUEST " FROM requests r WHERE NOT EXISTS "
        "(SELECT 1 FROM fluent_tickets f WHERE f.request_id = r.id) ORDER BY r.id;"
        "SELECT 'shared request', request_id FROM fluent_tickets WHERE request_id IS NOT NULL "
        "GROUP BY request_id HAVING COUNT(*) > 1;"
        "SELECT 'reject', site_key, fluent_id, reason, SHA2(raw_data, 256), fingerprint, "
        "accepted FROM fluent_rejects ORDER BY site_key, fluent_id;"
        "SELECT 'conversation', fluent_id, listed, asked FROM fluent_conversations "
        "ORDER BY fluent_id;"
        "SELECT 'response', response_id, fluent_id, type, text, deleted_at IS NOT NULL, "
        "fingerprint FROM fluent_responses ORDER BY response_id;"
        "SELECT 'change', fluent_id, column_name, old_value, new_value, cause "
        "FROM fluent_ticket_changes WHERE column_name NOT IN ('deleted_at', 'invisible_since', "
        "'left_scope_at') ORDER BY fluent_id, column_name, id;"
        "SELECT 'record', site_key, chunk, HEX(ids) FROM fluent_record ORDER BY site_key, chunk;"
        "SELECT 'proof', site_key, low FROM fluent_list_proofs ORDER BY site_key, low;"
        "SELECT 'call', site_key, fluent_id FROM fluent_inbox ORDER BY site_key, fluent_id;"
        "SELECT 'state', site_key, home, zone, url_form, newest, scope, total, max_id, page_cap, "
        "config_hash, api_user, watermark IS NOT NULL, last_full_walk IS NOT NULL "
        "FROM fluent_sync_state "
        "ORDER BY site_key");
}

char *fault_undisturbed(struct harness *h)
{
    fault_keep(h);
    sync_expect(harness_sync(h, NULL), 0);
    char *tables = fault_tables(h);
    fault_restore(h);
    return tables;
}

char *fault_schema(struct harness *h)
{
    return harness_table(
        h, "SELECT TABLE_NAME, ENGINE, ROW_FORMAT, TABLE_COLLATION FROM information_schema.TABLES "
           "WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME;"
           "SELECT TABLE_NAME, COLUMN_NAME, ORDINAL_POSITION, COLUMN_DEFAULT, IS_NULLABLE, "
           "COLUMN_TYPE, CHARACTER_SET_NAME, COLLATION_NAME, EXTRA, GENERATION_EXPRESSION "
           "FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() "
           "ORDER BY TABLE_NAME, ORDINAL_POSITION;"
           "SELECT TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX, COLUMN_NAME, NON_UNIQUE "
           "FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() "
           "ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX;"
           "SELECT TABLE_NAME, COLUMN_NAME, REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME "
           "FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = DATABASE() "
           "ORDER BY TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION;"
           "SELECT version, name FROM fluent_schema_version ORDER BY version");
}

static bool has_line(const char *text, const char *line, size_t n)
{
    for (const char *p = text; *p; p += strcspn(p, "\n") + 1)
        if (strncmp(p, line, n) == 0)
            return true;
    return false;
}

static void show_missing(const char *from, const char *in, const char *label)
{
    int shown = 0;
    for (const char *p = from; *p && shown < LINES_SHOWN; p += strcspn(p, "\n") + 1) {
        size_t n = strcspn(p, "\n") + 1;
        if (has_line(in, p, n))
            continue;
        print_error("%s: %.*s", label, (int)n, p);
        shown++;
    }
}

void fault_same(const char *found, const char *expected, const char *what)
{
    if (strcmp(found, expected) == 0)
        return;
    show_missing(found, expected, "found");
    show_missing(expected, found, "expected");
    fail_msg("%s: the tables are not those of an undisturbed run", what);
}

void fault_tidy(struct harness *h, const char *what)
{
    fault_same(
        harness_table(h, "SELECT (SELECT COUNT(*) FROM fluent_sync_status WHERE last_sync_status = "
                         "'in_progress'), (SELECT COUNT(lease_owner) FROM fluent_sync_state), "
                         "(SELECT COUNT(walk_started) FROM fluent_sync_state), "
                         "(SELECT COUNT(*) FROM fluent_walk_pages)"),
        "0\t0\t0\t0\n", what);
}

/* Random numbers */

uint64_t fault_seed(const char *name)
{
    const char *given = getenv(name);
    uint64_t seed = given ? strtoull(given, NULL, 10) : 1;
    print_message("%s=%llu\n", name, (unsigned long long)seed);
    return seed;
}

/* SplitMix64 */
long fault_random(uint64_t *seed, long from, long to)
{
    uint64_t z = *seed += 0x9e3779b97f4a7c15U;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
    z = (z ^ z >> 27) * 0x94d049bb133111ebU;
    z ^= z >> 31;
    return from + (long)(z % (uint64_t)(to - from + 1));
}

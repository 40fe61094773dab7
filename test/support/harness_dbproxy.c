/* harness_dbproxy: starting the proxy, and comparing tables. */
#include "harness_dbproxy.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness_process.h"

enum { ARGUMENTS_MAX = 40 };

/* Replaces how the INI reaches the database. */
static void lead_to(struct harness *h, const char *lines)
{
    char *ini = harness_read(h, harness_text(h, "%s/fluent-sync.ini", h->dir));
    char *section = strstr(ini, "[mysql]\n"), *rest = strstr(ini, "database = ");
    assert_non_null(section);
    assert_non_null(rest);
    *section = '\0';
    harness_file(h, "fluent-sync.ini", harness_text(h, "%s[mysql]\n%s%s", ini, lines, rest));
}

void dbproxy_direct(struct harness *h)
{
    lead_to(h, harness_text(h, "socket = %s\nuser = root\n", h->socket));
}

void dbproxy_start(struct harness *h, struct dbproxy *proxy, const char *const *options)
{
    char *port_file = harness_text(h, "%s/dbproxy-port", h->dir);
    proxy->report = harness_text(h, "%s/dbproxy-report", h->dir);
    proxy->log = harness_text(h, "%s/dbproxy-log", h->dir);
    const char *argv[ARGUMENTS_MAX] = {BINARY_DIR "/test/dbproxy",
                                       "--target",
                                       harness_text(h, "%d", h->port),
                                       "--port-file",
                                       port_file,
                                       "--report",
                                       proxy->report,
                                       "--log",
                                       proxy->log};
    for (size_t n = 9; options && *options && n < ARGUMENTS_MAX - 1; options++)
        argv[n++] = *options;
    unlink(port_file);
    unlink(proxy->report);
    proxy->process = harness_start(h, argv, NULL);
    while (access(port_file, R_OK) != 0) {
        if (waitpid(proxy->process->pid, NULL, WNOHANG) == proxy->process->pid) {
            proxy->process->pid = 0;
            fail_msg("the proxy ended: %s", harness_read(h, proxy->process->err));
        }
        process_pause();
    }
    proxy->port = atoi(harness_read(h, port_file));
    lead_to(h, harness_text(h, "host = 127.0.0.1\nport = %d\nuser = test\npassword = test\n",
                            proxy->port));
}

static struct dbproxy_report read_report(struct harness *h, const struct dbproxy *proxy)
{
    struct dbproxy_report r = {0};
    if (access(proxy->report, R_OK) == 0)
        sscanf(harness_read(h, proxy->report), "commands %ld matched %ld faults %ld", &r.commands,
               &r.matched, &r.faults);
    return r;
}

struct dbproxy_report dbproxy_stop(struct harness *h, struct dbproxy *proxy)
{
    kill(proxy->process->pid, SIGTERM);
    struct outcome outcome = harness_wait(h, proxy->process);
    if (outcome.code != 0)
        fail_msg("the proxy: %s", outcome.err);
    return read_report(h, proxy);
}

void dbproxy_wait_fault(struct harness *h, const struct dbproxy *proxy)
{
    for (int i = 0; i < 10000; i++) {
        if (read_report(h, proxy).faults)
            return;
        process_pause();
    }
    fail_msg("the fault never happened");
}

char *dbproxy_tables(struct harness *h)
{
    char *odd = harness_table(
        h, "SELECT 'request without a ticket', id, description FROM requests WHERE source = "
           "'fluent' AND id NOT IN (SELECT request_id FROM fluent_tickets WHERE request_id IS NOT "
           "NULL) UNION ALL SELECT 'request of two tickets', MIN(id), request_id FROM "
           "fluent_tickets WHERE request_id IS NOT NULL GROUP BY request_id HAVING COUNT(*) > 1");
    char *rows = harness_table(
        h,
        "SELECT fluent_id, site_key, ticket_number, f.created_at, updated_at_fluent, ticket_status,"
        " customer_id, customer_name, customer_email, mailbox_id, title, MD5(customer_message),"
        " f.priority, product_id, product_name, agent_id, agent_name, resolved_at, response_count,"
        " MD5(raw_data), fingerprint, MD5(base), edits_kept, hidden, deleted_at IS NULL,"
        " invisible_since IS NULL, r.id IS NULL, r.date, r.time, r.month, r.request_type,"
        " r.category, r.description, r.urgency, r.effort, r.status, r.source, r.website_url,"
        " r.estimated_hours, r.billing_date FROM fluent_tickets f"
        " LEFT JOIN requests r ON r.id = f.request_id ORDER BY fluent_id;"
        "SELECT date, time, description, status FROM requests WHERE source <> 'fluent' ORDER BY id;"
        "SELECT fluent_id, reason, fingerprint, accepted, raw_data IS NULL"
        " FROM fluent_rejects ORDER BY fluent_id;"
        "SELECT site_key, home, zone, url_form, watermark, scope, total, max_id, config_hash,"
        " last_full_walk IS NULL, last_total_walk IS NULL, api_user, walk_started"
        " FROM fluent_sync_state ORDER BY site_key;"
        "SELECT site_key, walk_id, low, high FROM fluent_walk_pages");
    return harness_text(h, "%s%s", odd, rows);
}

char *dbproxy_run_row(struct harness *h)
{
    return sync_last(h, "CONCAT_WS(' ', last_sync_status, exit_code, complete, mode, 'fetched', "
                        "tickets_fetched, tickets_added, tickets_updated, tickets_unchanged, "
                        "tickets_skipped, tickets_rejected, 'deleted', tickets_deleted, "
                        "tickets_invisible, 'kept', edits_kept, IFNULL(error_message, ''))");
}

const char *dbproxy_keep(struct harness *h)
{
    const char *const argv[] = {"mariadb-dump",
                                "--no-defaults",
                                harness_text(h, "--socket=%s", h->socket),
                                "--user=root",
                                "--default-character-set=utf8mb4",
                                "--no-create-info",
                                "--skip-add-locks",
                                "--complete-insert",
                                "--ignore-table",
                                harness_text(h, "%s.fluent_schema_version", h->database),
                                h->database,
                                NULL};
    struct outcome outcome = harness_run(h, argv, NULL);
    sync_expect(outcome, 0);
    return harness_file(h, harness_text(h, "%d.kept", ++h->files),
                        harness_text(h,
                                     "SET FOREIGN_KEY_CHECKS = 0;\nDELETE FROM fluent_tickets;"
                                     "DELETE FROM requests; DELETE FROM fluent_sync_status;"
                                     "DELETE FROM fluent_sync_state; DELETE FROM fluent_rejects;"
                                     "DELETE FROM fluent_walk_pages;\n%s",
                                     outcome.out));
}

void dbproxy_restore(struct harness *h, const char *kept)
{
    harness_load(h, kept);
}

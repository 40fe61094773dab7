/* harness_dbproxy: starting the proxy, leading the program through it, reading its report. */
#include "harness_dbproxy.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness_accounts.h"
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
    lead_to(h, harness_text(
                   h, "socket = %s\nuser = " ACCOUNT_SYNC "\npassword = " ACCOUNT_PASSWORD "\n",
                   h->socket));
}

/* MySQL's caching_sha2_password takes a password that it has not seen since it started over TLS or
 * a socket alone; the client library of Debian (GnuTLS) has no other way for it. */
static void let_server_know_password(struct harness *h)
{
    const char *const argv[] = {harness_text(h, "%s/db/client", h->dir), "--user=" ACCOUNT_SYNC,
                                "--password=" ACCOUNT_PASSWORD, "--execute=DO 0", NULL};
    struct outcome outcome = harness_run(h, argv, NULL);
    if (outcome.code != 0)
        fail_msg("the account cannot log in: %s", outcome.err);
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
    if (h->mysql)
        let_server_know_password(h);
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
    lead_to(h, harness_text(h,
                            "host = 127.0.0.1\nport = %d\nuser = " ACCOUNT_SYNC
                            "\npassword = " ACCOUNT_PASSWORD "\n",
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

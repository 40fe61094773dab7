/* metrics: printing them in Prometheus's text format, and replacing the file. */
#include "metrics.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/replace.h"

#define PREFIX "fluent_sync_"
#define LAST_SUCCESS PREFIX "last_success_timestamp_seconds"

enum { LINE_SIZE = 512, MODE = 0644 };

/* The text */

static void head(struct buf *out, const char *name, const char *help)
{
    buf_printf(out, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

static void gauge(struct buf *out, const struct metrics *m, const char *name, int64_t value,
                  const char *help)
{
    if (value < 0)
        return;
    head(out, name, help);
    buf_printf(out, "%s{site=\"%s\"} %" PRId64 "\n", name, m->site, value);
}

static void print_tickets(struct buf *out, const struct metrics *m)
{
    static const char NAME[] = PREFIX "tickets";
    head(out, NAME, "Tickets that the last run read, by what became of them.");
    for (size_t i = 0; i < COUNTERS; i++)
        if (counter_table[i].result)
            buf_printf(out, "%s{site=\"%s\",result=\"%s\"} %" PRId64 "\n", NAME, m->site,
                       counter_table[i].result, counter_value(&counter_table[i], &m->run->counts));
}

static void print_counters(struct buf *out, const struct metrics *m)
{
    char name[128];
    for (size_t i = 0; i < COUNTERS; i++) {
        const struct counter *c = &counter_table[i];
        if (!c->metric)
            continue;
        snprintf(name, sizeof name, PREFIX "%s", c->metric);
        gauge(out, m, name, counter_value(c, &m->run->counts), c->help);
    }
}

static void print_duration(struct buf *out, const struct metrics *m)
{
    static const char NAME[] = PREFIX "duration_seconds";
    int64_t ms = m->run->duration_ms;
    head(out, NAME, "How long the last run took.");
    buf_printf(out, "%s{site=\"%s\"} %" PRId64 ".%03d\n", NAME, m->site, ms / 1000,
               (int)(ms % 1000));
}

int metrics_print(struct buf *out, const struct metrics *m)
{
    gauge(out, m, PREFIX "last_run_timestamp_seconds", m->ended, "When the last run ended.");
    gauge(out, m, LAST_SUCCESS, m->gauges.last_success, "When the last complete run began.");
    gauge(out, m, PREFIX "exit_code", m->exit_code, "How the last run ended; 0: complete.");
    print_duration(out, m);
    print_tickets(out, m);
    print_counters(out, m);
    gauge(out, m, PREFIX "tickets_stored", m->gauges.tickets_stored,
          "Tickets in the database, without those that are deleted or have left the scope.");
    gauge(out, m, PREFIX "tickets_left_scope", m->gauges.tickets_left,
          "Tickets in the database that have left the scope.");
    gauge(out, m, PREFIX "rejects_waiting", m->gauges.rejects_waiting,
          "Tickets that cannot be stored and that nobody has accepted.");
    gauge(out, m, PREFIX "calls_waiting", m->gauges.calls_waiting,
          "Tickets that the site has called for and that no run has fetched.");
    gauge(out, m, PREFIX "oldest_call_timestamp_seconds", m->gauges.oldest_call,
          "When the oldest of these calls came.");
    gauge(out, m, PREFIX "conversations_behind", m->gauges.conversations_behind,
          "Conversations that have changed since they were stored.");
    gauge(out, m, PREFIX "changes_waiting", m->gauges.changes_waiting,
          "Changes of people that wait to be sent to the site.");
    gauge(out, m, PREFIX "changes_sending", m->gauges.changes_sending,
          "Changes that were sent to the site and that it does not show yet.");
    gauge(out, m, PREFIX "oldest_sending_timestamp_seconds", m->gauges.oldest_sent,
          "When the oldest of these was sent.");
    gauge(out, m, PREFIX "changes_stuck",
          m->gauges.changes_failed < 0 ? -1 : m->gauges.changes_failed + m->gauges.changes_held,
          "Changes for the site that failed or are held, and wait for a person.");
    head(out, PREFIX "build_info", "Always 1; the label is the program's version.");
    return buf_printf(out, PREFIX "build_info{site=\"%s\",version=\"%s\"} 1\n", m->site,
                      m->version);
}

int64_t metrics_last_success(const char *path, const char *site)
{
    char line[LINE_SIZE], start[LINE_SIZE];
    int64_t value = -1;
    /* Without blocking, as it may be a pipe that nobody writes to. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
    if (!file) {
        if (fd >= 0)
            close(fd);
        return -1;
    }
    int n = snprintf(start, sizeof start, LAST_SUCCESS "{site=\"%s\"} ", site);
    while (value < 0 && fgets(line, sizeof line, file))
        if (strncmp(line, start, (size_t)n) == 0)
            value = strtoll(line + n, NULL, 10);
    fclose(file);
    return value > 0 ? value : -1;
}

/* The file */

int metrics_write(const char *path, const char *text, struct error *error)
{
    struct replacement file;
    if (replace_begin(&file, path, MODE, error) < 0)
        return -1;
    replace_write(&file, text, strlen(text), error);
    return replace_end(&file, error);
}

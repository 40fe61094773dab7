/* messages: prints messages, safe against control characters. */
#include "messages.h"

#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/zone.h"
#include "json.h"
#include "stream.h"
#include "system_log.h"

enum { LINE_BYTES_MAX = 16384, LINE_CELLS_MAX = 4096, TIME_SIZE = 25 };

static const char *const NAMES[] = {
    [LOG_ERROR] = "error", [LOG_WARNING] = "warning", [LOG_NOTICE] = "notice",
    [LOG_INFO] = "info",   [LOG_DETAIL] = "detail",   [LOG_TRACE] = "trace"};

/* RFC 3339 in UTC, to the millisecond. */
static void print_now(char now[TIME_SIZE])
{
    int64_t ms = clock_wall_ms();
    now[0] = '\0';
    if (zone_iso(ms / 1000, now))
        snprintf(now + TIME_SIZE - 5, 5, "%03uZ", (unsigned)((uint64_t)ms % 1000));
}

/* Appends a text so that it is safe to show. */
static void append_safe(struct buf *out, const char *text)
{
    text_show(out, text, strlen(text), LINE_CELLS_MAX);
}

static void append_json(struct buf *out, const struct log_message *message, const char *text,
                        const char *advice)
{
    char now[TIME_SIZE];
    struct json *json = json_new();
    print_now(now);
    json_text(json, "time", now);
    json_text(json, "level", NAMES[message->level]);
    json_text(json, "msg", text);
    if (*advice)
        json_text(json, "advice", advice);
    if (message->run_id)
        json_number(json, "run_id", message->run_id);
    for (size_t i = 0; i < message->count; i++)
        json_number(json, message->fields[i].name, message->fields[i].number);
    json_append_line(json, out);
}

static void append_text(struct buf *out, const struct log_message *message, const char *text,
                        const char *advice)
{
    buf_printf(out, "fluent-sync: %s%s\n", message->level == LOG_WARNING ? "warning: " : "", text);
    if (*advice)
        buf_printf(out, "fluent-sync: -> %s\n", advice);
}

static void compose(const struct messages *m, const struct log_message *message, struct buf *lines)
{
    struct buf text, advice;
    buf_init(&text, LINE_BYTES_MAX);
    buf_init(&advice, LINE_BYTES_MAX);
    append_safe(&text, message->text);
    append_safe(&advice, message->advice ? message->advice : "");
    (m->json ? append_json : append_text)(lines, message, buf_text(&text), buf_text(&advice));
    buf_release(&text);
    buf_release(&advice);
}

/* A message is one line there, without our name, which the log adds. */
static void print_syslog(const struct messages *m, const struct log_message *message,
                         void (*write)(enum severity, const char *))
{
    static const enum severity severities[] = {
        [LOG_ERROR] = SEVERITY_ERROR,   [LOG_WARNING] = SEVERITY_WARNING,
        [LOG_NOTICE] = SEVERITY_NOTICE, [LOG_INFO] = SEVERITY_INFO,
        [LOG_DETAIL] = SEVERITY_INFO,   [LOG_TRACE] = SEVERITY_DEBUG};
    struct buf line;
    buf_init(&line, 8 * LINE_BYTES_MAX);
    if (m->json) {
        compose(m, message, &line);
        if (line.len)
            line.data[--line.len] = '\0'; /* the line feed */
    } else {
        append_safe(&line, message->text);
        buf_puts(&line, message->advice && *message->advice ? " -> " : "");
        append_safe(&line, message->advice ? message->advice : "");
    }
    write(severities[message->level], buf_text(&line));
    buf_release(&line);
}

/* true: it was written. If nobody read the message before, this one must be taken at once. */
static bool print(const struct messages *m, const struct log_message *message)
{
    struct buf lines;
    buf_init(&lines, 8 * LINE_BYTES_MAX);
    compose(m, message, &lines);
    bool written = (!m->deaf || stream_ready(m->out)) &&
                   stream_write(m->out, buf_text(&lines), lines.len, m->limits);
    buf_release(&lines);
    return written;
}

void messages_print(void *context, const struct log_message *message)
{
    struct messages *m = context;
    if (m->syslog) {
        print_syslog(m, message, system_log);
        return;
    }
    if (m->progress)
        progress_hide(m->progress);
    m->deaf = !print(m, message);
}

void messages_last(const struct messages *m, const struct log_message *message)
{
    if (m->syslog) {
        print_syslog(m, message, system_log_last);
        return;
    }
    const struct messages last = {.out = m->out, .json = m->json, .limits = &LIMITS_PASSED};
    print(&last, message);
}

void messages_lines(const struct log *log, enum log_level level, const char *text,
                    const char *advice)
{
    while (*text) {
        size_t n = strcspn(text, "\n");
        bool last = !text[n] || !text[n + 1];
        log_advise(log, level, last ? advice : "", "%.*s", (int)n, text);
        text += n + (text[n] == '\n');
    }
}

/* messages: printing them, safe against control characters. */
#include "messages.h"

#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/zone.h"
#include "json.h"
#include "stream.h"

enum { LINE_BYTES_MAX = 16384, LINE_CELLS_MAX = 4096, TIME_SIZE = 25 };

static const char *const NAMES[] = {[LOG_ERROR] = "error",
                                    [LOG_WARNING] = "warning",
                                    [LOG_INFO] = "info",
                                    [LOG_DETAIL] = "detail",
                                    [LOG_TRACE] = "trace"};

/* RFC 3339 in UTC, to the millisecond. */
static void print_now(char now[TIME_SIZE])
{
    int64_t ms = clock_wall_ms();
    now[0] = '\0';
    if (zone_iso(ms / 1000, now))
        snprintf(now + TIME_SIZE - 5, 5, "%03uZ", (unsigned)((uint64_t)ms % 1000));
}

static void compose_json(struct buf *out, const struct log_message *message, const char *text)
{
    char now[TIME_SIZE];
    struct json *json = json_new();
    print_now(now);
    json_text(json, "time", now);
    json_text(json, "level", NAMES[message->level]);
    json_text(json, "msg", text);
    if (message->run_id)
        json_number(json, "run_id", message->run_id);
    for (size_t i = 0; i < message->count; i++)
        json_number(json, message->fields[i].name, message->fields[i].number);
    json_append_line(json, out);
}

static void compose(const struct messages *m, const struct log_message *message, struct buf *line)
{
    struct buf text;
    buf_init(&text, LINE_BYTES_MAX);
    text_show(&text, message->text, strlen(message->text), LINE_CELLS_MAX);
    if (m->json)
        compose_json(line, message, buf_text(&text));
    else
        buf_printf(line, "fluent-sync: %s%s\n", message->level == LOG_WARNING ? "warning: " : "",
                   buf_text(&text));
    buf_release(&text);
}

/* true: it was written. Where the one before was not, this one must be taken at once. */
static bool print(const struct messages *m, const struct log_message *message)
{
    struct buf line;
    buf_init(&line, 8 * LINE_BYTES_MAX);
    compose(m, message, &line);
    bool written = (!m->deaf || stream_ready(m->out)) &&
                   stream_write(m->out, buf_text(&line), line.len, m->limits);
    buf_release(&line);
    return written;
}

void messages_print(void *context, const struct log_message *message)
{
    struct messages *m = context;
    if (m->progress)
        progress_hide(m->progress);
    m->deaf = !print(m, message);
}

void messages_last(const struct messages *m, const struct log_message *message)
{
    static const struct limits passed = {.deadline_ms = 0};
    const struct messages last = {.out = m->out, .json = m->json, .limits = &passed};
    print(&last, message);
}

void messages_lines(const struct log *log, enum log_level level, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "\n");
        log_write(log, level, "%.*s", (int)n, text);
        text += n + (text[n] == '\n');
    }
}

/* messages: printing them, safe against control characters. */
#include "messages.h"

#include <string.h>

#include "buf.h"
#include "clock.h"
#include "json.h"
#include "text.h"
#include "zone.h"

enum { LINE_BYTES_MAX = 16384, LINE_CELLS_MAX = 4096 };

static const char *const NAMES[] = {[LOG_ERROR] = "error",
                                    [LOG_WARNING] = "warning",
                                    [LOG_INFO] = "info",
                                    [LOG_DETAIL] = "detail",
                                    [LOG_TRACE] = "trace"};

void messages_print(void *context, enum log_level level, const char *message, int64_t run_id)
{
    const struct messages *m = context;
    struct buf line;
    buf_init(&line, LINE_BYTES_MAX);
    text_show(&line, message, strlen(message), LINE_CELLS_MAX);
    if (m->json) {
        char now[25] = "";
        zone_iso(clock_wall_ms() / 1000, now);
        json_print_message(m->out, now, NAMES[level], buf_text(&line), run_id);
    } else {
        fprintf(m->out, "fluent-sync: %s%s%s\n", level == LOG_WARNING ? NAMES[level] : "",
                level == LOG_WARNING ? ": " : "", buf_text(&line));
    }
    buf_release(&line);
}

void messages_lines(const struct log *log, enum log_level level, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "\n");
        log_write(log, level, "%.*s", (int)n, text);
        text += n + (text[n] == '\n');
    }
}

/* findings: collecting what was found, and the exit code that follows. */
#include "check/findings.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "check/context.h"

void check_report_init(struct check_report *report)
{
    *report = (struct check_report){.rank = RANK_NONE};
}

void check_report_release(struct check_report *report)
{
    arena_release(&report->arena);
    report->count = 0;
}

static const char *format_text(struct arena *arena, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

static const char *format_text(struct arena *arena, const char *format, va_list args)
{
    char text[ERROR_MESSAGE_MAX];
    vsnprintf(text, sizeof text, format, args);
    return arena_copy(arena, text, strlen(text));
}

static void add(struct check_report *report, const char *name, enum check_level level,
                const char *found, const char *advice)
{
    if (report->count == CHECK_FINDINGS_MAX)
        return;
    report->findings[report->count++] = (struct check_finding){
        .name = name,
        .level = level,
        .found = found ? found : "",
        .advice = advice ? arena_copy(&report->arena, advice, strlen(advice)) : NULL,
    };
}

/* The first failure that a sync meets decides what it ends with. */
static void decide(struct check_report *report, enum check_rank rank, enum error_code code)
{
    if ((int)rank >= report->rank)
        return;
    report->rank = (int)rank;
    report->code = code;
    report->decisive = report->count - 1;
}

#define FOUND(text)                                                                                \
    do {                                                                                           \
        va_list args;                                                                              \
        va_start(args, format);                                                                    \
        (text) = format_text(&c->report->arena, format, args);                                     \
        va_end(args);                                                                              \
    } while (0)

void check_ok(struct check *c, const char *name, const char *format, ...)
{
    const char *found;
    FOUND(found);
    add(c->report, name, CHECK_OK, found, NULL);
}

void check_skip(struct check *c, const char *name, const char *format, ...)
{
    const char *found;
    FOUND(found);
    add(c->report, name, CHECK_SKIPPED, found, NULL);
}

void check_warn(struct check *c, const char *name, const char *advice, const char *format, ...)
{
    const char *found;
    FOUND(found);
    add(c->report, name, CHECK_WARNING, found, advice);
}

void check_fail(struct check *c, const char *name, enum check_rank rank, enum error_code code,
                const char *advice, const char *format, ...)
{
    const char *found;
    FOUND(found);
    add(c->report, name, CHECK_FAILED, found, advice);
    decide(c->report, rank, code);
}

void check_detail(struct check *c, const char *format, ...)
{
    const char *line;
    FOUND(line);
    if (!c->report->count || !line)
        return;
    struct check_finding *f = &c->report->findings[c->report->count - 1];
    f->details = f->details ? arena_printf(&c->report->arena, "%s\n%s", f->details, line) : line;
}

/* "cannot read WHAT from URL: " goes: the check's name says what. */
static const char *without_request(const char *message)
{
    static const char begin[] = "cannot read ";
    const char *end = strstr(message, ": ");
    return strncmp(message, begin, sizeof begin - 1) == 0 && end ? end + 2 : message;
}

/* Messages say what failed and then what to do; this is where the one ends and the other begins. */
static void split(struct check *c, enum check_level level, const char *name, const char *message)
{
    static const struct {
        const char *mark;
        size_t skip;
    } marks[] = {
        {". What looks alike", 2}, {": is this the address", 2}, {"; ", 2}, {". Nothing", 2}};
    message = without_request(message);
    if (strchr(message, '\n')) { /* one of several, each with what to do */
        size_t first = strcspn(message, "\n");
        add(c->report, name, level, arena_copy(&c->report->arena, message, first), NULL);
        check_detail(c, "%s", message + first + 1);
        return;
    }
    size_t n = strlen(message), skip = 0;
    for (size_t i = 0; i < sizeof marks / sizeof *marks && !skip; i++) {
        const char *at = strstr(message, marks[i].mark);
        if (at) {
            n = (size_t)(at - message);
            skip = marks[i].skip;
        }
    }
    add(c->report, name, level, arena_copy(&c->report->arena, message, n),
        skip ? message + n + skip : NULL);
}

void check_fail_error(struct check *c, const char *name, enum check_rank rank,
                      const struct error *why)
{
    if (why->code == ERR_INTERNAL)
        error_copy(c->error, why);
    split(c, CHECK_FAILED, name, why->message);
    decide(c->report, rank, why->code);
}

void check_warn_error(struct check *c, const char *name, const struct error *why)
{
    split(c, CHECK_WARNING, name, why->message);
}

/* findings: collects what was found, and the exit code that follows from it. */
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

void check_skip_stored(struct check *c, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check_skip(c, names[i], c->db ? "the tables are not there yet" : "not reached");
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

static void add_error(struct check *c, const char *name, enum check_level level, const char *found,
                      const struct error *why)
{
    found = arena_copy(&c->report->arena, found, strlen(found));
    add(c->report, name, level, found, why->advice[0] ? why->advice : NULL);
}

static void fail_error(struct check *c, const char *name, enum check_rank rank, const char *found,
                       const struct error *why)
{
    if (why->code == ERR_INTERNAL)
        error_copy(c->error, why);
    add_error(c, name, CHECK_FAILED, found, why);
    decide(c->report, rank, why->code);
}

void check_fail_error(struct check *c, const char *name, enum check_rank rank,
                      const struct error *why)
{
    fail_error(c, name, rank, why->message, why);
}

void check_warn_error(struct check *c, const char *name, const struct error *why)
{
    add_error(c, name, CHECK_WARNING, why->message, why);
}

void check_fail_answer(struct check *c, const char *name, enum check_rank rank,
                       const struct site_answer *answer)
{
    fail_error(c, name, rank, answer->reason, &answer->error);
}

void check_warn_answer(struct check *c, const char *name, const struct site_answer *answer)
{
    add_error(c, name, CHECK_WARNING, answer->reason, &answer->error);
}

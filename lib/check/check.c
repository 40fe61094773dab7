/* check: the findings, and the exit code that follows from them. */
#include "check/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "check/check_private.h"

bool check_ended(const struct check *c)
{
    return c->error->code != ERR_NONE;
}

/* Findings */

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

static void settle(struct check_report *report, enum check_rank rank, enum error_code code)
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
    settle(c->report, rank, code);
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

void check_fault(struct check *c, const char *name, enum check_rank rank, const struct error *why)
{
    if (why->code == ERR_INTERNAL)
        error_copy(c->error, why);
    split(c, CHECK_FAILED, name, why->message);
    settle(c->report, rank, why->code);
}

void check_doubt(struct check *c, const char *name, const struct error *why)
{
    split(c, CHECK_WARNING, name, why->message);
}

/* The whole */

static void init(struct check_report *report)
{
    *report = (struct check_report){.rank = RANK_NONE};
}

static void close_all(struct check *c)
{
    site_answer_free(c->index);
    site_answer_free(c->me);
    site_answer_free(c->head);
    site_close(c->site);
    store_close(c->store);
    db_close(c->db);
    zone_close(c->site_zone);
    zone_close(c->target_zone);
    arena_release(&c->arena);
}

int check_run(const struct config *config, const struct check_options *options,
              const struct limits *limits, const struct log *log, struct check_report *report,
              struct error *error)
{
    static void (*const subjects[])(struct check *) = {
        check_config,   check_open_database, check_open_site, check_net,
        check_site,     check_tickets,       check_cache,     check_output,
        check_database, check_requests,      check_state,     check_metrics,
    };
    struct check c = {.config = config,
                      .options = options,
                      .limits = limits,
                      .log = log,
                      .report = report,
                      .error = error};
    init(report);
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects && !check_ended(&c); i++) {
        if (limits_check(limits, error) == 0)
            subjects[i](&c);
        if (report->arena.failed || c.arena.failed)
            error_no_memory(error);
    }
    close_all(&c);
    return error->code == ERR_NONE ? 0 : -1;
}

void check_unconfigured(struct check_report *report, const struct error *why)
{
    struct error none = ERROR_INIT;
    struct check c = {.report = report, .error = &none};
    init(report);
    check_fail(&c, "config.values", RANK_CONFIG, why->code,
               "correct the configuration; nothing was contacted", "cannot be used");
    check_detail(&c, "%s", why->message);
}

void check_report_release(struct check_report *report)
{
    arena_release(&report->arena);
    report->count = 0;
}

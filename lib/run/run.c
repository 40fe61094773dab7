/* run: what the steps of a run share. */
#include "run/run.h"

#include <stdarg.h>
#include <stdio.h>

void run_mark_incomplete(struct run *run, const char *advice, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    struct buf *reasons = &run->outcome.reasons, *todo = &run->outcome.advice;
    buf_printf(reasons, "%s%s", reasons->len ? "\n" : "", text);
    if (advice && *advice)
        buf_printf(todo, "%s%s", todo->len ? "; " : "", advice);
}

void run_set_mode(struct run *run, const char *mode)
{
    snprintf(run->outcome.mode, sizeof run->outcome.mode, "%s", mode);
    run->writer.row.mode = run->outcome.mode;
}

bool run_is_told_to_walk(const struct run *run)
{
    const struct sync_options *o = run->in.options;
    return o->full || o->adopt || o->accept_site;
}

void run_report_progress(const struct run *run)
{
    const struct sync_options *o = run->in.options;
    if (o->progress && run->basis.walking)
        o->progress(o->progress_context, run->pages.fetched, run->seen.share);
}

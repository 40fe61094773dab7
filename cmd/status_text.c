/* status_text: how old the mirror is, the last run and what to do, then the details. */
#include "status_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "colour.h"
#include "model/counters.h"
#include "page/words.h"
#include "table.h"

enum { LINE_SIZE = 512, ISO_SIZE = 25, JUST_NOW_S = 60, VALUE_MAX = 1 << 16 };

#define LABEL "%-19s "

static bool on_terminal(void)
{
    return isatty(STDOUT_FILENO) == 1;
}

/* "8 min ago, at 14:20"; without a terminal "2026-11-27T13:20:00.000Z, 8 min ago". */
static const char *moment(const struct status_text *t, int64_t instant, char line[LINE_SIZE])
{
    const struct page_summary *s = t->summary;
    char ago[WORDS_SIZE + 8] = "just now", age[WORDS_SIZE], at[WORDS_SIZE], wall[ZONE_TEXT_SIZE];
    char iso[ISO_SIZE] = "";
    int64_t seconds = s->facts.now - instant;
    if (seconds >= JUST_NOW_S)
        snprintf(ago, sizeof ago, "%s ago", words_age(age, seconds));
    if (on_terminal() && zone_wall(s->zone, instant, wall))
        snprintf(line, LINE_SIZE, "%s, at %s", ago, words_clock(at, wall, s->now));
    else
        snprintf(line, LINE_SIZE, "%s, %s", zone_iso(instant, iso) ? iso : "-", ago);
    return line;
}

/* A line of a label and a text that may hold anything. */
static void print_value(const char *label, const char *text)
{
    struct buf safe;
    buf_init(&safe, VALUE_MAX);
    table_text(&safe, text, strlen(text));
    printf(LABEL "%s\n", label, buf_text(&safe));
    buf_release(&safe);
}

/* A sentence of ours; on a terminal no word of it is torn apart. */
static void print_sentence(const char *text)
{
    size_t line = table_line(stdout);
    while (line != TABLE_UNCUT && strlen(text) > line) {
        size_t n = line;
        while (n > 0 && text[n] != ' ')
            n--;
        n = n ? n : line;
        printf("%.*s\n", (int)n, text);
        text += n + (text[n] == ' ');
    }
    puts(text);
}

static void print_advice(const struct verdict *v)
{
    char line[sizeof v->to_do + 16];
    if (v->nothing_to_do || *v->to_do) {
        snprintf(line, sizeof line, "%s%s%s",
                 v->nothing_to_do ? "Nothing to do." : "What to do:", *v->to_do ? " " : "",
                 v->to_do);
        print_sentence(line);
    }
    for (size_t i = 0; i < v->step_count; i++) {
        snprintf(line, sizeof line, "%zu. %s", i + 1, v->steps[i]);
        print_sentence(line);
    }
}

static void print_verdict(const struct verdict *v)
{
    static const enum colour colours[] = {[VERDICT_NONE] = COLOUR_PLAIN,
                                          [VERDICT_WELL] = COLOUR_GOOD,
                                          [VERDICT_HEED] = COLOUR_HEED,
                                          [VERDICT_FAIL] = COLOUR_BAD,
                                          [VERDICT_BUSY] = COLOUR_BUSY};
    colour_print(stdout, colours[v->tone], v->sentence);
    putchar('\n');
    print_sentence(v->explanation);
    print_advice(v);
}

/* How it ended: "partial (exit code 3)"; and what it was: "0.02 s, incremental". */
static void print_outcome(const struct overview_run *run)
{
    static const struct {
        const char *word;
        enum colour colour;
    } results[] = {[OVERVIEW_COMPLETE] = {"complete", COLOUR_GOOD},
                   [OVERVIEW_PARTIAL] = {"partial", COLOUR_HEED},
                   [OVERVIEW_FAILED] = {"failed", COLOUR_BAD},
                   [OVERVIEW_RUNNING] = {"not ended", COLOUR_BUSY}};
    char took[WORDS_SIZE];
    colour_print(stdout, results[run->result].colour, results[run->result].word);
    if (run->exit_code > 0)
        printf(" (exit code %d)", run->exit_code);
    putchar('\n');
    if (run->took_ms >= 0)
        printf(LABEL "%s%s%s\n", "  took", words_took(took, run->took_ms), run->mode ? ", " : "",
               run->mode ? run->mode : "");
}

/* What the run counted: what became of the tickets, and what else there was. */
static void print_counters(const struct report *runs)
{
    char label[LINE_SIZE];
    for (size_t i = 0; i < COUNTERS; i++) {
        const struct counter *c = &counter_table[i];
        const char *value = c->title ? report_cell(runs, 0, c->column) : NULL;
        if (!value || (!c->result && !c->inherited && strcmp(value, "0") == 0))
            continue;
        snprintf(label, sizeof label, "  %s", c->title);
        print_value(label, value);
    }
}

static void print_last(const struct status_text *t)
{
    const struct overview_run *run = t->summary->facts.runs;
    const char *day = report_cell(t->runs, 0, "date_filter");
    char line[LINE_SIZE];
    printf(LABEL "%s: ", "last run", moment(t, run->began, line));
    print_outcome(run);
    if (run->message)
        print_value("  it said", run->message);
    print_counters(t->runs);
    if (day)
        print_value("  date filter", day);
}

static void print_facts(const struct status_text *t)
{
    const struct verdict_facts *f = &t->summary->facts;
    char line[LINE_SIZE], number[WORDS_SIZE], outbox[WORDS_OUTBOX_SIZE];
    printf(LABEL "%s\n", "last complete run",
           t->complete ? moment(t, t->complete, line) : "none yet");
    print_last(t);
    printf(LABEL "%s", "rejects",
           f->rejects.waiting ? words_number(number, f->rejects.waiting) : "none");
    if (f->rejects.waiting)
        printf(" waiting: `fluent-sync rejects`");
    if (f->rejects.accepted)
        printf(", %s accepted", words_number(number, f->rejects.accepted));
    printf("\n" LABEL "%s%s\n", "edits kept", t->edits ? words_number(number, t->edits) : "none",
           t->edits ? ": `fluent-sync edits`" : "");
    if (*words_outbox(outbox, f->outbox.states))
        printf(LABEL "%s: `fluent-sync outbox`\n", "for the site", outbox);
    printf(LABEL "%s%s\n", "whole list read", f->state.last_full_walk ? "since " : "not yet",
           f->state.last_full_walk ? moment(t, f->state.last_full_walk, line) : "");
}

/* Seldom any: a run fetches them within seconds. */
static void print_calls(const struct status_text *t)
{
    char line[LINE_SIZE];
    if (t->calls > 0)
        printf(LABEL "%" PRId64 ", the oldest since %s\n", "called for", t->calls,
               moment(t, t->oldest_call, line));
}

static void print_breakdown(const struct status_text *t)
{
    static const struct table_column columns[] = {{"ticket_status", "TICKET STATUS", 30, 0},
                                                  {"count", "COUNT", 12, 0}};
    const struct report *breakdown = t->breakdown;
    int64_t total = 0;
    for (size_t i = 0; i < breakdown->rows; i++) {
        const char *count = report_cell(breakdown, i, "count");
        total += count ? strtoll(count, NULL, 10) : 0;
    }
    printf(LABEL "%" PRId64 "\n", "tickets stored", total);
    if (t->left > 0)
        printf(LABEL "%" PRId64 "\n", "left the scope", t->left);
    if (t->behind > 0)
        printf(LABEL "%" PRId64 " behind\n", "conversations", t->behind);
    putchar('\n');
    table_print(stdout, breakdown, columns, 2, table_line(stdout));
}

/* On a terminal: in the zone, and short enough for a line. */
static void shorten_times(const struct status_text *t)
{
    struct report *r = t->runs;
    struct zone *utc = NULL;
    struct error ignored = ERROR_INIT;
    char wall[ZONE_TEXT_SIZE], words[WORDS_SIZE];
    int64_t instant;
    if (zone_open(&utc, "UTC", &ignored) < 0)
        return;
    for (size_t i = 0; i < r->rows * r->width; i++)
        if (r->columns[i % r->width].kind == REPORT_INSTANT && r->cells[i] &&
            zone_parse(utc, r->cells[i], &instant) && zone_wall(t->summary->zone, instant, wall)) {
            const char *shown =
                arena_printf(&r->arena, "%s", words_short(words, wall, t->summary->now));
            r->cells[i] = shown ? shown : r->cells[i];
        }
    zone_close(utc);
}

static void print_history(const struct status_text *t)
{
    static const struct table_column columns[] = {{"id", "RUN", 10, 0},
                                                  {"last_sync_at", "BEGAN", 24, 0},
                                                  {"last_sync_status", "RESULT", 11, 0},
                                                  {"mode", "MODE", 11, 2},
                                                  {"tickets_fetched", "FETCHED", 9, 0},
                                                  {"tickets_added", "ADDED", 9, 4},
                                                  {"tickets_updated", "UPDATED", 9, 5},
                                                  {"tickets_rejected", "REJECTED", 9, 3},
                                                  {"sync_duration_ms", "MS", 9, 1},
                                                  {"error_message", "MESSAGE", 0, 0}};
    if (on_terminal())
        shorten_times(t);
    putchar('\n');
    table_print(stdout, t->runs, columns, sizeof columns / sizeof *columns, table_line(stdout));
}

void status_print(const struct status_text *t)
{
    print_verdict(&t->summary->verdict);
    putchar('\n');
    if (t->summary->facts.run_count) {
        print_facts(t);
        putchar('\n');
    }
    print_calls(t);
    print_breakdown(t);
    if (t->history)
        print_history(t);
}

/* runs: the last runs as bars, the failures among them, and a table of all. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "page/page_private.h"

/* The chart: pixels from the top; as many slots as there are runs, but never so few that a bar
 * becomes a wall. */
enum { BASE = 150, TOP = 20, SLOTS_LEAST = 60, MARK_ABOVE = 10, LABELS_MAX = 8, GAP_INTERVALS = 3 };
enum { INCIDENTS_MAX = 12, MESSAGE_MOST = 1000 };

static const char *const RESULTS[] = {"complete", "partial", "failed", "running"};
static const char *const CLASSES[] = {"ok", "partial", "failed", "running"};

static const char *result_of(const struct report_page *page, const struct overview_run *run)
{
    if (run->result != OVERVIEW_RUNNING)
        return RESULTS[run->result];
    return page->facts.state.running && run == page->facts.runs ? "at work" : "cut off";
}

static bool ended_badly(const struct overview_run *run)
{
    return run->result == OVERVIEW_PARTIAL || run->result == OVERVIEW_FAILED;
}

/* The chart */

/* 43.3 pixels for each power of ten from a tenth of a second on. */
static double height_of(int64_t ms)
{
    double height = 43.3 * log10((double)(ms > 0 ? ms : 1) / 100);
    return height < 2 ? 2 : height > BASE - TOP ? BASE - TOP : height;
}

/* Per cent from the left of the run's slot; runs are newest first, the newest at the right. */
struct slots {
    double width;
    size_t count;
};

static double left_of(struct slots slots, size_t run)
{
    return 100 - (double)(run + 1) * slots.width;
}

/* At most `most` bytes, without the backticks: in a tooltip there is no <code>. */
static void write_message(struct report_page *page, const char *message, size_t most)
{
    char plain[MESSAGE_MOST + 4];
    size_t n = 0;
    for (; *message && n + 1 < sizeof plain; message++)
        if (*message != '`')
            plain[n++] = *message;
    plain[n] = '\0';
    out_text_cut(&page->out, plain, most, NULL);
}

static void write_bar(struct report_page *page, struct slots slots, size_t i)
{
    const struct overview_run *run = &page->facts.runs[i];
    char wall[ZONE_TEXT_SIZE], when[WORDS_SIZE], took[WORDS_SIZE] = "";
    double height = height_of(run->took_ms);
    words_when(when, page_wall(page, run->began, wall), page->now);
    if (run->took_ms >= 0 && run->result != OVERVIEW_RUNNING)
        words_took(took, run->took_ms);
    out_markup(&page->out, "<g class=\"run\"><title>%s: %s%s%s%s", when, result_of(page, run),
               run->mode && strcmp(run->mode, "full") == 0 ? ", full walk" : "", *took ? ", " : "",
               took);
    if (ended_badly(run) && run->exit_code >= 0)
        out_markup(&page->out, "; exit %d", run->exit_code);
    if (ended_badly(run) && run->message) {
        out_markup(&page->out, ": ");
        write_message(page, run->message, 200);
    } else
        out_markup(&page->out, "; %" PRId64 " added, %" PRId64 " updated, %" PRId64 " deleted",
                   run->added, run->updated, run->deleted);
    out_markup(&page->out,
               "</title><rect class=\"%s\" x=\"%.2f%%\" width=\"%.2f%%\" y=\"%.1f\" "
               "height=\"%.1f\"/></g>\n",
               CLASSES[run->result], left_of(slots, i) + slots.width * .12, slots.width * .76,
               BASE - height, height);
}

/* A mark where a stretch of bad runs begins: the oldest of them. */
static void write_mark(struct report_page *page, struct slots slots, size_t i)
{
    const struct overview_run *runs = page->facts.runs;
    bool first = i + 1 == page->facts.run_count || runs[i + 1].result != runs[i].result;
    if (ended_badly(&runs[i]) && first)
        out_markup(&page->out, "<use href=\"#%s\" x=\"%.2f%%\" y=\"%.1f\"/>",
                   runs[i].result == OVERVIEW_PARTIAL ? "wedge" : "cross",
                   left_of(slots, i) + slots.width / 2,
                   BASE - height_of(runs[i].took_ms) - MARK_ABOVE);
}

/* A dashed line where the pause was much longer than usual. */
static void write_gap(struct report_page *page, struct slots slots, size_t i)
{
    const struct overview_run *runs = page->facts.runs;
    int64_t usual = page->verdict.interval;
    char age[WORDS_SIZE];
    if (i == 0 || !usual || runs[i - 1].began - runs[i].began <= GAP_INTERVALS * usual)
        return;
    double x = left_of(slots, i - 1);
    out_markup(&page->out,
               "<line class=\"gap\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"%d\" y2=\"%d\"><title>no run "
               "for %s</title></line>",
               x, x, TOP, BASE, words_age(age, runs[i - 1].began - runs[i].began));
}

/* Where the wall clock passes from one of its periods (hours) into the next. */
static bool crosses(const struct report_page *page, size_t i, int64_t hours,
                    char wall[ZONE_TEXT_SIZE])
{
    char before[ZONE_TEXT_SIZE];
    int64_t day, day_before;
    page_wall(page, page->facts.runs[i].began, wall);
    page_wall(page, page->facts.runs[i + 1].began, before);
    if (!words_day_number(wall, &day) || !words_day_number(before, &day_before))
        return false;
    return (day * 24 + strtol(wall + 11, NULL, 10)) / hours !=
           (day_before * 24 + strtol(before + 11, NULL, 10)) / hours;
}

static int64_t label_period(const struct report_page *page)
{
    static const int64_t periods[] = {1, 3, 6, 12, 24, 48, 168, 336, 720};
    char wall[ZONE_TEXT_SIZE];
    size_t p = 0;
    for (; p + 1 < sizeof periods / sizeof *periods; p++) {
        size_t n = 0;
        for (size_t i = 0; i + 1 < page->facts.run_count; i++)
            n += crosses(page, i, periods[p], wall);
        if (n <= LABELS_MAX)
            break;
    }
    return periods[p];
}

static void write_labels(struct report_page *page, struct slots slots)
{
    int64_t period = label_period(page);
    char wall[ZONE_TEXT_SIZE], before[ZONE_TEXT_SIZE], day[WORDS_SIZE];
    double last = 200;
    for (size_t i = 0; i + 1 < page->facts.run_count; i++) {
        double x = left_of(slots, i);
        if (!crosses(page, i, period, wall) || x > 96 || x < 3 || last - x < 7)
            continue;
        last = x;
        page_wall(page, page->facts.runs[i + 1].began, before);
        bool new_day = strncmp(wall, before, 10) != 0;
        long hour = strtol(wall + 11, NULL, 10);
        words_weekday(day, wall, page->now);
        out_markup(&page->out,
                   "<line class=\"grid\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"%d\" y2=\"%d\"/>"
                   "<text x=\"%.2f%%\" y=\"%d\" class=\"middle\">",
                   x, x, BASE, BASE + 6, x, BASE + 19);
        if (new_day)
            out_markup(&page->out, "%s</text>\n", day);
        else
            out_markup(&page->out, "%02ld:00</text>\n",
                       period < 24 ? hour / (long)period * (long)period : hour);
    }
}

static void write_plot(struct report_page *page)
{
    struct out *out = &page->out;
    size_t n = page->facts.run_count;
    struct slots slots = {.count = n > SLOTS_LEAST ? n : SLOTS_LEAST};
    slots.width = 100 / (double)slots.count;
    out_markup(out, "<p class=\"readout\" aria-hidden=\"true\"></p>\n"
                    "<div class=\"scroll\" role=\"region\" aria-label=\"Runs, chart\" "
                    "tabindex=\"0\">\n<div class=\"plot runs-plot\">\n"
                    "<svg class=\"axis\" height=\"174\" aria-hidden=\"true\">"
                    "<text x=\"44\" y=\"110.7\">1 s</text><text x=\"44\" y=\"67.3\">10 s</text>"
                    "<text x=\"44\" y=\"33.6\">1 min</text></svg>\n"
                    "<svg class=\"marks\" height=\"174\" role=\"img\" "
                    "aria-labelledby=\"runs-words\">\n");
    out_markup(out, "<line class=\"grid\" x2=\"100%%\" y1=\"106.7\" y2=\"106.7\"/>"
                    "<line class=\"grid\" x2=\"100%%\" y1=\"63.3\" y2=\"63.3\"/>"
                    "<line class=\"grid\" x2=\"100%%\" y1=\"29.6\" y2=\"29.6\"/>\n");
    write_labels(page, slots);
    for (size_t i = n; i-- > 0;)
        write_bar(page, slots, i);
    for (size_t i = 0; i < n; i++) {
        write_mark(page, slots, i);
        write_gap(page, slots, i);
    }
    out_markup(out,
               "\n<line class=\"base\" x2=\"100%%\" y1=\"%d\" y2=\"%d\"/>\n</svg>\n</div>\n"
               "</div>\n",
               BASE, BASE);
}

/* Words */

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The median of how long the runs took; -1: no run has ended. */
static int64_t median_ms(struct report_page *page)
{
    size_t n = 0;
    int64_t *took = arena_alloc(page->of.arena, page->facts.run_count * sizeof *took);
    for (size_t i = 0; took && i < page->facts.run_count; i++)
        if (page->facts.runs[i].took_ms >= 0 && page->facts.runs[i].result != OVERVIEW_RUNNING)
            took[n++] = page->facts.runs[i].took_ms;
    if (n == 0)
        return -1;
    qsort(took, n, sizeof *took, by_number);
    return took[n / 2];
}

static size_t count_of(const struct report_page *page, enum overview_result result)
{
    size_t n = 0;
    for (size_t i = 0; i < page->facts.run_count; i++)
        n += page->facts.runs[i].result == result;
    return n;
}

static void write_caption(struct report_page *page)
{
    struct out *out = &page->out;
    size_t n = page->facts.run_count;
    int64_t median = median_ms(page);
    char wall[ZONE_TEXT_SIZE], first[WORDS_SIZE], last[WORDS_SIZE];
    words_when(first, page_wall(page, page->facts.runs[n - 1].began, wall), page->now);
    words_when(last, page_wall(page, page->facts.runs[0].began, wall), page->now);
    out_markup(out, "<figcaption class=\"note\" id=\"runs-words\">");
    if (n > 1)
        out_markup(out, "The last %zu runs, %s to %s: ", n, first, last);
    else
        out_markup(out, "The first run, %s: ", last);
    bool any = false;
    for (size_t r = 0; r < sizeof RESULTS / sizeof *RESULTS; r++) {
        size_t count = count_of(page, (enum overview_result)r);
        if (count)
            out_markup(out, "%s%zu %s", any ? ", " : "", count,
                       r == OVERVIEW_RUNNING ? "without an end" : RESULTS[r]);
        any |= count > 0;
    }
    out_markup(out, ". Height is the time that a run took, on a logarithmic scale");
    if (median >= 0 && n > 1)
        out_markup(out, "; half of them took less than %s", words_took(first, median));
    out_markup(out, ".</figcaption>\n</figure>\n");
}

static void write_legend(struct report_page *page)
{
    static const char *const signs[] = {"<rect class=\"ok\" width=\"12\" height=\"12\"/>",
                                        "<use href=\"#wedge\" x=\"6\" y=\"6\"/>",
                                        "<use href=\"#cross\" x=\"6\" y=\"6\"/>"};
    out_markup(&page->out, "<div class=\"part-head\"><h2 id=\"runs-head\">Runs</h2>\n"
                           "<ul class=\"legend\" aria-hidden=\"true\">");
    for (size_t r = 0; r < sizeof signs / sizeof *signs; r++) {
        size_t count = count_of(page, (enum overview_result)r);
        if (count)
            out_markup(&page->out, "<li><svg viewBox=\"0 0 12 12\">%s</svg>%s %zu</li>", signs[r],
                       RESULTS[r], count);
    }
    out_markup(&page->out, "</ul></div>\n");
}

/* Successive runs that failed in the same way, shown as one. `newest` and `oldest` are places in
 * the list of runs. */
struct stretch {
    size_t newest, oldest;
};

static void write_stretch_time(struct report_page *page, struct stretch s)
{
    const struct overview_run *runs = page->facts.runs;
    char wall[ZONE_TEXT_SIZE], before[ZONE_TEXT_SIZE], first[WORDS_SIZE], last[WORDS_SIZE];
    enum { DAY = 10, MINUTE = 16 }; /* so many characters of a wall time */
    words_when(first, page_wall(page, runs[s.oldest].began, before), page->now);
    page_wall(page, runs[s.newest].began, wall);
    if (s.newest == 0 && s.oldest > 0)
        out_markup(&page->out, "since %s", first);
    else if (strncmp(before, wall, MINUTE) == 0)
        out_markup(&page->out, "%s", first);
    else if (strncmp(before, wall, DAY) == 0)
        out_markup(&page->out, "%s–%.5s", first, wall + 11);
    else
        out_markup(&page->out, "%s – %s", first, words_when(last, wall, page->now));
}

static void write_stretch(struct report_page *page, struct stretch s)
{
    struct out *out = &page->out;
    const struct overview_run *run = &page->facts.runs[s.newest];
    size_t n = s.oldest - s.newest + 1;
    char wall[ZONE_TEXT_SIZE], words[WORDS_SIZE];
    bool partial = run->result == OVERVIEW_PARTIAL;
    out_markup(out,
               "<li><svg class=\"icon %s\" aria-hidden=\"true\"><use href=\"#%s\"/></svg><span>",
               partial ? "heed" : "fail", partial ? "heed" : "fail");
    write_stretch_time(page, s);
    out_markup(out, "</span><span><b>%zu run%s %s</b>", n, n == 1 ? "" : "s", RESULTS[run->result]);
    if (run->exit_code >= 0)
        out_markup(out, " (exit %d)", run->exit_code);
    if (run->message) {
        out_markup(out, ": ");
        out_prose(out, run->message);
        size_t length = strlen(run->message);
        if (length && run->message[length - 1] != '.')
            out_markup(out, ".");
    }
    if (s.newest > 0 && page->facts.runs[s.newest - 1].result == OVERVIEW_COMPLETE)
        out_markup(out, " <span class=\"note\">Then complete again, %s.</span>",
                   words_clock(words, page_wall(page, page->facts.runs[s.newest - 1].began, wall),
                               page_wall(page, run->began, (char[ZONE_TEXT_SIZE]){0})));
    out_markup(out, "</span></li>\n");
}

static void write_silence(struct report_page *page)
{
    char words[WORDS_SIZE], usual[WORDS_SIZE], wall[ZONE_TEXT_SIZE];
    int64_t began = page->facts.runs[0].began;
    words_when(words, page_wall(page, began, wall), page->now);
    out_markup(&page->out,
               "<li><svg class=\"icon heed\" aria-hidden=\"true\"><use href=\"#heed\"/></svg>"
               "<span>since %s</span><span><b>no run</b>",
               words);
    out_markup(
        &page->out,
        ", for %s. <span class=\"note\">Before that they came every %s.</span></span></li>\n",
        words_age(words, page->facts.now - began), words_age(usual, page->verdict.interval));
}

static void write_incidents(struct report_page *page)
{
    const struct overview_run *runs = page->facts.runs;
    size_t n = page->facts.run_count, shown = 0;
    if (!page->verdict.stale && !count_of(page, OVERVIEW_PARTIAL) &&
        !count_of(page, OVERVIEW_FAILED))
        return;
    out_markup(&page->out, "<h3 class=\"panel-head\">What did not end well</h3>\n"
                           "<ul class=\"incidents\">\n");
    if (page->verdict.stale)
        write_silence(page);
    for (size_t i = 0; i < n && shown < INCIDENTS_MAX; i++) {
        struct stretch s = {i, i};
        if (!ended_badly(&runs[i]))
            continue;
        while (s.oldest + 1 < n && verdict_alike(&runs[s.oldest + 1], &runs[i]))
            s.oldest++;
        write_stretch(page, s);
        i = s.oldest;
        shown++;
    }
    out_markup(&page->out, "</ul>\n");
}

/* The table */

static void write_row(struct report_page *page, const struct overview_run *run)
{
    struct out *out = &page->out;
    char wall[ZONE_TEXT_SIZE], words[WORDS_SIZE];
    page_wall(page, run->began, wall);
    out_markup(out, "<tr><th scope=\"row\" class=\"num\">%" PRId64 "</th><td>%s%s</td><td>%s</td>",
               run->id, words_when(words, wall, page->now), *wall ? wall + 16 : "",
               result_of(page, run));
    out_markup(out, "<td>");
    out_text(out, run->mode);
    bool ended = run->took_ms >= 0 && run->result != OVERVIEW_RUNNING;
    out_markup(out, "</td><td class=\"num\">%s</td>", ended ? words_took(words, run->took_ms) : "");
    const int64_t numbers[] = {run->read, run->added, run->updated, run->deleted, run->rejected};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        out_markup(out, "<td class=\"num\">%s</td>", words_number(words, numbers[i]));
    out_markup(out, "<td>");
    if (run->message)
        write_message(page, run->message, MESSAGE_MOST);
    out_markup(out, "</td></tr>\n");
}

static void write_table(struct report_page *page)
{
    struct out *out = &page->out;
    char words[WORDS_SIZE];
    out_markup(out,
               "<details class=\"more\"><summary>%s as a table</summary>\n"
               "<div class=\"rolls\" role=\"region\" aria-label=\"Runs, table\" tabindex=\"0\">\n"
               "<table>\n<thead><tr><th scope=\"col\" class=\"num\">Run</th>"
               "<th scope=\"col\">Began</th><th scope=\"col\">Result</th>"
               "<th scope=\"col\">Mode</th>",
               words_count(words, (int64_t)page->facts.run_count, "run"));
    static const char *const numbers[] = {"Took",    "Read",    "Added",
                                          "Updated", "Deleted", "Rejected"};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        out_markup(out, "<th scope=\"col\" class=\"num\">%s</th>", numbers[i]);
    out_markup(out,
               "<th scope=\"col\" class=\"message\">What it said</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < page->facts.run_count; i++)
        write_row(page, &page->facts.runs[i]);
    out_markup(out, "</tbody>\n</table>\n</div>\n</details>\n");
}

int page_runs(struct report_page *page)
{
    if (!page->facts.run_count) {
        page_empty(page, "runs", "Runs", "No runs yet.",
                   "Each run will be a bar here: how long it took, and how it ended.");
        return 0;
    }
    out_markup(&page->out, "<section class=\"part\" id=\"runs\" aria-labelledby=\"runs-head\">\n");
    write_legend(page);
    out_markup(&page->out, "<figure>\n");
    write_plot(page);
    write_caption(page);
    write_incidents(page);
    write_table(page);
    out_markup(&page->out, "</section>\n\n");
    return 0;
}

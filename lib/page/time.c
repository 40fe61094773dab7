/* time: the charts of tickets created, closed and open per week or day. */
#include <inttypes.h>
#include <string.h>

#include "page/page_private.h"

enum { WEEK = 7, WEEKS_FROM_DAYS = 60, DAYS_MAX = PAGE_DAYS_MOST + WEEK };
enum { BARS_BASE = 150, BARS_HEIGHT = 132, OPEN_BASE = 96, OPEN_HEIGHT = 88, TICKS_MAX = 5 };
enum { NUMBERED_BARS_MAX = 20, LABELS_MAX = 14 };

/* What is drawn: days from `first` on, in bars of `step` days. The last one may not be over. */
struct time_chart {
    int64_t first;
    size_t days, step, bars;
    size_t past; /* days up to today */
    bool weekly;
    int64_t created[DAYS_MAX], closed[DAYS_MAX], open[DAYS_MAX];
    int64_t created_sum, closed_sum;
};

/* Reading */

static void lay_out(struct time_chart *chart, const struct report_page *page)
{
    int64_t days = page->options->days;
    chart->weekly = days >= WEEKS_FROM_DAYS;
    chart->step = chart->weekly ? WEEK : 1;
    chart->first = page->today - days + 1;
    if (chart->weekly) /* 1970-01-05 was a Monday */
        chart->first += (WEEK - (chart->first - 4) % WEEK) % WEEK;
    chart->past = (size_t)(page->today - chart->first + 1);
    chart->bars = (chart->past + chart->step - 1) / chart->step;
    chart->days = chart->bars * chart->step;
}

static void copy_days(struct time_chart *chart, const struct page_days *days)
{
    size_t skipped = (size_t)(chart->first - days->first);
    memcpy(chart->created, days->created + skipped, chart->past * sizeof *chart->created);
    memcpy(chart->closed, days->closed + skipped, chart->past * sizeof *chart->closed);
}

/* Backwards from what is open now: what was created is one less the day before, what was closed
 * one more. */
static void count_open(struct time_chart *chart, int64_t now)
{
    int64_t open = now;
    for (size_t i = chart->past; i-- > 0;) {
        chart->open[i] = open;
        open += chart->closed[i] - chart->created[i];
        chart->created_sum += chart->created[i];
        chart->closed_sum += chart->closed[i];
        if (open < 0)
            open = 0;
    }
}

/* Drawing */

static int64_t bar_of(const struct time_chart *chart, const int64_t *days, size_t bar)
{
    int64_t sum = 0;
    for (size_t i = 0; i < chart->step; i++)
        sum += days[bar * chart->step + i];
    return sum;
}

/* The distance of the grid's lines: 1, 2 or 5 times a power of ten, so that there are few. */
static int64_t tick_of(int64_t most)
{
    for (int64_t power = 1;; power *= 10)
        for (int64_t digit = 1; digit <= 5; digit += digit == 1 ? 1 : 3)
            if (most / (digit * power) <= TICKS_MAX - 1)
                return digit * power;
}

/* A panel's scale: five per cent above its largest value. */
struct scale {
    int base, height;
    int64_t most;
};

static double pixels(struct scale scale, int64_t value)
{
    return scale.most ? (double)value / ((double)scale.most * 1.05) * scale.height : 0;
}

static void write_axis(struct report_page *page, struct scale scale, int svg_height)
{
    char words[WORDS_SIZE];
    int64_t tick = tick_of(scale.most);
    out_markup(&page->out,
               "<div class=\"plot\">\n<svg class=\"axis\" height=\"%d\" aria-hidden=\"true\">",
               svg_height);
    for (int64_t v = 0; v <= scale.most; v += tick)
        out_markup(&page->out, "<text x=\"44\" y=\"%.1f\">%s</text>",
                   scale.base - pixels(scale, v) + 4, words_number(words, v));
    out_markup(&page->out, "</svg>\n");
}

static void write_grid(struct report_page *page, struct scale scale)
{
    int64_t tick = tick_of(scale.most);
    for (int64_t v = tick; v <= scale.most; v += tick) {
        double y = scale.base - pixels(scale, v);
        out_markup(&page->out, "<line class=\"grid\" x2=\"100%%\" y1=\"%.1f\" y2=\"%.1f\"/>", y, y);
    }
    out_markup(&page->out, "\n");
}

static void write_base(struct report_page *page, struct scale scale)
{
    out_markup(&page->out,
               "<line class=\"base\" x2=\"100%%\" y1=\"%d\" y2=\"%d\"/>\n</svg>\n</div>\n",
               scale.base, scale.base);
}

/* A pair of bars; x is the middle of the pair, all in per cent. */
struct pair {
    int64_t created, closed;
    double middle, width;
    const char *unfinished; /* a class, or nothing */
    bool numbers;
};

static void write_one(struct report_page *page, struct scale scale, const struct pair *pair,
                      bool closed)
{
    int64_t value = closed ? pair->closed : pair->created;
    char words[WORDS_SIZE];
    double height = pixels(scale, value), x = pair->middle + (closed ? .02 : -.34) * pair->width;
    if (value)
        out_markup(
            &page->out,
            "<rect class=\"%s%s\" x=\"%.2f%%\" width=\"%.2f%%\" y=\"%.1f\" height=\"%.1f\"/>",
            closed ? "closed" : "created", pair->unfinished, x, pair->width * .32,
            scale.base - height, height);
    if (pair->numbers)
        out_markup(&page->out, "<text class=\"middle%s wide\" x=\"%.2f%%\" y=\"%.1f\">%s</text>",
                   closed ? "" : " value", x + pair->width * .16, scale.base - height - 5,
                   words_brief(words, value));
}

static void write_label(struct report_page *page, const struct time_chart *chart, size_t bar,
                        double x)
{
    size_t every = chart->bars > LABELS_MAX ? (chart->bars + LABELS_MAX - 1) / LABELS_MAX : 1;
    char day[WORDS_SIZE], words[WORDS_SIZE];
    size_t from_last = chart->bars - 1 - bar;
    if (from_last % every)
        return;
    words_day_text(day, chart->first + (int64_t)(bar * chart->step));
    out_markup(&page->out, "<text class=\"middle%s\" x=\"%.2f%%\" y=\"169\">%s</text>",
               from_last / every % 3 ? " wide" : "", x, words_day(words, day, page->now));
}

static void write_pairs(struct report_page *page, const struct time_chart *chart,
                        struct scale scale)
{
    char day[WORDS_SIZE], words[WORDS_SIZE], created[WORDS_SIZE], closed[WORDS_SIZE];
    for (size_t b = 0; b < chart->bars; b++) {
        bool open = b + 1 == chart->bars;
        struct pair pair = {.created = bar_of(chart, chart->created, b),
                            .closed = bar_of(chart, chart->closed, b),
                            .width = 100 / (double)chart->bars,
                            .unfinished = open ? " unfinished" : "",
                            .numbers = chart->bars <= NUMBERED_BARS_MAX};
        pair.middle = ((double)b + .5) * pair.width;
        words_day_text(day, chart->first + (int64_t)(b * chart->step));
        out_markup(&page->out, "<g><title>%s%s%s: %s created, %s closed</title>",
                   chart->weekly ? "Week of " : "", words_day(words, day, page->now),
                   open ? ", so far" : "", words_number(created, pair.created),
                   words_number(closed, pair.closed));
        write_one(page, scale, &pair, false);
        write_one(page, scale, &pair, true);
        write_label(page, chart, b, pair.middle);
        out_markup(&page->out, "</g>\n");
    }
}

static void write_bars(struct report_page *page, const struct time_chart *chart)
{
    struct scale scale = {.base = BARS_BASE, .height = BARS_HEIGHT};
    for (size_t b = 0; b < chart->bars; b++) {
        int64_t created = bar_of(chart, chart->created, b),
                closed = bar_of(chart, chart->closed, b);
        int64_t most = created > closed ? created : closed;
        scale.most = most > scale.most ? most : scale.most;
    }
    out_markup(&page->out,
               "<h3 class=\"panel-head\" id=\"bars-words\">Created and closed, per %s"
               "</h3>\n",
               chart->weekly ? "week" : "day");
    write_axis(page, scale, 176);
    out_markup(&page->out, "<svg class=\"marks\" height=\"176\" role=\"img\" "
                           "aria-labelledby=\"bars-words\" aria-describedby=\"time-words\">\n");
    write_grid(page, scale);
    write_pairs(page, chart, scale);
    write_base(page, scale);
}

static void write_points(struct report_page *page, const struct time_chart *chart,
                         struct scale scale)
{
    for (size_t i = 0; i < chart->past; i++)
        out_markup(&page->out, "%s%zu.5,%.0f", i ? " " : "", i,
                   1000 - 1000 * pixels(scale, chart->open[i]) / scale.height);
}

/* Nothing is known of the time after the last complete run. */
static void write_unknown(struct report_page *page, const struct time_chart *chart,
                          struct scale scale)
{
    int64_t known;
    if (page->verdict.current || page->verdict.tone == VERDICT_BUSY ||
        !words_day_number(page->known, &known) || known < chart->first)
        return;
    double from = (double)(known - chart->first + 1) * 100 / (double)chart->days;
    if (from < 100)
        out_markup(
            &page->out,
            "<rect class=\"unknown\" x=\"%.2f%%\" width=\"%.2f%%\" y=\"%d\" height=\"%d\"/>\n",
            from, 100 - from, scale.base - scale.height, scale.height);
}

static void write_backlog(struct report_page *page, const struct time_chart *chart)
{
    struct out *out = &page->out;
    struct scale scale = {.base = OPEN_BASE, .height = OPEN_HEIGHT};
    char words[WORDS_SIZE];
    int64_t now = chart->open[chart->past - 1];
    for (size_t i = 0; i < chart->past; i++)
        scale.most = chart->open[i] > scale.most ? chart->open[i] : scale.most;
    out_markup(out, "<h3 class=\"panel-head\" id=\"backlog-words\">Open at the end of each day"
                    "</h3>\n");
    write_axis(page, scale, 104);
    out_markup(out, "<svg class=\"marks\" height=\"104\" role=\"img\" "
                    "aria-labelledby=\"backlog-words\" aria-describedby=\"time-words\">\n");
    write_unknown(page, chart, scale);
    write_grid(page, scale);
    out_markup(out,
               "<svg viewBox=\"0 0 %zu 1000\" y=\"%d\" height=\"%d\" width=\"100%%\" "
               "preserveAspectRatio=\"none\"><polygon class=\"backlog-area\" points=\"0.5,1000 ",
               chart->days, scale.base - scale.height, scale.height);
    write_points(page, chart, scale);
    out_markup(out, " %zu.5,1000\"/><polyline class=\"backlog\" points=\"", chart->past - 1);
    write_points(page, chart, scale);
    double x = ((double)chart->past - .5) * 100 / (double)chart->days;
    double y = scale.base - pixels(scale, now);
    out_markup(out,
               "\"/></svg>\n<circle class=\"created\" cx=\"%.2f%%\" cy=\"%.1f\" r=\"3.5\"/>"
               "<text class=\"value end halo\" x=\"%.2f%%\" y=\"%.1f\">%s open</text>\n",
               x, y, x, y < 24 ? y + 20 : y - 9, words_number(words, now));
    write_base(page, scale);
}

static void write_caption(struct report_page *page, const struct time_chart *chart)
{
    struct out *out = &page->out;
    const struct overview_totals *t = &page->totals;
    char created[WORDS_SIZE], closed[WORDS_SIZE], open[WORDS_SIZE], before[WORDS_SIZE];
    out_markup(out,
               "<figcaption class=\"note\" id=\"time-words\">FluentSupport tickets%s; the "
               "current one, drawn pale, is not over.",
               chart->weekly ? " in whole weeks, Monday to Sunday" : " per day");
    out_markup(out, " %s were created and %s closed; %s %s open",
               words_number(created, chart->created_sum), words_number(closed, chart->closed_sum),
               words_number(open, t->open), t->open == 1 ? "is" : "are");
    if (t->open_before)
        out_markup(out, ", of which %s %s older than this chart",
                   words_number(before, t->open_before), t->open_before == 1 ? "is" : "are");
    out_markup(out, ".");
    if (!page->verdict.current && page->verdict.tone != VERDICT_BUSY && *page->known)
        out_markup(out, " Nothing is known since %s.", words_when(open, page->known, page->now));
    out_markup(out, "</figcaption>\n</figure>\n</section>\n\n");
}

int page_time(struct report_page *page)
{
    if (!page->totals.tickets) {
        page_empty(page, "tickets", "Tickets over time", "No tickets yet.",
                   "Tickets created and closed, and how many are open, will be drawn here from "
                   "the first run on.");
        return 0;
    }
    struct time_chart *chart = arena_alloc(page->of.arena, sizeof *chart);
    if (!chart)
        return error_no_memory(page->error);
    lay_out(chart, page);
    copy_days(chart, page->days);
    count_open(chart, page->totals.open);
    if (!chart->created_sum && !chart->closed_sum && !page->totals.open) {
        page_empty(page, "tickets", "Tickets over time", "Nothing was created or closed.",
                   "All stored tickets are closed, and older than this chart.");
        return 0;
    }
    out_markup(&page->out,
               "<section class=\"part\" id=\"tickets\" aria-labelledby=\"tickets-head\">\n"
               "<div class=\"part-head\"><h2 id=\"tickets-head\">Tickets over time</h2>\n"
               "<ul class=\"legend\" aria-hidden=\"true\">"
               "<li><svg viewBox=\"0 0 12 12\"><rect class=\"created\" width=\"12\" height=\"12\"/>"
               "</svg>created</li><li><svg viewBox=\"0 0 12 12\"><rect class=\"closed\" "
               "width=\"12\" height=\"12\"/></svg>closed</li></ul></div>\n<figure>\n");
    write_bars(page, chart);
    write_backlog(page, chart);
    write_caption(page, chart);
    return 0;
}

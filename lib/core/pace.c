/* pace: how many tickets a page of the list should have. */
#include "core/pace.h"

#include <stddef.h>

enum {
    ENOUGH_PAGES = 4, /* to compare two sizes by */
    BRISK_MS = 100,   /* of pages that take less there is nothing to gain */
};

static int64_t long_ms(int timeout_s)
{
    return (int64_t)timeout_s * 1000 / 10;
}

static int64_t slow_ms(int timeout_s)
{
    return (int64_t)timeout_s * 1000 / 3;
}

void pace_begin(struct pace *pace, int64_t size, int64_t most, int timeout_s)
{
    *pace = (struct pace){.size = size,
                          .begin = size,
                          .most = most,
                          .long_ms = long_ms(timeout_s),
                          .slow_ms = slow_ms(timeout_s)};
}

static double per_ticket(int64_t ms, int64_t rows)
{
    return (double)ms / (double)rows;
}

static double cost(const struct pace_pages *pages)
{
    return per_ticket(pages->ms, pages->rows);
}

static void change_size(struct pace *pace, int64_t size)
{
    pace->former = pace->size;
    pace->before = pace->now;
    pace->size = size;
    pace->now = (struct pace_pages){0};
}

static bool is_larger_tried(const struct pace *pace)
{
    return pace->former && pace->size > pace->former;
}

static void give_up_trial(struct pace *pace)
{
    bool larger = is_larger_tried(pace);
    pace->no_larger |= larger;
    pace->no_smaller |= !larger;
    pace->size = pace->former;
    pace->former = 0;
    pace->now = (struct pace_pages){0};
}

static void judge_trial(struct pace *pace)
{
    double most = is_larger_tried(pace) ? 0.9 : 1.5;
    if (cost(&pace->now) > most * cost(&pace->before))
        give_up_trial(pace);
    else
        pace->former = 0;
}

static int64_t mean_ms(const struct pace *pace)
{
    return pace->now.ms / pace->now.count;
}

static void look_further(struct pace *pace)
{
    int64_t ms = mean_ms(pace);
    if (ms > pace->slow_ms && !pace->no_smaller && pace->size / 2 >= PACE_LEAST)
        change_size(pace, pace->size / 2);
    else if (ms >= BRISK_MS && 2 * ms <= pace->long_ms && !pace->no_larger &&
             pace->size < pace->most)
        change_size(pace, 2 * pace->size < pace->most ? 2 * pace->size : pace->most);
    else /* looked at anew after some more pages, as the site may become slower or faster */
        pace->now = (struct pace_pages){0};
}

/* Pages that large are written one by one (page_writer). Where the database is what takes the time,
 * that costs more than they save the site. */
static bool gains_nothing(const struct pace *pace)
{
    return pace->size > pace->begin && mean_ms(pace) < BRISK_MS;
}

static void return_to_first(struct pace *pace)
{
    pace->size = pace->begin;
    pace->former = 0;
    pace->no_larger = true;
    pace->now = (struct pace_pages){0};
}

/* The walk's windows vary by a tenth, or by some rows more where they are small. */
static int64_t most_rows(int64_t size)
{
    return size + size / 8 + 12;
}

void pace_answer(struct pace *pace, int64_t rows, int64_t ms)
{
    /* Pages that were asked for before the size changed do not count, nor does the list's end. */
    if (rows < pace->size - pace->size / 8 || rows > most_rows(pace->size))
        return;
    pace->now.count++;
    pace->now.rows += rows;
    pace->now.ms += ms;
    if (pace->now.count < ENOUGH_PAGES)
        return;
    if (gains_nothing(pace))
        return_to_first(pace);
    else if (pace->former)
        judge_trial(pace);
    else
        look_further(pace);
}

bool pace_failed(struct pace *pace, int64_t rows)
{
    if (!is_larger_tried(pace) || rows <= most_rows(pace->former))
        return false;
    give_up_trial(pace);
    return true;
}

bool pace_is_long(int64_t ms, int timeout_s)
{
    return ms > long_ms(timeout_s);
}

/* Milliseconds that a page of so many rows may be expected to take, by two that were measured. */
static double expected(const struct pace_sample *small, const struct pace_sample *large,
                       int64_t rows)
{
    int64_t more = large->ms > small->ms ? large->ms - small->ms : 0;
    double each = (double)more / (double)(large->rows - small->rows);
    double start = (double)large->ms - each * (double)large->rows;
    return (start > 0 ? start : 0) + each * (double)rows;
}

bool pace_try_more(const struct pace_sample *small, const struct pace_sample *large, int timeout_s)
{
    int64_t rows = PACE_MOST;
    double ms = expected(small, large, rows);
    return large->ms >= BRISK_MS && ms <= (double)long_ms(timeout_s) &&
           ms / (double)rows <= 0.9 * per_ticket(large->ms, large->rows);
}

int64_t pace_propose(const struct pace_sample *small, const struct pace_sample *large, int64_t most,
                     int timeout_s)
{
    static const int64_t sizes[] = {PACE_MOST, PACE_BEGIN, 200, 100, 50};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (sizes[i] <= most && expected(small, large, sizes[i]) <= (double)long_ms(timeout_s))
            return sizes[i];
    return PACE_LEAST;
}

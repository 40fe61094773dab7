/* progress: composes the progress bar, and keeps it on the last line of the terminal. */
#include "progress.h"

#include <inttypes.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "stream.h"

#define ERASE "\033[K" /* to the end of the line */

enum {
    DRAW_MS = 100, /* between one drawing and the next */
    LINE_FIRST_MS = 5000,
    LINE_MS = 30000,  /* between one line and the next, where nothing can be drawn */
    LINE_CELLS = 49,  /* too narrow for a bar */
    RECKON_MS = 1000, /* the shortest time that gives a rate */
    LINE_MAX_BYTES = 512,
    WIDTH_UNKNOWN = 80,
    BAR_LEAST = 10,
    BAR_MOST = 40,
};

void progress_open(struct progress *p, FILE *out, const char *term)
{
    *p = (struct progress){.out = isatty(fileno(out)) == 1 ? out : NULL,
                           .lines = !term || !*term || strcmp(term, "dumb") == 0,
                           .drawn_ms = clock_monotonic_ms() + LINE_FIRST_MS - LINE_MS};
}

/* What it says */

static void print_left(char *text, size_t size, double left_s)
{
    enum { MINUTE = 60, HOUR = 3600, MOST = 99 * HOUR };
    int s = left_s < MOST ? (int)(left_s + 0.5) : MOST;
    if (s >= HOUR)
        snprintf(text, size, "  %d:%02d:%02d left", s / HOUR, s / MINUTE % MINUTE, s % MINUTE);
    else
        snprintf(text, size, "  %d:%02d left", s / MINUTE, s % MINUTE);
}

static void print_bar(struct buf *out, double share, size_t room)
{
    size_t cells = (room < BAR_MOST ? room : BAR_MOST) - 2; /* the brackets */
    size_t full = (size_t)(share * (double)cells);
    buf_putc(out, '[');
    for (size_t i = 0; i < cells; i++)
        buf_putc(out, i < full ? '=' : i == full ? '>' : ' ');
    buf_putc(out, ']');
}

void progress_print(struct buf *out, const struct progress_facts *f, size_t width)
{
    enum { PERCENT, TICKETS, RATE, LEFT, PARTS };
    char parts[PARTS][48] = {""};
    double share = f->share < 0 ? 0 : f->share < 1 ? f->share : 1;
    snprintf(parts[PERCENT], sizeof parts[0], "%3d %%", (int)(share * 100));
    snprintf(parts[TICKETS], sizeof parts[0], "  %" PRId64 " tickets", f->tickets);
    if (f->rate >= 0)
        snprintf(parts[RATE], sizeof parts[0], "  %.*f/s", f->rate < 10 ? 1 : 0, f->rate);
    if (f->left_s >= 0)
        print_left(parts[LEFT], sizeof parts[0], f->left_s);
    size_t used = 0, fitting = 0;
    while (fitting < PARTS && used + strlen(parts[fitting]) <= width)
        used += strlen(parts[fitting++]);
    for (size_t i = 0; i < fitting; i++) {
        buf_puts(out, parts[i]);
        if (i == PERCENT && used + 2 + BAR_LEAST <= width) {
            buf_puts(out, "  ");
            print_bar(out, share, width - used - 2);
        }
    }
}

/* Where it stands */

/* One fewer than there are, as some terminals wrap as soon as the last column is filled. */
static size_t width_of(FILE *out)
{
    struct winsize size;
    if (ioctl(fileno(out), TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
        return WIDTH_UNKNOWN - 1;
    return size.ws_col - 1U;
}

/* Started with `&`, or stopped and sent to the background by `bg`. */
static bool in_background(FILE *out)
{
    pid_t group = tcgetpgrp(fileno(out));
    return group > 0 && group != getpgrp();
}

static struct progress_facts facts_of(struct progress *p, int64_t tickets, double share,
                                      int64_t now)
{
    struct progress_facts f = {.tickets = tickets, .share = share, .rate = -1, .left_s = -1};
    if (!p->since_ms && tickets) {
        p->since_ms = now;
        p->since_tickets = tickets;
        p->since_share = share;
    }
    double s = (double)(now - p->since_ms) / 1000;
    if (!p->since_ms || now - p->since_ms < RECKON_MS)
        return f;
    f.rate = (double)(tickets - p->since_tickets) / s;
    if (share > p->since_share)
        f.left_s = s * (1 - share) / (share - p->since_share);
    return f;
}

static bool is_due(const struct progress *p, int64_t now)
{
    if (p->lines)
        return now - p->drawn_ms >= LINE_MS;
    return !p->shown || now - p->drawn_ms >= DRAW_MS;
}

void progress_draw(void *context, int64_t tickets, double share)
{
    struct progress *p = context;
    int64_t now = clock_monotonic_ms();
    if (!p->out)
        return;
    struct progress_facts facts = facts_of(p, tickets, share, now);
    if (!is_due(p, now) || in_background(p->out) || !stream_ready(p->out))
        return;
    struct buf line;
    buf_init(&line, LINE_MAX_BYTES);
    buf_puts(&line, p->lines ? "fluent-sync:" : "\r");
    progress_print(&line, &facts, p->lines ? LINE_CELLS : width_of(p->out));
    buf_puts(&line, p->lines ? "\n" : ERASE);
    fwrite(buf_text(&line), 1, line.len, p->out); /* all at once, so that it does not flicker */
    fflush(p->out);
    buf_release(&line);
    p->shown = !p->lines;
    p->drawn_ms = now;
}

void progress_hide(struct progress *p)
{
    if (p->shown && !in_background(p->out) && stream_ready(p->out)) {
        fputs("\r" ERASE, p->out);
        fflush(p->out);
    }
    p->shown = false;
}

void progress_close(struct progress *p)
{
    progress_hide(p);
    p->out = NULL;
}

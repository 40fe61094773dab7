/* test_terminal: a run on a terminal: its bar stays on its line, in any width, and goes away. The
 * terminal is a pseudo one that this test reads and keeps the screen of. */
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "harness_sync.h"

enum { TICKETS = 600, WIDTH_MAX = 200, PATIENCE_MS = 120 * 1000, ROUND_MS = 20 };

static const char SLOW[] = "{'do':'fault','kind':'delay_ms','ms':60,'match':'tickets'}";
static const char SLOWER[] = "[{'do':'fault','times':0},"
                             "{'do':'fault','kind':'delay_ms','ms':200,'match':'tickets'}]";

struct terminal {
    int master, slave;
    size_t width;
    char name[64];
    /* The screen's last line, and where the cursor is on it. */
    char line[WIDTH_MAX + 1];
    size_t column;
    /* What was seen so far. */
    enum { PLAIN, ESCAPE, BRACKET } mode;
    int draws;
    size_t bytes, widest; /* of the draws since terminal_resize */
    char last[WIDTH_MAX + 1];
    struct buf scrolled; /* lines that are finished */
};

static void terminal_resize(struct terminal *t, size_t width)
{
    struct winsize size = {.ws_row = 24, .ws_col = (unsigned short)width};
    assert_int_equal(ioctl(t->master, TIOCSWINSZ, &size), 0);
    t->width = width;
}

static void terminal_open(struct terminal *t, size_t width)
{
    *t = (struct terminal){.master = -1};
    assert_int_equal(openpty(&t->master, &t->slave, t->name, NULL, NULL), 0);
    buf_init(&t->scrolled, 1 << 16);
    terminal_resize(t, width);
}

static void terminal_close(struct terminal *t)
{
    close(t->master);
    close(t->slave);
    buf_release(&t->scrolled);
}

static void erase(struct terminal *t)
{
    size_t length = strlen(t->line);
    memcpy(t->last, t->line, sizeof t->last);
    t->last[t->column] = '\0';
    if (t->column) {
        t->draws++;
        t->widest = t->column > t->widest ? t->column : t->widest;
    }
    memset(t->line + t->column, '\0', length > t->column ? length - t->column : 0);
}

static void take_plain(struct terminal *t, char byte)
{
    if (byte == '\r') {
        t->column = 0;
    } else if (byte == '\n') {
        buf_printf(&t->scrolled, "%s\n", t->line);
        memset(t->line, '\0', sizeof t->line);
        t->column = 0;
    } else if (byte == '\033') {
        t->mode = ESCAPE;
    } else if (byte < ' ' || t->column == WIDTH_MAX) {
        fail_msg("byte %d in column %zu", byte, t->column);
    } else {
        t->line[t->column++] = byte;
    }
}

/* No escape sequence but the one that erases to the end of the line. */
static void take(struct terminal *t, char byte)
{
    t->bytes++;
    if (t->mode == PLAIN) {
        take_plain(t, byte);
    } else {
        assert_int_equal(byte, t->mode == ESCAPE ? '[' : 'K');
        t->mode = t->mode == ESCAPE ? BRACKET : PLAIN;
        if (t->mode == PLAIN)
            erase(t);
    }
}

/* Reads what is there, after a moment; false when nothing was. */
static bool terminal_read(struct terminal *t)
{
    char bytes[4096];
    struct pollfd in = {.fd = t->master, .events = POLLIN};
    if (poll(&in, 1, ROUND_MS) <= 0 || !(in.revents & POLLIN))
        return false;
    ssize_t n = read(t->master, bytes, sizeof bytes);
    for (ssize_t i = 0; i < n; i++)
        take(t, bytes[i]);
    return n > 0;
}

static void await_draws(struct terminal *t, int count)
{
    for (int left = PATIENCE_MS / ROUND_MS; t->draws < count; left--) {
        assert_true(left > 0);
        terminal_read(t);
    }
}

static struct process *start(struct harness *h, const struct terminal *t, const char *options)
{
    return harness_shell(h, "exec %s %s 2>%s", harness_program(h), options, t->name);
}

static bool runs(const struct process *process)
{
    siginfo_t info = {0};
    assert_int_equal(waitid(P_PID, (id_t)process->pid, &info, WEXITED | WNOHANG | WNOWAIT), 0);
    return info.si_pid == 0;
}

/* Reads the terminal to the end of the process. */
static struct outcome finish(struct harness *h, struct terminal *t, struct process *process)
{
    while (terminal_read(t) || runs(process))
        ;
    return harness_wait(h, process);
}

static void prepare(struct harness *h)
{
    sync_prepare(h, TICKETS, "per_page = 20\ndate_filter = 2000-01-01\n", NULL, NULL);
    harness_control(h, SLOW);
    harness_environment(h, "TERM=xterm");
}

static void assert_gone(const struct terminal *t)
{
    assert_string_equal(t->line, "");
    assert_int_equal(t->column, 0);
}

/* Width */

static void test_widths(void **state)
{
    struct harness *h = *state;
    static const struct {
        size_t width;
        const char *has;
    } cases[] = {{80, "["}, {40, "tickets"}, {20, " %"}, {6, " %"}, {3, ""}, {1, ""}};
    prepare(h);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct terminal t;
        terminal_open(&t, cases[i].width);
        struct process *process = start(h, &t, "--full");
        if (cases[i].width >= 6) {
            await_draws(&t, 2);
            sync_says(t.last, cases[i].has);
        }
        struct outcome outcome = finish(h, &t, process);
        sync_expect(outcome, 0);
        sync_says(outcome.out, " tickets read");
        sync_says_not(outcome.out, "\033");
        assert_true(t.widest < cases[i].width);
        assert_string_equal(buf_text(&t.scrolled), "");
        assert_gone(&t);
        terminal_close(&t);
    }
}

/* Made narrower in the middle of a run: the bar follows. */
static void test_resize(void **state)
{
    struct harness *h = *state;
    struct terminal t;
    prepare(h);
    harness_control(h, SLOWER);
    terminal_open(&t, 100);
    struct process *process = start(h, &t, "");
    await_draws(&t, 2);
    assert_true(t.widest >= 40);
    terminal_resize(&t, 40);
    int seen = t.draws;
    for (; strlen(t.last) >= 40; seen++)
        await_draws(&t, seen + 1);
    t.widest = 0;
    await_draws(&t, t.draws + 2);
    sync_expect(finish(h, &t, process), 0);
    assert_in_range(t.widest, 1, 39);
    assert_gone(&t);
    terminal_close(&t);
}

/* Rate and time left, once there is something to reckon from. */
static void test_rate(void **state)
{
    struct harness *h = *state;
    struct terminal t;
    prepare(h);
    harness_control(h, SLOWER);
    terminal_open(&t, 80);
    struct process *process = start(h, &t, "");
    for (int left = PATIENCE_MS / ROUND_MS; !strstr(t.last, " left"); left--) {
        assert_true(left > 0 && runs(process));
        terminal_read(&t);
    }
    sync_says(t.last, "/s  ");
    sync_expect(finish(h, &t, process), 0);
    assert_gone(&t);
    terminal_close(&t);
}

/* What is said meanwhile */

static void test_messages(void **state)
{
    struct harness *h = *state;
    struct terminal t;
    prepare(h);
    harness_control(h, "[{'do':'update','id':601,'set':{'created_at':null}},"
                       "{'do':'update','id':301,'set':{'created_at':null}}]");
    terminal_open(&t, 80);
    struct outcome outcome = finish(h, &t, start(h, &t, ""));
    sync_expect(outcome, 3);
    assert_true(t.draws > 1);
    assert_gone(&t);
    assert_string_equal(
        buf_text(&t.scrolled),
        "fluent-sync: warning: ticket 301 cannot be stored: created_at is missing, null or not a "
        "date\n"
        "fluent-sync: warning: ticket 601 cannot be stored: created_at is missing, null or not a "
        "date\n"
        "fluent-sync: 2 tickets cannot be stored\n"
        "fluent-sync: -> `fluent-sync rejects` says why\n");
    terminal_close(&t);
}

static void test_interrupted(void **state)
{
    struct harness *h = *state;
    struct terminal t;
    prepare(h);
    terminal_open(&t, 80);
    struct process *process = start(h, &t, "");
    await_draws(&t, 1);
    kill(process->pid, SIGINT);
    sync_expect(finish(h, &t, process), 130);
    assert_gone(&t);
    assert_int_equal(strncmp(buf_text(&t.scrolled), "fluent-sync: ", 13), 0);
    terminal_close(&t);
}

/* Where there is no bar */

static void assert_silent(struct harness *h, const char *options)
{
    struct terminal t;
    terminal_open(&t, 80);
    struct outcome outcome = finish(h, &t, start(h, &t, options));
    sync_expect(outcome, 0);
    if (t.bytes)
        fail_msg("%s: %s", options, t.last);
    terminal_close(&t);
}

static void test_no_bar(void **state)
{
    struct harness *h = *state;
    prepare(h);
    assert_silent(h, "--full --no-progress");
    assert_silent(h, "--full -q");
    harness_environment(h, "NO_COLOR=1");
    assert_silent(h, "--full");
    harness_environment(h, "NO_COLOR=");
    harness_environment(h, "TERM=dumb");
    assert_silent(h, "--full");
    harness_environment(h, "TERM=");
    assert_silent(h, "--full");
}

/* On a terminal that can erase nothing a long run gives a sign of life. */
static void test_a_line_now_and_then(void **state)
{
    struct harness *h = *state;
    struct terminal t;
    prepare(h);
    harness_environment(h, "TERM=dumb");
    harness_control(h, "[{'do':'fault','times':0},"
                       "{'do':'fault','kind':'delay_ms','ms':500,'match':'tickets'}]");
    terminal_open(&t, 80);
    struct outcome outcome = finish(h, &t, start(h, &t, "--full"));
    sync_expect(outcome, 0);
    assert_int_equal(t.draws, 0);
    assert_int_equal(strncmp(buf_text(&t.scrolled), "fluent-sync: ", 13), 0);
    sync_says(buf_text(&t.scrolled), " %  ");
    sync_says(buf_text(&t.scrolled), " tickets  ");
    sync_says(buf_text(&t.scrolled), " left\n");
    terminal_close(&t);
}

/* In a session that has the terminal, in a group that is not in its foreground. */
static void run_in_background(struct harness *h, const struct terminal *t)
{
    char *config = harness_text(h, "%s/fluent-sync.ini", h->dir);
    if (setsid() < 0 || ioctl(t->slave, TIOCSCTTY, 1) < 0)
        _exit(120);
    pid_t pid = fork();
    if (pid == 0) {
        setpgid(0, 0);
        dup2(t->slave, STDERR_FILENO);
        dup2(t->slave, STDOUT_FILENO);
        execl(BINARY_DIR "/fluent-sync", "fluent-sync", "--config", config, NULL);
        _exit(121);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 122);
}

/* Another job has the terminal: its line is not ours. */
static void test_background(void **state)
{
    struct harness *h = *state;
    struct terminal t;
    int status = 0;
    prepare(h);
    setenv("TERM", "xterm", 1);
    terminal_open(&t, 80);
    pid_t pid = fork();
    if (pid == 0)
        run_in_background(h, &t);
    while (terminal_read(&t) || waitpid(pid, &status, WNOHANG) == 0)
        ;
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(t.draws, 0);
    sync_says(buf_text(&t.scrolled), " tickets read");
    terminal_close(&t);
}

/* What is printed on a terminal */

/* Its standard output on a terminal this wide, in the bytes that the terminal got. */
static char *shown(struct harness *h, size_t width, const char *options)
{
    struct terminal t;
    struct buf text;
    char bytes[4096];
    terminal_open(&t, width);
    buf_init(&text, 1 << 20);
    struct process *process =
        harness_shell(h, "exec %s %s >%s", harness_program(h), options, t.name);
    for (bool more = true; more;) {
        struct pollfd in = {.fd = t.master, .events = POLLIN};
        bool ended = !runs(process);
        more = poll(&in, 1, ROUND_MS) > 0 && (in.revents & POLLIN);
        if (more)
            buf_append(&text, bytes, (size_t)read(t.master, bytes, sizeof bytes));
        more = more || !ended;
    }
    sync_expect(harness_wait(h, process), 0);
    char *copy = harness_text(h, "%s", buf_text(&text));
    buf_release(&text);
    terminal_close(&t);
    return copy;
}

static void assert_fits(struct harness *h, size_t width, const char *options)
{
    struct buf cells;
    char *text = shown(h, width, options), *rest = text;
    buf_init(&cells, 1 << 16);
    assert_string_not_equal(text, "");
    for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
        line[strcspn(line, "\r")] = '\0';
        buf_clear(&cells);
        bool rule = strncmp(line, "requests.", 9) == 0; /* whole, so that it can be copied */
        if (text_show(&cells, line, strlen(line), SIZE_MAX) > width && !rule)
            fail_msg("%s on %zu columns: %s", options, width, line);
    }
    buf_release(&cells);
}

static void test_lists_fit(void **state)
{
    struct harness *h = *state;
    static const size_t widths[] = {60, 80, 132};
    sync_prepare(h, SYNC_RECORDED, NULL, NULL, NULL);
    harness_environment(h, "TERM=xterm");
    harness_environment(h, "NO_COLOR=1");
    sync_expect(harness_sync(h, NULL), 3);
    sync_edit(h, 105, "category = 'Forms', description = REPEAT('edited ', 100)");
    harness_sql(h,
                "INSERT INTO fluent_outbox (fluent_id, action, field, value, requested_by, error) "
                "VALUES ('105', 'set', 'title', REPEAT('title ', 40), REPEAT('who ', 20), "
                "REPEAT('why ', 100))");
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        assert_fits(h, widths[i], "tickets");
        assert_fits(h, widths[i], "tickets --all-sources");
        assert_fits(h, widths[i], "edits");
        assert_fits(h, widths[i], "outbox");
        assert_fits(h, widths[i], "rejects");
    }
    assert_fits(h, 80, "status --limit 3");
    assert_fits(h, 80, "map 105");
    assert_fits(h, 132, "map 105");
    sync_says(harness_sync(h, "map", "105", NULL).out, "edited edited edited edited edited edited "
                                                       "edited edited edited edited edited edited");
    sync_says(shown(h, 80, "tickets"), "\xE2\x80\xA6");
    sync_says_not(harness_sync(h, "tickets", NULL).out, "\xE2\x80\xA6");
}

static void test_status_is_coloured(void **state)
{
    struct harness *h = *state;
    sync_prepare(h, 10, NULL, NULL, NULL);
    sync_expect(harness_sync(h, NULL), 0);
    harness_environment(h, "TERM=xterm");
    char *text = shown(h, 80, "status");
    sync_says(text, "\033[32mAll is well: every ticket is here.\033[0m\r\n");
    sync_says(text, "just now, at ");
    sync_says_not(text, "000Z");
    harness_environment(h, "NO_COLOR=1");
    text = shown(h, 80, "status");
    sync_says(text, "All is well");
    sync_says_not(text, "\033");
    harness_environment(h, "NO_COLOR=");
    harness_environment(h, "TERM=dumb");
    sync_says_not(shown(h, 80, "status"), "\033");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_widths),
        SYNC_TEST(test_resize),
        SYNC_TEST(test_rate),
        SYNC_TEST(test_messages),
        SYNC_TEST(test_interrupted),
        SYNC_TEST(test_no_bar),
        SYNC_TEST(test_a_line_now_and_then),
        SYNC_TEST(test_background),
        SYNC_TEST(test_lists_fit),
        SYNC_TEST(test_status_is_coloured),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}

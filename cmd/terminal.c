/* terminal: prompts and reads lines; switches the echo off, and always on again. */
#include "terminal.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/text.h"

enum { LINE_SIZE = 4096 /* what a terminal hands over at most: termios(3) */, SAID_MAX = 8192 };

bool terminal_is_there(void)
{
    return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

/* What would end or stop the program while the terminal hides what is typed. */
static const int HELD_BACK[] = {SIGTSTP, SIGQUIT};
enum { HELD = sizeof HELD_BACK / sizeof *HELD_BACK };

struct hiding {
    bool on;
    struct termios before;
    struct sigaction actions[HELD];
};

static void hide(struct hiding *hiding)
{
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct termios hidden;
    if (tcgetattr(STDIN_FILENO, &hiding->before) < 0)
        return;
    hiding->on = true;
    for (size_t i = 0; i < HELD; i++)
        sigaction(HELD_BACK[i], &ignore, &hiding->actions[i]);
    hidden = hiding->before;
    hidden.c_lflag &= (tcflag_t) ~(ECHO | ECHONL);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
}

static void show(struct hiding *hiding)
{
    if (!hiding->on)
        return;
    tcsetattr(STDIN_FILENO, TCSANOW, &hiding->before);
    for (size_t i = 0; i < HELD; i++)
        sigaction(HELD_BACK[i], &hiding->actions[i], NULL);
    putchar('\n'); /* that of the person was hidden too */
}

static int read_line(const struct limits *limits, struct buf *answer, struct error *error)
{
    char line[LINE_SIZE];
    do {
        if (limits_check(limits, error) < 0)
            return -1;
    } while (!limits_await(limits, STDIN_FILENO, POLLIN, INT64_MAX));
    ssize_t n = read(STDIN_FILENO, line, sizeof line);
    if (n <= 0 && limits_check(limits, error) < 0)
        return -1;
    if (n <= 0)
        return error_set(error, ERR_USAGE, "the input ended before all questions were answered");
    while (n > 0 && strchr("\r\n", line[n - 1]))
        n--;
    int done = buf_append(answer, line, (size_t)n) < 0 ? error_no_memory(error) : 0;
    explicit_bzero(line, sizeof line);
    return done;
}

static void trim(struct buf *answer)
{
    static const char BLANKS[] = " \t";
    size_t start = strspn(buf_text(answer), BLANKS);
    while (answer->len > start && strchr(BLANKS, answer->data[answer->len - 1]))
        answer->len--;
    if (!answer->data)
        return;
    memmove(answer->data, answer->data + start, answer->len - start);
    answer->len -= start;
    answer->data[answer->len] = '\0';
}

int terminal_ask(const char *prompt, enum terminal_echo echo, const struct limits *limits,
                 struct buf *answer, struct error *error)
{
    struct hiding hiding = {.on = false};
    buf_clear(answer);
    buf_expect(answer, LINE_SIZE); /* not to be moved: a copy of a password would stay behind */
    if (echo == TERMINAL_HIDES)
        hide(&hiding);
    fputs(prompt, stdout);
    fflush(stdout);
    int done = read_line(limits, answer, error);
    show(&hiding);
    if (done < 0 && !hiding.on)
        putchar('\n');
    if (echo == TERMINAL_SHOWS)
        trim(answer);
    return done;
}

void terminal_forget(struct buf *answer)
{
    if (answer->data)
        explicit_bzero(answer->data, answer->size);
    buf_release(answer);
}

void terminal_say(FILE *out, const char *text)
{
    struct buf safe;
    buf_init(&safe, SAID_MAX);
    text_show(&safe, text, strlen(text), SAID_MAX);
    fputs(buf_text(&safe), out);
    buf_release(&safe);
}

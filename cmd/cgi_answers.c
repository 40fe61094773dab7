/* cgi_answers: the requests that read: each prints what a command prints. */
#include <stdlib.h>

#include "cgi.h"
#include "page/page.h"

enum { ROWS_MAX = 1000 };

/* Runs the command with these arguments, its document going into the answer. */
static int print(struct cgi *cgi, int (*run)(const struct command *command, struct error *error),
                 const struct args *args, struct error *error)
{
    struct command command = *cgi->command;
    command.args = args;
    command.out = cgi->out;
    return run(&command, error) == EXIT_SUCCESS ? 0 : -1;
}

int answer_status(struct cgi *cgi, struct error *error)
{
    struct args args = ARGS_INIT;
    args.json = true;
    if (web_parameter_number(&cgi->request, "limit", 0, ROWS_MAX, &args.limit, error) < 0)
        return -1;
    return print(cgi, cmd_status, &args, error);
}

int answer_page(struct cgi *cgi, struct error *error)
{
    struct args args = ARGS_INIT;
    struct buf policy;
    buf_init(&policy, WEB_HEAD_MAX);
    page_policy(&policy);
    buf_puts(&policy, "; frame-ancestors 'none'");
    cgi->answer.type = "text/html; charset=utf-8";
    cgi->answer.policy = arena_copy(&cgi->arena, buf_text(&policy), policy.len);
    buf_release(&policy);
    return print(cgi, cmd_report, &args, error);
}

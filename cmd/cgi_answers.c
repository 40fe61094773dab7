/* cgi_answers: the requests that read: each prints what a command prints. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cgi.h"
#include "page/page.h"

enum { ROWS_MAX = 1000 };
static const int64_t OFFSET_MAX = INT64_C(1) << 53;

/* A command with these arguments, whose document becomes the answer's body. */
static struct command printing(const struct cgi *cgi, const struct args *args)
{
    struct command command = *cgi->command;
    command.args = args;
    command.out = cgi->out;
    return command;
}

static int print(const struct cgi *cgi,
                 int (*run)(const struct command *command, struct error *error),
                 const struct args *args, struct error *error)
{
    const struct command command = printing(cgi, args);
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

/* The next page of the list: the same query with another offset (RFC 8288). */
static void add_next(struct cgi *cgi, int64_t offset)
{
    const struct web_request *request = &cgi->request;
    struct buf link;
    buf_init(&link, WEB_HEAD_MAX);
    buf_printf(&link, "<?offset=%" PRId64, offset);
    for (size_t i = 0; i < request->parameter_count; i++) {
        if (strcmp(request->parameters[i].name, "offset") == 0)
            continue;
        buf_printf(&link, "&%s=", request->parameters[i].name);
        web_encode(&link, request->parameters[i].value);
    }
    buf_puts(&link, ">; rel=\"next\"");
    web_answer_field(&cgi->answer, "Link", buf_text(&link));
    buf_release(&link);
}

static int read_filter(const struct web_request *request, struct args *args, struct error *error)
{
    args->status = web_parameter(request, "status");
    if (web_parameter_number(request, "limit", 1, ROWS_MAX, &args->limit, error) < 0 ||
        web_parameter_number(request, "offset", 0, OFFSET_MAX, &args->offset, error) < 0 ||
        web_parameter_number(request, "mailbox", 0, INT32_MAX, &args->mailbox, error) < 0)
        return -1;
    return web_parameter_flag(request, "all_sources", &args->all_sources, error);
}

int answer_tickets(struct cgi *cgi, struct error *error)
{
    struct args args = ARGS_INIT;
    const struct command command = printing(cgi, &args);
    char digits[24];
    int64_t total;
    args.json = true;
    args.limit = TICKETS_LIMIT;
    args.offset = 0;
    if (read_filter(&cgi->request, &args, error) < 0 ||
        tickets_list(&command, &total, error) != EXIT_SUCCESS)
        return -1;
    snprintf(digits, sizeof digits, "%" PRId64, total);
    web_answer_field(&cgi->answer, "X-Total-Count", digits);
    if (args.offset < total - args.limit)
        add_next(cgi, args.offset + args.limit);
    return 0;
}

int answer_ticket(struct cgi *cgi, struct error *error)
{
    struct args args = ARGS_INIT;
    struct error why = ERROR_INIT;
    args.json = true;
    args.id = web_route_rest(cgi->route, &cgi->request);
    if (print(cgi, cmd_show, &args, &why) == 0)
        return 0;
    if (why.code == ERR_USAGE) /* all that was asked for is the id */
        return error_raise(error, WEB_REFUSAL(WEB_NOT_FOUND), "there is no such ticket");
    return error_copy(error, &why);
}

int answer_page(struct cgi *cgi, struct error *error)
{
    struct args args = ARGS_INIT;
    struct buf policy;
    buf_init(&policy, WEB_HEAD_MAX);
    page_policy(&policy, PAGE_SERVED);
    buf_puts(&policy, "; frame-ancestors 'none'");
    cgi->answer.type = "text/html; charset=utf-8";
    cgi->answer.policy = arena_copy(&cgi->arena, buf_text(&policy), policy.len);
    buf_release(&policy);
    return print(cgi, report_served, &args, error);
}

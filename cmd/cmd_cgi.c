/* cmd_cgi: answers one request of a web server: RFC 3875. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cgi.h"
#include "config/config.h"
#include "json.h"
#include "web/access.h"
#include "web/signature.h"

/* What every request is asked before it is answered */

/* Where the page's own links lead on, which are relative. */
static int redirect_to_page(struct cgi *cgi)
{
    const struct web_request *request = &cgi->request;
    struct buf to;
    buf_init(&to, WEB_HEAD_MAX);
    buf_putc(&to, '/'); /* one alone: of two, a host would follow */
    web_encode(&to, request->script + strspn(request->script, "/"));
    if (to.len > 1)
        buf_putc(&to, '/');
    if (*request->query)
        buf_printf(&to, "?%s", request->query);
    cgi->answer.status = WEB_PERMANENT_REDIRECT;
    web_answer_field(&cgi->answer, "Location", buf_text(&to));
    buf_release(&to);
    return 0;
}

/* Who asks, and from where? A webhook proves itself by its signature alone, which no browser has.
 */
static int judge_sender(struct cgi *cgi, const struct web_options *options, struct error *error)
{
    const struct web_request *request = &cgi->request;
    if (cgi->route->right == WEB_WEBHOOK)
        return web_signature_judge(request, &cgi->sent, options, clock_wall_ms() / 1000, error);
    if (web_access_judge(request, options, cgi->route->right, error) < 0)
        return -1;
    return cgi->route->method == WEB_POST ? web_origin_judge(request, options, error) : 0;
}

static int judge(struct cgi *cgi, const struct web_options *options, struct error *error)
{
    const struct web_request *request = &cgi->request;
    if (judge_sender(cgi, options, error) < 0)
        return -1;
    if (cgi->route->body == WEB_BODY_JSON && cgi->sent.len && !web_is_json(request))
        return error_raise(error, WEB_REFUSAL(WEB_UNSUPPORTED_TYPE),
                           "the content type must be application/json");
    return web_parameters_known(request, cgi->route->parameters, error);
}

/* Overwrites what the client proved itself with, as /proc shows it; behind a redirection of
 * Apache's the name begins with REDIRECT_. */
static void forget_credentials(void)
{
    static const char *const names[] = {"AUTHORIZATION", "COOKIE"};
    for (char **variable = environ; *variable; variable++) {
        char *value = strchr(*variable, '=');
        for (size_t i = 0; value && i < sizeof names / sizeof *names; i++) {
            size_t length = (size_t)(value - *variable), n = strlen(names[i]);
            if (length >= n && memcmp(value - n, names[i], n) == 0)
                explicit_bzero(value + 1, strlen(value + 1));
        }
    }
}

/* Reads the request and finds its row. `*methods`: those of its path. */
static int take(struct cgi *cgi, unsigned *methods, struct error *error)
{
    const char *length = getenv("CONTENT_LENGTH");
    if (length && !*length)
        length = NULL;
    int done = web_request_read(&cgi->request, (const char *const *)environ, &cgi->arena, error);
    bool has_body = length || getenv("HTTP_TRANSFER_ENCODING") ||
                    !(cgi->request.method & (WEB_GET | WEB_HEAD | WEB_OPTIONS));
    if (has_body && cgi_read_body(&cgi->sent, length, cgi->command->limits, error) < 0)
        done = -1;
    if (done == 0 && *cgi->request.path)
        done = web_route_find(&cgi->request, &cgi->route, methods, error);
    return done;
}

static int answer(struct cgi *cgi, struct error *error)
{
    static int (*const answers[])(struct cgi *, struct error *) = {
#define CGI_ANSWER_OF(word, ...) answer_##word,
        WEB_ROUTES(CGI_ANSWER_OF)};
    int may = judge(cgi, &cgi->command->config->web, error);
    forget_credentials();
    if (cgi->route->method != WEB_POST) /* else a run is started, which needs the passwords */
        config_forget(environ);
    return may < 0 ? -1 : answers[cgi->route->index](cgi, error);
}

static int serve(struct cgi *cgi, struct error *error)
{
    unsigned methods = 0;
    int taken = take(cgi, &methods, error);
    bool asks_before = taken == 0 && cgi->route && cgi->request.method == WEB_OPTIONS;
    web_answer_share(&cgi->answer, &cgi->request, &cgi->command->config->web,
                     asks_before ? methods : 0);
    if (methods && (asks_before || taken < 0))
        web_answer_methods(&cgi->answer, "Allow", methods);
    if (asks_before)
        cgi->answer.status = WEB_NO_CONTENT;
    if (taken < 0 || asks_before)
        return taken;
    return cgi->route ? answer(cgi, error) : redirect_to_page(cgi);
}

/* The answer */

/* No path, no address and no secret of ours is told: what is not the caller's fault is for the
 * server's log. */
static const char *words_for(const struct error *error)
{
    if (web_is_refusal(error))
        return error->message;
    return error->code == ERR_DATABASE ? "the database cannot be used at the moment"
                                       : "this could not be done; the server's log says why";
}

static void fill_refusal(struct web_answer *answer, struct buf *body, const struct error *error)
{
    struct json *json = json_new();
    answer->status = web_status_of(error);
    answer->type = answer->policy = NULL;
    if (answer->status == WEB_UNAUTHORIZED)
        web_answer_field(answer, "WWW-Authenticate", "Bearer realm=\"fluent-sync\"");
    if (answer->status == WEB_UNAVAILABLE)
        web_answer_field(answer, "Retry-After", "60");
    json_bool(json, "success", false);
    json_text(json, "error", words_for(error));
    json_append_line(json, body);
}

/* Prints the head, and the body unless the head alone was asked for. */
static void print_answer(const struct cgi *cgi, const char *body, size_t n)
{
    struct buf head;
    buf_init(&head, WEB_HEAD_MAX);
    web_answer_head(&cgi->answer, &head);
    fwrite(buf_text(&head), 1, head.len, stdout);
    if (cgi->request.method != WEB_HEAD)
        fwrite(body, 1, n, stdout);
    buf_release(&head);
}

static void print_refusal(struct cgi *cgi, const struct error *error)
{
    struct buf body;
    buf_init(&body, WEB_HEAD_MAX);
    fill_refusal(&cgi->answer, &body, error);
    print_answer(cgi, buf_text(&body), body.len);
    buf_release(&body);
}

static bool is_asked(void)
{
    return getenv("REQUEST_METHOD") != NULL;
}

int cmd_cgi_unconfigured(const struct error *error)
{
    if (!is_asked())
        return (int)error->code;
    struct cgi cgi = {.request.method = WEB_OTHER};
    web_answer_init(&cgi.answer);
    print_refusal(&cgi, error);
    web_answer_release(&cgi.answer);
    return EXIT_SUCCESS;
}

/* Whose fault it is: the caller knows a refusal by its answer, everything else is for the log. */
static void keep_for_log(const struct command *command, struct error *error)
{
    if (!web_is_refusal(error))
        return;
    log_write(command->log, LOG_DETAIL, "%d: %s", error->cause, error->message);
    error_clear(error);
}

int cmd_cgi(const struct command *command, struct error *error)
{
    struct cgi cgi = {.command = command};
    char *body = NULL;
    size_t n = 0;
    if (!is_asked())
        return error_advise(error, ERR_USAGE, "a web server starts it: see docs/web.md",
                            "`fluent-sync cgi` was not started by a web server"),
               (int)error->code;
    web_answer_init(&cgi.answer);
    buf_init(&cgi.sent, CGI_BODY_MAX);
    cgi.out = open_memstream(&body, &n);
    if (!cgi.out)
        error_no_memory(error);
    else
        serve(&cgi, error);
    if (cgi.out)
        fclose(cgi.out);
    if (error->code == ERR_NONE)
        print_answer(&cgi, body, n);
    else
        print_refusal(&cgi, error);
    keep_for_log(command, error);
    free(body);
    buf_release(&cgi.sent);
    web_answer_release(&cgi.answer);
    arena_release(&cgi.arena);
    return EXIT_SUCCESS;
}

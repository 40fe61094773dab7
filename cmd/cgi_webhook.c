/* cgi_webhook: the site calls for tickets. */
#include "app/webhook.h"
#include "cgi.h"
#include "detach.h"
#include "json.h"
#include "web/body.h"

static int read_tickets(struct cgi *cgi, struct web_ids *tickets, struct error *error)
{
    const struct web_member members[] = {{"ticket_ids", WEB_MEMBER_IDS, tickets}};
    if (web_body_read(buf_text(&cgi->sent), cgi->sent.len, members, 1, &cgi->arena, error) < 0)
        return -1;
    return tickets->count
               ? 0
               : error_raise(error, WEB_REFUSAL(WEB_BAD_REQUEST), "the body names no ticket_ids");
}

/* The calls are on record: a run that cannot be started is no failure of theirs, as the next one
 * fetches them. With --quiet one that finds another run active says nothing. */
static void start_run(const struct command *command)
{
    static const char *const options[] = {"--quiet", NULL};
    struct detached run = {.out = -1};
    struct error why = ERROR_INIT;
    if (detach_start(&run, command, options, &why) < 0)
        log_advise(command->log, LOG_WARNING, why.advice,
                   "no run could be started for a webhook: %s", why.message);
    detach_end(&run);
}

static void tell_taken(struct cgi *cgi, size_t count)
{
    struct json *json = json_new();
    cgi->answer.status = WEB_ACCEPTED;
    json_bool(json, "success", true);
    json_number(json, "tickets", (int64_t)count);
    json_print(json, cgi->out);
}

int answer_webhook(struct cgi *cgi, struct error *error)
{
    struct web_ids tickets = {0};
    struct db *db = NULL;
    bool needs_run = false;
    int done = -1;
    if (read_tickets(cgi, &tickets, error) == 0 && command_open(cgi->command, &db, error) == 0)
        done =
            webhook_take(db, cgi->command->config, tickets.items, tickets.count, &needs_run, error);
    db_close(db);
    if (done == 0 && needs_run)
        start_run(cgi->command);
    config_forget(environ);
    if (done == 0)
        tell_taken(cgi, tickets.count);
    return done;
}

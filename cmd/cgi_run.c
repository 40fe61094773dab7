/* cgi_run: a run that a request starts, and what the request is told of it. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cgi.h"
#include "detach.h"
#include "json.h"
#include "store/report.h"
#include "web/body.h"

enum {
    DOCUMENT_MAX = 64 * 1024, /* of a run; it has a message or two of at most 4 KB */
    LOOK_MS = 100,            /* between one look at the tables and the next */
    ROW_PATIENCE_MS = 10000,  /* a run that has its lease has its row soon after */
};

struct asked {
    const char *since; /* NULL: as configured */
    bool full, dry_run;
};

/* The run, while it is waited for. */
struct awaited {
    const struct command *command;
    struct detached run;
    struct buf document;
    bool ended;
    struct db *db;
    int64_t newest; /* id of the newest run's row before, 0: none; -1: not known */
    int64_t id;     /* of its own row; 0: not seen yet */
};

/* Its row */

/* The newest row; *id 0: there is none. `*pid` is that of its process. */
static int read_newest(struct db *db, const char *site_key, int64_t *id, int64_t *pid)
{
    struct report runs;
    struct error ignored = ERROR_INIT;
    int done = db ? report_runs(&runs, db, site_key, 1, &ignored) : -1;
    if (done < 0)
        return -1;
    const char *number = report_cell(&runs, 0, "id"), *process = report_cell(&runs, 0, "pid");
    *id = runs.rows && number ? strtoll(number, NULL, 10) : 0;
    *pid = runs.rows && process ? strtoll(process, NULL, 10) : 0;
    report_release(&runs);
    return 0;
}

/* Without the tables there is only no id to be told; the run itself says what is wrong. */
static void look_before(struct awaited *awaited)
{
    struct error ignored = ERROR_INIT;
    int64_t pid;
    if (command_open(awaited->command, &awaited->db, &ignored) < 0 ||
        read_newest(awaited->db, awaited->command->config->site_key, &awaited->newest, &pid) < 0)
        awaited->newest = -1;
}

static void look_for_row(struct awaited *awaited)
{
    int64_t id, pid;
    if (awaited->newest >= 0 &&
        read_newest(awaited->db, awaited->command->config->site_key, &id, &pid) == 0 &&
        id > awaited->newest && pid == awaited->run.pid)
        awaited->id = id;
}

/* Waiting */

/* Reads what it prints, for at most so long. */
static void read_document(struct awaited *awaited, int64_t ms)
{
    char piece[4096];
    if (!limits_await(awaited->command->limits, awaited->run.out, POLLIN, ms))
        return;
    ssize_t n = read(awaited->run.out, piece, sizeof piece);
    if (n > 0)
        buf_append(&awaited->document, piece, (size_t)n);
    else if (n == 0 || (errno != EINTR && errno != EAGAIN))
        awaited->ended = true;
}

/* Until the run has ended, the time is over, or we have to end ourselves: all that a server does
 * to a request that lasts too long for it must leave the run alone. */
static void wait_for_end(struct awaited *awaited, int64_t until)
{
    struct error ignored = ERROR_INIT;
    while (!awaited->ended && clock_monotonic_ms() < until &&
           limits_check(awaited->command->limits, &ignored) == 0)
        read_document(awaited, until - clock_monotonic_ms());
}

/* Until the run has its row or has ended, as it does at once when another one is active. */
static void wait_for_row(struct awaited *awaited)
{
    struct error ignored = ERROR_INIT;
    int64_t until = clock_monotonic_ms() + ROW_PATIENCE_MS;
    look_for_row(awaited);
    while (!awaited->ended && !awaited->id && clock_monotonic_ms() < until &&
           limits_check(awaited->command->limits, &ignored) == 0) {
        read_document(awaited, LOOK_MS);
        look_for_row(awaited);
    }
}

/* The answer */

static enum web_status status_of(int exit_code)
{
    switch (exit_code) {
    case ERR_NONE:
        return WEB_OK;
    case ERR_BUSY:
        return WEB_CONFLICT;
    case ERR_UNAVAILABLE:
    case ERR_DEADLINE:
        return WEB_UNAVAILABLE;
    default:
        return WEB_INTERNAL_ERROR;
    }
}

/* A message about our own machine, its files and its database is for the log alone. */
static const char *words_instead(int exit_code)
{
    if (exit_code == ERR_DATABASE)
        return "the database cannot be used at the moment";
    return exit_code == ERR_INTERNAL || exit_code == ERR_USAGE
               ? "the run could not be done; the log says why"
               : NULL;
}

static void tell_end(struct cgi *cgi, const struct awaited *awaited)
{
    int code = detach_exit_code(&awaited->run);
    struct json *json = json_read(buf_text(&awaited->document));
    const char *instead = words_instead(code);
    cgi->answer.status = status_of(code);
    if (cgi->answer.status == WEB_UNAVAILABLE)
        web_answer_field(&cgi->answer, "Retry-After", "60");
    if (!json) { /* it was killed */
        json = json_new();
        json_bool(json, "success", false);
        json_text(json, "error", "the run ended without saying how");
        json_number(json, "exitCode", code < 0 ? ERR_INTERNAL : code);
    } else if (instead) {
        json_replace_text(json, "error", instead);
        json_remove(json, "advice");
    }
    json_print(json, cgi->out);
}

static void tell_running(struct cgi *cgi, const struct awaited *awaited)
{
    struct json *json = json_new();
    struct buf location;
    buf_init(&location, WEB_HEAD_MAX);
    web_encode(&location, cgi->request.script);
    buf_puts(&location, "/status");
    cgi->answer.status = WEB_ACCEPTED;
    web_answer_field(&cgi->answer, "Location", buf_text(&location));
    if (cgi->request.respond_async)
        web_answer_field(&cgi->answer, "Preference-Applied", "respond-async");
    json_bool(json, "success", false);
    json_bool(json, "running", true);
    if (awaited->id || awaited->newest >= 0) /* its row will come after the newest one */
        json_number(json, "id", awaited->id ? awaited->id : awaited->newest + 1);
    else
        json_text(json, "id", NULL);
    json_print(json, cgi->out);
    buf_release(&location);
}

/* The request */

static int read_asked(struct cgi *cgi, struct asked *asked, struct error *error)
{
    const struct web_member members[] = {
        {"dateFilter", WEB_MEMBER_DAY, &asked->since},
        {"full", WEB_MEMBER_FLAG, &asked->full},
        {"dryRun", WEB_MEMBER_FLAG, &asked->dry_run},
    };
    return web_body_read(buf_text(&cgi->sent), cgi->sent.len, members,
                         sizeof members / sizeof *members, &cgi->arena, error);
}

static int start(struct awaited *awaited, const struct asked *asked, struct error *error)
{
    const char *options[DETACH_OPTIONS_MAX + 1] = {"--json"};
    size_t n = 1;
    if (asked->since) {
        options[n++] = "--since";
        options[n++] = asked->since;
    }
    if (asked->full)
        options[n++] = "--full";
    if (asked->dry_run)
        options[n++] = "--dry-run";
    int done = detach_start(&awaited->run, awaited->command, options, error);
    config_forget(environ);
    return done;
}

int answer_sync(struct cgi *cgi, struct error *error)
{
    struct asked asked = {.since = NULL};
    struct awaited awaited = {.command = cgi->command, .run.out = -1};
    int64_t wait_ms =
        cgi->request.respond_async ? 0 : (int64_t)cgi->command->config->web.wait_s * 1000;
    if (read_asked(cgi, &asked, error) < 0)
        return -1;
    buf_init(&awaited.document, DOCUMENT_MAX);
    if (!asked.dry_run) /* that has no row */
        look_before(&awaited);
    int done = start(&awaited, &asked, error);
    if (done == 0) {
        wait_for_end(&awaited, asked.dry_run ? INT64_MAX : clock_monotonic_ms() + wait_ms);
        if (!awaited.ended && asked.dry_run) /* nothing but its document would say how it ends */
            done = limits_check(cgi->command->limits, error);
        else if (!awaited.ended)
            wait_for_row(&awaited);
    }
    if (done == 0)
        (awaited.ended ? tell_end : tell_running)(cgi, &awaited);
    detach_end(&awaited.run);
    db_close(awaited.db);
    buf_release(&awaited.document);
    return done;
}

/*
 * site: a sample FluentSupport site for the tests: a real HTTP server that answers like
 * FluentSupport 2.0.1, as recorded in the fixtures, or in part like 1.7.90 and 1.7.2 (see
 * site_plugin.h), and that can be told to misbehave.
 *
 * sample-site [options] serves on 127.0.0.1 until SIGTERM or SIGINT, then exits 0.
 *   --port N
 *       0 (the default): any free port
 *   --port-file FILE
 *       receives the port, by rename, once requests are served
 *   --tls-cert PEM --tls-key PEM
 *       https
 *   --tickets recorded|agency|N
 *       the 250 recorded tickets (the default), some 400 of a made-up agency in the last 90 days,
 *       for people to look at, or N generated ones of about 3 KB each. Of the generated ones,
 *       every 50th id is missing, every tenth ticket was created before 2025-09-13, and the
 *       others within 300 days from 2025-09-25 on
 *   --fixtures DIR
 *       where the recordings are
 *   --user NAME --password PW
 *       of HTTP Basic; spaces in the password do not matter. For the user "api", api@example.test
 *       will do as well; without these options, any pair that is not empty will do
 *   --zone NAME
 *       the site's time zone, America/New_York; "" is UTC by offset
 *   --prefix /blog
 *       the site is in a subdirectory, and answers only there
 *   --log FILE
 *       a line per request: METHOD PATH?QUERY STATUS auth=yes|no. The status is 0 if the
 *       connection ended without an answer
 *
 * Answers are chunked, on connections that are kept alive, and carry Date. Every route has the
 * addresses /wp-json/... and /?rest_route=/...
 *
 * The control addresses:
 *   GET /_control/stats
 *       {requests, tickets_requests, tickets_served, bytes (of bodies), connections, concurrent,
 *       max_concurrent, mails, hooks (that changes led to), routes {index, me, tickets, ticket,
 *       change, activity, unknown, front, redirect, not_found}}. Control requests count among
 *       the connections only
 *   GET /_control/changes
 *       the changes that were asked for since reset_stats, an array of {ticket, call (property,
 *       close, re-open, responses), status, stored (did the ticket change?), body}
 *   GET /_control/responses?id=N
 *       a ticket's conversation, the newest entry first
 *   GET /_control/tickets
 *       all tickets as an array, ordered by id, in the bytes of the list; ?visible=1 leaves out
 *       the hidden ones
 *   POST /_control
 *       a command or an array of commands, obeyed in order with no request in between. The answer
 *       is the result, or the array of results. The first wrong command ends it with 400
 *       {"error"}; those before it have been obeyed
 *
 * Tickets. Their values are served as given, \u0000 and lone surrogates included.
 *   {"do":"create","ticket":{...},"count":k}
 *       creates a ticket of now with the highest id + 1, with the members of `ticket`, whose keys
 *       may be dotted ("customer.email"). Result: {"id":N}, or {"ids":[...]} if count is not 1
 *   {"do":"update","id":N,"set":{...},"unset":["key",...],"quiet":true}
 *       changes it, and moves updated_at to now unless that is set or `quiet` is true; "set" may
 *       be left out, and keys may be dotted
 *   {"do":"delete","id":N} {"do":"hide","id":N} {"do":"show","id":N}
 *       "list_only":true hides it only from the list, not from its own address. A hidden ticket
 *       can be changed, as one in a restricted mailbox can; not with "refuses":true. The activity
 *       log names a deletion unless "with_customer":true (of whom it does not tell)
 *   {"do":"log","event":"ticket_deleted","id":N}
 *       an entry of the activity log, whatever became of the ticket
 *   {"do":"close_many","from":A,"to":B,"updated_at":"..."}
 *       closes the ids A to B. Result: {"closed":n}
 *   {"do":"VERB_WHICH","count":k}
 *       such as delete_first_seen. VERB is delete, update (one more response, and updated_at
 *       moves), hide or show. WHICH is first, last (by id) or random, and may end in _seen or
 *       _unseen: served in a list since reset_stats, or not. Ends early when none are left.
 *       Result: {"ids":[...]}
 *   {"delete_random":2,"create":2}
 *       the same in short: no "do", and the values are the counts
 *   {"do":"seed","value":N}
 *       sets the seed of random choices
 *   {"do":"between","every":n,"run":[...],"times":k}
 *       obeys `run` after each nth page of tickets, k times (default: for ever); "run":null ends
 *       that. A command that fails there is passed over
 *
 * The site:
 *   {"do":"site", ...}
 *       with any of "plugin" (2.0.1, 1.7.90, 1.7.2), "home", "timezone_string", "gmt_offset" (any
 *       JSON; null: the present one of the zone), "namespaces" (null: as recorded; without
 *       fluent-support/v2 the plugin is off), "me" (full, limited, subscriber), "rights" (write;
 *       read: no change is allowed; assign: agent_id too), "activity_log" (refused: the API user
 *       may not read it; on; off: nothing is logged any more), "application_passwords" (bool),
 *       "permalinks" (pretty, plain; loop: like plain, and /wp-json/ redirects to itself), "index"
 *       (public; private: 401 without credentials), "now" (the site's clock, Date included:
 *       "2026-11-22T07:30:05+00:00"; it goes on from there; null: the real one), "stopped_at" (the
 *       same, but the clock stands still)
 *   {"do":"reset_stats"}
 *       also forgets which tickets have been served
 *   {"do":"backup"} {"do":"restore"}
 *       saves the tickets; restores them
 *   {"do":"carry_out"}
 *       carries out what the faults of the kind "later" have kept. Result: {"carried_out":n}
 *   {"do":"clear_cache"}
 *       forgets what the faults of the kind "cache" have stored
 *
 * Faults, at all addresses but /_control:
 *   {"do":"fault","kind":K,"match":"part of path?query, as sent","times":n,"skip":k, ...}
 *       happens to the n (default: all) matching requests after the first k. "times":0 removes
 *       the faults of this kind and match; without kind or match, those of any. Several faults
 *       may meet in a request, but of the kinds in one paragraph below only the oldest one
 *       happens and is counted.
 *       - "replay" "name":"err_maintenance": a recording instead of the right answer: its status,
 *         Content-Type, Location, Retry-After and body; a Location on the recorded site leads to
 *         this site's home. "status" "status":502,"body","content_type": a given answer.
 *         "html200": the front page. All take "headers":{"Name":"value"}; null removes a header,
 *         and "obeyed":true: a change is made all the same. "later": a change is kept, and the
 *         connection ends without an answer (after a stall, if there is one, see below)
 *       - "reset" "after":N: RST after N bytes of the body, or before any answer. "truncate"
 *         "after":N: Content-Length in full, but the end after N bytes (default: half). "stall"
 *         "seconds":N,"after":M: silence for N s (default: an hour) before the answer, or after M
 *         bytes of it; then the rest. "drip" "ms":N between one byte and the next. "endless": the
 *         right body, then spaces for ever. "bomb": gzip that is blanks for ever, 150 times as
 *         many as it has bytes
 *       - "wrong_type" "content_type" (text/plain)
 *       - "prefix" "text"
 *       - "suffix" "text"
 *       - "date" "value":"..." (null: no Date header)
 *       - "delay_ms" "ms":N before the answer is made
 *       - "total" "total":N,"last_page":M (either; null: the site does not tell)
 *       - "ignore_page": page 1 is served and reported. "same_page" "page":N: the rows of page N
 *         (default: 1) under the counters of the page asked for
 *       - "unordered" "how":"desc" (by id, descending, whatever was asked for) or "shuffle" (the
 *         rows of the page)
 *       - "cut" "rows":N,"says":true: a page has no more rows, under the counters of what was
 *         asked for; if it says so, of pages of that size
 *       - "lag" "above":N,"id":M,"updated_at":"...": tickets with higher ids are not listed; one
 *         has an older change
 *       - "broken" "id":N: an escape that JSON does not know begins this ticket's content
 *       - "member" "id":N,"name","start","repeat","middle","repeat_end","end","count":n: this
 *         ticket has one more member, whose value consists of these texts; the two "repeat" come
 *         n times
 *       - "cache" "ignore":"NAME": the first answer of an address is repeated to all later
 *         requests, with "headers"; the parameter NAME is no part of the address
 *       - "spoil" "id":N,"status","body","content_type": instead of every list with this ticket
 */
#include <errno.h>
#include <getopt.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "site_http.h"

#ifndef FIXTURES
#define FIXTURES "test/fixtures"
#endif

static const struct option long_options[] = {
    {"port", required_argument, NULL, 'p'},     {"port-file", required_argument, NULL, 'f'},
    {"tls-cert", required_argument, NULL, 'c'}, {"tls-key", required_argument, NULL, 'k'},
    {"tickets", required_argument, NULL, 't'},  {"fixtures", required_argument, NULL, 'd'},
    {"user", required_argument, NULL, 'u'},     {"password", required_argument, NULL, 'w'},
    {"zone", required_argument, NULL, 'z'},     {"prefix", required_argument, NULL, 'x'},
    {"log", required_argument, NULL, 'l'},      {NULL, 0, NULL, 0}};

static const char **text_option(struct options *options, int letter)
{
    switch (letter) {
    case 'f':
        return &options->port_file;
    case 'c':
        return &options->tls_cert;
    case 'k':
        return &options->tls_key;
    case 't':
        return &options->tickets;
    case 'd':
        return &options->fixtures;
    case 'u':
        return &options->user;
    case 'w':
        return &options->password;
    case 'z':
        return &options->zone;
    case 'x':
        return &options->prefix;
    case 'l':
        return &options->log;
    default:
        return NULL;
    }
}

static bool parse_options(struct options *options, int argc, char **argv)
{
    int letter;
    while ((letter = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        const char **text = text_option(options, letter);
        if (text)
            *text = optarg;
        else if (letter == 'p')
            options->port = atoi(optarg);
        else
            return false;
    }
    if (optind < argc || !options->tls_cert != !options->tls_key) {
        fputs("sample-site: unexpected arguments; see the head of site.c\n", stderr);
        return false;
    }
    return true;
}

static bool complain(const char *what)
{
    fprintf(stderr, "sample-site: %s: %s\n", what, strerror(errno));
    return false;
}

static bool load_tickets(struct site *site)
{
    const struct options *options = &site->options;
    if (strcmp(options->tickets, "recorded") == 0)
        return tickets_load_recorded(&site->tickets, options->fixtures) ||
               complain(options->fixtures);
    if (strcmp(options->tickets, "agency") == 0)
        return tickets_make_up(&site->tickets, FIXTURES, site_now(site)) || complain(FIXTURES);
    tickets_generate(&site->tickets, atoll(options->tickets));
    return true;
}

static bool prepare(struct site *site)
{
    pthread_mutex_init(&site->lock, NULL);
    site->me = text_copy(span_of("me"));
    site_set_zone(site, site->options.zone);
    if (site->options.log && !(site->log = fopen(site->options.log, "a")))
        return complain(site->options.log);
    return load_tickets(site);
}

/* Under its name the file is never seen half-written. */
static bool write_port(const char *name, int port)
{
    if (!name)
        return true;
    char *temporary = text_format("%s.new", name);
    FILE *out = fopen(temporary, "w");
    bool written = out && fprintf(out, "%d\n", port) > 0;
    written = out && fclose(out) == 0 && written && rename(temporary, name) == 0;
    free(temporary);
    return written || complain(name);
}

static bool serve(struct site *site, const sigset_t *ends)
{
    const struct options *options = &site->options;
    size_t size;
    char *key = options->tls_key ? text_read("", options->tls_key, &size) : NULL;
    char *cert = options->tls_cert ? text_read("", options->tls_cert, &size) : NULL;
    bool ready = !options->tls_key || (key && cert);
    /* Nobody asks before the port is known; by then home is set. */
    pthread_mutex_lock(&site->lock);
    struct MHD_Daemon *daemon = ready ? http_start(site, key, cert) : NULL;
    site->home =
        text_format("%s://127.0.0.1:%d%s", key ? "https" : "http", site->port, options->prefix);
    pthread_mutex_unlock(&site->lock);
    if (!daemon) {
        complain("cannot serve");
    } else {
        int signal;
        ready = write_port(options->port_file, site->port);
        if (ready)
            sigwait(ends, &signal);
        http_stop(site, daemon);
    }
    free(key);
    free(cert);
    return daemon && ready;
}

/* Pages of a megabyte come and go: without this each is mapped and its memory cleared anew, which
 * takes twice as long as serving it. */
static void keep_memory(void)
{
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 256 << 20);
}

int main(int argc, char **argv)
{
    struct site site = {.options = {.fixtures = FIXTURES "/fluent-support-2.0.1",
                                    .prefix = "",
                                    .zone = "America/New_York",
                                    .tickets = "recorded"}};
    if (!parse_options(&site.options, argc, argv))
        return 2;
    keep_memory();
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, NULL);
    signal(SIGPIPE, SIG_IGN);

    site.stop_fd = eventfd(0, EFD_CLOEXEC);
    bool served = prepare(&site) && serve(&site, &ends);
    close(site.stop_fd);
    site_free(&site);
    return served ? 0 : 1;
}

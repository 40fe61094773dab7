/* site_control: /_control, where a test changes the sample site and asks what happened. */
#include "site_control.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "site_activity.h"
#include "site_responses.h"
#include "site_write.h"

/* Obeys `command`, writes its result as JSON to `out`; what is wrong with it, or NULL. */
typedef const char *obey(struct site *site, struct span command, FILE *out);

static char *with_time(char *text, const char *key, const char *time)
{
    char *value = text_format("\"%s\"", time);
    text_replace(&text, json_set(span_of(text), key, span_of(value)));
    free(value);
    return text;
}

static int64_t next_id(const struct site *site)
{
    const struct tickets *tickets = &site->tickets;
    return tickets->count ? tickets->by_id[tickets->count - 1]->id + 1 : 1;
}

static struct ticket *create_one(struct site *site, struct span overrides)
{
    time_t now = site_now(site);
    int64_t id = json_get_int(overrides, "id", next_id(site));
    char *text = ticket_generate(id, now, now, random_next(&site->random));
    struct ticket *ticket = tickets_add(&site->tickets, json_set_all(text, overrides));
    if (ticket)
        activity_add(site, "ticket_created", id);
    return ticket;
}

static const char *do_create(struct site *site, struct span command, FILE *out)
{
    int64_t count = json_get_int(command, "count", 1);
    struct span overrides = json_get(command, "ticket");
    const char *separator = "";
    fputs(count == 1 ? "{\"id\":" : "{\"ids\":[", out);
    for (int64_t i = 0; i < count; i++) {
        struct ticket *ticket = create_one(site, overrides);
        if (!ticket)
            return "create: the id is taken or no number";
        fprintf(out, "%s%" PRId64, separator, ticket->id);
        separator = ",";
    }
    fputs(count == 1 ? "}" : "]}", out);
    return NULL;
}

static struct ticket *named_ticket(struct site *site, struct span command)
{
    return tickets_find(&site->tickets, json_get_int(command, "id", 0));
}

static const char *do_update(struct site *site, struct span command, FILE *out)
{
    struct ticket *ticket = named_ticket(site, command);
    struct span set = json_get(command, "set"), unset = json_get(command, "unset"), key;
    if (!ticket)
        return "update: no such ticket";
    if (json_get(set, "id").p)
        return "update: an id cannot change; delete and create";
    char *text = text_copy((struct span){ticket->text, ticket->size});
    char now[TIME_TEXT];
    if (!json_is_true(json_get(command, "quiet")))
        text = with_time(text, "updated_at", time_utc(now, site_now(site)));
    text = json_set_all(text, set);
    for (size_t at = 0; json_element(unset, &at, &key);) {
        char *path = text_copy((struct span){key.p + 1, key.n - 2});
        text_replace(&text, json_set(span_of(text), path, (struct span){NULL, 0}));
        free(path);
    }
    tickets_replace(&site->tickets, ticket, text);
    fprintf(out, "{\"id\":%" PRId64 "}", ticket->id);
    return NULL;
}

static const char *do_delete(struct site *site, struct span command, FILE *out)
{
    struct ticket *ticket = named_ticket(site, command);
    if (!ticket)
        return "delete: no such ticket";
    fprintf(out, "{\"id\":%" PRId64 "}", ticket->id);
    if (!json_is_true(json_get(command, "with_customer")))
        activity_add(site, "ticket_deleted", ticket->id);
    tickets_remove(&site->tickets, ticket);
    return NULL;
}

static const char *do_log(struct site *site, struct span command, FILE *out)
{
    char *event = json_get_string(command, "event");
    if (!event)
        return "log: event: a string";
    activity_add(site, event, json_get_int(command, "id", 0));
    free(event);
    fputs("{\"ok\":true}", out);
    return NULL;
}

static const char *set_hidden(struct site *site, struct span command, FILE *out, bool hidden)
{
    struct ticket *ticket = named_ticket(site, command);
    if (!ticket)
        return "hide, show: no such ticket";
    ticket->hidden = hidden;
    ticket->unlisted = hidden && json_is_true(json_get(command, "list_only"));
    ticket->refuses = hidden && json_is_true(json_get(command, "refuses"));
    site->tickets.hiding |= hidden;
    fprintf(out, "{\"id\":%" PRId64 "}", ticket->id);
    return NULL;
}

static const char *do_hide(struct site *site, struct span command, FILE *out)
{
    return set_hidden(site, command, out, true);
}

static const char *do_show(struct site *site, struct span command, FILE *out)
{
    return set_hidden(site, command, out, false);
}

static const char *do_close_many(struct site *site, struct span command, FILE *out)
{
    int64_t from = json_get_int(command, "from", 1), to = json_get_int(command, "to", INT64_MAX);
    char *given = json_get_string(command, "updated_at");
    char updated[TIME_TEXT], resolved[TIME_TEXT];
    time_t now = site_now(site);
    int64_t closed = 0;
    time_utc(updated, now);
    for (size_t i = 0; i < site->tickets.count; i++) {
        struct ticket *ticket = site->tickets.by_id[i];
        if (ticket->id < from || ticket->id > to)
            continue;
        char *text = text_copy((struct span){ticket->text, ticket->size});
        text = json_set_all(text, span_of("{\"status\":\"closed\",\"closed_by\":\"1\"}"));
        text = with_time(text, "resolved_at", time_local(resolved, now));
        text = with_time(text, "updated_at", given ? given : updated);
        tickets_replace(&site->tickets, ticket, text);
        closed++;
    }
    free(given);
    fprintf(out, "{\"closed\":%" PRId64 "}", closed);
    return NULL;
}

enum clock { CLOCK_GOES, CLOCK_STOPPED };
static const char *set_clock(struct site *site, struct span value, enum clock clock)
{
    time_t t = 0;
    if (!json_is_null(value) && !time_parse(value, &t))
        return "site: now, stopped_at: not like \"2026-11-22T07:30:05+00:00\"";
    site->clock_stopped_at = clock == CLOCK_STOPPED ? t : 0;
    site->clock_ahead = clock == CLOCK_GOES && t ? t - time(NULL) : 0;
    return NULL;
}

static const char *set_me(struct site *site, const char *who)
{
    static const char *const known[][2] = {
        {"full", "me"}, {"limited", "me_limited"}, {"subscriber", "me_subscriber"}};
    for (size_t i = 0; i < 3; i++) {
        if (who && strcmp(who, known[i][0]) == 0) {
            text_replace(&site->me, text_copy(span_of(known[i][1])));
            return NULL;
        }
    }
    return "site: me: full, limited or subscriber";
}

static const char *set_plugin(struct site *site, const char *version)
{
    enum plugin plugin = plugin_named(version);
    if (plugin == PLUGINS)
        return "site: plugin: 2.0.1, 1.7.90 or 1.7.2";
    site->plugin = plugin;
    return NULL;
}

static const char *set_rights(struct site *site, const char *rights)
{
    if (!rights || (strcmp(rights, "read") && strcmp(rights, "write") && strcmp(rights, "assign")))
        return "site: rights: read, write or assign";
    site->may_not_write = strcmp(rights, "read") == 0;
    site->may_assign = strcmp(rights, "assign") == 0;
    return NULL;
}

static void set_permalinks(struct site *site, const char *how)
{
    site->redirect_loop = strcmp(how, "loop") == 0;
    site->plain_permalinks = site->redirect_loop || strcmp(how, "plain") == 0;
}

/* A JSON value to be served as it is; null: back to the default. */
static void set_json(char **to, struct span value)
{
    text_replace(to, json_is_null(value) ? NULL : json_php(value));
}

static const char *set_site(struct site *site, struct span key, struct span value, char *string)
{
    if (span_is(key, "home") && string)
        text_replace(&site->home, text_copy(span_of(string)));
    else if (span_is(key, "timezone_string") && string)
        site_set_zone(site, string);
    else if (span_is(key, "gmt_offset"))
        set_json(&site->gmt_offset, value);
    else if (span_is(key, "namespaces"))
        set_json(&site->namespaces, value);
    else if (span_is(key, "me"))
        return set_me(site, string);
    else if (span_is(key, "plugin"))
        return set_plugin(site, string);
    else if (span_is(key, "rights"))
        return set_rights(site, string);
    else if (span_is(key, "activity_log"))
        return activity_set(site, string);
    else if (span_is(key, "application_passwords"))
        site->no_application_passwords = !json_is_true(value);
    else if (span_is(key, "permalinks") && string)
        set_permalinks(site, string);
    else if (span_is(key, "index") && string)
        site->private_index = strcmp(string, "private") == 0;
    else if (span_is(key, "now"))
        return set_clock(site, value, CLOCK_GOES);
    else if (span_is(key, "stopped_at"))
        return set_clock(site, value, CLOCK_STOPPED);
    else if (!span_is(key, "do"))
        return "site: an unknown key, or no string where one is needed";
    return NULL;
}

static const char *do_site(struct site *site, struct span command, FILE *out)
{
    struct span key, value;
    for (size_t at = 0; json_member(command, &at, &key, &value);) {
        char *name = text_copy(key), *string = json_get_string(command, name);
        const char *wrong = set_site(site, key, value, string);
        free(name);
        free(string);
        if (wrong)
            return wrong;
    }
    fputs("{\"ok\":true}", out);
    return NULL;
}

static const char *do_fault(struct site *site, struct span command, FILE *out)
{
    if (!faults_command(&site->faults, command))
        return "fault: unknown kind";
    fputs("{\"ok\":true}", out);
    return NULL;
}

static const char *do_between(struct site *site, struct span command, FILE *out)
{
    struct span run = json_get(command, "run");
    int64_t every = json_get_int(command, "every", 1);
    char *commands = every > 0 && !json_is_null(run) ? text_copy(run) : NULL;
    text_replace(&site->between.run, commands);
    site->between.every = every;
    site->between.times = json_get_int(command, "times", -1);
    site->between.pages = 0;
    fputs("{\"ok\":true}", out);
    return NULL;
}

static const char *do_clear_cache(struct site *site, struct span command, FILE *out)
{
    (void)command;
    cache_clear(&site->cache);
    fputs("{\"ok\":true}", out);
    return NULL;
}

static const char *do_backup(struct site *site, struct span command, FILE *out)
{
    (void)command;
    site_forget_backup(site);
    site->kept = calloc(site->tickets.count + 1, sizeof *site->kept);
    if (!site->kept)
        abort();
    for (size_t i = 0; i < site->tickets.count; i++) {
        const struct ticket *ticket = site->tickets.by_id[i];
        site->kept[site->kept_count++] = text_copy((struct span){ticket->text, ticket->size});
    }
    fputs("{\"ok\":true}", out);
    return NULL;
}

static const char *do_restore(struct site *site, struct span command, FILE *out)
{
    (void)command;
    if (!site->kept)
        return "restore: there is no backup";
    tickets_free(&site->tickets);
    for (size_t i = 0; i < site->kept_count; i++)
        tickets_add(&site->tickets, text_copy(span_of(site->kept[i])));
    fputs("{\"ok\":true}", out);
    return NULL;
}

static const char *do_reset_stats(struct site *site, struct span command, FILE *out)
{
    (void)command;
    int64_t concurrent = site->stats.concurrent;
    site->stats = (struct stats){.concurrent = concurrent, .max_concurrent = concurrent};
    text_replace(&site->changes, NULL);
    for (size_t i = 0; i < site->tickets.count; i++)
        site->tickets.by_id[i]->served = false;
    fputs("{\"ok\":true}", out);
    return NULL;
}

static const char *do_seed(struct site *site, struct span command, FILE *out)
{
    site->random = (uint64_t)json_get_int(command, "value", 0);
    fputs("{\"ok\":true}", out);
    return NULL;
}

static const struct {
    const char *name;
    obey *obey;
} commands[] = {
    {"create", do_create},
    {"update", do_update},
    {"delete", do_delete},
    {"log", do_log},
    {"hide", do_hide},
    {"show", do_show},
    {"close_many", do_close_many},
    {"site", do_site},
    {"fault", do_fault},
    {"between", do_between},
    {"seed", do_seed},
    {"clear_cache", do_clear_cache},
    {"backup", do_backup},
    {"restore", do_restore},
    {"respond", responses_add},
    {"edit_response", responses_edit},
    {"delete_response", responses_delete},
    {"carry_out", change_carry_out},
    {"reset_stats", do_reset_stats},
};

/* <verb>_<first|last|random>[_seen|_unseen]: some ticket, instead of one that is named. */
struct choice {
    enum { DELETE, UPDATE, HIDE, SHOW } verb;
    enum { FIRST, LAST, RANDOM } which;
    bool seen, unseen;
};

/* The index of the word that `*text` begins with, and past it and an underscore; -1 for none. */
static int take_word(const char **text, const char *const *words, int count)
{
    for (int i = 0; i < count; i++) {
        size_t n = strlen(words[i]);
        if (strncmp(*text, words[i], n) != 0 || ((*text)[n] && (*text)[n] != '_'))
            continue;
        *text += n + ((*text)[n] == '_');
        return i;
    }
    return -1;
}

static bool parse_choice(const char *name, struct choice *choice)
{
    static const char *const verbs[] = {"delete", "update", "hide", "show"};
    static const char *const whiches[] = {"first", "last", "random"};
    static const char *const states[] = {"seen", "unseen"};
    int verb = take_word(&name, verbs, 4);
    int which = verb < 0 ? -1 : take_word(&name, whiches, 3);
    int state = which < 0 || !*name ? -1 : take_word(&name, states, 2);
    if (which < 0 || *name)
        return false;
    choice->verb = (unsigned)verb;
    choice->which = (unsigned)which;
    choice->seen = state == 0;
    choice->unseen = state == 1;
    return true;
}

static bool eligible(const struct ticket *ticket, const struct choice *choice)
{
    return ticket->hidden == (choice->verb == SHOW) && (!choice->seen || ticket->served) &&
           (!choice->unseen || !ticket->served);
}

static struct ticket *choose(struct site *site, const struct choice *choice)
{
    struct tickets *tickets = &site->tickets;
    size_t count = 0;
    struct ticket *chosen = NULL;
    for (size_t i = 0; i < tickets->count; i++) {
        size_t at = choice->which == LAST ? tickets->count - 1 - i : i;
        if (!eligible(tickets->by_id[at], choice))
            continue;
        count++;
        /* Each of the first n has been kept with probability 1/n. */
        if (count == 1 || random_next(&site->random) % count == 0)
            chosen = tickets->by_id[at];
        if (choice->which != RANDOM)
            break;
    }
    return chosen;
}

/* Another response came in: updated_at and response_count move. */
static void touch(struct site *site, struct ticket *ticket)
{
    char now[TIME_TEXT];
    char *text = text_copy((struct span){ticket->text, ticket->size});
    struct span old = json_get(span_of(text), "response_count");
    long responses = old.p && *old.p == '"' ? strtol(old.p + 1, NULL, 10) : 0;
    char *count = text_format("\"%ld\"", responses + 1);
    text_replace(&text, json_set(span_of(text), "response_count", span_of(count)));
    free(count);
    text = with_time(text, "updated_at", time_utc(now, site_now(site)));
    tickets_replace(&site->tickets, ticket, text);
}

static void obey_choice(struct site *site, const struct choice *choice, int64_t count, FILE *out)
{
    const char *separator = "";
    fputs("{\"ids\":[", out);
    for (int64_t i = 0; i < count; i++) {
        struct ticket *ticket = choose(site, choice);
        if (!ticket)
            break;
        fprintf(out, "%s%" PRId64, separator, ticket->id);
        separator = ",";
        if (choice->verb == DELETE) {
            activity_add(site, "ticket_deleted", ticket->id);
            tickets_remove(&site->tickets, ticket);
            continue;
        }
        if (choice->verb == UPDATE)
            touch(site, ticket);
        else
            ticket->hidden = choice->verb == HIDE;
        ticket->unlisted = false;
        site->tickets.hiding |= choice->verb == HIDE;
    }
    fputs("]}", out);
}

static const char *obey_named(struct site *site, const char *name, struct span command, FILE *out)
{
    struct choice choice;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (strcmp(name, commands[i].name) == 0)
            return commands[i].obey(site, command, out);
    }
    if (!parse_choice(name, &choice))
        return "unknown command";
    obey_choice(site, &choice, json_get_int(command, "count", 1), out);
    return NULL;
}

/* {"delete_random":2,"create":2}: each member a command, its value the count. */
static const char *obey_short(struct site *site, struct span command, FILE *out)
{
    struct span key, value;
    const char *separator = "", *wrong = NULL;
    putc('[', out);
    for (size_t at = 0; !wrong && json_member(command, &at, &key, &value);) {
        char *name = text_copy(key);
        char *whole = text_format("{\"count\":%.*s}", (int)value.n, value.p);
        fputs(separator, out);
        wrong = obey_named(site, name, span_of(whole), out);
        separator = ",";
        free(name);
        free(whole);
    }
    putc(']', out);
    return wrong;
}

static const char *obey_one(struct site *site, struct span command, FILE *out)
{
    if (*command.p != '{')
        return "a command is an object";
    if (!json_get(command, "do").p)
        return obey_short(site, command, out);
    char *name = json_get_string(command, "do");
    const char *wrong = name ? obey_named(site, name, command, out) : "do: a string";
    free(name);
    return wrong;
}

/* A command, or an array of them, up to the first that is wrong. */
static const char *obey_all(struct site *site, struct span all, FILE *out)
{
    const char *separator = "", *wrong = NULL;
    struct span command;
    if (*all.p != '[')
        return obey_one(site, all, out);
    putc('[', out);
    for (size_t at = 0; !wrong && json_element(all, &at, &command);) {
        fputs(separator, out);
        wrong = obey_one(site, command, out);
        separator = ",";
    }
    putc(']', out);
    return wrong;
}

/* A command that is no longer possible (the ticket is gone) is passed over. */
static void obey_possible(struct site *site, struct span all)
{
    struct text ignored;
    FILE *out = text_open(&ignored);
    struct span command;
    if (*all.p != '[')
        obey_one(site, all, out);
    for (size_t at = 0; *all.p == '[' && json_element(all, &at, &command);)
        obey_one(site, command, out);
    fclose(out);
    free(ignored.p);
}

void control_between(struct site *site)
{
    struct between *between = &site->between;
    if (!between->run || between->times == 0 || ++between->pages % between->every != 0)
        return;
    if (between->times > 0)
        between->times--;
    /* The commands may contain `between` itself. */
    char *run = text_copy(span_of(between->run));
    obey_possible(site, span_of(run));
    free(run);
}

static void answer_commands(struct site *site, struct span body, struct answer *answer)
{
    struct text text;
    FILE *out = text_open(&text);
    while (body.n > 0 && strchr(" \t\r\n", *body.p)) {
        body.p++;
        body.n--;
    }
    const char *wrong = json_valid(body) ? obey_all(site, body, out) : "not JSON";
    fclose(out);
    if (wrong) {
        free(text.p);
        answer_json(answer, 400, text_format("{\"error\":\"%s\"}", wrong));
    } else {
        answer_json(answer, 200, text.p);
    }
}

static char *stats_text(const struct site *site)
{
    static const char *const names[ROUTES] = {"index",    "me",       "tickets", "ticket",
                                              "change",   "activity", "unknown", "front",
                                              "redirect", "not_found"};
    const struct stats *stats = &site->stats;
    struct text text;
    FILE *out = text_open(&text);
    fprintf(out, "{\"requests\":%" PRId64 ",\"tickets_requests\":%" PRId64, stats->requests,
            stats->route[ROUTE_TICKETS]);
    fprintf(out, ",\"tickets_served\":%" PRId64 ",\"bytes\":%" PRId64, stats->tickets_served,
            stats->bytes);
    fprintf(out, ",\"connections\":%" PRId64 ",\"concurrent\":%" PRId64, stats->connections,
            stats->concurrent);
    fprintf(out, ",\"mails\":%" PRId64 ",\"hooks\":%" PRId64, stats->mails, stats->hooks);
    fprintf(out, ",\"max_concurrent\":%" PRId64 ",\"routes\":", stats->max_concurrent);
    for (int i = 0; i < ROUTES; i++)
        fprintf(out, "%c\"%s\":%" PRId64, i ? ',' : '{', names[i], stats->route[i]);
    fputs("}}", out);
    fclose(out);
    return text.p;
}

static char *tickets_text(const struct site *site, bool visible_only)
{
    struct text text;
    FILE *out = text_open(&text);
    const char *separator = "";
    putc('[', out);
    for (size_t i = 0; i < site->tickets.count; i++) {
        const struct ticket *ticket = site->tickets.by_id[i];
        if (visible_only && ticket->hidden)
            continue;
        fputs(separator, out);
        fwrite(ticket->text, 1, ticket->size, out);
        separator = ",\n";
    }
    putc(']', out);
    fclose(out);
    return text.p;
}

static void answer_responses(struct request *request, struct answer *answer)
{
    const char *id = request_argument(request, "id");
    const struct ticket *ticket =
        tickets_find(&request->site->tickets, id ? strtoll(id, NULL, 10) : 0);
    answer_json(answer, 200, ticket ? responses_text(ticket) : text_copy(span_of("[]")));
}

void control_answer(struct request *request, struct answer *answer)
{
    struct site *site = request->site;
    bool post = strcmp(request->method, "POST") == 0;
    pthread_mutex_lock(&site->lock);
    if (post && strcmp(request->path, "/_control") == 0)
        answer_commands(site, (struct span){request->upload.p, request->upload.n}, answer);
    else if (strcmp(request->path, "/_control/stats") == 0)
        answer_json(answer, 200, stats_text(site));
    else if (strcmp(request->path, "/_control/tickets") == 0)
        answer_json(answer, 200, tickets_text(site, request_argument(request, "visible") != NULL));
    else if (strcmp(request->path, "/_control/changes") == 0)
        answer_json(answer, 200, text_format("[%s]", site->changes ? site->changes : ""));
    else if (strcmp(request->path, "/_control/responses") == 0)
        answer_responses(request, answer);
    else
        answer_json(answer, 404, text_copy(span_of("{\"error\":\"no such control\"}")));
    pthread_mutex_unlock(&site->lock);
}

/* site_api: what the sample site answers: WordPress's addresses and FluentSupport's routes. */
#include "site_api.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "site_activity.h"
#include "site_list.h"
#include "site_write.h"

static const char namespace[] = "/fluent-support/v2";

/* What an address leads to. */
struct target {
    enum route route;
    char *number;          /* ROUTE_TICKET, ROUTE_CHANGE: as it stands in the address; else NULL */
    enum change_call call; /* ROUTE_CHANGE */
};

static bool ends_with_slash(const char *path)
{
    size_t n = strlen(path);
    return n > 0 && path[n - 1] == '/';
}

/* /tickets/N, and what can be done to it. */
static struct target ticket_target(struct span route)
{
    static const char tickets[] = "/tickets/";
    size_t skip = strlen(tickets);
    if (route.n <= skip || memcmp(route.p, tickets, skip) != 0)
        return (struct target){.route = ROUTE_UNKNOWN};
    route = (struct span){route.p + skip, route.n - skip};
    size_t digits = strspn(route.p, "0123456789");
    digits = digits < route.n ? digits : route.n;
    enum change_call call = change_named(route.p + digits, route.n - digits);
    if (!digits || (digits < route.n && call == CHANGE_CALLS))
        return (struct target){.route = ROUTE_UNKNOWN};
    return (struct target){digits < route.n ? ROUTE_CHANGE : ROUTE_TICKET,
                           text_copy((struct span){route.p, digits}), call};
}

/* `rest`: what follows /wp-json, or the value of rest_route. */
static struct target rest_target(const char *rest)
{
    struct span path = span_of(rest);
    while (path.n > 0 && path.p[path.n - 1] == '/')
        path.n--;
    if (path.n == 0)
        return (struct target){.route = ROUTE_INDEX};
    size_t n = strlen(namespace);
    if (path.n < n || memcmp(path.p, namespace, n) != 0)
        return (struct target){.route = ROUTE_UNKNOWN};
    struct span route = {path.p + n, path.n - n};
    if (span_is(route, "/me"))
        return (struct target){.route = ROUTE_ME};
    if (span_is(route, "/activity-logger"))
        return (struct target){.route = ROUTE_ACTIVITY};
    if (span_is(route, "/tickets"))
        return (struct target){.route = ROUTE_TICKETS};
    return ticket_target(route);
}

static struct target find_target(const struct site *site, const struct request *request)
{
    const char *prefix = site->options.prefix, *path = request->path;
    const char *rest_route = request_argument(request, "rest_route");
    static const char rest[] = "/wp-json";
    if (strncmp(path, prefix, strlen(prefix)) != 0)
        return (struct target){.route = ROUTE_NOT_FOUND};
    path += strlen(prefix);
    bool front = !*path || !strcmp(path, "/") || !strcmp(path, "/index.php");
    if (front && rest_route && *rest_route)
        return rest_target(rest_route);
    if (front)
        return (struct target){.route = ROUTE_FRONT};
    size_t n = strlen(rest);
    if (strncmp(path, rest, n) != 0 || (path[n] && path[n] != '/'))
        return (struct target){.route = ROUTE_NOT_FOUND};
    if (site->plain_permalinks)
        return (struct target){
            .route = ends_with_slash(path) && !site->redirect_loop ? ROUTE_FRONT : ROUTE_REDIRECT};
    return rest_target(path + n);
}

/* Plain permalinks: WordPress adds a slash, and shows the front page there. */
static void answer_redirect(struct request *request, struct answer *answer)
{
    struct site *site = request->site;
    const char *uri = request->uri + strlen(site->options.prefix);
    int n = (int)strcspn(uri, "?");
    answer_recorded(answer, site->options.fixtures, "err_permalinks_off_wpjson", site->home);
    answer_header(answer, "Location",
                  text_format("%s%.*s%s%s", site->home, n, uri,
                              n > 0 && uri[n - 1] == '/' ? "" : "/", uri + n));
}

static char *json_text(const char *utf8)
{
    struct text text;
    FILE *out = text_open(&text);
    json_write_string(out, utf8);
    fclose(out);
    return text.p;
}

static void set_member(char **object, const char *path, char *value)
{
    text_replace(object, json_set(span_of(*object), path, span_of(value)));
    free(value);
}

static char *gmt_offset(const struct site *site)
{
    if (site->gmt_offset)
        return text_copy(span_of(site->gmt_offset));
    time_t now = site_now(site);
    struct tm tm;
    localtime_r(&now, &tm);
    return text_format("%g", (double)tm.tm_gmtoff / 3600);
}

/* Is `key` one of the comma-separated `fields`? All are when none are asked for. */
static bool field_wanted(struct span key, const char *fields)
{
    if (!fields || !*fields || span_is(key, "_links"))
        return true;
    while (*fields) {
        struct span field = {fields, strcspn(fields, ",")};
        if (field.n == key.n && memcmp(field.p, key.p, key.n) == 0)
            return true;
        fields += field.n + (fields[field.n] == ',');
    }
    return false;
}

static char *narrowed(const char *object, const char *fields)
{
    char *wanted = text_copy(span_of("{}"));
    struct span key, value;
    for (size_t at = 0; json_member(span_of(object), &at, &key, &value);) {
        char *name = text_copy(key);
        if (field_wanted(key, fields))
            set_member(&wanted, name, text_copy(value));
        free(name);
    }
    return wanted;
}

static void answer_index(const struct request *request, struct answer *answer)
{
    const struct site *site = request->site;
    size_t size;
    char *text = text_read(site->options.fixtures, "wp_index_fields.json", &size);
    char *index = json_php(span_of(text ? text : "{}"));
    char *authorize = text_format("%s/wp-admin/authorize-application.php", site->home);
    free(text);
    set_member(&index, "home", json_text(site->home));
    set_member(&index, "gmt_offset", gmt_offset(site));
    set_member(&index, "timezone_string", json_text(site->zone));
    if (site->namespaces)
        set_member(&index, "namespaces", text_copy(span_of(site->namespaces)));
    if (site->no_application_passwords)
        set_member(&index, "authentication", text_copy(span_of("[]")));
    else
        set_member(&index, "authentication.application-passwords.endpoints.authorization",
                   json_text(authorize));
    free(authorize);
    answer_json(answer, 200, narrowed(index, request_argument(request, "_fields")));
    free(index);
}

/* White space in an application password does not matter. */
static bool same_password(const char *a, const char *b)
{
    for (;;) {
        while (isspace((unsigned char)*a))
            a++;
        while (isspace((unsigned char)*b))
            b++;
        if (*a != *b)
            return false;
        if (!*a)
            return true;
        a++;
        b++;
    }
}

static bool authorized(const struct request *request)
{
    const struct site *site = request->site;
    char *user, *password;
    if (site->no_application_passwords || !request_credentials(request, &user, &password))
        return false;
    bool known = !site->options.user || strcmp(user, site->options.user) == 0 ||
                 strcmp(user, "api@example.test") == 0;
    bool right =
        known && (!site->options.password ? *password != '\0'
                                          : same_password(password, site->options.password));
    free(user);
    free(password);
    return right;
}

static bool plugin_active(const struct site *site)
{
    return !site->namespaces || strstr(site->namespaces, "\"fluent-support\\/v2\"");
}

/* The recording of the refusal that this request meets; NULL when it is served. */
static const char *refusal(const struct request *request, const struct target *target)
{
    const struct site *site = request->site;
    enum route route = target->route;
    bool get = !strcmp(request->method, "GET") || !strcmp(request->method, "HEAD");
    bool fits = route == ROUTE_CHANGE ? !strcmp(request->method, change_method(target->call)) : get;
    if (!plugin_active(site))
        return "err_plugin_deactivated";
    if (route == ROUTE_UNKNOWN)
        return "err_unknown_route";
    if (!fits)
        return "err_wrong_method";
    if (!authorized(request))
        return request_header(request, "Authorization") ? "err_wrong_password" : "err_no_auth";
    if (route != ROUTE_ME && strcmp(site->me, "me_subscriber") == 0)
        return "err_no_fs_permission_subscriber";
    return NULL;
}

/* WordPress reads a body as JSON if its type says that it is. */
static struct span body_of(const struct request *request)
{
    const char *type = request_header(request, "Content-Type");
    bool json = type && strncmp(type, "application/json", strlen("application/json")) == 0;
    return json ? (struct span){request->upload.p, request->upload.n} : span_of("");
}

static void answer_me(const struct site *site, struct answer *answer)
{
    answer_recorded(answer, site->options.fixtures, site->me, site->home);
    struct span permissions = json_get(span_of(answer->body), "permissions");
    if (site->activity.access == ACTIVITY_REFUSED || permissions.n < 3)
        return;
    char *more =
        text_format("%.*s,\"fst_view_activity_logs\"]", (int)permissions.n - 1, permissions.p);
    char *body = json_set(span_of(answer->body), "permissions", span_of(more));
    free(more);
    answer_json(answer, 200, body);
}

static void answer_rest(struct request *request, struct target target, struct answer *answer)
{
    struct site *site = request->site;
    const char *refused = refusal(request, &target);
    if (refused)
        answer_recorded(answer, site->options.fixtures, refused, site->home);
    else if (target.route == ROUTE_ME)
        answer_me(site, answer);
    else if (target.route == ROUTE_ACTIVITY)
        activity_answer(site, request, answer);
    else if (target.route == ROUTE_TICKET)
        single_answer(site, request, target.number, answer);
    else if (target.route == ROUTE_CHANGE)
        change_answer(site, &(struct change){target.call, target.number, body_of(request)}, answer);
    else
        list_answer(site, request, answer);
}

static void answer_target(struct request *request, struct target target, struct answer *answer)
{
    switch (target.route) {
    case ROUTE_INDEX:
        if (request->site->private_index && !authorized(request))
            answer_recorded(answer, request->site->options.fixtures, "err_no_auth",
                            request->site->home);
        else
            answer_index(request, answer);
        break;
    case ROUTE_FRONT:
        answer_html(answer, 200);
        break;
    case ROUTE_REDIRECT:
        answer_redirect(request, answer);
        break;
    case ROUTE_NOT_FOUND:
        answer_html(answer, 404);
        break;
    default:
        answer_rest(request, target, answer);
    }
}

/* The headers that a fault's command asks for; null removes one. */
static void add_headers(struct answer *answer, struct span command)
{
    struct span headers = json_get(command, "headers"), key, value;
    for (size_t at = 0; json_member(headers, &at, &key, &value);) {
        char *name = text_copy(key);
        answer_header(answer, name, json_get_string(headers, name));
        free(name);
    }
}

static void answer_status(struct answer *answer, struct span command)
{
    char *body = json_get_string(command, "body"), *type = json_get_string(command, "content_type");
    answer_json(answer, (unsigned)json_get_int(command, "status", 500),
                body ? body : text_copy(span_of("")));
    if (type)
        answer_header(answer, "Content-Type", type);
}

/* An answer planned instead of the route's own; false when there is none. */
static bool answer_planned(const struct request *request, struct answer *answer)
{
    const struct site *site = request->site;
    const struct planned *slot = &request->plan.slot[SLOT_ANSWER];
    if (!slot->command)
        return false;
    struct span command = span_of(slot->command);
    if (slot->kind == FAULT_REPLAY) {
        char *name = json_get_string(command, "name");
        answer_recorded(answer, site->options.fixtures, name ? name : "", site->home);
        free(name);
    } else if (slot->kind == FAULT_STATUS) {
        answer_status(answer, command);
    } else {
        answer_html(answer, 200);
    }
    add_headers(answer, command);
    return true;
}

/* One ticket spoils every list that it is on. */
static void spoil(const struct request *request, struct answer *answer)
{
    struct span command = planned(&request->plan, FAULT_SPOIL);
    char *item = text_format("{\"id\":%" PRId64 ",\"customer_id\"", json_get_int(command, "id", 0));
    if (command.p && answer->body && strstr(answer->body, item))
        answer_status(answer, command);
    free(item);
}

/* The answer that a cache in front has stored, with the headers by which it says so. */
static bool answer_cached(const struct request *request, struct answer *answer)
{
    struct span command = planned(&request->plan, FAULT_CACHE);
    if (!command.p || !cache_find(&request->site->cache, request->uri, command, answer))
        return false;
    add_headers(answer, command);
    return true;
}

static void keep_answer(const struct request *request, const struct answer *answer)
{
    struct span command = planned(&request->plan, FAULT_CACHE);
    if (command.p)
        cache_keep(&request->site->cache, request->uri, command, answer);
}

/* The Date header, and the faults that spoil whatever is answered. */
static void dress(const struct request *request, struct answer *answer)
{
    const struct fault_plan *plan = &request->plan;
    struct span date = planned(plan, FAULT_DATE);
    char *prefix = json_get_string(planned(plan, FAULT_PREFIX), "text");
    char *suffix = json_get_string(planned(plan, FAULT_SUFFIX), "text");
    time_t now = site_now(request->site);
    struct tm tm;
    char text[64];

    strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&now, &tm));
    answer_header(answer, "Date",
                  date.p ? json_get_string(date, "value") : text_copy(span_of(text)));
    if (planned(plan, FAULT_WRONG_TYPE).p) {
        char *type = json_get_string(planned(plan, FAULT_WRONG_TYPE), "content_type");
        answer_header(answer, "Content-Type", type ? type : text_copy(span_of("text/plain")));
    }
    if (planned(plan, FAULT_BOMB).p)
        answer_header(answer, "Content-Encoding", text_copy(span_of("gzip")));
    if (prefix || suffix)
        answer_wrap(answer, prefix, suffix);
    free(prefix);
    free(suffix);
}

/* Is the request obeyed though its answer is another one? */
static bool obeys(const struct request *request)
{
    const char *command = request->plan.slot[SLOT_ANSWER].command;
    return command && json_is_true(json_get(span_of(command), "obeyed"));
}

bool api_keep(struct request *request)
{
    struct site *site = request->site;
    struct target target = find_target(site, request);
    bool kept = planned(&request->plan, FAULT_LATER).p && target.route == ROUTE_CHANGE;
    pthread_mutex_lock(&site->lock);
    if (kept)
        change_keep(site, &(struct change){target.call, target.number, body_of(request)});
    pthread_mutex_unlock(&site->lock);
    free(target.number);
    return kept;
}

enum route api_route(const struct request *request)
{
    struct target target = find_target(request->site, request);
    free(target.number);
    return target.route;
}

void api_answer(struct request *request, struct answer *answer)
{
    struct site *site = request->site;
    pthread_mutex_lock(&site->lock);
    struct target target = find_target(site, request);
    if (!answer_cached(request, answer)) {
        if (obeys(request))
            answer_target(request, target, answer);
        if (!answer_planned(request, answer))
            answer_target(request, target, answer);
        spoil(request, answer);
        keep_answer(request, answer);
    }
    dress(request, answer);
    pthread_mutex_unlock(&site->lock);
    free(target.number);
}

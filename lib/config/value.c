/* value: checks the text of each type of value, and stores it. */
#include "config/value.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "base/url.h"
#include "base/zone.h"
#include "config/url.h"
#include "core/pace.h"
#include "core/plan.h"
#include "model/row.h"

static const char DIGITS[] = "0123456789";
static const char WORD[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";

enum {
    COLUMN_NAME_MAX = 64,
    SITE_KEY_MAX = 32,
    SHOWN_CELLS = 60,
    PATH_NAME_MAX = 127,
    FOLDED_MAX = 16384 /* a key that fits in a line; folding may make it longer */
};

/* false: the value is not what config_expects says, and there is nothing more to say about it. */
typedef bool parser(const struct config_value *v);

void *config_place(const struct config_value *v)
{
    return (char *)v->config + v->key->offset;
}

bool config_is_quoted(const char *text)
{
    size_t n = strlen(text);
    return n > 1 && (*text == '"' || *text == '\'') && text[n - 1] == *text;
}

/* Adds a problem with this value that names its key. Returns true: there is nothing more to say. */
static bool __attribute__((format(printf, 2, 3)))
refuse(const struct config_value *v, const char *format, ...)
{
    struct buf text;
    buf_init(&text, SIZE_MAX / 2);
    if (v->mailbox) {
        buf_printf(&text, "[mailbox.%" PRId64 "] %s", v->mailbox, v->name);
    } else {
        buf_printf(&text, "[%s] ", v->section);
        text_show(&text, v->name, strlen(v->name), SHOWN_CELLS);
    }
    buf_putc(&text, ' ');
    va_list args;
    va_start(args, format);
    buf_vprintf(&text, format, args);
    va_end(args);
    if (v->text && config_is_quoted(v->text))
        buf_puts(&text, "; the quotes are a part of the value");
    if (text.failed)
        v->problems->no_memory = true;
    else
        config_problem(v->problems, &v->origin, "%s", buf_text(&text));
    buf_release(&text);
    return true;
}

static bool has_control(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            return true;
    return false;
}

/* Stores a copy; "" becomes NULL. */
static bool put_text(const struct config_value *v, const char *text)
{
    char **to = config_place(v);
    free(*to);
    *to = *text ? strdup(text) : NULL;
    if (*text && !*to)
        v->problems->no_memory = true;
    return true;
}

static bool parse_text(const struct config_value *v)
{
    return has_control(v->text) ? refuse(v, "contains a control character") : put_text(v, v->text);
}

static bool parse_file(const struct config_value *v)
{
    struct stat status;
    int fd = *v->text ? open(v->text, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) : -1;
    if (*v->text && fd < 0)
        return refuse(v, "cannot be read: %s", strerror(errno));
    bool regular = fd < 0 || (fstat(fd, &status) == 0 && S_ISREG(status.st_mode));
    if (fd >= 0)
        close(fd);
    return regular ? parse_text(v) : refuse(v, "is not a regular file");
}

/* No message shows the text: there may be a password in it. */
static bool parse_url(const struct config_value *v)
{
    char *url = NULL;
    const char *why = *v->text ? config_url(v->text, &url) : NULL;
    if (why)
        return refuse(v, "%s", why);
    if (*v->text && !url)
        v->problems->no_memory = true;
    put_text(v, url ? url : "");
    free(url);
    return true;
}

static bool parse_path(const struct config_value *v, const char *end)
{
    size_t n = strlen(v->text), least = strlen(end);
    if (n > 0 && (v->text[0] != '/' || n <= least || strcmp(v->text + n - least, end) != 0))
        return false;
    return parse_text(v);
}

/* The node exporter silently ignores files with other names. */
static bool parse_textfile(const struct config_value *v)
{
    return parse_path(v, ".prom");
}

/* A browser shows other files as text. */
static bool parse_page(const struct config_value *v)
{
    return parse_path(v, ".html");
}

static bool parse_ping_url(const struct config_value *v)
{
    const char *why = *v->text ? config_ping_url(v->text) : NULL;
    return why ? refuse(v, "%s", why) : put_text(v, v->text);
}

static bool parse_username(const struct config_value *v)
{
    if (strchr(v->text, ':'))
        return refuse(v, "must not contain a `:`: HTTP Basic authentication does not allow one");
    return parse_text(v);
}

/* Not shown either: a proxy's address may contain a password. */
static bool parse_proxy(const struct config_value *v)
{
    if (has_control(v->text) || strchr(v->text, ' '))
        return refuse(v, "contains a character that no address has");
    return put_text(v, v->text);
}

/* Calls `item` for each comma-separated piece, without the white space around it. An empty text is
 * an empty list; false when a piece is empty or was refused. */
static bool each_item(const struct config_value *v,
                      bool (*item)(const struct config_value *v, const char *text))
{
    static const char SPACE[] = " \t";
    char *copy = strdup(v->text), *rest = copy;
    if (!copy) {
        v->problems->no_memory = true;
        return true;
    }
    bool ok = true;
    while (ok && *v->text && rest) {
        char *piece = strsep(&rest, ",");
        piece += strspn(piece, SPACE);
        size_t n = strlen(piece);
        while (n > 0 && strchr(SPACE, piece[n - 1]))
            piece[--n] = '\0';
        ok = n > 0 && item(v, piece);
    }
    free(copy);
    return ok;
}

static bool is_host(const struct config_value *v, const char *text)
{
    (void)v;
    return !has_control(text) && !strpbrk(text, " \t");
}

static bool parse_hosts(const struct config_value *v)
{
    return each_item(v, is_host) && put_text(v, v->text);
}

static bool parse_site_key(const struct config_value *v)
{
    char **to = config_place(v);
    size_t n = strspn(v->text, WORD);
    while (v->text[n] == '-' || v->text[n] == '.')
        n += 1 + strspn(v->text + n + 1, WORD);
    if (v->text[n] || n > SITE_KEY_MAX)
        return false;
    free(*to);
    *to = strdup(v->text);
    v->problems->no_memory |= !*to;
    return true;
}

static bool parse_timezone(const struct config_value *v)
{
    struct error error = ERROR_INIT;
    struct zone *zone = NULL;
    if (strcmp(v->text, "site") != 0 && zone_open(&zone, v->text, &error) < 0)
        return error.code == ERR_USAGE && refuse(v, "%s", error.message);
    zone_close(zone);
    return put_text(v, v->text);
}

/* Only decimal digits, and at most `maximum`. */
static bool whole_number(const char *text, int64_t maximum, int64_t *number)
{
    size_t n = strspn(text, DIGITS);
    if (n == 0 || text[n])
        return false;
    errno = 0;
    *number = strtoll(text, NULL, 10);
    return errno == 0 && *number <= maximum;
}

static bool parse_int(const struct config_value *v)
{
    int64_t number;
    if (!whole_number(v->text, v->key->maximum, &number) || number < v->key->minimum)
        return false;
    *(int *)config_place(v) = (int)number;
    return true;
}

static bool parse_page_size(const struct config_value *v)
{
    struct config_page_size *size = config_place(v);
    int64_t number;
    if (strcasecmp(v->text, "auto") == 0)
        *size = (struct config_page_size){PACE_BEGIN, PACE_MOST};
    else if (whole_number(v->text, v->key->maximum, &number) && number >= v->key->minimum)
        *size = (struct config_page_size){(int)number, (int)number};
    else
        return false;
    return true;
}

static bool parse_rate(const struct config_value *v)
{
    if (strcasecmp(v->text, "unlimited") != 0)
        return parse_int(v);
    *(int *)config_place(v) = 0;
    return true;
}

static const struct unit {
    char letter;
    int seconds;
} UNITS[] = {{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}};

bool config_duration(const char *text, int64_t *seconds)
{
    static const int64_t MOST = INT64_C(3650) * 86400;
    size_t n = strspn(text, DIGITS);
    if (n == 0 || n > 15 || (text[n] && text[n + 1]))
        return false;
    int64_t number = strtoll(text, NULL, 10), unit = text[n] ? 0 : 1;
    for (size_t i = 0; i < sizeof UNITS / sizeof *UNITS; i++)
        if (UNITS[i].letter == text[n])
            unit = UNITS[i].seconds;
    if (unit == 0 || number > MOST / unit)
        return false;
    *seconds = number * unit;
    return true;
}

bool config_limit(const char *text, struct config_limit *limit)
{
    char digits[32];
    size_t n = strspn(text, DIGITS);
    bool percent = text[n] == '%';
    int64_t number;
    if (n >= sizeof digits || text[n + percent])
        return false;
    snprintf(digits, sizeof digits, "%.*s", (int)n, text);
    if (!whole_number(digits, percent ? 100 : INT64_MAX, &number))
        return false;
    *limit = (struct config_limit){.number = number, .percent = percent};
    return true;
}

static bool duration_within(const struct config_key *key, const char *text, int64_t *seconds)
{
    return config_duration(text, seconds) && *seconds >= key->minimum && *seconds <= key->maximum;
}

static bool parse_duration(const struct config_value *v)
{
    int64_t seconds;
    if (!duration_within(v->key, v->text, &seconds))
        return false;
    *(int *)config_place(v) = (int)seconds;
    return true;
}

/* A duration, behind which may stand ", at once". */
static bool every_within(const struct config_value *v, int64_t *seconds, bool *at_once)
{
    char text[64];
    snprintf(text, sizeof text, "%s", v->text);
    char *comma = strchr(text, ','), *end = text + strcspn(text, " ,");
    *at_once = comma != NULL;
    if (comma && strcasecmp(comma + 1 + strspn(comma + 1, " "), "at once") != 0)
        return false;
    if (comma)
        *end = '\0';
    return duration_within(v->key, text, seconds);
}

static bool parse_every(const struct config_value *v)
{
    int64_t seconds;
    bool at_once = true;
    if (strcasecmp(v->text, "always") == 0)
        seconds = PLAN_EVERY_RUN;
    else if (strcasecmp(v->text, "never") == 0)
        seconds = PLAN_NEVER;
    else if (!every_within(v, &seconds, &at_once))
        return false;
    *(struct config_every *)config_place(v) = (struct config_every){seconds, at_once};
    return true;
}

static bool parse_limit(const struct config_value *v)
{
    return config_limit(v->text, config_place(v));
}

/* The position of `text` in "a|b|c", whatever its case; -1: it is not there. `*name` is where the
 * list has it. */
static int choice(const char *choices, const char *text, const char **name)
{
    size_t n = strlen(text);
    int position = 0;
    for (const char *at = choices;; position++) {
        size_t len = strcspn(at, "|");
        *name = at;
        if (len == n && strncasecmp(at, text, n) == 0)
            return position;
        if (!at[len])
            return -1;
        at += len + 1;
    }
}

static bool parse_bool(const struct config_value *v)
{
    const char *name;
    int position = choice("no|yes|false|true|off|on|0|1", v->text, &name);
    if (position < 0)
        return false;
    *(bool *)config_place(v) = position % 2 == 1;
    return true;
}

static bool parse_choice(const struct config_value *v)
{
    const char *name;
    int position = choice(v->key->choices, v->text, &name);
    _Static_assert(sizeof(enum mapping_raw) == sizeof position, "an enum is stored as an int");
    if (position >= 0)
        memcpy(config_place(v), &position, sizeof position);
    return position >= 0;
}

static bool add_choice(const struct config_value *v, const char *text)
{
    const char *name;
    int position = choice(v->key->choices, text, &name);
    if (position >= 0)
        *(unsigned *)config_place(v) |= 1U << position;
    return position >= 0;
}

static bool parse_set(const struct config_value *v)
{
    *(unsigned *)config_place(v) = 0;
    return each_item(v, add_choice);
}

/* As a browser sends it (RFC 6454 7). */
static bool is_origin(const struct config_value *v, const char *text)
{
    (void)v;
    struct url url = url_split(text);
    return (url_has_scheme(&url, "https") || url_has_scheme(&url, "http")) && url.host.length > 0 &&
           !url.user.length && !url.path.length && !url.tail.length && !has_control(text) &&
           !strpbrk(text, " \t");
}

static bool parse_origins(const struct config_value *v)
{
    return each_item(v, is_origin) && put_text(v, v->text);
}

static bool parse_day(const struct config_value *v)
{
    if (!zone_is_day(v->text))
        return false;
    memcpy(config_place(v), v->text, DAY_SIZE);
    return true;
}

bool config_mailbox_id(const char *text, int64_t *id)
{
    return *text != '0' && whole_number(text, INT32_MAX, id);
}

static bool too_many_mailboxes(const struct config_value *v)
{
    return refuse(v, "is one mailbox too many: at most %d can have rules", SCOPE_MAILBOXES_MAX);
}

static bool list_mailbox(const struct config_value *v, const char *text)
{
    int64_t id;
    if (!config_mailbox_id(text, &id))
        return false;
    struct scope_mailbox *mailbox = scope_mailbox(&v->config->scope, id);
    if (!mailbox)
        return too_many_mailboxes(v);
    mailbox->listed = true;
    v->config->scope.all_mailboxes = false;
    return true;
}

static bool parse_mailboxes(const struct config_value *v)
{
    struct scope *scope = &v->config->scope;
    for (size_t i = 0; i < scope->count; i++)
        scope->mailboxes[i].listed = false;
    return each_item(v, list_mailbox);
}

static bool parse_mailbox_day(const struct config_value *v)
{
    struct scope_mailbox *mailbox = scope_mailbox(&v->config->scope, v->mailbox);
    if (!mailbox)
        return too_many_mailboxes(v);
    if (!zone_is_day(v->text))
        return false;
    if (mailbox->since[0])
        return refuse(v, "is given a second time");
    memcpy(mailbox->since, v->text, DAY_SIZE);
    return true;
}

static bool same_folded(const char *left, const char *right)
{
    struct buf a, b;
    buf_init(&a, FOLDED_MAX);
    buf_init(&b, FOLDED_MAX);
    text_fold(&a, left, strlen(left));
    text_fold(&b, right, strlen(right));
    bool same = strcmp(buf_text(&a), buf_text(&b)) == 0;
    buf_release(&a);
    buf_release(&b);
    return same;
}

/* Adds a pair, unless its key is there already, whatever its case. `value` may be NULL. */
static bool add_pair(const struct config_value *v, struct mapping_pairs *pairs, const char *key,
                     const char *value)
{
    for (size_t i = 0; i < pairs->count; i++)
        if (same_folded(pairs->items[i].key, key))
            return refuse(v, "is given a second time");
    struct mapping_pair *items = realloc(pairs->items, (pairs->count + 1) * sizeof *items);
    struct mapping_pair pair = {
        .key = strdup(key), .value = value ? strdup(value) : NULL, .line = v->origin.line};
    pairs->items = items ? items : pairs->items;
    if (items && pair.key && (pair.value || !value)) {
        pairs->items[pairs->count++] = pair;
        return true;
    }
    free(pair.key);
    free(pair.value);
    v->problems->no_memory = true;
    return true;
}

static bool put_pair(const struct config_value *v, const char *key, const char *value)
{
    return add_pair(v, config_place(v), key, value);
}

enum { URGENCY_SIZE = 16 };

/* The urgency as the column has it; false: it is none. */
static bool is_urgency(const struct config_value *v, const char *text, char urgency[URGENCY_SIZE])
{
    const char *name;
    if (choice(v->key->choices, text, &name) < 0)
        return false;
    snprintf(urgency, URGENCY_SIZE, "%.*s", (int)strcspn(name, "|"), name);
    return true;
}

static bool parse_urgency_pair(const struct config_value *v)
{
    char value[URGENCY_SIZE];
    return is_urgency(v, v->text, value) && put_pair(v, v->name, value);
}

static bool fits(const struct config_value *v, const char *text)
{
    return *text && !has_control(text) &&
           text_length(text, strlen(text)) <= (size_t)v->key->maximum;
}

/* fluent_tickets.priority is a VARCHAR(20). */
static bool parse_push_priority(const struct config_value *v)
{
    char urgency[URGENCY_SIZE];
    if (!is_urgency(v, v->name, urgency))
        return refuse(v, "is no urgency: there are LOW, MEDIUM, HIGH and PROMOTION");
    return fits(v, v->text) ? put_pair(v, urgency, v->text)
                            : refuse(v, "must be a priority of the site, at most %d characters",
                                     (int)v->key->maximum);
}

static bool parse_push_product(const struct config_value *v)
{
    int64_t id;
    if (!fits(v, v->name))
        return refuse(v, "is no category");
    return *v->text != '0' && whole_number(v->text, INT32_MAX, &id) &&
           put_pair(v, v->name, v->text);
}

/* requests.category is a VARCHAR(50). */
static bool is_category(const struct config_value *v)
{
    return fits(v, v->text);
}

static bool parse_category_pair(const struct config_value *v)
{
    return is_category(v) && put_pair(v, v->name, v->text);
}

static bool parse_mailbox_category(const struct config_value *v)
{
    char id[24];
    snprintf(id, sizeof id, "%" PRId64, v->mailbox);
    return is_category(v) && put_pair(v, id, v->text);
}

/* "customer.email": names of fewer than 128 bytes each, with dots between them. */
static bool is_path(const char *text)
{
    if (has_control(text) || strpbrk(text, " \"'"))
        return false;
    for (;;) {
        size_t n = strcspn(text, ".");
        if (n == 0 || n > PATH_NAME_MAX)
            return false;
        if (!text[n])
            return true;
        text += n + 1;
    }
}

static bool is_column_name(const char *name)
{
    size_t n = strspn(name, WORD);
    return n > 0 && n <= COLUMN_NAME_MAX && !name[n];
}

/* Is the column filled whatever the rules say? */
static bool is_taken(const struct config_value *v)
{
    static const char REQUESTS[] = "id|month|request_type|status|source|created_at|updated_at";
    const char *name;
    if (config_place(v) == &v->config->mapping.fields)
        return choice(REQUESTS, v->name, &name) >= 0;
    for (size_t c = 0; c < TICKET_COLUMNS; c++)
        if (strcasecmp(ticket_column_table[c].name, v->name) == 0)
            return true;
    return choice(TICKET_OWN_COLUMNS, v->name, &name) >= 0;
}

/* How many columns there are beside the five that are always filled. */
static int64_t count_further(const struct mapping_pairs *pairs)
{
    int64_t count = 0;
    for (size_t i = 0; i < pairs->count; i++)
        count += request_built_in(pairs->items[i].key) == REQUEST_BUILT_IN;
    return count;
}

static bool parse_rule(const struct config_value *v)
{
    if (!is_column_name(v->name))
        return refuse(v, "is not the name of a column");
    if (is_taken(v))
        return refuse(v, "is a column that is filled in another way");
    if (request_built_in(v->name) == REQUEST_BUILT_IN &&
        count_further(config_place(v)) >= v->key->maximum)
        return refuse(v, "is one column too many: at most %d can be mapped", (int)v->key->maximum);
    return *v->text ? put_pair(v, v->name, v->text) : refuse(v, "has no rule");
}

/* The lines of the section that the value stands in; NULL: it is one too many, or there is no
 * memory. */
static struct mapping_pairs *section_lines(const struct config_value *v)
{
    struct mapping *m = &v->config->mapping;
    const char *name = v->section + strlen("map.");
    for (size_t i = 0; i < m->section_count; i++)
        if (strcmp(m->sections[i].name, name) == 0)
            return &m->sections[i].lines;
    if (m->section_count == MAPPING_SECTIONS_MAX)
        return NULL;
    struct mapping_section *sections =
        realloc(m->sections, (m->section_count + 1) * sizeof *sections);
    char *copy = strdup(name);
    m->sections = sections ? sections : m->sections;
    v->problems->no_memory |= !sections || !copy;
    if (!sections || !copy) {
        free(copy);
        return NULL;
    }
    sections[m->section_count] = (struct mapping_section){.name = copy};
    return &sections[m->section_count++].lines;
}

static bool parse_lookup_pair(const struct config_value *v)
{
    struct mapping_pairs *lines = section_lines(v);
    if (!lines && !v->problems->no_memory)
        return refuse(v, "is in one section too many: at most %d [map.NAME] can be there",
                      MAPPING_SECTIONS_MAX);
    if (has_control(v->text))
        return refuse(v, "contains a control character");
    return !lines || add_pair(v, lines, v->name, v->text);
}

static bool drop_path(const struct config_value *v, const char *text)
{
    const char *name;
    if (choice("id|created_at|updated_at", text, &name) >= 0)
        return refuse(v, "must not contain %s: nothing works without it", text);
    return is_path(text) && put_pair(v, text, NULL);
}

static bool parse_paths(const struct config_value *v)
{
    return each_item(v, drop_path);
}

static const struct {
    parser *parse;
    const char *expects;
    bool text; /* a char * of its own */
} TYPES[] = {
    [TYPE_TEXT] = {parse_text, NULL, true},
    [TYPE_FILE] = {parse_file, "a file", true},
    [TYPE_TEXTFILE] = {parse_textfile, "a path from / on that ends in .prom", true},
    [TYPE_PAGE] = {parse_page, "a path from / on that ends in .html", true},
    [TYPE_PING_URL] = {parse_ping_url, "https or http", true},
    [TYPE_URL] = {parse_url, "https, or http to this machine or with allow_http = yes", true},
    [TYPE_USERNAME] = {parse_username, NULL, true},
    [TYPE_PROXY] = {parse_proxy, NULL, true},
    [TYPE_HOSTS] = {parse_hosts, "names or addresses with commas between them", true},
    [TYPE_SITE_KEY] = {parse_site_key, "at most 32 of A-Z a-z 0-9 _ - .", true},
    [TYPE_TIMEZONE] = {parse_timezone, "site, UTC or Area/City", true},
    [TYPE_INT] = {parse_int, "a whole number", false},
    [TYPE_RATE] = {parse_rate, "`unlimited` or a whole number", false},
    [TYPE_PAGE_SIZE] = {parse_page_size, "`auto` or a whole number", false},
    [TYPE_DURATION] = {parse_duration, "a duration such as 90s, 15m, 24h or 2d", false},
    [TYPE_EVERY] = {parse_every,
                    "always, never, or a duration such as 90s, 15m, 24h or \"2d, at once\"", false},
    [TYPE_LIMIT] = {parse_limit, "a number such as 50, or a percentage such as 10%", false},
    [TYPE_BOOL] = {parse_bool, "yes or no", false},
    [TYPE_CHOICE] = {parse_choice, NULL, false},
    [TYPE_SET] = {parse_set, NULL, false},
    [TYPE_ORIGINS] = {parse_origins,
                      "addresses such as https://dashboard.example.com, without a path", true},
    [TYPE_DAY] = {parse_day, "a day, YYYY-MM-DD", false},
    [TYPE_MAILBOXES] = {parse_mailboxes, "ids such as 1, 3", false},
    [TYPE_PATHS] = {parse_paths, "paths such as customer.email, custom_fields", false},
    [TYPE_URGENCY_PAIR] = {parse_urgency_pair, NULL, false},
    [TYPE_CATEGORY_PAIR] = {parse_category_pair, "a text of at most 50 characters", false},
    [TYPE_LOOKUP_PAIR] = {parse_lookup_pair, NULL, false},
    [TYPE_PUSH_PRIORITY] = {parse_push_priority, NULL, false},
    [TYPE_PUSH_PRODUCT] = {parse_push_product, "the number of a product of the site", false},
    [TYPE_RULE] = {parse_rule, NULL, false},
    [TYPE_MAILBOX_DAY] = {parse_mailbox_day, "a day, YYYY-MM-DD", false},
    [TYPE_MAILBOX_CATEGORY] = {parse_mailbox_category, "a text of at most 50 characters", false},
    [TYPE_SECRET] = {NULL, NULL, false},
    [TYPE_SECRET_FILE] = {NULL, NULL, false},
    [TYPE_SECRET_COMMAND] = {NULL, NULL, false},
};

static void print_duration(struct buf *out, int64_t seconds)
{
    size_t i = seconds ? 0 : sizeof UNITS / sizeof *UNITS - 1; /* "0s" */
    while (seconds % UNITS[i].seconds)
        i++;
    buf_printf(out, "%" PRId64 "%c", seconds / UNITS[i].seconds, UNITS[i].letter);
}

void config_expects(const struct config_key *key, struct buf *out)
{
    if (TYPES[key->type].expects)
        buf_puts(out, TYPES[key->type].expects);
    for (const char *at = key->choices; at && *at; at++)
        if (*at != '|')
            buf_putc(out, *at);
        else
            buf_puts(out, strchr(at + 1, '|') ? ", " : " or ");
    if (key->type == TYPE_INT || key->type == TYPE_RATE || key->type == TYPE_PAGE_SIZE) {
        buf_printf(out, ", %" PRId64 " to %" PRId64, key->minimum, key->maximum);
    } else if (key->type == TYPE_DURATION || key->type == TYPE_EVERY) {
        buf_puts(out, ", ");
        print_duration(out, key->minimum);
        buf_puts(out, " to ");
        print_duration(out, key->maximum);
    }
}

void config_put(const struct config_value *v)
{
    if (TYPES[v->key->type].parse(v))
        return;
    struct buf expects, shown;
    buf_init(&expects, 256);
    buf_init(&shown, 1024);
    config_expects(v->key, &expects);
    text_show(&shown, v->text, strlen(v->text), SHOWN_CELLS);
    refuse(v, "must be %s, not \"%s\"", buf_text(&expects), buf_text(&shown));
    buf_release(&expects);
    buf_release(&shown);
}

static void free_pairs(struct mapping_pairs *pairs)
{
    for (size_t i = 0; i < pairs->count; i++) {
        free(pairs->items[i].key);
        free(pairs->items[i].value);
    }
    free(pairs->items);
    *pairs = (struct mapping_pairs){.count = 0};
}

static void free_sections(struct mapping *m)
{
    for (size_t i = 0; i < m->section_count; i++) {
        free(m->sections[i].name);
        free_pairs(&m->sections[i].lines);
    }
    free(m->sections);
    m->sections = NULL;
    m->section_count = 0;
}

void config_free_values(struct config *config)
{
    for (size_t i = 0; i < CONFIG_KEYS_COUNT; i++) {
        char **text = (char **)((char *)config + CONFIG_KEYS[i].offset);
        if (!TYPES[CONFIG_KEYS[i].type].text)
            continue;
        free(*text);
        *text = NULL;
    }
    free_pairs(&config->mapping.urgency);
    free_pairs(&config->mapping.category);
    free_pairs(&config->mapping.fields);
    free_pairs(&config->mapping.ticket_fields);
    free_sections(&config->mapping);
    free_pairs(&config->mapping.mailbox_category);
    free_pairs(&config->mapping.drop);
    free_pairs(&config->push.priority);
    free_pairs(&config->push.product);
    secret_release(&config->site.password);
    secret_release(&config->mysql.password);
    secret_release(&config->web.token);
    secret_release(&config->web.webhook_secret);
}

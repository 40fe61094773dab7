/* fuzz: what the fuzz targets demand of what they get back. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "base/zone.h"
#include "config/config.h"
#include "core/plan.h"

void fuzz_fail(const char *what, const char *file, int line)
{
    fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
    abort();
}

char *fuzz_copy(const uint8_t *data, size_t size)
{
    char *copy = malloc(size + 1);
    if (!copy)
        abort();
    if (size)
        memcpy(copy, data, size);
    copy[size] = '\0';
    return copy;
}

/* Texts */

void fuzz_text(const char *text, size_t n)
{
    DEMAND(text_valid(text, n));
}

static bool is_control(uint32_t c)
{
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029;
}

static bool reorders(uint32_t c)
{
    return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF;
}

static void each(const char *text, size_t n, const char *allowed, bool harmless)
{
    fuzz_text(text, n);
    for (size_t i = 0, step; i < n; i += step) {
        uint32_t c = text_next(text + i, &step);
        bool control = is_control(c) && (c == 0 || c >= 0x80 || !strchr(allowed, (int)c));
        DEMAND(!control);
        DEMAND(!harmless || !reorders(c));
    }
}

void fuzz_no_controls(const char *text, size_t n, const char *allowed)
{
    each(text, n, allowed, false);
}

void fuzz_harmless(const char *text, size_t n, const char *allowed)
{
    each(text, n, allowed, true);
}

/* Inputs */

uint8_t fuzz_byte(struct fuzz_input *in)
{
    return in->at < in->end ? *in->at++ : 0;
}

char *fuzz_line(struct fuzz_input *in)
{
    size_t left = (size_t)(in->end - in->at);
    const uint8_t *stop = left ? memchr(in->at, '\n', left) : NULL;
    size_t n = stop ? (size_t)(stop - in->at) : left;
    char *line = fuzz_copy(in->at, n);
    in->at += n + (stop != NULL);
    return line;
}

/* Configurations */

static void demand_scope(const struct scope *scope)
{
    struct buf printed;
    buf_init(&printed, 1 << 16);
    DEMAND(zone_is_day(scope->since));
    DEMAND(scope->count <= SCOPE_MAILBOXES_MAX);
    DEMAND(scope_print(scope, &printed) == 0);
    DEMAND(scope_within(scope, buf_text(&printed)));
    buf_release(&printed);
}

static void demand_optional(const char *text)
{
    if (text)
        fuzz_no_controls(text, strlen(text), "");
}

static void demand_pairs(const struct mapping_pairs *pairs)
{
    for (size_t i = 0; i < pairs->count; i++) {
        DEMAND(pairs->items[i].key != NULL);
        fuzz_text(pairs->items[i].key, strlen(pairs->items[i].key));
        demand_optional(pairs->items[i].value);
    }
}

static void demand_values(const struct config *c)
{
    struct error error = ERROR_INIT;
    struct zone *zone = NULL;
    DEMAND(!c->site.url || !strncmp(c->site.url, "https://", 8) ||
           !strncmp(c->site.url, "http://", 7));
    DEMAND(!c->site.url || c->site.url[strlen(c->site.url) - 1] != '/');
    demand_optional(c->site.url);
    demand_optional(c->site.user);
    DEMAND(!c->site.user || !strchr(c->site.user, ':'));
    demand_optional(c->site_key);
    DEMAND(c->site.connections >= 1 && c->site.connections <= 8);
    DEMAND(c->per_page.begin >= 1 && c->per_page.begin <= c->per_page.most &&
           c->per_page.most <= 10000);
    DEMAND(c->site.timeout_s > 0 && c->deadline_s > 0 && c->lease_s > 0);
    DEMAND(c->site.retries >= 0 && c->site.requests_per_second >= 0);
    DEMAND(c->full_every.seconds >= PLAN_NEVER);
    DEMAND(c->max_deletes.number >= 0);
    DEMAND(!c->max_deletes.percent || c->max_deletes.number <= 100);
    DEMAND(!strcmp(c->timezone, "site") || zone_open(&zone, c->timezone, &error) == 0);
    zone_close(zone);
    DEMAND(c->mysql.database && *c->mysql.database);
    demand_scope(&c->scope);
    demand_pairs(&c->mapping.urgency);
    demand_pairs(&c->mapping.category);
    demand_pairs(&c->mapping.fields);
    demand_pairs(&c->mapping.mailbox_category);
    demand_pairs(&c->mapping.drop);
}

static void demand_message(const struct error *error, const char *password)
{
    size_t n = strlen(error->message);
    DEMAND(error->code == ERR_USAGE);
    DEMAND(n > 0 && n < ERROR_MESSAGE_MAX);
    fuzz_no_controls(error->message, n, "\n");
    DEMAND(!strstr(error->message, password));
}

void fuzz_config(const void *file, size_t n, const char *const *environment, bool need_site,
                 const char *password)
{
    struct config config;
    struct error error = ERROR_INIT;
    char path[64];
    int fd = memfd_create("fluent-sync.ini", MFD_CLOEXEC);
    DEMAND(fd >= 0 && fchmod(fd, 0600) == 0 && write(fd, file, n) == (ssize_t)n);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    struct config_source source = {
        .file = path, .environment = environment, .need_site = need_site};
    if (config_load(&config, &source, &error) == 0) {
        demand_values(&config);
        DEMAND(!strstr(buf_text(&config.warnings), password));
        config_release(&config);
    } else {
        demand_message(&error, password);
    }
    close(fd);
}

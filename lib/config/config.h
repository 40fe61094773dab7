/* config: everything a run is told, from the INI file and the environment, checked. */
#ifndef FLUENT_SYNC_CONFIG_H
#define FLUENT_SYNC_CONFIG_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"
#include "core/scope.h"
#include "model/db_options.h"
#include "model/mapping.h"
#include "model/site_options.h"

enum config_deleted { DELETED_MARK, DELETED_HIDE };

/* A limit: a number of tickets, or a percentage of those stored. */
struct config_limit {
    int64_t number;
    bool percent;
};

/* Where the value of a key comes from; `origin` in words: "FILE:12", "$FLUENT_API_URL", ... */
struct config_setting {
    char *name;  /* "[fluent] per_page" */
    char *value; /* as it was given; "set" of a password, or a command that prints one */
    char *origin;
    bool built_in; /* the default */
};
struct config_settings {
    struct config_setting *items;
    size_t count;
};

struct config {
    char *file;         /* the file that was read; NULL: none, the environment was enough */
    unsigned file_mode; /* its permissions */
    struct config_settings settings; /* in the order of the table of keys */

    /* [fluent] */
    struct site_options site; /* without what whoever opens the site adds */
    struct scope scope;       /* date_filter, mailbox_ids, [mailbox.ID] date_filter */
    char *site_key;           /* "" when not set */
    int per_page;
    bool allow_http;

    /* [sync] */
    int64_t full_every_s; /* seconds, or PLAN_EVERY_RUN, PLAN_NEVER */
    int deadline_s, lease_s;
    char *timezone; /* "site", "UTC" or "Area/City" */
    bool overwrite_edits;
    enum config_deleted deleted;
    struct config_limit max_deletes;
    int keep_runs;

    struct db_options mysql;

    struct mapping mapping; /* [map.*], [mailbox.ID] category, [privacy] drop, [sync] raw_data */

    char *metrics_textfile; /* an absolute path; NULL: none */
    char *healthcheck_url;  /* NULL: none. Who has it can ping too: it is never shown */

    struct buf warnings; /* a line each, for the log; "" mostly */
};

/* Where to look; every text belongs to the caller, NULL where there is none. */
struct config_source {
    const char *file;               /* --config */
    const char *const *environment; /* "NAME=value", NULL-terminated, as environ is */
    bool need_site; /* false: the command works without [fluent] (status, migrate, ...) */
    /* When the program began, on the monotonic clock: with need_site the deadline counts from then,
     * also for commands that print passwords. 0: it counts for nothing here. */
    int64_t began_ms;
    const atomic_int *signal; /* as in struct limits; NULL: none is watched */
};

/*
 * Reads and checks everything. On -1 (ERR_USAGE) the message holds every error, a line each, with
 * file and line number where one applies, and `config` is released; nothing was contacted, though
 * an api_password_command may have been run. -1 also as limits_check, when the run had to end while
 * that ran. On 0 the caller owns `config` (config_release).
 * Search order: --config, $FLUENT_SYNC_CONFIG, $XDG_CONFIG_HOME/fluent-sync/fluent-sync.ini (else
 * ~/.config), /etc/fluent-sync/fluent-sync.ini; the first that exists alone.
 */
int config_load(struct config *config, const struct config_source *source, struct error *error);
void config_release(struct config *config);
/* Overwrites the passwords in the environment itself, which /proc shows: to be called once they are
 * loaded. Each becomes empty, and so counts as not set. */
void config_forget(char *const *environment);

/* Day from which on tickets count, from an option instead of `[fluent] date_filter`; the option's
 * name is the origin. -1 when there is no memory. */
int config_since(struct config *config, const char *day, const char *option, struct error *error);

/* "90", "90s", "15m", "24h", "2d" to seconds. false when it is none, or beyond 10 years. */
bool config_duration(const char *text, int64_t *seconds);
/* "10" or "10%": false when it is neither, or a percentage above 100. */
bool config_limit(const char *text, struct config_limit *limit);

/* Appends the name of the library in use and the version it was built with: "inih 55". */
void config_version(struct buf *out);

#endif

/* config: what the INI file and the environment tell a run, read and checked. */
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
#include "base/zone.h"
#include "core/conversation.h"
#include "core/rules.h"
#include "core/scope.h"
#include "model/db_options.h"
#include "model/mapping.h"
#include "model/push_options.h"
#include "model/site_options.h"
#include "model/web_options.h"

enum config_edits { EDITS_KEEP, EDITS_OVERWRITE, EDITS_ONCE };
enum config_deleted { DELETED_MARK, DELETED_HIDE };

/* How often all of the list is read. */
struct config_every {
    int64_t seconds; /* or PLAN_EVERY_RUN, PLAN_NEVER */
    bool at_once;    /* by a walk, not by a part of it in each run */
};

/* A limit: a number of tickets, or a percentage of those stored. */
struct config_limit {
    int64_t number;
    bool percent;
};

/* How many tickets a page of a full walk has: at first, and at most. */
struct config_page_size {
    int begin, most;
};

/* The value of a key, and in words where it comes from: "FILE:12", "$FLUENT_API_URL", ... */
struct config_setting {
    char *name;  /* "[fluent] per_page" */
    char *value; /* as it was given; "set" for a password, and for a command that prints one */
    char *origin;
    bool built_in; /* the default */
};
struct config_settings {
    struct config_setting *items;
    size_t count;
};

struct config {
    char *file;         /* the file that was read; NULL: none, as the environment was enough */
    unsigned file_mode; /* its permissions */
    struct config_settings settings; /* in the order of the table of keys */

    /* [fluent] */
    struct site_options site; /* without what whoever opens the site adds */
    struct scope scope;       /* date_filter, mailbox_ids, [mailbox.ID] date_filter, [scope] */
    char *site_key;           /* "" when not set */
    struct config_page_size per_page;
    bool allow_http;

    /* [sync] */
    struct config_every full_every;
    int deadline_s, lease_s;
    char *timezone; /* "site", "UTC" or "Area/City" */
    enum config_edits local_edits;
    enum config_deleted deleted_tickets;
    enum config_left { LEFT_KEEP, LEFT_HIDE } left; /* tickets that leave the scope */
    struct config_limit max_deletes;
    int keep_runs;
    enum conversation_mode conversations;
    int conversations_every_s; /* seconds */
    bool history;
    int keep_history_s; /* seconds */

    struct push_options push;

    struct db_options mysql;

    struct mapping mapping; /* [map.*], [mailbox.ID] category, [privacy] drop, [sync] raw_data */

    struct web_options web;
    struct rules *rules; /* of this mapping */

    char *metrics_textfile; /* an absolute path; NULL: none */
    char *report_file;      /* likewise */
    char *healthcheck_url;  /* NULL: none. It is never shown: whoever knows it can ping */

    struct buf warnings; /* for the log, a line each */
};

/* Where to look. Texts belong to the caller; they are NULL where there is none. */
struct config_source {
    const char *file; /* --config */
    const char *text; /* what the file is to hold, which is then not read; NULL: it is read */
    bool partial;     /* what is required may be missing: it is still being asked for */
    const char *const *environment; /* "NAME=value", NULL-terminated, as environ is */
    bool need_site; /* false: the command works without [fluent] (status, migrate, ...) */
    bool for_web;   /* the command takes the secrets of [web] */
    /* When the program began, on the monotonic clock. With need_site the deadline counts from then,
     * for commands that print passwords too. 0: there is no deadline while loading. */
    int64_t began_ms;
    const struct limits_signal *signal; /* as in struct limits; NULL: none is watched */
};

/*
 * Reads and checks everything. On -1 (ERR_USAGE) the message holds every error, a line each, with
 * file and line number where one applies, and `config` is released; nothing was contacted, though
 * an api_password_command may have been run. -1 with the error of limits_check, when the run
 * had to end while such a command ran. On 0 the caller owns `config` (config_release).
 * Search order: --config, $FLUENT_SYNC_CONFIG, $XDG_CONFIG_HOME/fluent-sync/fluent-sync.ini (else
 * ~/.config), /etc/fluent-sync/fluent-sync.ini; only the first that exists is
 * read.
 */
int config_load(struct config *config, const struct config_source *source, struct error *error);
void config_release(struct config *config);
/* Overwrites the passwords in the environment itself, as /proc shows it. To be called once they are
 * loaded: each is empty afterwards, and so counts as not set. */
void config_forget(char *const *environment);

/* Puts `day` in the place of `[fluent] date_filter`, for a command that looks only. `option` is the
 * name of the option that gave it. -1 when there is no memory. */
int config_since(struct config *config, const char *day, const char *option, struct error *error);

/*
 * Since when, as people write it: a day, "today", "yesterday", an age such as "7d" or "12h", or a
 * date with a time as in RFC 3339. Writes the wall time in `zone`, when it is `now`: of a day its
 * beginning. false when it is none of these.
 */
bool config_moment(const char *text, const struct zone *zone, int64_t now,
                   char wall[ZONE_TEXT_SIZE]);
/* Adds a warning when a day has begun nowhere on Earth yet. `what` names where it was given. */
void config_warn_future(struct config *config, const char *what, const char *day);

/* "90", "90s", "15m", "24h", "2d" to seconds. false when it is no duration, or longer than 10
 * years. */
bool config_duration(const char *text, int64_t *seconds);
/* "10" or "10%": false when it is neither, or a percentage above 100. */
bool config_limit(const char *text, struct config_limit *limit);

/* Appends the name of the library in use and the version it was built with: "inih 55". */
void config_version(struct buf *out);

#endif

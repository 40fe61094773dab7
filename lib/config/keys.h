/* keys: the table of everything that can be configured. */
#ifndef FLUENT_SYNC_CONFIG_KEYS_H
#define FLUENT_SYNC_CONFIG_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How the text of a key is to be read; value.c has a parser for each type. */
enum config_type {
    TYPE_TEXT,
    TYPE_FILE, /* the path of a file that must be readable */
    TYPE_TEXTFILE,
    TYPE_PAGE,
    TYPE_URL,
    TYPE_PING_URL,
    TYPE_USERNAME,
    TYPE_PROXY,
    TYPE_HOSTS,
    TYPE_SITE_KEY,
    TYPE_TIMEZONE,
    TYPE_INT,
    TYPE_RATE,      /* int, or `unlimited` */
    TYPE_PAGE_SIZE, /* struct config_page_size: a number, or `auto` */
    TYPE_DURATION,  /* int, seconds */
    TYPE_EVERY,     /* struct config_every: a duration, or `always`, `never` */
    TYPE_LIMIT,
    TYPE_BOOL,
    TYPE_CHOICE, /* an enum: the position among `choices` */
    TYPE_SET,    /* unsigned: a bit for each of the `choices` */
    TYPE_ORIGINS,
    TYPE_DAY,
    TYPE_MAILBOXES,
    TYPE_PATHS,
    TYPE_URGENCY_PAIR,
    TYPE_CATEGORY_PAIR,
    TYPE_LOOKUP_PAIR, /* of a section [map.NAME] of the user's own */
    TYPE_PUSH_PRIORITY,
    TYPE_PUSH_PRODUCT,
    TYPE_RULE, /* COLUMN = RULE; core/rules.h reads the rules, all of them at the end */
    TYPE_MAILBOX_DAY,
    TYPE_MAILBOX_CATEGORY,
    /* The three ways to give a password, which password.c reads. */
    TYPE_SECRET,
    TYPE_SECRET_FILE,
    TYPE_SECRET_COMMAND,
};

/* Which commands need it: none, those that ask the site, all of them. NEED_WEB: `cgi` and
 * `check` take it, and work without. */
enum config_need { NEED_NOT, NEED_SITE, NEED_ALWAYS, NEED_WEB };

/* A row of the table: all that is known about a key. */
struct config_key {
    const char *section; /* "mailbox.ID" stands for every mailbox, "map.NAME" for other lookups */
    const char *name;    /* "*": any */
    const char *environment, *legacy; /* FLUENT_*, and the replaced service's name; or NULL */
    const char *credential;           /* of a systemd service, which holds the value; or NULL */
    enum config_type type;
    enum config_need need;
    const char *initial; /* the default's text; NULL: not set */
    int64_t minimum, maximum;
    const char *choices; /* "keep|overwrite" */
    size_t offset;       /* in struct config */
    const char *doc;     /* one line, as in the example file */
};

extern const struct config_key CONFIG_KEYS[];
extern const size_t CONFIG_KEYS_COUNT;

/* Does the key give a password, in one of the three ways? */
bool config_key_is_secret(const struct config_key *key);
/* Are the two keys, by their position in CONFIG_KEYS, the same, or two ways to give the same
 * password? */
bool config_keys_are_alike(size_t left, size_t right);
/* Can it be given more than once: as lines of a [map.*], or in each [mailbox.ID]? */
bool config_key_is_repeated(const struct config_key *key);
/* Is it a section of names and values, whose names may hold anything? */
bool config_section_is_map(const char *section);
/* The key `name` of `section` ("mailbox.ID" for a mailbox's); `name` NULL: any key of the section.
 * Its position in CONFIG_KEYS, or CONFIG_KEYS_COUNT when there is none. */
size_t config_key_find(const char *section, const char *name);

#endif

/* config_private: what the files of the configuration share: keys, values, problems, bytes. */
#ifndef FLUENT_SYNC_CONFIG_PRIVATE_H
#define FLUENT_SYNC_CONFIG_PRIVATE_H

#include <sys/types.h>

#include "config/config.h"

/* Where a value stands: a line of the file (0: the file as a whole), or a variable. */
struct config_origin {
    const char *file;
    int line;
    const char *variable;
};

/* Everything that is wrong, a line each, as far as an error's message holds it. */
struct config_problems {
    struct buf text;
    size_t left_out;
    bool no_memory;
};

void config_problems_init(struct config_problems *problems);
void config_problems_release(struct config_problems *problems);
/* Adds "FILE:LINE: ...", "VARIABLE: ..." or, with `origin` NULL, the text alone. */
void config_problem(struct config_problems *problems, const struct config_origin *origin,
                    const char *format, ...) __attribute__((format(printf, 3, 4)));
/* 0 when there is none, else -1 with `error` set. */
int config_problems_error(const struct config_problems *problems, struct error *error);

/* What a key's text means; value.c has a parser for each. */
enum config_type {
    TYPE_TEXT,
    TYPE_FILE, /* the path of a file that must be readable */
    TYPE_TEXTFILE,
    TYPE_URL,
    TYPE_PING_URL,
    TYPE_USERNAME,
    TYPE_PROXY,
    TYPE_HOSTS,
    TYPE_SITE_KEY,
    TYPE_TIMEZONE,
    TYPE_INT,
    TYPE_RATE,     /* int, or `unlimited` */
    TYPE_DURATION, /* int, seconds */
    TYPE_EVERY,    /* int64_t, seconds, or `always`, `never` */
    TYPE_LIMIT,
    TYPE_BOOL,
    TYPE_CHOICE,      /* an enum: the position among `choices` */
    TYPE_CHOICE_BOOL, /* the same of two, as a bool */
    TYPE_DAY,
    TYPE_MAILBOXES,
    TYPE_PATHS,
    TYPE_URGENCY_PAIR,
    TYPE_CATEGORY_PAIR,
    TYPE_FIELD_PAIR,
    TYPE_MAILBOX_DAY,
    TYPE_MAILBOX_CATEGORY,
    /* The three ways to give a password; not parsed, see config.c. */
    TYPE_SECRET,
    TYPE_SECRET_FILE,
    TYPE_SECRET_COMMAND,
};

enum config_need { NEED_NOT, NEED_SITE, NEED_ALWAYS };

/* A row of the table of keys: all there is to know about one. */
struct config_key {
    const char *section;              /* "mailbox.ID" stands for every mailbox */
    const char *name;                 /* "*": any */
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

/* Appends what a value of `key` may be, e.g. "a whole number, 1 to 8"; nothing for free text. */
void config_expects(const struct config_key *key, struct buf *out);

/* One value on its way into `config`. */
struct config_value {
    struct config *config;
    struct config_problems *problems;
    const struct config_key *key;
    const char *name; /* as written: that of the key, or what stands for its "*" */
    const char *text;
    int64_t mailbox; /* of a [mailbox.ID] section */
    struct config_origin origin;
};

/* Checks and stores it, or adds a problem. An empty text is the default of a key that has no
 * other, and a problem elsewhere. */
void config_put(const struct config_value *value);
/* Frees what the keys of the table own. */
void config_free_values(struct config *config);
/* Appends where the value of `key` comes from; `section` and `name` as written, `text` as given.
 * -1 when there is no memory. */
int config_settings_add(struct config_settings *settings, const struct config_key *key,
                        const char *section, const char *name, const char *text,
                        const struct config_origin *origin);
void config_settings_release(struct config_settings *settings);
/* An id as in [mailbox.ID]: digits, above 0. */
bool config_mailbox_id(const char *text, int64_t *id);

/* The site's address in `text`: as it is used, in `*url` for free() (NULL: no memory), and NULL; or
 * what is wrong with it, which never repeats it. */
const char *config_url(const char *text, char **url);
/* What is wrong with an address to be pinged (NULL: nothing), which never repeats it. */
const char *config_ping_url(const char *text);
/* Does what config_url made name this very machine? */
bool config_url_is_loopback(const char *url);

/* The bytes of a file or of a command's output, wiped when released; NUL-terminated. */
struct config_bytes {
    char *data;
    size_t len;
    mode_t mode; /* a file's */
    uid_t owner;
    bool shared; /* root's, and given to a group other than root's: for it to read */
};

enum { CONFIG_SECRET_MAX = 64 * 1024, CONFIG_FILE_MAX = 1024 * 1024, CONFIG_LINE_MAX = 4096 };

/* Reads a regular file of at most `max` bytes. NULL, or what is wrong with it; `*absent` tells
 * whether it is that nothing has this name. */
const char *config_bytes_read(struct config_bytes *bytes, const char *path, size_t max,
                              bool *absent);
void config_bytes_release(struct config_bytes *bytes);

/* The value of variable `name` of "NAME=value" texts; NULL when it is not there or empty. */
const char *config_environment(const char *const *environment, const char *name);

/* The file that was found; `path` NULL: none. */
struct config_file {
    char *path;
    struct config_bytes bytes;
};

/* Finds and reads the file. -1: there is one that cannot be read, or memory ran out. */
int config_file_open(struct config_file *file, const struct config_source *source,
                     struct config_problems *problems, struct buf *warnings);
void config_file_release(struct config_file *file);
/* Appends the places where config_file_open looks, separated by commas. */
void config_file_places(const struct config_source *source, struct buf *out);

/* A `name = value` line. `value` is all that stands behind the separator. */
struct config_line {
    const char *section, *name;
    char *value;
    bool indented;
    struct config_origin origin;
};

struct config_handler {
    void *user;
    /* A heading; false: the lines below it are not wanted. */
    bool (*heading)(void *user, const char *section, const struct config_origin *origin);
    void (*line)(void *user, const struct config_line *line);
};

/* Hands on every line of the file, which it changes; malformed ones become problems. */
void config_file_parse(struct config_file *file, const struct config_handler *handler,
                       struct config_problems *problems);
/* The text of a value without white space around it and, unless `verbatim`, without ` ;comment`. */
char *config_line_text(char *value, bool verbatim);

/* Shell words without expansions: a NULL-terminated array for one free(). NULL with `*why` set. */
char **config_split_words(const char *text, const char **why);

enum { CONFIG_COMMAND_TIMEOUT_MS = 10000 };

/*
 * Runs a command without a shell and reads what it prints, within the limits; then it is killed.
 * Its environment is PATH and HOME of `environment`, nothing else. -1: `why` has the reason, and
 * nothing of what was printed.
 */
int config_command(struct config_bytes *output, const char *command, const char *const *environment,
                   const struct limits *limits, struct buf *why);

#endif

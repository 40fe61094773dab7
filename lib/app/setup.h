/*
 * setup: what `fluent-sync setup` decides and does. It takes answers, tries them on the site and on
 * the database, and in the end makes accounts and tables and writes the file. It asks nothing and
 * prints nothing; until one of the setup_make_... functions is called, nothing changes anywhere.
 *
 * Of all functions that return -1: `error` says why. ERR_INTERNAL means that there is no memory.
 */
#ifndef FLUENT_SYNC_APP_SETUP_H
#define FLUENT_SYNC_APP_SETUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "config/config.h"
#include "config/edit.h"

/* An answer's number: the position of a key in CONFIG_KEYS; or CONFIG_KEYS_COUNT plus one of these,
 * which are used but not kept in the file. */
enum setup_own {
    SETUP_ADMIN_USER, /* an administrator's account of the database, which makes the two accounts */
    SETUP_ADMIN_PASSWORD,
    SETUP_MIGRATE_USER, /* the account that makes the tables */
    SETUP_MIGRATE_PASSWORD,
    SETUP_OWN
};

/* The accounts that setup proposes to make. */
#define SETUP_RUN_ACCOUNT "fluent_sync"
#define SETUP_MIGRATE_ACCOUNT "fluent_migrate"

struct setup {
    char *path;         /* of the file */
    char *migrate_path; /* of the one for the account of `migrate`, beside it */
    char *before;       /* its text; "" when there is none */
    bool exists;
    bool found;     /* a run by cron finds it without being told where it is */
    bool systems;   /* it is the one that the systemd service reads */
    char **answers; /* NULL: not answered; "": none. Passwords are wiped when they are released */
    bool *given;    /* of each answer: by an option or a variable; it need not be asked for */
    const char *const *environment; /* as in struct config_source */
    const char *version;
    const struct limits *limits;
    const struct log *log;
};

/* Begins with the file that a run would read, else with the one to be made: `file` (--config),
 * $FLUENT_SYNC_CONFIG, /etc/fluent-sync/fluent-sync.ini for root, else the user's own. The caller
 * has set `environment`, `version`, `limits` and `log`. -1 with ERR_USAGE: the file cannot be read,
 * or it is clear that it cannot be written. setup_close in every case. */
int setup_open(struct setup *setup, const char *file, struct error *error);
void setup_close(struct setup *setup);

/* Takes an answer; "": nothing is to be set. A password displaces the other ways to give it, and is
 * displaced by them. -1 with ERR_USAGE, as config_answer. */
int setup_answer(struct setup *setup, size_t what, const char *text, struct error *error);
/* What holds now: the answer, or what the file has; NULL: nothing, or no memory. To be freed by
 * setup_forget, as it may be a password. */
char *setup_value(const struct setup *setup, size_t what);
void setup_forget(char *text);
/* Is it set: by an answer, or in the file? Of a password, in any of the three ways? */
bool setup_has(const struct setup *setup, size_t what);
/* The same as setup_answer, for what is given with the command; a password file too gives the
 * password. */
int setup_give(struct setup *setup, size_t what, const char *text, struct error *error);
/* Gives the password that is in a file. */
int setup_give_file(struct setup *setup, size_t what, const char *path, struct error *error);
/* Gives what the variables of the environment hold. */
int setup_give_variables(struct setup *setup, struct error *error);
/* Is it a password? */
bool setup_is_secret(size_t what);

/* Loads what the file would hold, with nothing of the environment but what commands need. `partial`
 * as in struct config_source. On 0 the caller owns `config`. */
int setup_config(const struct setup *setup, bool partial, struct config *config,
                 struct error *error);
/* Loads the file as it is, in the same way: as a run by cron does. */
int setup_load(const struct setup *setup, struct config *config, struct error *error);

/* Trying */

enum { SETUP_TEXT_SIZE = 256 };

struct setup_site {
    char name[SETUP_TEXT_SIZE], address[SETUP_TEXT_SIZE], version[SETUP_TEXT_SIZE];
    bool moved;     /* the address is another one than was answered */
    bool elsewhere; /* and of another host */
    bool passwords; /* it offers Application Passwords */
};
/* Asks the site for its index. Where the address leads to another one, or is that of a page of the
 * site, the right address becomes the answer. -1 with what the site's layer says. */
int setup_try_site(struct setup *setup, struct setup_site *found, struct error *error);

struct setup_tickets {
    int64_t total;
    char oldest[DAY_SIZE], newest[DAY_SIZE]; /* days of creation; "" when they are not known */
    bool sees_all;                           /* the user sees the tickets of all agents */
};
/* Asks for tickets with the user's credentials. */
int setup_try_login(struct setup *setup, struct setup_tickets *found, struct error *error);

enum setup_account { SETUP_RUNS, SETUP_ADMIN, SETUP_MIGRATE };
struct setup_database {
    char server[SETUP_TEXT_SIZE]; /* its version */
    int version, newest;          /* of the tables: those that are there, 0 without any; ours */
};
/* Connects with one of the accounts. */
int setup_try_database(struct setup *setup, enum setup_account account,
                       struct setup_database *found, struct error *error);

/* The accounts to be made, as the server would name them. */
struct setup_accounts {
    char host[SETUP_TEXT_SIZE]; /* where the server takes connections from here to come from */
    bool run_exists, migrate_exists;
};
int setup_find_accounts(struct setup *setup, struct setup_accounts *found, struct error *error);

/* Deciding and writing */

/* Are the two accounts to be made? */
bool setup_makes_accounts(const struct setup *setup);
/* Gives the accounts that are to be made passwords of 32 random characters, unless they were
 * answered. */
int setup_make_passwords(struct setup *setup, struct error *error);

enum setup_file { SETUP_MAIN_FILE, SETUP_MIGRATE_FILE };
/* The file as it would be. The caller releases it. */
int setup_edit(const struct setup *setup, enum setup_file file, struct config_edit *edit,
               struct error *error);
/* Who may read it, in words: "mode 0600", "mode 0640, group fluent-sync". */
void setup_file_mode(const struct setup *setup, char text[SETUP_TEXT_SIZE]);
/* Is the file still as it was read? -1 with ERR_USAGE when somebody has changed it since. */
int setup_check_before(const struct setup *setup, struct error *error);

int setup_make_accounts(struct setup *setup, struct error *error);
/* `*applied`: the number of migrations. */
int setup_make_tables(struct setup *setup, int *applied, struct error *error);
/* The rights of the account that runs, which name the tables. */
int setup_make_rights(struct setup *setup, struct error *error);
/* Keeps a file that is there as FILE.bak; the new one has its owner and its group. -1 as
 * setup_check_before, with nothing written. */
int setup_make_file(struct setup *setup, enum setup_file file, const struct config_edit *edit,
                    struct error *error);

#endif

/* cmd_forget: removes a site from the tables, once somebody has said that it is meant. */
#include <inttypes.h>
#include <string.h>

#include "app/forget.h"
#include "command.h"
#include "page/words.h"
#include "store/migrate.h"
#include "terminal.h"

enum { ANSWER_MAX = 256 };

static int refuse_unknown(struct db *db, const char *site, struct error *error)
{
    const char *keys = NULL;
    struct arena arena = ARENA_INIT;
    char advice[ERROR_ADVICE_MAX];
    if (forget_known(db, &keys, &arena, error) == 0) {
        snprintf(advice, sizeof advice, "the database has %.400s", keys ? keys : "no site yet");
        error_advise(error, ERR_USAGE, advice, "there is nothing of a site with the key '%s'",
                     site);
    }
    arena_release(&arena);
    return -1;
}

static void show_rows(FILE *out, const char *name, int64_t rows)
{
    char words[WORDS_SIZE];
    fprintf(out, "  %-30s %12s\n", name, words_number(words, rows));
}

static void show(FILE *out, const struct args *args, const struct forget_found *found)
{
    char requests[WORDS_SIZE], edited[WORDS_SIZE];
    fprintf(out, "%s of the site '%s':\n", args->dry_run ? "Would remove" : "This removes",
            args->site);
    for (size_t i = 0; i < FORGET_PARTS; i++)
        if (found->parts[i].rows)
            show_rows(out, found->parts[i].name, found->parts[i].rows);
    if (args->keep_requests)
        fprintf(out, "%s of the dashboard stay, without a ticket.\n",
                words_count(requests, found->requests, "request"));
    else if (found->requests)
        show_rows(out, "requests of the dashboard", found->requests);
    if (found->edited && !args->keep_requests)
        fprintf(out, "People edited at least %s of these requests.\n",
                words_number(edited, found->edited));
}

/* The key is typed, as it is what could be the wrong one. */
static int confirm(const struct command *command, struct error *error)
{
    static const char kept[] = "nothing was removed";
    const char *site = command->args->site, *word = *site ? site : "yes";
    char prompt[ANSWER_MAX];
    struct buf answer;
    if (!terminal_is_there())
        return error_advise(error, ERR_USAGE, "--yes says that it is meant",
                            "%s: forget asks on a terminal, and there is none", kept);
    buf_init(&answer, ANSWER_MAX);
    snprintf(prompt, sizeof prompt, "It cannot be undone. Type %s to remove it: ", word);
    int done = terminal_ask(prompt, TERMINAL_SHOWS, command->limits, &answer, error);
    if (done == 0 && strcmp(buf_text(&answer), word) != 0)
        done = error_set(error, ERR_USAGE, "%s: that was not '%s'", kept, word);
    terminal_forget(&answer);
    return done;
}

static int forget(const struct command *command, struct db *db, const struct forget_found *found,
                  struct error *error)
{
    const struct args *args = command->args;
    const struct forget_options options = {.site_key = args->site,
                                           .lease_s = command->config->lease_s,
                                           .keep_requests = args->keep_requests,
                                           .limits = command->limits};
    struct error why = ERROR_INIT;
    char words[WORDS_SIZE];
    if (forget_allowed(db, args->keep_requests, error) < 0)
        return -1;
    if (forget_site(db, &options, &why) < 0) {
        struct error_kind kind = error_kind_of(&why);
        if (why.code != ERR_BUSY)
            kind.advice = "what was removed stays so; `fluent-sync forget` goes on from there";
        return error_raise(error, kind, "the removal has stopped: %s", why.message);
    }
    if (!args->quiet)
        fprintf(command->out,
                "Removed, with %s. A run with that key would store the site again: stop its timer, "
                "and remove its configuration.\n",
                words_count(words, found->parts[0].rows, "ticket"));
    return 0;
}

int cmd_forget(const struct command *command, struct error *error)
{
    const struct args *args = command->args;
    struct db *db = NULL;
    struct forget_found found;
    if (command_open(command, &db, error) == 0 && forget_look(db, args->site, &found, error) == 0) {
        if (!found.known) {
            refuse_unknown(db, args->site, error);
        } else {
            if (!args->quiet || !args->yes)
                show(command->out, args, &found);
            if (!args->dry_run && (args->yes || confirm(command, error) == 0))
                forget(command, db, &found, error);
        }
    }
    db_close(db);
    return (int)error->code;
}

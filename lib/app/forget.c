/* forget: transactions under the site's lease until nothing is left. */
#include "app/forget.h"

#include <string.h>

#include "store/inspect.h"

int forget_allowed(struct db *db, bool keep_requests, struct error *error)
{
    struct buf tables;
    int done = 0;
    buf_init(&tables, ERROR_MESSAGE_MAX);
    for (size_t i = 0; i < RIGHTS_COUNT && done == 0; i++) {
        struct error why = ERROR_INIT;
        const char *table = RIGHTS[i].table;
        bool ours = RIGHTS[i].needed & RIGHT_UPDATE; /* not the table of the schema's version */
        if (!ours || (keep_requests && strcmp(table, "requests") == 0) ||
            inspect_right(db, RIGHT_DELETE, table, "", &why) == 0)
            continue;
        if (why.cause == DB_FAILURE_RIGHT)
            buf_printf(&tables, "%s%s", tables.len ? ", " : "", table);
        else
            done = error_copy(error, &why);
    }
    if (done == 0 && tables.len)
        done = error_advise(error, ERR_DATABASE,
                            "use an account that may: FLUENT_DB_USER and FLUENT_DB_PASSWORD in "
                            "the environment have precedence",
                            "database: the account may not remove rows of %s", buf_text(&tables));
    buf_release(&tables);
    return done;
}

/* A step of the removal; *more: there are more of its kind. */
typedef int forget_step(struct store *store, const struct forget_options *options, bool *more,
                        struct error *error);

static int begin(struct store *store, const struct forget_options *options, bool *more,
                 struct error *error)
{
    (void)options;
    *more = false;
    return store_forget_begin(store, error);
}

static int remove_some(struct store *store, const struct forget_options *options, bool *more,
                       struct error *error)
{
    int64_t removed = 0;
    int done = store_forget_some(store, !options->keep_requests, &removed, error);
    *more = removed > 0;
    return done;
}

static int end(struct store *store, const struct forget_options *options, bool *more,
               struct error *error)
{
    (void)options;
    *more = false;
    return store_forget_end(store, error);
}

static int try_step(struct db *db, struct store *store, const struct forget_options *options,
                    forget_step *step, bool *more, struct error *error)
{
    if ((db_lost(db) && db_reconnect(db, error) < 0) || store_begin(store, error) < 0)
        return -1;
    if (step(store, options, more, error) == 0 && store_commit(store, error) == 0)
        return 0;
    store_rollback(store);
    return -1;
}

static int run_step(struct db *db, struct store *store, const struct forget_options *options,
                    forget_step *step, struct error *error)
{
    struct db_tries tries = {.began = clock_monotonic_ms()};
    for (bool more = true; more;) {
        struct error why = ERROR_INIT;
        if (limits_check(options->limits, error) < 0)
            return -1;
        if (try_step(db, store, options, step, &more, &why) == 0)
            tries = (struct db_tries){.began = clock_monotonic_ms()};
        else if (db_retry(db, options->limits, &tries, &why, error) < 0)
            return -1;
        else
            more = true;
    }
    return 0;
}

int forget_site(struct db *db, const struct forget_options *options, struct error *error)
{
    struct store *store = NULL;
    int done = -1;
    if (store_open(&store, db, options->site_key, false, error) == 0 &&
        store_acquire(store, options->lease_s, error) == 0 &&
        run_step(db, store, options, begin, error) == 0 &&
        run_step(db, store, options, remove_some, error) == 0 &&
        run_step(db, store, options, end, error) == 0)
        done = 0;
    store_release(store);
    store_close(store);
    return done;
}

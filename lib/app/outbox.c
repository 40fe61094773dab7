/* outbox: adds rows to the outbox, retries and cancels them. */
#include "app/outbox.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/push.h"
#include "store/outbox.h"
#include "store/tickets.h"

static int find_ticket(struct store *store, const char *fluent_id, struct error *error)
{
    struct arena arena = ARENA_INIT;
    struct stored_list found;
    int done = store_lookup(store, &fluent_id, 1, &found, &arena, error);
    bool there = found.count && !found.rows[0].deleted;
    arena_release(&arena);
    if (done == 0 && !there)
        return error_advise(error, ERR_USAGE, "`fluent-sync tickets` lists those that are there",
                            "there is no ticket %s", fluent_id);
    return done;
}

int outbox_add(struct db *db, const struct config *config, const struct outbox_wish *wish,
               int64_t *id, struct error *error)
{
    struct outbox_row row = {.action = wish->action,
                             .field = wish->field,
                             .state = OUTBOX_PENDING,
                             .value = wish->value,
                             .content = wish->content,
                             .requested_by = wish->requested_by};
    struct store *store = NULL;
    char why[PUSH_WHY_SIZE];
    snprintf(row.fluent_id, sizeof row.fluent_id, "%s", wish->fluent_id);
    if (push_row_refused(&row, &config->push, 0, why))
        return error_set(error, ERR_USAGE, "ticket %s: %s", wish->fluent_id, why);
    int done = store_open(&store, db, config->site_key, false, error);
    if (done == 0)
        done = find_ticket(store, row.fluent_id, error);
    if (done == 0)
        done = store_add_outbox(store, &row, error);
    *id = row.id;
    store_close(store);
    return done;
}

/* Deciding */

static bool can_be(const struct outbox_row *row, enum outbox_decision decision)
{
    if (decision == OUTBOX_RETRY)
        return row->state == OUTBOX_FAILED || row->state == OUTBOX_CANCELLED;
    return row->state == OUTBOX_PENDING || row->state == OUTBOX_FAILED || row->state == OUTBOX_HELD;
}

static int refuse(const struct outbox_row *row, enum outbox_decision decision, struct error *error)
{
    const char *verb = decision == OUTBOX_RETRY ? "retried" : "cancelled";
    const char *advice = "`fluent-sync outbox --all` shows how far each row has come";
    if (row->state == OUTBOX_SENDING)
        advice = "it may have arrived, or still arrive: a run looks for it, and then settles it";
    if (row->state == OUTBOX_HELD)
        advice = "make the site and the dashboard agree, or cancel it";
    return error_advise(error, ERR_USAGE, advice,
                        "row %" PRId64 " of the outbox cannot be %s: it is %s", row->id, verb,
                        row->state < OUTBOX_STATES ? outbox_state_words[row->state] : "unreadable");
}

static int decide(struct store *store, struct outbox_row row, enum outbox_decision decision,
                  struct error *error)
{
    enum outbox_state was = row.state;
    bool saved;
    if (!can_be(&row, decision))
        return refuse(&row, decision, error);
    row.state = decision == OUTBOX_RETRY ? OUTBOX_PENDING : OUTBOX_CANCELLED;
    row.answered = false;
    if (decision == OUTBOX_RETRY)
        row.error = NULL;
    if (store_save_outbox(store, &row, was, &saved, error) < 0)
        return -1;
    if (!saved)
        return error_advise(error, ERR_BUSY, "look at it again once the run has ended",
                            "a run has just taken row %" PRId64 " of the outbox", row.id);
    return 0;
}

int outbox_decide(struct db *db, const struct config *config, int64_t id,
                  enum outbox_decision decision, struct error *error)
{
    struct arena arena = ARENA_INIT;
    struct store *store = NULL;
    struct outbox_list found = {0};
    int done = store_open(&store, db, config->site_key, false, error);
    if (done == 0)
        done = store_read_outbox_row(store, id, &found, &arena, error);
    if (done == 0 && !found.count)
        done = error_advise(error, ERR_USAGE, "`fluent-sync outbox` lists its rows",
                            "there is no row %" PRId64 " in the outbox", id);
    if (done == 0)
        done = decide(store, found.rows[0], decision, error);
    store_close(store);
    arena_release(&arena);
    return done;
}

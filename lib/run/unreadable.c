/* unreadable: splits pages that the site cannot give, and skips the positions that remain. */
#include "run/unreadable.h"

#include <inttypes.h>
#include <stdio.h>

#include "run/rejects.h"

int probe_site(struct site *site, int64_t total, const struct error *failed, bool *probed,
               struct error *error)
{
    const int64_t positions[] = {1, total > 2 ? total : 2};
    for (size_t i = 0; i < 2 && !*probed; i++) {
        struct site_request request = {
            .what = SITE_BY_ID, .page = positions[i], .per_page = 1, .once = true};
        __attribute__((cleanup(site_answer_cleanup))) struct site_answer *answer = NULL;
        struct error why = ERROR_INIT;
        *probed = site_get(site, &request, &answer, &why) == 0;
        if (!*probed && why.code != ERR_UNAVAILABLE && why.code != ERR_REFUSED)
            return error_copy(error, &why);
    }
    return *probed ? 0 : error_copy(error, failed);
}

int unreadable_take(struct unreadable *u, struct site_answer **answer, struct error *error)
{
    if (!(*answer)->splittable || u->failed_count == UNREADABLE_MAX)
        return error_copy(error, &(*answer)->error);
    u->failed[u->failed_count++] = *answer;
    *answer = NULL;
    return 0;
}

static void note_skip(struct unreadable *u, int64_t position, const struct error *why)
{
    struct skip *skip = &u->skips[u->skip_count++];
    skip->position = position;
    snprintf(skip->reason, sizeof skip->reason, "%.*s", SKIP_REASON_MAX - 1, why->message);
    snprintf(u->advice, sizeof u->advice, "%s", why->advice);
}

static int split(struct unreadable *u, const struct site_answer *a, struct error *error)
{
    struct walk_window window = {.page = a->request.page, .per_page = a->request.per_page};
    if (probe_site(u->site, u->total, &a->error, u->probed, error) < 0)
        return -1;
    log_advise(u->log, LOG_WARNING, a->error.advice,
               "page %" PRId64 " of %" PRId64 " tickets cannot be read, asking for its halves: %s",
               window.page, window.per_page, a->reason);
    int skipped = walk_failed(u->walk, &window);
    if (skipped > SKIPPED_MAX)
        return error_advise(error, ERR_UNAVAILABLE, a->error.advice,
                            "more than %d tickets cannot be read from the site; last: %s",
                            SKIPPED_MAX, a->error.message);
    if ((size_t)skipped > u->skip_count) /* not one that failed before */
        note_skip(u, window.page, &a->error);
    return 0;
}

int unreadable_split(struct unreadable *u, struct error *error)
{
    int done = 0;
    for (size_t i = 0; i < u->failed_count && done == 0; i++)
        done = split(u, u->failed[i], error);
    unreadable_release(u);
    return done;
}

void unreadable_release(struct unreadable *u)
{
    while (u->failed_count)
        site_answer_free(u->failed[--u->failed_count]);
}

static int record(struct writer *w, void *context, struct error *error)
{
    const struct unreadable *u = context;
    const char *key = w->in->config->site_key;
    for (size_t i = 0; i < u->skip_count; i++) {
        const struct skip *skip = &u->skips[i];
        char name[FLUENT_ID_SIZE], reason[SKIP_REASON_MAX + 100];
        snprintf(name, sizeof name, "%.64s%s#position %" PRId64, key, *key ? ":" : "",
                 skip->position);
        snprintf(reason, sizeof reason,
                 "the ticket at position %" PRId64 " of the list cannot be read: %s",
                 skip->position, skip->reason);
        struct reject reject = {.fluent_id = name, .reason = reason};
        if (reject_write(w, &reject, error) < 0)
            return -1;
    }
    return 0;
}

int unreadable_record(struct writer *w, struct unreadable *u, struct error *error)
{
    if (!u->skip_count || w->in->options->dry_run)
        return 0;
    return writer_transaction(w, record, u, error);
}

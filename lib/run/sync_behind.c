/* sync_behind: a page is stored by a thread of its own while the next one is fetched and read. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/thread.h"
#include "run/sync_entry.h"

/* A message of the thread, which waits for the caller's thread to pass it on. */
struct line {
    struct line *next;
    struct log_message message;
};

struct behind {
    struct run *run;
    struct site_answer *answer;
    struct batch *batch;
    pthread_t thread;
    bool threaded;
    atomic_bool ended;
    int done;
    struct error error;
    struct arena arena;         /* the messages' */
    struct line *first, **last; /* without memory a message is lost */
};

static _Thread_local struct behind *here; /* in the thread alone */

void sync_log(void *context, const struct log_message *message)
{
    const struct log *log = context;
    if (!here) {
        if (log->sink)
            log->sink(log->context, message);
        return;
    }
    size_t size = message->count * sizeof *message->fields;
    struct line *line = arena_alloc(&here->arena, sizeof *line);
    char *text = arena_printf(&here->arena, "%s", message->text);
    char *advice = arena_printf(&here->arena, "%s", message->advice ? message->advice : "");
    struct log_field *fields = arena_alloc(&here->arena, size);
    if (here->arena.failed)
        return;
    if (size)
        memcpy(fields, message->fields, size);
    line->message = *message;
    line->message.text = text;
    line->message.advice = advice;
    line->message.fields = fields;
    *here->last = line;
    here->last = &line->next;
}

static void store(struct behind *b)
{
    b->done = sync_batch_store(b->run, b->batch, &b->error);
    atomic_store(&b->ended, true);
}

static void *store_here(void *context)
{
    here = context;
    store(here);
    return NULL;
}

static void start(struct behind *b)
{
    b->threaded = thread_start(&b->thread, store_here, b);
    if (!b->threaded)
        store(b);
}

static void behind_free(struct behind *b)
{
    sync_batch_free(b->batch);
    site_answer_free(b->answer);
    arena_release(&b->arena);
    free(b);
}

bool sync_storing(const struct run *run)
{
    return run->behind && !atomic_load(&run->behind->ended);
}

int sync_settle(struct run *run, struct error *error)
{
    struct behind *b = run->behind;
    if (!b)
        return 0;
    if (b->threaded)
        pthread_join(b->thread, NULL);
    run->behind = NULL;
    for (const struct line *line = b->first; line; line = line->next)
        run->log.sink(run->log.context, &line->message);
    int done = b->done;
    if (done < 0)
        error_copy(error, &b->error);
    run->writes_most = b->batch->wrote_most;
    run->fetched = run->row.counts.fetched;
    behind_free(b);
    return done;
}

int sync_store_behind(struct run *run, struct site_answer **answer, struct page_proof *proof,
                      struct error *error)
{
    struct behind *b = calloc(1, sizeof *b);
    if (!b)
        return error_no_memory(error);
    b->run = run;
    b->last = &b->first;
    b->answer = *answer;
    *answer = NULL;
    struct page_origin origin = {.stale = b->answer->stale};
    b->batch = sync_batch_new(&b->answer->page, proof, origin, error);
    /* Where most tickets will be written anyway, the page before is stored while they are mapped.
     */
    bool ahead = run->writes_most;
    if (!b->batch || (ahead && sync_batch_prepare(run, b->batch, &b->answer->page, error) < 0) ||
        sync_settle(run, error) < 0) {
        behind_free(b);
        return -1;
    }
    run->row.counts.api_requests = site_requests(run->site);
    run->row.counts.api_bytes = site_bytes(run->site);
    run->behind = b;
    run->behind_since = clock_monotonic_ms();
    if (run->options->dry_run)
        store(b);
    else
        start(b);
    return 0;
}

int sync_store_page(struct run *run, const struct page *page, struct page_origin origin,
                    struct error *error)
{
    struct batch *b = sync_batch_new(page, NULL, origin, error);
    if (!b)
        return -1;
    run->row.counts.api_requests = site_requests(run->site);
    run->row.counts.api_bytes = site_bytes(run->site);
    int done = sync_batch_store(run, b, error);
    sync_batch_free(b);
    return done;
}

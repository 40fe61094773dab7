/* page_writer: a page is stored by a thread of its own while the next one is fetched and read. */
#include "run/page_writer.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/thread.h"
#include "run/batch.h"

/* A message of the thread, which waits for the caller's thread to pass it on. */
struct line {
    struct line *next;
    struct log_message message;
};

struct page_job {
    struct writer *writer;
    struct site_answer *answer;
    struct batch *batch;
    pthread_t thread;
    bool threaded;
    atomic_bool ended;
    int done;
    struct error error;
    struct arena arena;         /* the messages' */
    struct line *first, **last; /* a message is lost when there is no memory for it */
};

static _Thread_local struct page_job *here; /* in the job's own thread alone */

void page_writer_log(void *context, const struct log_message *message)
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

static void store(struct page_job *job)
{
    job->done = batch_store(job->writer, job->batch, &job->error);
    atomic_store(&job->ended, true);
}

static void *store_in_thread(void *context)
{
    here = context;
    store(here);
    return NULL;
}

static void job_free(struct page_job *job)
{
    batch_free(job->batch);
    site_answer_free(job->answer);
    arena_release(&job->arena);
    free(job);
}

bool page_writer_is_busy(const struct page_writer *p)
{
    return p->job && !atomic_load(&p->job->ended);
}

int page_writer_wait(struct page_writer *p, struct error *error)
{
    struct page_job *job = p->job;
    const struct log *log = &p->writer->in->log;
    if (!job)
        return 0;
    if (job->threaded)
        pthread_join(job->thread, NULL);
    p->job = NULL;
    for (const struct line *line = job->first; line; line = line->next)
        log->sink(log->context, &line->message);
    int done = job->done;
    if (done < 0)
        error_copy(error, &job->error);
    p->writes_most = job->batch->wrote_most;
    p->fetched = p->writer->row.counts.fetched;
    job_free(job);
    return done;
}

void page_writer_count_requests(struct counters *counts, const struct site *site)
{
    counts->api_requests = site_requests(site);
    counts->api_bytes = site_bytes(site);
}

/* Where most tickets will be written anyway, they are mapped here, while the page before is still
 * being stored. */
static int make_batch(const struct page_writer *p, struct page_job *job, struct page_proof *proof,
                      struct error *error)
{
    struct page *page = &job->answer->page;
    struct page_origin origin = {.stale = job->answer->stale};
    job->batch = batch_new(page, proof, origin, error);
    if (!job->batch)
        return -1;
    return p->writes_most ? batch_prepare(job->writer->basis, job->batch, page, error) : 0;
}

int page_writer_start(struct page_writer *p, struct site_answer **answer, struct page_proof *proof,
                      struct error *error)
{
    struct page_job *job = calloc(1, sizeof *job);
    if (!job)
        return error_no_memory(error);
    job->writer = p->writer;
    job->last = &job->first;
    job->answer = *answer;
    *answer = NULL;
    if (make_batch(p, job, proof, error) < 0 || page_writer_wait(p, error) < 0) {
        job_free(job);
        return -1;
    }
    page_writer_count_requests(&p->writer->row.counts, p->site);
    p->job = job;
    p->since = clock_monotonic_ms();
    job->threaded =
        !p->writer->in->options->dry_run && thread_start(&job->thread, store_in_thread, job);
    if (!job->threaded)
        store(job);
    return 0;
}

int page_writer_store(struct page_writer *p, const struct page *page, struct page_origin origin,
                      struct error *error)
{
    struct batch *b = batch_new(page, NULL, origin, error);
    if (!b)
        return -1;
    page_writer_count_requests(&p->writer->row.counts, p->site);
    int done = batch_store(p->writer, b, error);
    batch_free(b);
    return done;
}

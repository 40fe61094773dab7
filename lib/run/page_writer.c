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
    struct page_writer *pages;
    struct page page;
    struct batch *batch;
    const struct db *db; /* the connection that it uses */
    struct lane *lane;   /* in which it goes ahead; NULL: it does not */
    long number;
    int64_t requests, bytes; /* of the site, until it began */
    pthread_t thread;
    bool threaded;
    atomic_bool ended;
    int done;
    bool failed_ahead;
    bool has_rejects; /* see struct page_writer */
    int64_t fetched;  /* likewise */
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

/* Its turn has come. `open`: its new tickets are written, in the lane's transaction. */
static void store_in_turn(struct page_job *job, bool open)
{
    struct page_writer *p = job->pages;
    struct writer *w = p->writer;
    struct error why = ERROR_INIT;
    w->row.counts.api_requests = job->requests;
    w->row.counts.api_bytes = job->bytes;
    if (job->lane)
        lane_take_over(job->lane, w);
    if (!open || batch_finish(w, job->batch, &why) < 0) {
        if (open)
            log_write(&w->in->log, LOG_INFO, "the transaction is tried again: %s", why.message);
        job->failed_ahead |= open;
        turns_be_alone(&p->turns);
        job->done = batch_store(w, job->batch, &job->error);
    }
    job->has_rejects = w->has_rejects;
    job->fetched = w->row.counts.fetched;
}

/* After a page that was not stored this one is not stored either: the walk goes on behind what is.
 */
static void store(struct page_job *job)
{
    struct turns *turns = &job->pages->turns;
    bool open = job->lane && turns_go_ahead(turns);
    enum ahead ahead = open ? batch_write_ahead(&job->lane->writer, job->batch) : AHEAD_NOTHING;
    if (open && ahead != AHEAD_WRITTEN)
        turns_give_up(turns, &open);
    bool stored_before = turns_await(turns, job->number, &open, lane_roll_back, job->lane);
    job->failed_ahead = ahead == AHEAD_FAILED || (ahead == AHEAD_WRITTEN && !open);
    if (stored_before)
        store_in_turn(job, open);
    turns_pass(turns, job->done == 0);
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
    page_release(&job->page);
    arena_release(&job->arena);
    free(job);
}

void page_writer_init(struct page_writer *p, struct writer *w)
{
    *p = (struct page_writer){.writer = w};
    turns_init(&p->turns);
}

void page_writer_release(struct page_writer *p)
{
    lanes_close(&p->lanes, p->writer);
    turns_release(&p->turns);
    tally_release(&p->shown);
}

void page_writer_begin_walk(struct page_writer *p, const struct db_options *mysql)
{
    p->began_empty = false;
    p->writes_most = mysql != NULL;
    p->lanes.mysql = mysql;
}

void page_writer_open_lanes(struct page_writer *p, bool empty)
{
    lanes_open(&p->lanes, p->writer);
    p->began_empty = p->lanes.open && empty;
}

static bool is_stored(const struct page_job *job)
{
    return !job || atomic_load(&job->ended);
}

bool page_writer_is_busy(const struct page_writer *p)
{
    return !is_stored(p->jobs[0]) || !is_stored(p->jobs[1]);
}

/* Waits for the first of the pages. */
static int wait_for_one(struct page_writer *p, struct error *error)
{
    struct page_job *job = p->jobs[0];
    const struct log *log = &p->writer->in->log;
    if (job->threaded)
        pthread_join(job->thread, NULL);
    p->jobs[0] = p->jobs[1];
    p->jobs[1] = NULL;
    for (const struct line *line = job->first; line; line = line->next)
        log->sink(log->context, &line->message);
    int done = job->done;
    if (done < 0)
        error_copy(error, &job->error);
    p->writes_most = job->batch->wrote_most;
    p->one_by_one |= job->failed_ahead;
    p->has_rejects = job->has_rejects;
    p->fetched = job->fetched;
    job_free(job);
    return done;
}

int page_writer_wait(struct page_writer *p, struct error *error)
{
    struct error ignored = ERROR_INIT;
    int done = 0;
    while (p->jobs[0])
        if (wait_for_one(p, done < 0 ? &ignored : error) < 0)
            done = -1;
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
                      struct page_origin origin, struct error *error)
{
    job->batch = batch_new(&job->page, proof, origin, error);
    if (!job->batch)
        return -1;
    return p->writes_most ? batch_prepare(p->writer->basis, job->batch, &job->page, error) : 0;
}

/* Two pages in the database and a third in preparation are in memory together, so they are not to
 * be large; and with large ones the site is what takes the time. */
static bool is_small(const struct page_job *job)
{
    enum { TICKETS_MAX = 600 };
    return job->batch->count <= TICKETS_MAX;
}

/* Marks the tickets that no page before has shown: they need not be looked up. If somebody else
 * stores one meanwhile, the table refuses it as a duplicate, and its page is stored anew, in its
 * turn. */
static int mark_unseen(struct page_writer *p, struct batch *b, struct error *error)
{
    p->began_empty &= b->prepared;
    for (size_t i = 0; i < b->count && p->began_empty; i++) {
        struct entry *e = &b->entries[i];
        e->unseen = e->row.id && !tally_has(&p->shown, e->row.id);
        if (e->unseen && tally_add(&p->shown, e->row.id, TALLY_BEFORE) < 0)
            return error_no_memory(error);
    }
    return 0;
}

/* Waits until the page may begin, beside the one before it if it can go ahead. */
static int make_room(struct page_writer *p, struct page_job *job, struct error *error)
{
    if (p->jobs[0] && p->jobs[1] && wait_for_one(p, error) < 0)
        return -1;
    const struct page_job *before = p->jobs[0];
    if (!before)
        p->has_rejects = p->writer->has_rejects;
    if (!p->lanes.open || p->one_by_one || !is_small(job) ||
        !batch_may_go_ahead(job->batch, before ? before->batch : NULL))
        return page_writer_wait(p, error);
    job->lane = lanes_beside(&p->lanes, before ? before->db : NULL);
    job->lane->writer.has_rejects = p->has_rejects;
    return 0;
}

int page_writer_start(struct page_writer *p, struct page *page, struct page_proof *proof,
                      struct page_origin origin, struct error *error)
{
    struct page_job *job = calloc(1, sizeof *job);
    if (!job)
        return error_no_memory(error);
    job->pages = p;
    job->last = &job->first;
    job->page = *page;
    *page = (struct page){0};
    if (make_batch(p, job, proof, origin, error) < 0 || mark_unseen(p, job->batch, error) < 0 ||
        make_room(p, job, error) < 0) {
        job_free(job);
        return -1;
    }
    job->has_rejects = p->has_rejects;
    job->fetched = p->fetched;
    job->requests = site_requests(p->site);
    job->bytes = site_bytes(p->site);
    job->db = job->lane ? job->lane->writer.db : p->writer->db;
    job->number = ++p->last;
    p->jobs[p->jobs[0] != NULL] = job;
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
    p->began_empty = false;
    if (!b)
        return -1;
    page_writer_count_requests(&p->writer->row.counts, p->site);
    int done = batch_store(p->writer, b, error);
    batch_free(b);
    return done;
}

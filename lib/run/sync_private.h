/* sync_private: what the files of sync share. */
#ifndef FLUENT_SYNC_SYNC_PRIVATE_H
#define FLUENT_SYNC_SYNC_PRIVATE_H

#include "base/zone.h"
#include "core/map.h"
#include "core/plan.h"
#include "core/walk.h"
#include "run/sync.h"
#include "site/site.h"
#include "store/store.h"

/* What a page of the walk proves beyond its tickets. */
struct page_proof {
    bool proves; /* `interval` holds something */
    struct walk_interval interval;
    int64_t *ids; /* that it held, in the order of the answer */
    size_t count;
    int64_t total, max_id; /* of the page that ends the list; max_id 0: another page */
};
enum { PROOFS_MAX = 16 };

/* Where a page outside of the walk comes from. */
struct page_origin {
    bool searched; /* from search=id:N, not from the head */
    bool stale;    /* as its answer */
    bool retry;    /* a ticket that is still rejected counts as another attempt */
};

/* What a list showed of a ticket: updated_at as an instant, 0: null. */
struct shown {
    int64_t id, updated_at;
};

/* Tickets that are to be asked for: see sync_ask_older. */
struct older {
    struct shown *rows;
    size_t count, size;
};

/* A ticket of the head that a run began with, and what the walk's pages showed of it. */
struct watched {
    int64_t id, updated_at;
    bool seen;   /* a page of this run held it */
    bool older;  /* the last of these, with an older updated_at */
    bool absent; /* a page of this run that ought to have held it did not */
};
struct watch {
    struct watched *rows; /* ascending by id; the run's arena's */
    size_t count;
};

struct run {
    const struct config *config;
    const struct sync_options *options;
    const struct limits *limits;
    struct log log, caller_log; /* all messages go to the first, which passes them on */

    struct db_options mysql; /* the configuration's, within the limits */
    struct db *db;
    struct store *store;
    struct site *site;
    struct zone *site_zone, *target_zone;
    struct request_schema schema; /* see sync_need_schema */
    struct map_rules rules;

    struct arena arena;       /* lives as long as the run */
    struct state state, next; /* as it was; as it will be */
    struct buf scope;         /* this run's, printed */
    struct tally tally;
    struct tally seen;          /* ids that the walk's pages held, those of earlier runs too */
    int64_t seen_max, nameless; /* the largest of them; items without an id */
    bool again;                 /* this is the run's second walk */
    struct run_row row;
    struct sync_report *report;
    int64_t heartbeat_due, started;
    struct page_proof proofs[PROOFS_MAX]; /* not yet saved; see sync_proof_keep */
    size_t proof_count;
    int64_t proofs_since;
    struct behind *behind; /* the page being stored; until sync_settle the database, the tally, the
                              row and the proofs are its */
    int64_t behind_since;
    int64_t fetched;    /* tickets of the pages that are settled */
    bool writes_most;   /* most tickets of the last page were new or changed */
    bool has_rejects;   /* some are on record */
    bool trims;         /* there may be more run rows than are kept */
    bool probed;        /* single tickets could be read: see sync_probe */
    bool walking;       /* a full walk, where kept edits are looked at again */
    double share;       /* of the list that the walk has proven, 0..1 */
    struct shown *head; /* its rows, ascending by id */
    size_t head_count;
    struct older older; /* the storing thread's until sync_settle */
    struct buf doubts;  /* why the run is not complete, a sentence each */
};

/* Runs `body` in a fenced transaction; again after deadlocks, lost connections and the like. */
typedef int sync_body(struct run *run, void *context, struct error *error);
int sync_transaction(struct run *run, sync_body *body, void *context, struct error *error);
/* The same without a transaction: `body` sends one statement that fences itself. */
int sync_statement(struct run *run, sync_body *body, void *context, struct error *error);

/* Connects, checks the schema, takes the lease, makes the run row, reads the state. */
int sync_open_database(struct run *run, struct error *error);
int sync_open_site(struct run *run, struct error *error);
/* ERR_REFUSED when it is not the site of last time, or that cannot be confirmed: by its home, from
 * the index, which is asked for with the credentials too and replaced then; else by its address.
 * Otherwise who it is is on record. */
int sync_check_site(struct run *run, struct site_answer **index, struct error *error);
/* The site's zone from its index, and the zone of the tables. */
int sync_open_zones(struct run *run, const struct site_answer *index, struct error *error);
int sync_prepare_rules(struct run *run, struct error *error);
/* What mapping needs: looks up the columns of requests, unless that was done, and checks the rules
 * against them. Outside of a transaction. */
int sync_need_schema(struct run *run, struct error *error);

/* Is what the database said, `why`, of one row alone, as far as can be told? Else it is of all that
 * is asked of it. */
bool sync_is_refusal(const struct run *run, const struct error *why);

/* Adds to the reasons why the run is not complete. */
void sync_doubt(struct run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What the run row and the report call this run: "full", "full, resumed", "incremental", "tickets".
 */
void sync_set_mode(struct run *run, const char *mode);

/* Keeps what a page proves, which needs nothing else written; takes it over. There must be room:
 * when proofs are due, be it for their number or their age, they are to be saved; also when the
 * lease is to be renewed, which saving them does. */
void sync_proof_keep(struct run *run, struct page_proof *proof);
bool sync_proofs_due(const struct run *run);
/* Saves those that are kept, if any, in a transaction of their own. */
int sync_proofs_save(struct run *run, struct error *error);
/* Within a transaction: writes this one; those that are kept, and the run's progress. */
int sync_proof_write(struct run *run, const struct page_proof *proof, struct error *error);
sync_body sync_proofs_write;
/* After such a transaction, or at the end of the run. */
void sync_proofs_forget(struct run *run);
void sync_proof_release(struct page_proof *proof);

/* The tickets of a page, which must outlive the batch. `proof` is taken over; NULL outside of a
 * walk. NULL when memory ran out. */
struct batch;
struct batch *sync_batch_new(const struct page *page, struct page_proof *proof,
                             struct page_origin origin, struct error *error);
/* Maps all its tickets, which sync_batch_store else does where it has to. Touches neither database
 * nor tally. What the batch needs no more of `page`, which is its own, is freed. */
int sync_batch_prepare(struct run *run, struct batch *batch, struct page *page,
                       struct error *error);
/* Stores it, in one transaction if anything is to be written. */
int sync_batch_store(struct run *run, struct batch *batch, struct error *error);
void sync_batch_free(struct batch *batch);

/* Looks up what is stored of its tickets, which sync_batch_store else does. */
int sync_batch_look(struct run *run, struct batch *batch, struct error *error);
/* How many of a batch that was looked up should have been stored before: in scope, updated_at (not
 * null) before `watermark`, no reject on record. 0 in a dry run. */
int64_t sync_batch_missing(const struct run *run, const struct batch *batch, int64_t watermark);

/* Both at once. */
int sync_store_page(struct run *run, const struct page *page, struct page_origin origin,
                    struct error *error);

/* The same for an answer of the walk, which is taken over, while the caller goes on asking the
 * site; the page before is settled first. */
int sync_store_behind(struct run *run, struct site_answer **answer, struct page_proof *proof,
                      struct error *error);
/* Is a page still being stored? */
bool sync_storing(const struct run *run);
/* Waits until the page under way, if there is one, is stored, and says how that ended. */
int sync_settle(struct run *run, struct error *error);
/* The sink of run->log: what the storing thread says is passed on when it is settled. */
void sync_log(void *context, const struct log_message *message);

/* The newest changes. The first head has so many rows; of so many tickets of it that a walk did not
 * see each is asked for. */
enum { SYNC_HEAD_ROWS = 100, SYNC_UNSEEN_ASKED = 20 };

/* The size of page that the site says, where that is less than was asked for; else 0. */
int64_t sync_page_cap(const struct page *page, int64_t asked);
/* How many rows the first head has: fewer where the site gives no more. */
int64_t sync_head_rows(const struct run *run);

/* The site's clock when it was asked; 0: it does not tell. */
int64_t sync_asked_at(const struct site_answer *answer);
/* What a head shows beside `largest`, the largest id known before. */
struct plan_head sync_head_facts(const struct run *run, const struct site_answer *answer,
                                 int64_t largest);
/* Asks for a head of so many rows; *head stays NULL where the site cannot give it. */
int sync_ask_head(struct run *run, int64_t rows, struct site_answer **head, struct error *error);

/* Watches what becomes of the tickets of `head` (NULL: none) on the pages of a walk. */
int sync_watch(struct run *run, const struct site_answer *head, struct watch *watch,
               struct error *error);
void sync_watch_page(const struct run *run, struct watch *watch, const struct page *page,
                     const struct page_proof *proof);
/* Counts: see struct plan_end_facts. Asks the site. */
int sync_watch_end(struct run *run, const struct watch *watch, int64_t *unseen, int64_t *lagging,
                   struct error *error);

/* Walks the whole list; `head`: the answer of facts->head, NULL: there is none. 0: `*ended` says
 * how the walk ended, `*end` what was known then; doubts are told. */
int sync_walk(struct run *run, struct plan_facts *facts, const struct site_answer *head,
              struct plan_end_facts *end, enum plan_end *ended, struct error *error);

/* After a page `failed` (splittable): may the page itself be at fault? Asks, once a run, for a
 * single ticket at either end of the list of `total` (0: not known); -1 with the page's own error
 * when the site gives none, so that a site which is down costs two requests more. */
int sync_probe(struct run *run, int64_t total, const struct site_answer *failed,
               struct error *error);

/* After a complete walk: what became of stored tickets that were not seen. */
int sync_find_missing(struct run *run, struct error *error);
/* Within a transaction: marks a row of fluent_tickets as deleted; with deleted_tickets = hide its
 * request goes too, unless a person touched it. request_id 0: none. */
int sync_mark_deleted(struct run *run, int64_t id, int64_t request_id, struct error *error);

/* *most becomes the number of deletions that are believed: max_deletes. */
int sync_deletes_allowed(struct run *run, int64_t *most, struct error *error);

/* After a complete walk under another configuration: what it says of what is kept reaches the rows
 * that the walk did not show, too. */
int sync_reach_aside(struct run *run, struct error *error);
/* The paths of [privacy] drop, as many as there are; in the run's arena. */
const char **sync_drop_paths(struct run *run);

/* Tells whoever wants to know how far the walk is. */
void sync_tell_progress(const struct run *run);

/* Keeps what the head shows, by which pages of the walk are confirmed: see trust.h. */
int sync_trust_head(struct run *run, const struct site_answer *head, struct error *error);
/* Asks for the tickets that were held back, by search=id:N, and stores what the site confirms. What
 * it does not confirm stays as it is stored; the run is not complete then. */
int sync_ask_older(struct run *run, struct error *error);
/* A run that was given stale answers is not complete. */
void sync_doubt_stale(struct run *run);

/* Asks for each of these tickets, SITE_TICKET or SITE_SEARCH, several at a time. `take` gets each
 * answer, failures too; -1 ends it. Nothing else is outstanding. */
typedef int sync_take(struct run *run, void *context, struct site_answer *answer,
                      struct error *error);
int sync_ask_each(struct run *run, enum site_what what, const int64_t *ids, size_t count,
                  sync_take *take, void *context, struct error *error);

/* Asks for single tickets again: rejects that are due, or those of --ticket. */
int sync_retry_rejects(struct run *run, struct error *error);
int sync_named_tickets(struct run *run, struct error *error);

#endif

/*
 * model: what a run meets, in memory: a FluentSupport site whose tickets change, what stands before
 * it (a cache, a replica, a page limit), the tables, and the clocks. model_site.c is the site;
 * model_front.c answers for lib/site/site.h, model_tables.c for lib/store/store.h and lib/io/db.h,
 * model_clock.c for the clocks. The modules above them, from lib/run/sync.c down to
 * lib/core/walk.c, are the real ones.
 */
#ifndef FLUENT_SYNC_MODEL_H
#define FLUENT_SYNC_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/inbox.h"
#include "store/list_proofs.h"
#include "store/record.h"
#include "store/rejects.h"
#include "store/request_schema.h"
#include "store/requests.h"
#include "store/runs.h"
#include "store/state.h"
#include "store/tickets.h"
#include "store/walk_pages.h"

enum {
    MODEL_SLOTS = 2048,    /* tickets, dead ones too */
    MODEL_VERSIONS = 8192, /* changes of them in one history */
    MODEL_PAGES = 1024,    /* of a walk in progress */
    MODEL_PAGE_IDS = 32768,
    MODEL_REJECTS = 24,
    MODEL_PROOFS = 2048,
    MODEL_RUNS = 64,  /* whose begins are remembered */
    MODEL_CALLS = 64, /* that wait at the same time */
    MODEL_HEARD = 256,
    MODEL_ADDRESSES = 512, /* that a cache remembers */
    MODEL_TEXT = 26,
    MODEL_BEGAN_S = 1700000000, /* when every history begins */
};

/* What the API user is shown of a ticket. */
enum model_view {
    VIEW_GONE,     /* deleted */
    VIEW_HIDDEN,   /* not on the list, and refused by itself */
    VIEW_UNLISTED, /* not on the list, but GET /tickets/N answers */
    VIEW_SHOWN,
};

/* What a ticket is from a moment on. Moments are numbered: each change has its own. */
struct model_version {
    int64_t id, moment, content, at_ms;
    int64_t updated_at, created_at; /* by the site's clock; updated_at may be 0: null */
    enum model_view view;
    bool moves;    /* updated_at became the site's time: an incremental run must find it */
    bool restored; /* by a backup of the site */
    bool closed;
    int64_t resolved_at; /* 0: null, as of a ticket whose status was set to closed; stays when it is
                            opened again */
    int before;          /* the version before it; -1: none */
    char updated_text[MODEL_TEXT], created_text[MODEL_TEXT], resolved_text[MODEL_TEXT], number[24];
};

struct model_slot {
    int64_t id;
    int newest;        /* version */
    bool poison;       /* breaks every answer that it is in */
    bool lost;         /* its row was restored away, and has not come back */
    int64_t lost_from; /* the walk that was in progress then; 0: none */
};

/* A row of fluent_tickets. */
struct model_row {
    int64_t id; /* of the row; 0: none */
    int64_t content, updated_at, mailbox, edits_kept;
    int64_t deleted_at; /* by the database's clock, in seconds, as long as `deleted` */
    bool deleted, invisible, hidden, left_scope;
    char fingerprint[HASH_SIZE], number[24], created_at[20], updated_text[20];
    char status[8], resolved_at[20];
};

struct model_reject {
    char fluent_id[FLUENT_ID_SIZE], fingerprint[HASH_SIZE], reason[100];
    bool accepted;
    int attempts;
    int64_t last_seen, next_attempt; /* by the database's clock, in seconds */
};

/* A row of fluent_inbox. */
struct model_call {
    struct inbox_call call;
    int64_t run_id, moment; /* of the last call */
};

struct model_walk_page {
    int64_t walk_id, run_id;
    struct walk_interval interval;
    int first_id, ids; /* of tables.page_ids */
};

/* What a transaction may change; rolled back by copying. */
struct model_tables {
    struct model_row rows[MODEL_SLOTS]; /* by slot */
    int row_count;                      /* slots that have been used */
    int64_t set_aside[MODEL_SLOTS];     /* when such rows were marked as deleted */
    int set_aside_count;
    int64_t deletes_confirmed_at;
    int64_t run_id;
    struct model_reject rejects[MODEL_REJECTS];
    int reject_count;
    struct model_call calls[MODEL_CALLS];
    int call_count;
    bool has_state;
    struct state state; /* its texts are those below */
    char home[64], address[64], zone[64], scope[256], api_user[64], walk_scope[256], walk_user[64];
    int pages, page_ids;
    int64_t walk_moment, walk_ms;              /* when the walk in progress began */
    bool on_record[MODEL_SLOTS];               /* fluent_record, by slot */
    struct rolling_proof proofs[MODEL_PROOFS]; /* fluent_list_proofs */
    int proof_count;
    int64_t run_begins[MODEL_RUNS]; /* of the last runs, the newest last */
    int run_count;
    bool recorded; /* as store_leave says, since the lease was last taken */
};

/* An answer that a cache keeps. */
struct model_address {
    uint64_t key;
    int64_t at_ms;         /* when it was made */
    int64_t counted, read; /* the moments that it shows */
};

struct model {
    int64_t most_deletes; /* of max_deletes, that the run may mark; 0: any number */
    int64_t window_s;     /* within this time */
    uint64_t random;
    bool trace;

    /* Clocks: true time; what the site's and the machine's show is shifted. */
    int64_t now_ms;
    int64_t site_shift_s, machine_shift_s;
    int64_t site_latest; /* the latest time that the site's clock has shown */
    int pace_ms;         /* an answer takes at most that long */

    /* The site */
    int slot_count;
    int version_count;
    int64_t moment, content;
    int events, burst; /* changes still to come during runs; how many at once */
    bool calls;        /* many changes make the site call for the ticket */
    bool unlists;      /* random changes take tickets off the list that GET still shows */
    bool closes;       /* random changes close tickets, open them again, and move their dates */
    char site_home[64];

    /* The front */
    enum { CACHE_NONE, CACHE_ADDRESS, CACHE_PARAMETERS } cache; /* what it tells addresses by */
    bool cache_tells; /* its answers say how old they are */
    int64_t cache_s;  /* how long it keeps an answer */
    int64_t lag_s;    /* a replica that far behind answers pages by id */
    int cap;          /* rows on a page at most; 0: as many as are asked for */
    bool no_totals;   /* total is null */
    int head_rows;    /* a run's first head has so many rows at most: they stand for 100 */
    int large_head;   /* a later one has so many where 100 are asked for */
    int failures;     /* answers that fail by chance */
    /* The log of deletions: refused, true, or with entries that lack or name other tickets. */
    enum { LOG_REFUSED, LOG_TRUE, LOG_WRONG } log;
    int address_count;
    int64_t addresses_made;

    /* The run */
    int64_t steps_left; /* until it is killed; -1: it is not */
    bool dead, head_failed;
    int64_t answers;
    int64_t began, head_moment; /* moments: the run's begin, and what its first head shows */
    int head_asked;             /* rows of that head; 0: none was asked for yet */
    int64_t began_ms;

    /* The tables */
    bool open;
    int64_t looked_up; /* tickets that were looked for in fluent_tickets */
    int heard_count;   /* calls that waited when the run began, or have come since */
    struct model_call heard[MODEL_HEARD];
    const char *broken; /* a promise that did not hold */

    /* What needs no clearing for the next history; of the tables the rows */
    struct model_tables tables;
    struct model_slot slots[MODEL_SLOTS];
    struct model_tables saved; /* as they were before the open transaction */
    struct model_version versions[MODEL_VERSIONS];
    struct model_address addresses[MODEL_ADDRESSES];
    struct model_walk_page pages[MODEL_PAGES];
    int64_t page_ids[MODEL_PAGE_IDS];
};
extern struct model model;

/* A promise that the site sees kept; the others are history.h's. */
extern const char HEADS_ARE_LARGE_ENOUGH[];

__attribute__((format(printf, 1, 2))) void model_trace(const char *format, ...);
/* The first promise broken is the one that counts. */
void model_broken(const char *promise);

/* Empties everything; the random numbers begin with `seed`. */
void model_reset(int64_t seed);
/* 0 .. n - 1 */
int model_pick(int n);

/* One step of the run: false when it is the one at which it is killed, or was killed before. */
bool model_step(void);

/* ---- the site ---- */

int64_t model_site_time(void);    /* seconds, by the site's clock */
int64_t model_machine_time(void); /* by the machine's and the database's */

enum model_change {
    CHANGE_CREATE,
    CHANGE_EDIT,   /* updated_at moves */
    CHANGE_SILENT, /* it does not: tags, renamed customers */
    CHANGE_IMPORT, /* a new ticket with old dates */
    CHANGE_DELETE,
    CHANGE_HIDE,
    CHANGE_UNLIST,
    CHANGE_SHOW, /* what was hidden or unlisted */
    CHANGE_CLOSE,
    CHANGE_CLOSE_UNDATED, /* by its status alone: resolved_at stays as it is */
    CHANGE_REOPEN,
    CHANGE_DATE, /* resolved_at of a closed ticket is set by hand, up to weeks ago */
    CHANGE_KINDS
};
/* Strikes slot `slot` (of creations and imports: a new one). */
void model_change(enum model_change change, int slot);
/* A change at random, of a burst of tickets mostly. */
void model_change_any(void);
/* Time passes while a run goes on: changes happen, some of those that are still to come. */
void model_pass(void);
/* The site becomes what it was at `moment`; ids given since then are given again. */
void model_restore(int64_t moment);
/* Another site's content altogether, under the ids. */
void model_replace(void);
/* The tickets at the beginning; with `hides` some are not shown. */
void model_fill(int tickets, bool hides);

int model_slot_of(int64_t id); /* -1: no ticket had it */
/* The updated_at that belongs to a content of the ticket. */
int64_t model_updated_at(int slot, int64_t content);
/* What the ticket was at a moment; NULL: it was not there yet. */
const struct model_version *model_version_at(int slot, int64_t moment);
const struct model_version *model_newest(int slot);
/* The order of the list by updated_at, for qsort. */
int model_newest_first(const struct model_version *a, const struct model_version *b);
bool model_shown_throughout(int slot, int64_t from, int64_t to);
bool model_shown_once(int slot, int64_t from, int64_t to);

/* ---- the tables ---- */

/* The site calls for the ticket of a slot; NULL: nothing waits for it. */
void model_call(int slot);
const struct model_call *model_call_for(int slot);

const struct model_row *model_row(int slot); /* NULL: none */
bool model_is_there(int slot);               /* stored, and neither deleted nor invisible */
/* A backup of the tables is put back: these slots' rows are gone, the state is not. */
void model_lose(int slot);

#endif

/* entry: the tickets of a page on their way into the tables. */
#ifndef FLUENT_SYNC_ENTRY_H
#define FLUENT_SYNC_ENTRY_H

#include "run/writer.h"

enum { REASON_SIZE = 256 };

enum entry_kind {
    KIND_NEW,
    KIND_CHANGED,
    KIND_UNCHANGED,
    KIND_SKIPPED, /* out of scope */
    KIND_REJECT,
    KIND_HELD_BACK, /* it may be older than the stored row, which stays */
    KIND_REPEATED   /* the page holds it twice */
};

/* How far the mapping has come: a ticket that did not change needs no more than its identity. */
enum mapping_stage { MAPPING_IDENTITY, MAPPING_DONE, MAPPING_REJECTED };

struct entry {
    const struct ticket *ticket; /* NULL: not needed any more */
    struct row row;
    enum mapping_stage mapping;
    const char *reason; /* why it is a reject, "" for others */
    const struct stored *stored;
    enum entry_kind kind;
    struct { /* at the savepoint */
        const struct stored *stored;
        enum entry_kind kind;
    } before;
    bool ask;           /* KIND_HELD_BACK: the site is to be asked for this ticket by itself */
    bool ran_back;      /* and came with an updated_at that is hours before the stored one's */
    int64_t updated_at; /* KIND_HELD_BACK: as it came, 0: null */
    struct cell base;   /* of a new request, once it was needed */
    char mark[CONVERSATION_MARK_SIZE]; /* of its conversation; "": none can be asked for */
    bool has_no_response;
    bool marked; /* it is another one than is stored */
    bool left;   /* writing ahead: the page before, which is not stored yet, has the same ticket */
    bool unseen; /* writing ahead: neither the tables nor an earlier page had a ticket of this id */
    struct write write;
    bool columns_written[REQUEST_COLUMNS_MAX]; /* of its request, in this transaction */
};

/* Where a page outside of the walk comes from. */
struct page_origin {
    bool searched; /* from search=id:N, not from the head */
    bool alone;    /* no other answer of this run shows the ticket: an older state proves nothing */
    bool stale;    /* its answer is */
    bool edited;   /* its request holds an edit to be sent: it is merged though it did not change */
    bool retry;    /* a ticket that is still rejected counts as another attempt */
    int64_t newest; /* of a head that holds every change: its newest updated_at, which the state is
                       to know once its tickets are stored; 0: it knows it */
};

/* What a page adds to one of the run's counters: the most that any try of its transaction
 * counted. For if the answer to a COMMIT is lost, the next try finds everything stored and
 * counts nothing. */
struct page_count {
    int64_t before; /* the run's count before this page */
    int64_t added;
};

/* The database refused a row: the tickets are written in halves, each with a savepoint. */
struct row_refusals {
    bool in_halves;
    bool duplicate_retried; /* another session's row may have been in the way: that is tried once */
    size_t taken, unknown;  /* rows that were written; refused by an error that is not known */
    const char *unknown_reason;
};

struct batch {
    const struct page *page;
    struct page_proof proof;
    bool walked; /* it is a page of the walk: `proof` says something */
    bool absent; /* rows of tickets that stay deleted or invisible: see sweep.h */
    struct page_origin origin;
    struct entry *entries; /* ascending by fluent_id; NULL: not yet identified */
    size_t count;
    bool prepared;  /* by batch_prepare: its entries are mapped and in their order */
    bool looked_up; /* before the transaction */
    struct row_refusals refusals;
    struct reject_list rejects;       /* on record, of these tickets */
    struct page_count edits, deleted; /* deleted: tickets whose id was given to another one */
    bool wrote_most;                  /* of the tickets, when it is stored */
    struct arena arena;
};

/* Keeps a copy of why the entry is a reject; the caller marks it as one. -1 when memory ran out. */
int entry_keep_reason(struct batch *b, struct entry *e, const char *reason, struct error *error);

/* Fills in id, fluent_id, fingerprint and scope of `ticket`. -1 when memory ran out. */
int entry_identify(const struct run_basis *basis, struct batch *b, struct entry *e,
                   const struct ticket *ticket, struct error *error);

/* Maps an entry that is not yet mapped; the schema was read. -1 when memory ran out; a reject is no
 * failure. */
int entry_map(const struct run_basis *basis, struct batch *b, struct entry *e, struct error *error);

/* In a dry run: tells the caller of the run what would be done. */
void decision_report(const struct run_input *in, const struct sync_decision *decision);

#endif

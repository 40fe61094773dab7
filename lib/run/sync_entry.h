/* sync_entry: the tickets of a page on their way into the tables. */
#ifndef FLUENT_SYNC_SYNC_ENTRY_H
#define FLUENT_SYNC_SYNC_ENTRY_H

#include "run/sync_private.h"

enum { REASON_SIZE = 256 };

/* KIND_OLDER: the stored row stays. */
enum kind {
    KIND_NEW,
    KIND_CHANGED,
    KIND_UNCHANGED,
    KIND_SKIPPED,
    KIND_REJECT,
    KIND_OLDER,
    KIND_REPEATED
};

/* How far the mapping of an entry has come: what is unchanged needs no more than its identity. */
enum mapping_stage { MAPPING_IDENTITY, MAPPING_DONE, MAPPING_REJECTED };

struct entry {
    const struct ticket *ticket; /* NULL: not needed any more */
    struct row row;
    enum mapping_stage mapping;
    const char *reason; /* why it is a reject, "" for others */
    const struct stored *stored;
    enum kind kind;
    struct { /* at the savepoint */
        const struct stored *stored;
        enum kind kind;
    } before;
    bool ask;           /* KIND_OLDER: for this ticket, at another address */
    int64_t updated_at; /* KIND_OLDER: as it came, 0: null */
    struct cell base;   /* of a new request, once it was asked for */
    struct write write;
    bool columns_written[REQUEST_COLUMNS_MAX]; /* of its request, in this transaction */
};

struct batch {
    const struct page *page;
    struct page_proof proof;
    bool walked; /* `proof` says something */
    struct page_origin origin;
    bool aside;            /* rows of tickets that stay as absent as they are: sync_aside.c */
    bool looked_up;        /* before the transaction */
    bool careful;          /* in halves, each with a savepoint: the database refused a row */
    bool again;            /* a duplicate was tried again already */
    size_t taken, unknown; /* tickets that the database took; that it refused by an unknown error */
    const char *unknown_reason;
    struct entry *entries; /* ascending by fluent_id; NULL: not yet identified */
    size_t count;
    struct arena arena;
    struct reject *rejects; /* on record, of these tickets */
    size_t reject_count;
    /* The run's count before this page; what the page adds. A try after a commit whose answer was
     * lost finds nothing changed: the most that any try found counts. */
    int64_t edits_before, edits_kept;
    int64_t deleted_before, deleted; /* likewise, of tickets whose id belongs to another one now */
    bool wrote_most;                 /* of the tickets, when it is stored */
};

/* Keeps a copy of why the entry is a reject; the caller says so. -1 when memory ran out. */
int sync_keep_reason(struct batch *b, struct entry *e, const char *reason, struct error *error);

/* Maps an entry that is not yet mapped. -1 as sync_need_schema, or when memory ran out; a reject is
 * no failure. */
int sync_map_entry(struct run *run, struct batch *b, struct entry *e, struct error *error);

/* The merge base of a request that is all this row's: e->base. The row is mapped. -1 when memory
 * ran out. */
int sync_new_base(struct run *run, struct batch *b, struct entry *e, struct error *error);

/* In a dry run: hands the decision on. */
void sync_tell(const struct run *run, const struct sync_decision *decision);

/* May the row replace `stored`? If not, true: the entry becomes KIND_OLDER. The row is mapped. */
bool sync_holds_back(struct run *run, struct batch *b, struct entry *e,
                     const struct stored_request *stored);
/* Once the batch is stored: remembers the tickets that are to be asked for. */
int sync_note_older(struct run *run, const struct batch *b, struct error *error);

/* Within the transaction: merges the new and changed entries and writes them. */
int sync_write_entries(struct run *run, struct batch *b, struct error *error);

#endif

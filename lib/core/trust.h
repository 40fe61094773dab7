/*
 * trust: which answers of a site count as what it holds now, and what may be concluded from them.
 * Pure: no I/O, no clock.
 *
 * Caches and replicas repeat what the site once said. No two requests have the same address, so an
 * answer out of a cache means that the cache ignores a part of the address: it may be of any time.
 */
#ifndef FLUENT_SYNC_TRUST_H
#define FLUENT_SYNC_TRUST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Is the response older than the run, or may it be? `running_ms`: since the run's first request,
 * when the response came. An answer that a cache made is, whatever its Age says: the Age is that of
 * the outermost cache alone. */
bool trust_is_stale(int64_t age_s, bool cached, int64_t running_ms);

/* Who a site is. Texts may be NULL: not known. */
struct trust_identity {
    const char *home;    /* as its index tells */
    const char *address; /* api_url */
};

enum trust_site {
    TRUST_SITE_FIRST,       /* nothing is known of an earlier one */
    TRUST_SITE_SAME,        /* by its home; where it does not tell one, by its address */
    TRUST_SITE_OTHER,       /* it tells another home */
    TRUST_SITE_UNCONFIRMED, /* it may be another: nothing is written */
};

/* Is it the site of last time? */
enum trust_site trust_site(struct trust_identity before, struct trust_identity now);

/* A row of a list beside the one that is stored, whose content differs. */
struct trust_row {
    int64_t stored, received; /* updated_at as instants; 0: null, or not known */
    bool deleted;             /* the stored row is marked as deleted */
    bool stale;               /* the answer is: trust_is_stale */
    bool confirmed; /* another answer of this run, at another address and not stale, shows the
                       ticket with the same updated_at: the head for a page of the walk, and
                       search=id:N for any */
};

enum trust_verdict {
    TRUST_WRITE, /* the row replaces the stored one */
    TRUST_ASK,   /* it is older, or brings back a deleted ticket: search=id:N decides. Until then
                    the stored row stays; a run that does not ask is not complete */
    TRUST_KEEP,  /* the stored row stays; the run is not complete anyway */
};

/* May the row replace the stored one? A ticket that is not stored is always written. */
enum trust_verdict trust_row(const struct trust_row *row);

/* What became of a stored ticket that a complete walk did not see. */
enum trust_gone {
    GONE_UNKNOWN,   /* nothing is known: the row stays as it is, the run is not complete */
    GONE_LISTED,    /* the list shows it, now or again: its row is stored as any other */
    GONE_DELETED,   /* deleted_at is set */
    GONE_INVISIBLE, /* hidden from the list: invisible_since is set, whatever GET says of it */
};

/* What GET /tickets/N says. */
enum trust_single {
    SINGLE_DELETED, /* "No query results for model": nothing else means deleted */
    SINGLE_THERE,   /* 200 with the ticket */
    SINGLE_HIDDEN,  /* refused for this user */
    SINGLE_UNASKED, /* one of many that vanished: see trust_probes */
};

/* `listed`: search=id:N, asked where the single answer is SINGLE_THERE, shows it. `uncertain`: one
 * of the answers was stale, or did not come. */
enum trust_gone trust_gone(enum trust_single single, bool listed, bool uncertain);

enum {
    TRUST_FEW = 200,     /* so many vanished tickets are all asked for one by one; of more, */
    TRUST_SAMPLE = 64,   /* a sample of so many at most */
    TRUST_PROBES = 1000, /* single requests that a run spends on vanished tickets at most */
};

/*
 * Which of `count` vanished tickets, in the order of their rows, are asked for one by one: number
 * `first` and every `step`th after it. All when they are few, else an even sample, which begins at
 * another place with each `walk` (its number), so that every ticket has its turn. When none of a
 * sample of newly vanished tickets is deleted, the others are SINGLE_UNASKED, and so invisible;
 * when one is, the others are asked for too, TRUST_PROBES in all. Of tickets that were invisible
 * before only the sample is asked for.
 */
void trust_probes(size_t count, int64_t walk, size_t *first, size_t *step);

#endif

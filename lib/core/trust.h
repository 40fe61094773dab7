/*
 * trust: which answers show what a site holds now, and what may be concluded from them. Pure: no
 * I/O, no clock.
 *
 * Caches and replicas repeat what the site said earlier. No two requests have the same address, so
 * a cache that answers one ignores a part of the address, and its answer may be of any age.
 */
#ifndef FLUENT_SYNC_TRUST_H
#define FLUENT_SYNC_TRUST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Is the response older than the run, or may it be? `running_ms`: how long after the run's first
 * request it came. What a cache answered always counts as stale: its Age is only that of the
 * outermost cache. */
bool trust_is_stale(int64_t age_s, bool cached, int64_t running_ms);

/* What a site is known by. Texts may be NULL: not known. */
struct trust_identity {
    const char *home;    /* as the index of its API calls it */
    const char *address; /* api_url */
};

enum trust_site {
    TRUST_SITE_FIRST,       /* nothing is known of an earlier one */
    TRUST_SITE_SAME,        /* by its home; if it does not tell one, by its address */
    TRUST_SITE_OTHER,       /* it tells another home */
    TRUST_SITE_UNCONFIRMED, /* it may be another: nothing is written */
};

/* Is it the same site as before? */
enum trust_site trust_site(struct trust_identity before, struct trust_identity now);

/* A ticket as a list shows it, compared with the stored row, whose content differs. */
struct trust_row {
    int64_t stored, received; /* updated_at as instants; 0: null, or not known */
    bool deleted;             /* the stored row is marked as deleted */
    bool stale;               /* the answer is: trust_is_stale */
    bool confirmed; /* another answer of this run, from another address and not stale, shows the
                       ticket with the same updated_at: the head confirms a page of the walk,
                       search=id:N confirms any answer */
};

enum trust_verdict {
    TRUST_WRITE, /* the row replaces the stored one */
    TRUST_ASK,   /* it is older, or brings back a deleted ticket: search=id:N decides. Until then
                    the stored row stays; a run that does not ask is not complete */
    TRUST_KEEP,  /* the stored row stays; the run is not complete anyway */
};

/* May the row replace the stored one? A ticket that is not stored is always written. */
enum trust_verdict trust_row(const struct trust_row *row);

/* What became of a stored ticket that a walk did not see. */
enum trust_gone {
    GONE_UNKNOWN,   /* nothing is known: the row stays as it is, the run is not complete */
    GONE_LISTED,    /* the list shows it after all: it is stored like any other */
    GONE_DELETED,   /* deleted_at is set */
    GONE_INVISIBLE, /* hidden from the list: invisible_since is set, whatever GET says about it */
};

/* What GET /tickets/N says. */
enum trust_single {
    SINGLE_DELETED, /* "No query results for model": nothing else means deleted */
    SINGLE_THERE,   /* 200 with the ticket */
    SINGLE_HIDDEN,  /* refused for this user */
    SINGLE_UNASKED, /* one of many that vanished: see trust_probes */
};

/* `listed`: search=id:N, which is asked if `single` is SINGLE_THERE, shows the ticket. `uncertain`:
 * one of the answers was stale, or did not come. */
enum trust_gone trust_gone(enum trust_single single, bool listed, bool uncertain);

enum {
    TRUST_FEW = 200,     /* so many vanished tickets are all asked for one by one; */
    TRUST_SAMPLE = 64,   /* of more than that, a sample of so many at most */
    TRUST_PROBES = 1000, /* single requests that a run spends on vanished tickets at most */
};

/*
 * Which of `count` vanished tickets, in the order of their rows, are asked for one by one: number
 * `first` and every `step`th after it. All of them if they are few, else an even sample. That
 * begins at another place with each `walk` (its number), so that every ticket has its turn. If no
 * newly vanished ticket of the sample is deleted, the others are SINGLE_UNASKED, and so invisible;
 * if one is, the others are asked for too, TRUST_PROBES in all. Of tickets that were invisible
 * before, only the sample is asked for.
 */
void trust_probes(size_t count, int64_t walk, size_t *first, size_t *step);

#endif

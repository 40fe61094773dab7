/* site_tickets: the sample site's tickets, each kept as the JSON text the list serves. */
#ifndef SITE_TICKETS_H
#define SITE_TICKETS_H

#include <time.h>

#include "site_json.h"

struct ticket {
    int64_t id;
    int64_t order; /* updated_at as the site's database sorts it; INT64_MIN when null */
    int64_t mailbox;
    bool orphan;   /* its customer is gone */
    bool hidden;   /* from the API user */
    bool unlisted; /* hidden, but the single ticket is given all the same */
    bool refuses;  /* the API user may not change it */
    bool served;   /* in a list since the last reset_stats */
    size_t size;
    char *text;
    char *responses; /* its conversation, see site_responses.h; NULL: as it was generated */
};

struct tickets {
    struct ticket **by_id; /* ascending */
    size_t count, room;
    struct ticket **by_updated; /* ascending, then by id; NULL when stale */
    bool hiding;                /* some may be hidden; false: none is */
};

void tickets_free(struct tickets *tickets);

/* The three recorded pages in `dir`; false when one cannot be read. */
bool tickets_load_recorded(struct tickets *tickets, const char *dir);

/* Some 400 tickets of the 90 days before `now`, which read like a small agency's; false when
 * agency.json in `dir` cannot be read. */
bool tickets_make_up(struct tickets *tickets, const char *dir, time_t now);

/* `n` generated tickets; ids divisible by 50 do not occur. */
void tickets_generate(struct tickets *tickets, int64_t n);

/* Takes `text` over; NULL (and frees it) when its id is missing or taken. */
struct ticket *tickets_add(struct tickets *tickets, char *text);
struct ticket *tickets_find(const struct tickets *tickets, int64_t id);
void tickets_remove(struct tickets *tickets, struct ticket *ticket);

/* The ticket in new words, which are taken over; the id stays. */
void tickets_replace(struct tickets *tickets, struct ticket *ticket, char *text);

struct ticket **tickets_by_updated(struct tickets *tickets);

/* To be called after the process's time zone (TZ) has changed. */
void tickets_rekey(struct tickets *tickets);

/* A new ticket in the shape of the recorded ones. */
char *ticket_generate(int64_t id, time_t created, time_t updated, uint64_t seed);

/* "2026-11-22T07:30:05+00:00" and "2026-11-22 02:30:05", the two formats the API mixes. */
enum { TIME_TEXT = 32 };
const char *time_utc(char out[TIME_TEXT], time_t t);
const char *time_local(char out[TIME_TEXT], time_t t);
bool time_parse(struct span value, time_t *t);

/* The next number of a splitmix64 sequence. */
uint64_t random_next(uint64_t *state);

#endif

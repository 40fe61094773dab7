/* words: dates, durations and numbers as the page and `status` write them. Pure. */
#ifndef FLUENT_SYNC_PAGE_WORDS_H
#define FLUENT_SYNC_PAGE_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/outbox_row.h"

/* Room for any of these. Each returns the buffer that it is given. */
enum { WORDS_SIZE = 64 };

/*
 * Wall times are "YYYY-MM-DD HH:MM:SS"; `now` is the one at which the page is written: another
 * year than its year is named. A text that is no wall time is copied as it is.
 */
char *words_when(char words[WORDS_SIZE], const char *wall, const char *now); /* Thu 26 Nov, 14:20 */
/* The same without the day when it is that of `now`: 14:20. */
char *words_clock(char words[WORDS_SIZE], const char *wall, const char *now);
char *words_weekday(char words[WORDS_SIZE], const char *wall, const char *now); /* Thu 26 Nov */
char *words_day(char words[WORDS_SIZE], const char *wall, const char *now);     /* 26 Nov */
char *words_short(char words[WORDS_SIZE], const char *wall, const char *now);   /* 26 Nov 14:20 */

/* 40 s, 11 min, 7 h 41 min, 20 h, 3 days */
char *words_age(char words[WORDS_SIZE], int64_t seconds);
/* 0.53 s, 4.6 s, 41 s, 1 min 5 s, 2 h 3 min */
char *words_took(char words[WORDS_SIZE], int64_t ms);
/* 1,901 */
char *words_number(char words[WORDS_SIZE], int64_t number);
/* The same where there is little room: 999, 8.2k, 30k */
char *words_brief(char words[WORDS_SIZE], int64_t number);
/* 1 ticket, 1,901 tickets */
char *words_count(char words[WORDS_SIZE], int64_t number, const char *noun);

/* The text without the queries of the addresses in it, which are long and tell a reader nothing.
 * Changes the text. */
char *words_without_queries(char *text);

/* Days since 1970-01-01 of the day that a text begins with; false when it is none. */
bool words_day_number(const char *text, int64_t *day);
/* "YYYY-MM-DD" of it. */
char *words_day_text(char words[WORDS_SIZE], int64_t day);

/* "2 waiting, 1 held": how many rows of the outbox are in which state, of those that are not over;
 * "" when there is none. */
enum { WORDS_OUTBOX_SIZE = 128 };
const char *words_outbox(char words[WORDS_OUTBOX_SIZE], const int64_t counts[OUTBOX_STATES]);

#endif

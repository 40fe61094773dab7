/*
 * site: a FluentSupport site: builds the URLs, asks again when that can help, and says what an
 * answer means. What is retried and what is not: retry.h and docs/how-it-works.md, "Retries".
 */
#ifndef FLUENT_SYNC_SITE_H
#define FLUENT_SYNC_SITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "codec/decode.h"
#include "io/http.h"
#include "model/site_options.h"

struct site;

/* What can be asked for. */
enum site_what {
    SITE_INDEX,   /* GET
                     /wp-json/?_fields=name,home,gmt_offset,timezone_string,namespaces,authentication
                   */
    SITE_ME,      /* GET /me */
    SITE_BY_ID,   /* a page of the list by id, ascending */
    SITE_RECENT,  /* a page of the list by updated_at, descending */
    SITE_SEARCH,  /* the list, search=id:N: one ticket in the list's own shape, or none */
    SITE_TICKET,  /* GET /tickets/N, only to learn whether it exists */
    SITE_MAILBOX, /* a page of the list, filters[mailbox_id]=N; a site may ignore the filter */
    SITE_LOGIN,   /* the index with the credentials: does the site take offence at them? */
};

struct site_request {
    enum site_what what;
    int64_t page, per_page; /* SITE_BY_ID, SITE_RECENT, SITE_MAILBOX */
    int64_t ticket;         /* SITE_SEARCH, SITE_TICKET */
    int64_t mailbox;        /* SITE_MAILBOX */
    bool once;              /* a question on the side: it is not asked again when it fails */
};

/* SITE_TICKET */
enum site_presence {
    SITE_PRESENT,   /* it is there: 200 with a ticket, or the 500 of a ticket whose customer is gone
                     */
    SITE_DELETED,   /* "No query results for model" */
    SITE_INVISIBLE, /* there, or not: not for this user */
};

/* Why a request was refused, as far as a caller has to know. */
enum site_cause {
    SITE_CAUSE_OTHER,
    SITE_CAUSE_LOGIN,      /* 401; several causes look alike */
    SITE_CAUSE_LOGIN_TOLD, /* the site says what is wrong with the credentials, or who takes them */
    SITE_CAUSE_PERMISSION, /* in FluentSupport */
    SITE_CAUSE_ROUTE,      /* there is none: the plugin is off, or another site */
    SITE_CAUSE_FIREWALL,   /* something before WordPress refuses this very request */
};

struct site_answer {
    struct site_request request;
    /* ERR_NONE, or why there is no answer. ERR_UNAVAILABLE: after all retries. */
    struct error error;
    enum site_cause cause;
    /* Of a failure: may this very page be at fault (a 500, a body that is none, a time-out, a
     * firewall that objects to its text), so that asking for less may help? That single tickets
     * can be read is to be shown first: the whole site may be at fault. */
    bool splittable;
    struct page page;        /* SITE_BY_ID, SITE_RECENT, SITE_SEARCH */
    struct site_index index; /* SITE_INDEX; texts belong to the answer */
    bool sees_all;           /* SITE_ME */
    enum site_presence presence;
    size_t printed;        /* bytes before its JSON: decode_printed */
    bool stale;            /* it is older than this site's opening, or may be: trust_is_stale */
    int64_t age_s;         /* as its headers say, seconds; -1: they do not */
    int64_t date;          /* the response's Date header, seconds since 1970; 0: none */
    int status;            /* of the last response; 0: none came */
    int64_t elapsed_ms;    /* of the last response */
    struct http_trip trip; /* of the last response that had a connection of its own */
    struct arena arena;
};

/* -1 with ERR_INTERNAL. `options` is copied, what it points to must outlive the site. The caller
 * owns `*site`. */
int site_open(struct site **site, const struct site_options *options, const struct limits *limits,
              const struct log *log, struct error *error);
void site_close(struct site *site);

/* Begins a request; up to `connections` are on the wire at a time, the rest wait their turn. */
int site_ask(struct site *site, const struct site_request *request, struct error *error);

/*
 * Waits for the next answer, whichever request it is to; `*answer` is the caller's
 * (site_answer_free). A failed request is an answer too. -1 when the wait itself ended: the
 * deadline, a signal, or the tick; requests under way stay so. With nothing outstanding: `*answer`
 * is NULL and the return 0.
 */
int site_wait(struct site *site, struct site_answer **answer, struct error *error);
void site_answer_free(struct site_answer *answer);
/* For __attribute__((cleanup)). */
void site_answer_cleanup(struct site_answer **answer);

/* Asks and waits, with nothing else outstanding. -1 with the request's own error or the wait's. */
int site_get(struct site *site, const struct site_request *request, struct site_answer **answer,
             struct error *error);

/* The form that worked, SITE_FORM_UNKNOWN before any did. */
enum site_form site_form(const struct site *site);
/* The answers given so far that were stale; failures do not count. */
struct site_staleness {
    int64_t answers;
    int64_t oldest_s; /* the largest age that was told; -1: none was */
};
struct site_staleness site_stale(const struct site *site);
/* The most bytes that stood before the JSON of an answer so far: decode_printed. */
size_t site_printed(const struct site *site);
int site_outstanding(const struct site *site);
int64_t site_requests(const struct site *site);
int64_t site_bytes(const struct site *site);

#endif

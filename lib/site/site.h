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

enum { SITE_REASON_MAX = 1024, SITE_VERSION_SIZE = 32 };

/* What can be asked for. */
enum site_what {
    SITE_INDEX,        /* GET
                          /wp-json/?_fields=name,home,gmt_offset,timezone_string,namespaces,authentication
                        */
    SITE_ME,           /* GET /me */
    SITE_BY_ID,        /* a page of the list by id, ascending */
    SITE_RECENT,       /* a page of the list by updated_at, descending */
    SITE_SEARCH,       /* the list, search=id:N: one ticket in the list's own shape, or none */
    SITE_TICKET,       /* GET /tickets/N, only to learn whether it exists */
    SITE_CONVERSATION, /* the same, for its conversation */
    SITE_MAILBOX,      /* a page of the list, filters[mailbox_id]=N; a site may ignore the filter */
    SITE_LOGIN,        /* the index with the credentials: does the site take offence at them? */
    SITE_README,       /* GET /wp-content/plugins/fluent-support/readme.txt: which version is it? */
    SITE_LOG,          /* GET /activity-logger, the newest entries: which tickets were deleted? */
    /* Changes: see site_change.h. */
    SITE_SET,     /* PUT /tickets/N/property */
    SITE_CLOSE,   /* POST /tickets/N/close */
    SITE_REOPEN,  /* POST /tickets/N/re-open */
    SITE_RESPOND, /* POST /tickets/N/responses */
};

struct site_request {
    enum site_what what;
    int64_t page, per_page; /* SITE_BY_ID, SITE_RECENT, SITE_MAILBOX; per_page: SITE_LOG */
    int64_t ticket;         /* SITE_SEARCH, SITE_TICKET, SITE_CONVERSATION, changes */
    int64_t mailbox;        /* SITE_MAILBOX */
    bool once;              /* a question on the side: it is not asked again when it fails */
    bool yields;            /* it is sent when no other request waits, not even a later one */
    const char *body;       /* of a change, the JSON document; until its answer. NULL: no change */
};

/* What became of a change. */
enum site_outcome {
    SITE_UNKNOWN,  /* it may be done, or be done yet */
    SITE_NOT_SENT, /* nothing reached the site */
    SITE_REFUSED,  /* by the site, which has stored nothing */
    SITE_ACCEPTED, /* the site says that it is done */
};

/* SITE_TICKET, SITE_CONVERSATION */
enum site_presence {
    SITE_PRESENT,   /* it is there: 200 with a ticket, or the 500 of a ticket whose customer is gone
                     */
    SITE_DELETED,   /* "No query results for model" */
    SITE_INVISIBLE, /* there, or not: not for this user */
};

/* The cause of a failed request: site_answer.error.cause. */
enum site_cause {
    /* ERR_UNAVAILABLE: the way to the site */
    SITE_NO_CONNECTION = ERROR_SITE,
    SITE_UNFINISHED,   /* the request was sent, its answer timed out or broke off */
    SITE_NO_THREAD,    /* on this machine, to look up the name */
    SITE_BAD_ENCODING, /* the Content-Encoding is none that is known, or a lie */
    SITE_TOO_LARGE,
    /* ERR_REFUSED: the address, and what stands before WordPress */
    SITE_BAD_CERTIFICATE,
    SITE_NO_TLS, /* the port does not speak https */
    SITE_NO_API, /* no REST API under either form of URL, on a site that never gave an answer */
    SITE_REDIRECTED,
    SITE_NO_ROUTE,       /* the plugin is off, or it is another site */
    SITE_BLOCKED,        /* by a firewall */
    SITE_BLOCKED_PAGE,   /* likewise, though other pages come through */
    SITE_BLOCKED_TICKET, /* likewise, a single ticket: ERR_UNAVAILABLE */
    /* ERR_REFUSED: the login and the rights */
    SITE_CLOSED_INDEX, /* shown only to those logged in */
    SITE_BAD_PASSWORD,
    SITE_NO_USER,
    SITE_TOKEN_PLUGIN,    /* a plugin for JSON Web Tokens takes the Authorization header */
    SITE_SERVER_PASSWORD, /* the web server itself asks for one */
    SITE_BAD_CREDENTIALS, /* any of several causes that look alike; check lists them */
    SITE_NO_PERMISSION,   /* in FluentSupport */
    SITE_BAD_REQUEST,     /* any other status of 400 and more */
    SITE_CHANGE_REFUSED,  /* of a change: by the plugin, in its own words */
    /* ERR_UNAVAILABLE: trouble that may pass */
    SITE_RATE_LIMIT,
    SITE_MAINTENANCE,
    SITE_DOWN, /* WordPress as a whole, whatever is asked */
    SITE_SERVER_ERROR,
    SITE_ODD_STATUS,
    SITE_PAGE_INSTEAD, /* HTML, on a site that gave answers before */
    SITE_UNREADABLE,   /* it was to be JSON */
    SITE_OTHER_ANSWER, /* JSON, or another type, but not what was asked for */
};

struct site_answer {
    struct site_request request;
    /* ERR_NONE, or why there is no answer, with an enum site_cause. ERR_UNAVAILABLE: after all
     * retries. ERR_INTERNAL, without a cause: no memory. */
    struct error error;
    char reason[SITE_REASON_MAX]; /* its message without what was asked for and where */
    /* Of a failure: may this very page be at fault (a 500, a body that is none, a time-out, a
     * firewall that objects to its text), so that asking for less may help? That single tickets
     * can be read is to be shown first: the whole site may be at fault. */
    bool splittable;
    struct page page;            /* SITE_BY_ID, SITE_RECENT, SITE_SEARCH */
    struct site_index index;     /* SITE_INDEX; texts belong to the answer */
    struct site_rights rights;   /* SITE_ME */
    struct activity_log log;     /* SITE_LOG; of the arena */
    enum site_presence presence; /* SITE_TICKET, SITE_CONVERSATION */
    /* SITE_CONVERSATION: of a ticket that is present; no rows when its customer is gone. */
    struct conversation conversation;
    enum site_outcome outcome;       /* of a change */
    int64_t response_id;             /* SITE_RESPOND: of the new entry; 0: not told */
    char version[SITE_VERSION_SIZE]; /* SITE_README: of the plugin; "" when it does not tell */
    const char *moved_to; /* SITE_REDIRECTED: the api_url that it leads to, of the arena; or NULL */
    size_t printed;       /* bytes before its JSON: decode_printed */
    bool stale;           /* it is older than this site's opening, or may be: trust_is_stale */
    int64_t age_s;        /* as its headers say, seconds; -1: they do not */
    int64_t date;         /* the response's Date header, seconds since 1970; 0: none */
    int status;           /* of the last response; 0: none came */
    int64_t elapsed_ms;   /* of the last response, */
    int64_t waited_ms;    /* and what of this was waited for it: see http_response */
    struct http_trip trip; /* of the last response that had a connection of its own */
    struct arena arena;
};

/* -1 with ERR_INTERNAL. `options` is copied, what it points to must outlive the site. The caller
 * owns `*site`. */
int site_open(struct site **site, const struct site_options *options, const struct limits *limits,
              const struct log *log, struct error *error);
void site_close(struct site *site);

/* Begins a request; up to `connections` are on the wire at a time, the rest wait their turn. -1
 * with ERR_INTERNAL. */
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

/* Asks and waits, with nothing else outstanding. -1 when the wait ended; a failed request is an
 * answer too. */
int site_exchange(struct site *site, const struct site_request *request,
                  struct site_answer **answer, struct error *error);
/* The same, and -1 with its own error and cause when the request failed. */
int site_get(struct site *site, const struct site_request *request, struct site_answer **answer,
             struct error *error);

/* Did the index come, and does it say which site it is? */
bool site_tells_home(const struct site_answer *index);
/*
 * Some sites show the index only to users who are logged in: asks for it again, with the
 * credentials, unless `*index` tells the home or the site is unavailable, and puts the answer in
 * its place if that is an index. With nothing else outstanding. -1 when the wait ended.
 */
int site_ask_private_index(struct site *site, struct site_answer **index, struct error *error);

/* The form that worked, SITE_FORM_UNKNOWN before any did. */
enum site_form site_form(const struct site *site);
/* The answers given so far that were stale; failures do not count, nor does SITE_LOG, from which
 * nothing follows. */
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

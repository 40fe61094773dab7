/* site_state: everything the sample site knows and was told, shared by its modules. */
#ifndef SITE_STATE_H
#define SITE_STATE_H

#include <pthread.h>

#include "site_cache.h"
#include "site_fault.h"
#include "site_plugin.h"
#include "site_tickets.h"

enum route {
    ROUTE_INDEX,
    ROUTE_ME,
    ROUTE_TICKETS,
    ROUTE_TICKET,
    ROUTE_CHANGE,   /* of a ticket: see site_write.h */
    ROUTE_ACTIVITY, /* see site_activity.h */
    ROUTE_UNKNOWN,  /* under /wp-json/, but no route */
    ROUTE_FRONT,    /* the site's front page, as HTML */
    ROUTE_REDIRECT, /* plain permalinks: to the same address with a slash */
    ROUTE_NOT_FOUND,
    ROUTES,
};

struct options {
    const char *fixtures, *user, *password, *prefix, *zone, *tickets;
    const char *port_file, *tls_cert, *tls_key, *log;
    int port;
};

struct stats {
    int64_t requests, tickets_served, bytes, connections;
    int64_t concurrent, max_concurrent;
    int64_t route[ROUTES];
    int64_t mails, hooks; /* that changes led to: mails to customers and agents; plugin's hooks */
};

/* Commands to obey after each `every`th page of tickets. */
struct between {
    char *run; /* NULL: none */
    int64_t every, times, pages;
};

/* Is the API user shown what was done? With the log off, what was done before. */
enum activity_access { ACTIVITY_REFUSED, ACTIVITY_ON, ACTIVITY_OFF };

enum { ACTIVITY_KEPT = 512 };

struct activity {
    enum activity_access access;
    int64_t count; /* entry number n, from 0 on, is entries[n % ACTIVITY_KEPT], if it is kept */
    struct {
        char event[32];
        int64_t ticket;
        time_t at;
    } entries[ACTIVITY_KEPT];
};

struct site {
    struct options options;
    int port;    /* the one bound */
    int stop_fd; /* readable once the program is to end */
    FILE *log;   /* or NULL */

    pthread_mutex_t lock; /* guards all that follows, and the process's TZ */
    struct tickets tickets;
    struct faults faults;
    struct cache cache;
    struct between between;
    struct activity activity;
    struct stats stats;
    enum plugin plugin;
    char *home, *zone, *me; /* me: the name of a recording */
    char *gmt_offset;       /* as JSON; NULL: what the zone has now */
    char *namespaces;       /* as JSON; NULL: as recorded */
    bool no_application_passwords, plain_permalinks;
    bool redirect_loop;             /* plain permalinks behind nginx: /wp-json/? leads to itself */
    bool private_index;             /* 401 without credentials */
    bool may_not_write, may_assign; /* the API user's rights to change tickets */
    char *changes;                  /* asked for so far, objects with commas between; or NULL */
    struct kept_change *kept_changes; /* to be carried out later */
    time_t clock_ahead;               /* the site's clock, against ours */
    time_t clock_stopped_at;          /* 0: it goes */
    char **kept;                      /* the tickets of a backup, as text; NULL: none */
    size_t kept_count;
    uint64_t random;
    int64_t last_response; /* how many entries commands have made */
};

/* The site's own time. */
time_t site_now(const struct site *site);

/* Sets the zone, the process's TZ with it; "" is a site with a fixed offset. */
void site_set_zone(struct site *site, const char *zone);

void site_forget_backup(struct site *site);

void site_free(struct site *site);

/* Replaces a malloc'ed text. */
void text_replace(char **text, char *by);

#endif

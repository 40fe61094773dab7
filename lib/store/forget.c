/* forget: the tables of a site, and how its rows leave them. */
#include "store/forget.h"

#include <stdio.h>

#include "store/store_private.h"
#include "store/walk_pages.h"

/* In this order: the mark that a conversation is stored goes before its entries, so that the next
 * run asks for it again if this ends in between. */
static const struct forgotten {
    const char *table, *name;
    struct change_found remove; /* nothing: it has a way of its own */
} FORGOTTEN[] = {
    {"fluent_tickets", "tickets", {.change = NULL}},
    {"fluent_ticket_changes", "changes of tickets", REMOVE_BY_ID("fluent_ticket_changes")},
    {"fluent_conversations", "conversations", REMOVE_BY_KEY("fluent_conversations", "fluent_id")},
    {"fluent_responses", "entries of conversations",
     REMOVE_BY_KEY("fluent_responses", "response_id")},
    {"fluent_rejects", "rejects", REMOVE_BY_KEY("fluent_rejects", "fluent_id")},
    {"fluent_outbox", "changes for the site", REMOVE_BY_ID("fluent_outbox")},
    {"fluent_inbox", "calls of the site", REMOVE_BY_KEY("fluent_inbox", "fluent_id")},
    {"fluent_walk_pages", "pages of a walk", {.change = NULL}},
    {"fluent_record", "parts of the list's record", REMOVE_BY_KEY("fluent_record", "chunk")},
    {"fluent_list_proofs", "parts of the list that were read",
     REMOVE_BY_KEY("fluent_list_proofs", "low")},
    {"fluent_sync_status", "runs", REMOVE_BY_ID("fluent_sync_status")},
};
_Static_assert(sizeof FORGOTTEN / sizeof *FORGOTTEN == FORGET_PARTS, "a part for each table");

/* Looking */

struct linked {
    int64_t requests, edited;
};
static const struct column LINKED[] = {
    COLUMN("COUNT(request_id)", struct linked, requests),
    COLUMN("COALESCE(SUM(edits_kept > 0), 0)", struct linked, edited),
};
static const struct select COUNT_LINKED =
    SELECT(LINKED, struct linked, "FROM fluent_tickets WHERE site_key = ?");
struct known_sites {
    const char *keys;
};
static const struct column KNOWN[] = {
    COLUMN("GROUP_CONCAT(IF(site_key = '', '\"\"', site_key) ORDER BY site_key SEPARATOR ', ')",
           struct known_sites, keys)};
static const struct select FIND_KNOWN = SELECT(
    KNOWN, struct known_sites, "FROM fluent_sync_state WHERE site_key <> '' OR home IS NOT NULL");

static int count_rows(struct db *db, const char *table, const char *site_key, int64_t *rows,
                      struct error *error)
{
    char from[128];
    struct db_value values[] = {db_text(site_key)};
    snprintf(from, sizeof from, "FROM %s WHERE site_key = ?", table);
    return select_count(db, from, VALUES(values), rows, error);
}

static int count_linked(struct db *db, const char *site_key, struct forget_found *found,
                        struct error *error)
{
    struct db_value values[] = {db_text(site_key)};
    struct arena arena = ARENA_INIT;
    struct records rows;
    int done = select_records(db, &COUNT_LINKED, VALUES(values), &rows, &arena, error);
    if (rows.count) {
        const struct linked *linked = rows.rows;
        found->requests = linked->requests;
        found->edited = linked->edited;
    }
    arena_release(&arena);
    return done;
}

int forget_look(struct db *db, const char *site_key, struct forget_found *found,
                struct error *error)
{
    int64_t states;
    *found = (struct forget_found){.requests = 0};
    if (count_rows(db, "fluent_sync_state", site_key, &states, error) < 0)
        return -1;
    found->known = states > 0;
    for (size_t i = 0; i < FORGET_PARTS; i++) {
        struct forget_part *part = &found->parts[i];
        part->name = FORGOTTEN[i].name;
        if (count_rows(db, FORGOTTEN[i].table, site_key, &part->rows, error) < 0)
            return -1;
        found->known |= part->rows > 0;
    }
    return count_linked(db, site_key, found, error);
}

int forget_known(struct db *db, const char **keys, struct arena *arena, struct error *error)
{
    struct records found;
    *keys = NULL;
    if (select_records(db, &FIND_KNOWN, &(struct db_parameters){0}, &found, arena, error) < 0)
        return -1;
    if (found.count)
        *keys = ((const struct known_sites *)found.rows)->keys;
    return 0;
}

/* Removing */

static const char BEGIN[] = "UPDATE fluent_sync_state SET watermark = NULL, last_full_walk = NULL, "
                            "walk_started = NULL WHERE site_key = ?";
static const char END[] = "DELETE FROM fluent_sync_state WHERE site_key = ?";

/* Where no foreign key stands, another site's ticket may have a request's id. */
struct linked_ticket {
    const char *id, *request_id;
};
static const struct column TICKET[] = {
    COLUMN("f.id", struct linked_ticket, id),
    COLUMN("IF(EXISTS (SELECT 1 FROM fluent_tickets o WHERE o.request_id = f.request_id "
           "AND o.site_key <> f.site_key), NULL, f.request_id)",
           struct linked_ticket, request_id),
};
static const struct select FIND_TICKETS =
    SELECT(TICKET, struct linked_ticket, "FROM fluent_tickets f WHERE f.site_key = ? LIMIT ?");
static const char REMOVE_TICKETS[] =
    "DELETE t FROM fluent_tickets t FORCE INDEX (PRIMARY) WHERE t.id IN (?*)";
static const char REMOVE_REQUESTS[] = "DELETE FROM requests WHERE source = 'fluent' AND id IN (?*)";

/* Ids of the tickets, or of their requests. */
static int remove_ids(struct store *store, const char *sql, const struct records *tickets,
                      bool requests, struct arena *arena, struct error *error)
{
    const struct linked_ticket *rows = tickets->rows;
    struct db_value *ids = arena_alloc(arena, (tickets->count + 1) * sizeof *ids);
    size_t count = 0;
    if (!ids)
        return error_no_memory(error);
    for (size_t i = 0; i < tickets->count; i++) {
        const char *id = requests ? rows[i].request_id : rows[i].id;
        if (id)
            ids[count++] = db_text(id);
    }
    const struct db_parameters parameters = {.list = ids, .list_count = count};
    return count ? db_change(store->db, sql, &parameters, error) : 0;
}

static int remove_tickets(struct store *store, bool requests, int64_t *removed, struct error *error)
{
    char most[DB_DIGITS];
    struct db_value values[] = {db_text(store->site_key), db_int(FORGET_AT_ONCE, most)};
    struct arena arena = ARENA_INIT;
    struct records found;
    int done = store_select(store, &FIND_TICKETS, VALUES(values), &found, &arena, error);
    if (done == 0 &&
        (remove_ids(store, REMOVE_TICKETS, &found, false, &arena, error) < 0 ||
         (requests && remove_ids(store, REMOVE_REQUESTS, &found, true, &arena, error) < 0)))
        done = -1;
    *removed = (int64_t)found.count;
    arena_release(&arena);
    return done;
}

int store_forget_begin(struct store *store, struct error *error)
{
    struct db_value key = db_text(store->site_key);
    return db_exec(store->db, BEGIN, &key, 1, error);
}

int store_forget_some(struct store *store, bool requests, int64_t *removed, struct error *error)
{
    int done = remove_tickets(store, requests, removed, error);
    for (size_t i = 0; i < FORGET_PARTS && done == 0 && *removed == 0; i++)
        if (FORGOTTEN[i].remove.change)
            done = store_change_some(store, &FORGOTTEN[i].remove, FORGET_AT_ONCE, removed, error);
    return done;
}

int store_forget_end(struct store *store, struct error *error)
{
    struct db_value key = db_text(store->site_key);
    return store_forget_walk_pages(store, error) < 0 ? -1 : db_exec(store->db, END, &key, 1, error);
}

/* lanes: the connections of two pages that are written side by side. */
#include "run/lanes.h"

#include <string.h>

static int make_lane(struct lane *lane, const struct writer *w, struct db *db, struct error *error)
{
    lane->writer = (struct writer){.in = w->in,
                                   .basis = w->basis,
                                   .schema_to_read = w->schema_to_read,
                                   .db = db,
                                   .limits = w->limits,
                                   .row = {.id = w->row.id},
                                   .has_rejects = w->has_rejects};
    return store_twin(w->store, db, &lane->writer.store, error);
}

/* Two nodes of a cluster would be in each other's way. */
static bool is_one_server(const struct db_options *mysql)
{
    return !mysql->hosts || !strchr(mysql->hosts, ',');
}

void lanes_open(struct lanes *lanes, const struct writer *w)
{
    struct error why = ERROR_INIT;
    struct db *db = NULL;
    if (!lanes->mysql || !is_one_server(lanes->mysql))
        return;
    lanes->open = true;
    if (db_open(&db, lanes->mysql, w->in->config->lease_s, &w->in->log, &why) == 0 &&
        make_lane(&lanes->both[0], w, w->db, &why) == 0 &&
        make_lane(&lanes->both[1], w, db, &why) == 0)
        return;
    log_write(&w->in->log, LOG_DETAIL, "one connection writes, not two: %s", why.message);
    lanes->both[1].writer.db = db;
    lanes_close(lanes, w);
}

void lanes_close(struct lanes *lanes, const struct writer *w)
{
    for (size_t i = 0; lanes->open && i < 2; i++) {
        struct writer *ahead = &lanes->both[i].writer;
        store_twin_free(ahead->store);
        if (ahead->db != w->db)
            db_close(ahead->db);
        *ahead = (struct writer){0};
    }
    lanes->open = false;
    lanes->mysql = NULL;
}

struct lane *lanes_beside(struct lanes *lanes, const struct db *busy)
{
    return &lanes->both[lanes->both[0].writer.db == busy];
}

void lane_take_over(struct lane *lane, struct writer *w)
{
    w->db = lane->writer.db;
    store_take_over(w->store, lane->writer.store);
}

void lane_roll_back(void *lane)
{
    store_rollback(((struct lane *)lane)->writer.store);
}

/*
 * lanes: the connections of two pages that are written side by side: the writer's own, and a second
 * one. A page goes ahead on one of them while the page before is finished on the other.
 */
#ifndef FLUENT_SYNC_LANES_H
#define FLUENT_SYNC_LANES_H

#include "run/writer.h"

struct lane {
    struct writer writer; /* writes ahead on this connection, and counts nothing */
};

struct lanes {
    const struct db_options *mysql; /* of the second connection; NULL: there is to be none */
    struct lane both[2];            /* while `open` */
    bool open;
};

/* Opens the second connection, if there is to be one. When that fails, one connection writes. The
 * schema was read, no page is being stored, and `writer` stays where it is. */
void lanes_open(struct lanes *lanes, const struct writer *writer);
/* No page is being stored. `writer` keeps the connection that it has. */
void lanes_close(struct lanes *lanes, const struct writer *writer);

/* The lane that does not use the connection `busy`. */
struct lane *lanes_beside(struct lanes *lanes, const struct db *busy);

/* The writer goes on with the lane's connection, and with the transaction in which that is. */
void lane_take_over(struct lane *lane, struct writer *writer);
/* Ends the lane's transaction; for turns_await. */
void lane_roll_back(void *lane);

#endif

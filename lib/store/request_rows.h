/* request_rows: the requests of all sources, each with its ticket if it has one, for the statements
 * that list them. */
#ifndef FLUENT_SYNC_STORE_REQUEST_ROWS_H
#define FLUENT_SYNC_STORE_REQUEST_ROWS_H

/* `r`, the requests, and `f`, their tickets. The newest ticket that refers to a request is its own.
 */
#define FROM_REQUESTS                                                                              \
    "FROM requests r LEFT JOIN fluent_tickets f ON r.source = 'fluent' AND f.request_id = r.id "   \
    "AND f.id = (SELECT MAX(o.id) FROM fluent_tickets o WHERE o.request_id = r.id) "
/* A condition: of FluentSupport only those of one site. */
#define REQUESTS_OF_SITE "(r.source IS NULL OR r.source <> 'fluent' OR f.site_key = ?)"
#define NEWEST_REQUESTS_FIRST " ORDER BY r.date DESC, r.time DESC, r.id DESC LIMIT ?"

#endif

/* http_date: the dates in the headers of a response. A part of http. */
#ifndef FLUENT_SYNC_HTTP_DATE_H
#define FLUENT_SYNC_HTTP_DATE_H

#include <stdint.h>

/* An HTTP-date (RFC 9110 5.6.7) as seconds since 1970; 0: it is none, or before 1970. */
int64_t http_date(const char *text);

/* Milliseconds of a Retry-After header (RFC 9110 10.2.3: seconds, or an HTTP-date, which counts
 * from `now`, seconds since 1970). 0 for a date that has passed; -1 when it is neither, or empty.
 */
int64_t http_retry_after_ms(const char *header, int64_t now);

#endif

/* http_date: reading dates with libcurl. */
#include "io/http_date.h"

#include <curl/curl.h>
#include <string.h>

/* Longer than any run: stands for every larger number, so that none overflows. */
static const int64_t EVER_S = INT64_C(1000000000);

int64_t http_date(const char *text)
{
    time_t instant = curl_getdate(text, NULL);
    return instant > 0 ? (int64_t)instant : 0;
}

static int64_t at_most_ever_ms(int64_t seconds)
{
    return (seconds < EVER_S ? seconds : EVER_S) * 1000;
}

int64_t http_retry_after_ms(const char *header, int64_t now)
{
    size_t digits = strspn(header, "0123456789");
    if (digits > 0 && !header[digits]) {
        int64_t seconds = 0;
        for (size_t i = 0; i < digits && seconds < EVER_S; i++)
            seconds = seconds * 10 + (header[i] - '0');
        return at_most_ever_ms(seconds);
    }
    int64_t instant = http_date(header);
    if (!instant)
        return -1;
    return instant > now ? at_most_ever_ms(instant - now) : 0;
}

/*
 * url: an address taken apart, as RFC 3986 3 has it. The parts are pieces of the text, which must
 * outlive them: nothing is decoded, judged or allocated.
 */
#ifndef FLUENT_SYNC_URL_H
#define FLUENT_SYNC_URL_H

#include <stdbool.h>
#include <stddef.h>

struct url_part {
    const char *at;
    size_t length; /* 0: there is none; `at` is where it would be */
};

/* SCHEME://USER@HOST PORT PATH TAIL, where a text without SCHEME:// begins with USER or HOST. */
struct url {
    struct url_part scheme;
    struct url_part user; /* up to the last `@` before the path; may hold a password */
    struct url_part host; /* of an IPv6 address with its brackets */
    struct url_part port; /* with its colon; or whatever else stands behind the host */
    struct url_part path;
    struct url_part tail; /* query and fragment, from the `?` or `#` on */
};

struct url url_split(const char *text);

/* Writes its host and port, all of an address that may be shown to everybody; what does not fit is
 * cut off. */
void url_host(char *host, size_t size, const char *text);

/* Is this the scheme, whatever its case? */
bool url_has_scheme(const struct url *url, const char *scheme);

/* The length of `text` up to the end of its path, without the slashes there. */
size_t url_length_to_path(const char *text, const struct url *url);

/* Is the host an address of this very machine: in 127.0.0.0/8, or ::1 with or without brackets? A
 * name never is: 127.0.0.1.example.com may be anyone's. */
bool url_is_loopback(struct url_part host);

#endif

/* decode_compare: fingerprints of tickets. */
#include <string.h>

#include "base/hash.h"
#include "codec/decode.h"
#include "codec/decode_text.h"

/* "2026-11-20T07:31:26+00:00" and "...Z" are one instant in two notations. */
static size_t without_utc_offset(const char *text, size_t n)
{
    if (n < 20 || text[4] != '-' || text[10] != 'T')
        return n;
    if (n == 20 && text[19] == 'Z')
        return 19;
    return n == 25 && memcmp(text + 19, "+00:00", 6) == 0 ? 19 : n;
}

/* Is it the address of an image that changes by itself? */
static bool moves(struct part key, const char *text, size_t n)
{
    static const char gravatar[] = "gravatar.com/avatar/";
    return (part_is(key, PART_NAME("photo")) || part_is(key, PART_NAME("avatar"))) &&
           memmem(text, n, gravatar, sizeof gravatar - 1);
}

/* Writes the string at `*at`, which is a key or the value of `key`, as its length and its text:
 * where the length says where a text ends, nothing in it needs an escape. Returns where that ends.
 */
static char *append_string(const char **at, const char *end, struct part key, char *to)
{
    size_t n;
    char *text = to + 1 + sizeof n;
    *to++ = '"';
    (*at)++;
    n = (size_t)(part_unescape(at, end, text) - text);
    if (*at == end || **at != ':')
        n = moves(key, text, n) ? 0 : without_utc_offset(text, n);
    memcpy(to, &n, sizeof n);
    return text + n;
}

/* Appends bytes that are equal for equal tickets, where what changes by itself is left out. */
static void append_to_compare(const char *at, size_t length, struct buf *out)
{
    const size_t longest = 1 + sizeof length; /* two bytes, as `""` is, become so many at most */
    const char *end = at + length;
    struct part key = {0}; /* of the value that follows */
    char *to = buf_extend(out, length / 2 * longest + 1);
    if (!to)
        return;
    while (at < end) {
        if (*at == '"') {
            const char *text = at + 1;
            to = append_string(&at, end, key, to);
            key = (struct part){text, (size_t)(at - text) - 1};
        } else {
            if (*at != ':')
                key.length = 0;
            *to++ = *at++;
        }
    }
    buf_cut(out, (size_t)(to - out->data));
}

void ticket_fingerprint(const struct ticket *ticket, const char *config_hash, char *fingerprint)
{
    struct buf text;
    buf_init(&text, SIZE_MAX / 2);
    buf_puts(&text, config_hash);
    append_to_compare(ticket->json, ticket->json_length, &text);
    fingerprint[0] = '\0'; /* equal to no stored one: the ticket counts as changed */
    if (!text.failed)
        hash_bytes(buf_text(&text), text.len, fingerprint);
    buf_release(&text);
}

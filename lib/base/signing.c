/* signing: HMAC-SHA256 and base64 by GLib. */
#include "base/signing.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>

static const char PREFIX[] = "whsec_", VERSION[] = "v1,", BLANKS[] = " \t\r\n";

/* GLib skips what is no base64: only the text that it would write itself counts. */
static int read_key(struct signing_key *key, const char *text, size_t n)
{
    char copy[2 * SIGNING_KEY_MOST];
    gsize size = 0;
    if (n >= sizeof copy)
        return -1;
    memcpy(copy, text, n);
    copy[n] = '\0';
    guchar *bytes = g_base64_decode(copy, &size);
    gchar *again = g_base64_encode(bytes, size);
    bool good = strcmp(copy, again) == 0 && size >= SIGNING_KEY_LEAST && size <= SIGNING_KEY_MOST;
    if (good) {
        memcpy(key->bytes, bytes, size);
        key->size = size;
    }
    explicit_bzero(copy, sizeof copy);
    explicit_bzero(bytes, size);
    explicit_bzero(again, strlen(again));
    g_free(bytes);
    g_free(again);
    return good ? 0 : -1;
}

int signing_keys_read(struct signing_keys *keys, const char *text)
{
    *keys = (struct signing_keys){.count = 0};
    for (text += strspn(text, BLANKS); *text; text += strspn(text, BLANKS)) {
        size_t n = strcspn(text, BLANKS), skip = sizeof PREFIX - 1;
        if (strncmp(text, PREFIX, skip) != 0)
            skip = 0;
        if (keys->count == SIGNING_KEYS_MAX ||
            read_key(&keys->keys[keys->count++], text + skip, n - skip) < 0)
            return -1;
        text += n;
    }
    return keys->count ? 0 : -1;
}

void signing_keys_forget(struct signing_keys *keys)
{
    explicit_bzero(keys, sizeof *keys);
}

void signing_sign(const struct signing_key *key, const struct signed_message *message,
                  char signature[SIGNATURE_SIZE])
{
    guint8 digest[DIGEST_SIZE];
    gsize size = sizeof digest;
    GHmac *hmac = g_hmac_new(G_CHECKSUM_SHA256, key->bytes, key->size);
    g_hmac_update(hmac, (const guchar *)message->id, (gssize)strlen(message->id));
    g_hmac_update(hmac, (const guchar *)".", 1);
    g_hmac_update(hmac, (const guchar *)message->timestamp, (gssize)strlen(message->timestamp));
    g_hmac_update(hmac, (const guchar *)".", 1);
    g_hmac_update(hmac, (const guchar *)message->body, (gssize)message->body_size);
    g_hmac_get_digest(hmac, digest, &size);
    g_hmac_unref(hmac);
    gchar *text = g_base64_encode(digest, size);
    snprintf(signature, SIGNATURE_SIZE, "%s", text);
    g_free(text);
}

bool signing_is_signed(const struct signing_keys *keys, const struct signed_message *message,
                       const char *list)
{
    char signature[SIGNATURE_SIZE];
    bool found = false;
    for (size_t k = 0; k < keys->count; k++) {
        signing_sign(&keys->keys[k], message, signature);
        for (const char *at = list; *(at += strspn(at, BLANKS));) {
            size_t n = strcspn(at, BLANKS), version = sizeof VERSION - 1;
            if (n > version && strncmp(at, VERSION, version) == 0)
                found |= digest_same(at + version, n - version, signature);
            at += n;
        }
    }
    return found;
}

/* decode_stored: reads the JSON of a ticket as raw_data holds it. */
#include "codec/decode.h"

enum { DOCUMENT_MAX = 64 << 20, WHY_MAX = 512 };

bool decode_stored(struct page *page, const char *json, size_t length,
                   const struct mapping_pairs *drop)
{
    struct buf body;
    char why[WHY_MAX];
    *page = (struct page){0};
    buf_init(&body, DOCUMENT_MAX);
    buf_puts(&body, "{\"tickets\":{\"data\":[");
    buf_append(&body, json, length);
    buf_puts(&body, "]}}");
    bool decoded =
        !body.failed && decode_page(page, body.data, body.len, drop, why, sizeof why) == DECODE_OK;
    buf_release(&body);
    if (decoded && page->count != 1) {
        page_release(page);
        decoded = false;
    }
    return decoded;
}

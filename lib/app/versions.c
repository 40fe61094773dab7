/* versions: asks each module for the version of its library. */
#include "app/versions.h"

#include "base/hash.h"
#include "base/text.h"
#include "codec/decode.h"
#include "config/config.h"
#include "io/db.h"
#include "io/http.h"

void versions_print(struct buf *out)
{
    static void (*const versions[])(struct buf *) = {http_version, decode_version, db_version,
                                                     text_version, hash_version,   config_version};
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
        versions[i](out);
        buf_puts(out, "\n");
    }
}

/* versions: asks the modules for those of their libraries. */
#include "versions.h"

#include "config.h"
#include "db.h"
#include "decode.h"
#include "hash.h"
#include "html.h"
#include "http.h"
#include "text.h"

void versions_print(struct buf *out)
{
    static void (*const versions[])(struct buf *) = {http_version,  decode_version, db_version,
                                                     html_version,  text_version,   hash_version,
                                                     config_version};
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
        versions[i](out);
        buf_puts(out, "\n");
    }
}

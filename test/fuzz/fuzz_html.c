/* fuzz_html: hostile HTML into readable text. */
#include <stdlib.h>
#include <string.h>

#include "codec/html.h"
#include "fuzz.h"

/* A line costs at most its prefix more, and an empty one before it twice that; a no-break entity or
 * a break is an input of some bytes. */
enum { GROWTH = 200, CEILING = 1 << 26 };

static void check_tidy(const char *text, size_t n)
{
    fuzz_harmless(text, n, "\n");
    if (n == 0)
        return;
    DEMAND(text[0] != '\n' && text[n - 1] != '\n');
    DEMAND(!strstr(text, "\n\n\n"));
    DEMAND(strlen(text) == n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char before[] = "Subject\n\n";
    struct buf alone, behind;
    buf_init(&alone, CEILING);
    buf_init(&behind, CEILING);
    char *html = fuzz_copy(data, size);
    DEMAND(html_to_text(&alone, html, size) == 0);
    check_tidy(buf_text(&alone), alone.len);
    DEMAND(alone.len <= GROWTH * (size + 1));

    /* The same behind another text, which stays. */
    buf_puts(&behind, before);
    DEMAND(html_to_text(&behind, html, size) == 0);
    DEMAND(!strncmp(buf_text(&behind), before, sizeof before - 1));
    DEMAND(!strcmp(buf_text(&behind) + sizeof before - 1, buf_text(&alone)));
    free(html);
    buf_release(&alone);
    buf_release(&behind);
    return 0;
}

/* decode_copy: copies tickets out of an answer, in the form in which raw_data holds them. */
#ifndef FLUENT_SYNC_DECODE_COPY_H
#define FLUENT_SYNC_DECODE_COPY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "codec/decode_text.h"
#include "model/mapping.h"

enum copy_fate { COPY_KEPT, COPY_LEFT_OUT };
/* Who takes what is copied. Texts are valid only during the call. */
struct copy_taker {
    /* Is given each outermost member of a ticket, before the ticket itself; also those that are
     * left out of it. Of an array, which is no ticket, it is given the members of the objects in
     * it. */
    void (*member)(void *context, struct part name, struct part value, enum copy_fate fate);
    /* Is given a ticket, without preview_response, live_activity and what is dropped. It returns 0,
     * or -1 to end the copying. */
    int (*ticket)(void *context, struct part json);
    void *context;
};
/*
 * Copies an answer: each ticket goes to the taker, and what is around them is appended to `frame`,
 * where tickets.data is empty. What is at the paths of `drop` ("customer.email"; NULL: none) is
 * left out of the tickets; an array on the way stands for each of its elements.
 *
 * It copies only what cJSON accepts, too, and only the form in which PHP writes it:
 * {"tickets":{...,"data":[...]}} without white space, in which numbers are whole and have at most
 * 15 characters, and a ticket has at most 1 MB. Anything may follow. false: it is something else,
 * which cJSON has to judge, or the taker has ended it, or memory ran out. The taker may have been
 * given some tickets then.
 */
bool copy_answer(const char *body, size_t length, const struct mapping_pairs *drop,
                 struct buf *frame, const struct copy_taker *taker);
/* Copies in the same way a single ticket that tree_print has printed. false: the taker has ended
 * it, or memory ran out. */
bool copy_printed(const struct buf *printed, const struct mapping_pairs *drop,
                  const struct copy_taker *taker);

#endif

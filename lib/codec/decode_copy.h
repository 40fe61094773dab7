/* decode_copy: copies tickets out of an answer, in the form in which raw_data holds them. */
#ifndef FLUENT_SYNC_DECODE_COPY_H
#define FLUENT_SYNC_DECODE_COPY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "codec/decode_text.h"
#include "model/mapping.h"

enum copy_fate { COPY_KEPT, COPY_LEFT_OUT };
/* Who takes what is copied. Texts are valid during the call. */
struct copy_taker {
    /* A member of the ticket that follows; it may be one that is left out of it. Members of objects
     * in an array, which are no ticket, come as well. */
    void (*member)(void *context, struct part name, struct part value, enum copy_fate fate);
    /* A ticket, without preview_response, live_activity and what is dropped. -1: no more of them.
     */
    int (*ticket)(void *context, struct part json);
    void *context;
};
/*
 * Copies an answer: all but the tickets to `frame`, where tickets.data is empty, and each ticket to
 * the taker. What is at the paths of `drop` (NULL: none) is left out.
 *
 * Only what cJSON accepts, and in the form in which PHP writes it: {"tickets":{...,"data":[...]}}
 * without white space in it; anything may follow. Whole numbers of at most 15 digits, tickets
 * of at most 1 MB. false for anything else, which cJSON has to judge, or when the taker wants no
 * more, or when memory ran out.
 */
bool copy_answer(const char *body, size_t length, const struct mapping_pairs *drop,
                 struct buf *frame, const struct copy_taker *taker);
/* Copies a ticket that tree_print has printed. false when the taker wants no more, or when memory
 * ran out. */
bool copy_printed(const struct buf *printed, const struct mapping_pairs *drop,
                  const struct copy_taker *taker);

#endif

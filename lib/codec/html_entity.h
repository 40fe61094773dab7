/* html_entity: entities and what they stand for. Private to html.c. */
#ifndef FLUENT_SYNC_HTML_ENTITY_H
#define FLUENT_SYNC_HTML_ENTITY_H

#include <string.h>

#include "codec/html_markup.h"

enum { HTML_ENTITY_SIZE = 8 };

/* Reads the entity that may begin at `s`, and writes the text that it stands for. Returns the
 * entity's length; 0: there is none. */
size_t html_read_entity(const char *s, size_t n, char text[HTML_ENTITY_SIZE]);

/*
 * Takes the first piece off `rest`, which is not empty, and returns it with its entities decoded: a
 * run of text without any, or in `room` what one entity stands for: a character, or nothing for a
 * control character other than \t, \n and \r, and for a number that is no character.
 */
static inline struct html_slice html_decode(struct html_slice *rest, char room[HTML_ENTITY_SIZE])
{
    struct html_slice piece = *rest;
    size_t n = *piece.at == '&' ? html_read_entity(piece.at, piece.n, room) : 0;
    if (n) {
        piece = (struct html_slice){room, strlen(room)};
    } else {
        const char *next = memchr(piece.at + 1, '&', piece.n - 1);
        n = next ? (size_t)(next - piece.at) : piece.n;
        piece.n = n;
    }
    rest->at += n;
    rest->n -= n;
    return piece;
}

#endif

/* html_entity: entities and what they stand for. Private to html.c. */
#ifndef FLUENT_SYNC_HTML_ENTITY_H
#define FLUENT_SYNC_HTML_ENTITY_H

#include "codec/html_markup.h"

enum { HTML_ENTITY_SIZE = 8 };

/*
 * Takes the first piece off `rest`, which is not empty, and returns it with its entities decoded: a
 * run of text without any, or in `room` what one entity stands for: a character, or nothing for a
 * control character other than \t, \n and \r, and for a number that is no character.
 */
struct html_slice html_decode(struct html_slice *rest, char room[HTML_ENTITY_SIZE]);

#endif

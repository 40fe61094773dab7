/* decode_tree: cJSON's trees, for the files of decode. */
#ifndef FLUENT_SYNC_DECODE_TREE_H
#define FLUENT_SYNC_DECODE_TREE_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum {
    TREE_MAX = 256 << 20,  /* bytes; in a tree "[]," takes a hundred */
    TREE_EXACT_DIGITS = 15 /* what a double holds of any number; the sign is counted too */
};

/* The UTF-16 unit of the escape at `at`; -1: none is there. */
int tree_escaped_unit(const char *at, const char *end);

/* Replaces in place, before parsing, what our texts cannot contain: see docs/how-it-works.md,
 * "Text". */
void tree_prepare(char *body, size_t length);

/* From here on this thread's trees are made in `arena`, which frees them; NULL: piece by piece
 * again, for cJSON_Delete. A text that cannot be parsed leaves nothing in the arena. */
void tree_use(struct arena *arena);

/* The tree of a text; a PHP warning may follow an object, an array or a string. Numbers that cJSON
 * would print with other digits are cJSON_Raw. NULL: it is not JSON, or as below. */
cJSON *tree_parse(const char *text, size_t length);
/* The same, after a byte order mark, the lines of a PHP warning, or anything else that a plugin
 * printed. */
cJSON *tree_behind_print(const char *text, size_t length);
/* The object that begins with `key` (in its quotes), after such output too. */
cJSON *tree_find(const char *key, const char *body, size_t length);
/* Where the object probably begins, as tree_find would find it; NULL: only tree_find can say. */
const char *tree_start(const char *key, const char *body, size_t length);
/* How many bytes of such output stood before the last JSON that this thread read. */
size_t tree_printed(void);
/* Sets that number when the JSON of `text` begins at `at`, and was read without a tree. */
void tree_note_printed(const char *text, const char *at);
/* Why the last tree is NULL: memory ran out, or it would have passed TREE_MAX; else it is no JSON.
 */
bool tree_starved(void);
bool tree_too_large(void);

/* The member of an object, NULL where there is none. */
cJSON *tree_member(const cJSON *object, const char *name);
/* A text, or a number's decimal text; NULL for anything else. It belongs to the tree or the arena.
 */
const char *tree_text(const cJSON *item, struct arena *arena);
const char *tree_text_member(const cJSON *object, const char *name, struct arena *arena);
/* A whole number below 2^53, else -1. */
int64_t tree_whole(const cJSON *item);

/* Appends a tree as JSON, in the form of decode_text.h. The recursion is as deep as the parser's.
 */
void tree_print(const cJSON *node, struct buf *out);
/* Appends a text as a JSON string. */
void tree_print_text(const char *text, size_t length, struct buf *out);

#endif

/* answer: one value at a time, before it is written: what may be given, and by which option. */
#ifndef FLUENT_SYNC_CONFIG_ANSWER_H
#define FLUENT_SYNC_CONFIG_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* Keys are given by their position in CONFIG_KEYS. */

enum { CONFIG_OPTION_SIZE = 48 };
/* The option of `setup` for the key, without its dashes: "api-url", "mysql-user". false: it has
 * none, as it is a password, or can be given more than once. */
bool config_option(size_t key, char option[CONFIG_OPTION_SIZE]);

/* Can `text` be a value of the key, and can a line of the file hold it, so that it is read back as
 * it is? -1 with ERR_USAGE, which names the key and, unless it is a password, the text. */
int config_answer(size_t key, const char *text, struct error *error);

#endif

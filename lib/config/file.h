/* file: finding and reading the configuration file. */
#ifndef FLUENT_SYNC_CONFIG_FILE_H
#define FLUENT_SYNC_CONFIG_FILE_H

#include "base/buf.h"
#include "config/bytes.h"
#include "config/config.h"
#include "config/problems.h"

/* The one of the whole machine, which the systemd service reads. */
#define CONFIG_SYSTEM_FILE "/etc/fluent-sync/fluent-sync.ini"

enum { CONFIG_FILE_MAX = 1024 * 1024 };

/* The file that was found; `path` NULL: none. */
struct config_file {
    char *path;
    struct config_bytes bytes;
};

/* Finds and reads the file. -1: there is one that cannot be read, or memory ran out. */
int config_file_open(struct config_file *file, const struct config_source *source,
                     struct config_problems *problems, struct buf *warnings);
void config_file_release(struct config_file *file);
/* The file that config_file_open finds; else the one to be made: as root the system's, else the
 * user's own. `*path` is for free(); NULL: there is no place for it. -1 when there is no memory. */
int config_file_target(const struct config_source *source, char **path);
/* Appends the places where config_file_open looks, separated by commas. */
void config_file_places(const struct config_source *source, struct buf *out);

#endif

/* setup_file: writes the file: who may read it, and what is kept of the one before. */
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/setup.h"
#include "base/replace.h"

static const char GROUP[] = "fluent-sync";

enum { FOR_OWNER = 0600, FOR_GROUP = 0640, DIRECTORY = 0755, OWN_DIRECTORY = 0700 };

/* As root the timer's user reads it by its group. */
static mode_t mode_of_file(enum setup_file file, gid_t *gid)
{
    const struct group *group = geteuid() == 0 ? getgrnam(GROUP) : NULL;
    *gid = group ? group->gr_gid : getegid();
    return group && file == SETUP_MAIN_FILE ? FOR_GROUP : FOR_OWNER;
}

void setup_file_mode(char text[SETUP_TEXT_SIZE])
{
    gid_t gid;
    mode_t mode = mode_of_file(SETUP_MAIN_FILE, &gid);
    snprintf(text, SETUP_TEXT_SIZE, "mode %04o%s%s", (unsigned)mode,
             mode == FOR_GROUP ? ", root:" : "", mode == FOR_GROUP ? GROUP : "");
}

static int fail(const char *path, struct error *error)
{
    return error_set(error, ERR_USAGE, "%s could not be written: %s", path, strerror(errno));
}

/* Makes the directories of the path that are missing. */
static int make_directories(const char *path, struct error *error)
{
    char *directory = strdup(path);
    mode_t mode = geteuid() == 0 ? DIRECTORY : OWN_DIRECTORY;
    int done = directory ? 0 : error_no_memory(error);
    for (char *at = directory; done == 0 && (at = strchr(at + 1, '/')) != NULL; *at = '/') {
        *at = '\0';
        if (mkdir(directory, mode) < 0 && errno != EEXIST && errno != EISDIR && errno != EROFS)
            done = fail(directory, error);
    }
    free(directory);
    return done;
}

/* Links what is there to FILE.bak, in the place of an older one: a rename then parts the two. */
static int keep(const char *path, struct error *error)
{
    char *kept;
    if (asprintf(&kept, "%s.bak", path) < 0)
        return error_no_memory(error);
    int done = 0;
    if ((unlink(kept) < 0 && errno != ENOENT) || (link(path, kept) < 0 && errno != ENOENT))
        done = fail(kept, error);
    free(kept);
    return done;
}

int setup_make_file(struct setup *setup, enum setup_file which, const struct config_edit *edit,
                    struct error *error)
{
    const char *path = which == SETUP_MAIN_FILE ? setup->path : setup->migrate_path;
    gid_t gid;
    mode_t mode = mode_of_file(which, &gid);
    struct replacement file;
    if ((which == SETUP_MAIN_FILE && setup_check_before(setup, error) < 0) ||
        make_directories(path, error) < 0 || replace_begin(&file, path, FOR_OWNER, error) < 0)
        return -1;
    int done = replace_write(&file, buf_text(&edit->text), edit->text.len, error);
    if (done == 0 && ((mode == FOR_GROUP && fchown(file.fd, 0, gid) < 0) ||
                      fchmod(file.fd, mode) < 0 || fsync(file.fd) < 0))
        done = fail(path, error);
    if (done == 0)
        keep(path, error);
    return replace_end(&file, error);
}

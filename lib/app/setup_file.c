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

struct access {
    uid_t uid; /* -1: whoever writes it */
    gid_t gid;
    mode_t mode;
};

/* Whoever reads a file that is there reads the new one too, but for the rest of the world. As root
 * the timer's user reads it by its group, where nothing else was decided. */
static struct access access_of(const char *path, enum setup_file file)
{
    struct stat status;
    const struct group *group = geteuid() == 0 ? getgrnam(GROUP) : NULL;
    if (stat(path, &status) == 0 && (status.st_uid || status.st_gid))
        return (struct access){status.st_uid, status.st_gid,
                               FOR_OWNER | (status.st_mode & FOR_GROUP)};
    if (group && file == SETUP_MAIN_FILE)
        return (struct access){0, group->gr_gid, FOR_GROUP};
    return (struct access){(uid_t)-1, (gid_t)-1, FOR_OWNER};
}

void setup_file_mode(const struct setup *setup, char text[SETUP_TEXT_SIZE])
{
    struct access access = access_of(setup->path, SETUP_MAIN_FILE);
    const struct group *group = access.mode == FOR_GROUP ? getgrgid(access.gid) : NULL;
    snprintf(text, SETUP_TEXT_SIZE, "mode %04o%s%s", (unsigned)access.mode, group ? ", group " : "",
             group ? group->gr_name : "");
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
    const struct access access = access_of(path, which);
    struct replacement file;
    if ((which == SETUP_MAIN_FILE && setup_check_before(setup, error) < 0) ||
        make_directories(path, error) < 0 || replace_begin(&file, path, FOR_OWNER, error) < 0)
        return -1;
    int done = replace_write(&file, buf_text(&edit->text), edit->text.len, error);
    if (done == 0 && (fchown(file.fd, access.uid, access.gid) < 0 ||
                      fchmod(file.fd, access.mode) < 0 || fsync(file.fd) < 0))
        done = fail(path, error);
    if (done == 0)
        keep(path, error);
    return replace_end(&file, error);
}

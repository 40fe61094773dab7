/* replace: writes a new file beside the old one, and renames it. */
#include "base/replace.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* The new file's name begins with a dot and the old one's name, and goes on like this. */
#define SUFFIX ".fluent-sync-XXXXXX"

enum { LEFT_BEHIND_S = 3600 }; /* none is written for so long */

static int fail(const struct replacement *file, struct error *error)
{
    return error_set(error, ERR_INTERNAL, "%s could not be written: %s", file->path,
                     strerror(errno));
}

static void remove_if_old(int directory, const char *name)
{
    struct stat status;
    if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode) &&
        status.st_mtime < time(NULL) - LEFT_BEHIND_S)
        unlinkat(directory, name, 0);
}

/* Removes what processes left that were killed while they wrote a file for the same path. */
static void remove_left_behind(const struct replacement *file)
{
    const char *slash = strrchr(file->name.data, '/');
    const char *name = slash ? slash + 1 : file->name.data;
    size_t length = strlen(name), stem = length - strlen("XXXXXX");
    char *path = slash ? strndup(file->name.data, (size_t)(name - file->name.data)) : strdup(".");
    DIR *directory = path ? opendir(path) : NULL;
    const struct dirent *entry;
    while (directory && (entry = readdir(directory)))
        if (strlen(entry->d_name) == length && strncmp(entry->d_name, name, stem) == 0)
            remove_if_old(dirfd(directory), entry->d_name);
    if (directory)
        closedir(directory);
    free(path);
}

int replace_begin(struct replacement *file, const char *path, mode_t mode, struct error *error)
{
    struct stat status;
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))
        return error_set(error, ERR_INTERNAL, "%s is not a regular file", path);
    *file = (struct replacement){.path = path, .fd = -1};
    buf_init(&file->name, strlen(path) + sizeof "." SUFFIX);
    /* Beside it, for rename; and under a name that nobody looks for. */
    if (buf_printf(&file->name, "%.*s.%s" SUFFIX, (int)(base - path), path, base) < 0)
        error_no_memory(error);
    else if ((file->fd = mkostemp(file->name.data, O_CLOEXEC)) < 0)
        fail(file, error);
    else if (fchmod(file->fd, mode) == 0) {
        remove_left_behind(file);
        return 0;
    } else {
        fail(file, error);
        close(file->fd);
        unlink(file->name.data);
    }
    buf_release(&file->name);
    return -1;
}

int replace_write(struct replacement *file, const char *bytes, size_t n, struct error *error)
{
    while (n > 0) {
        ssize_t done = write(file->fd, bytes, n);
        if (done < 0 && errno != EINTR)
            return fail(file, error);
        bytes += done > 0 ? done : 0;
        n -= done > 0 ? (size_t)done : 0;
    }
    return 0;
}

int replace_end(struct replacement *file, struct error *error)
{
    /* What only shows when the file is closed counts too. */
    if (close(file->fd) < 0 || (error->code == ERR_NONE && rename(file->name.data, file->path) < 0))
        fail(file, error);
    if (error->code != ERR_NONE)
        unlink(file->name.data);
    buf_release(&file->name);
    return error->code == ERR_NONE ? 0 : -1;
}

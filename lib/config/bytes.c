/* bytes: the bytes of a file or of a command's output, wiped when they are released. */
#include "config/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *read_all(int fd, struct config_bytes *bytes, size_t max)
{
    bytes->data = malloc(max + 2);
    if (!bytes->data)
        return strerror(ENOMEM);
    while (bytes->len <= max) {
        ssize_t n = read(fd, bytes->data + bytes->len, max + 1 - bytes->len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return strerror(errno);
        if (n == 0) {
            bytes->data[bytes->len] = '\0';
            return NULL;
        }
        bytes->len += (size_t)n;
    }
    return "is too large";
}

const char *config_bytes_read(struct config_bytes *bytes, const char *path, size_t max,
                              bool *absent)
{
    *bytes = (struct config_bytes){.data = NULL};
    /* Without blocking: also where the path is that of a pipe, there is an answer. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    *absent = fd < 0 && (errno == ENOENT || errno == ENOTDIR);
    if (fd < 0)
        return strerror(errno);
    struct stat status;
    const char *why = NULL;
    if (fstat(fd, &status) < 0)
        why = strerror(errno);
    else if (!S_ISREG(status.st_mode))
        why = "is not a regular file";
    else
        why = read_all(fd, bytes, max);
    close(fd);
    if (why) {
        config_bytes_release(bytes);
        return why;
    }
    bytes->mode = status.st_mode;
    bytes->owner = status.st_uid;
    bytes->shared = status.st_uid == 0 && status.st_gid != 0;
    return NULL;
}

void config_bytes_release(struct config_bytes *bytes)
{
    if (bytes->data)
        explicit_bzero(bytes->data, bytes->len);
    free(bytes->data);
    *bytes = (struct config_bytes){.data = NULL};
}

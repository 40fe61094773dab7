/* metrics: can the file for Prometheus be written? */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check/findings.h"
#include "check/subjects.h"

/* The file is written next to its place and renamed, so its directory counts. A run never fails
 * because of it. */
void check_metrics(struct check *c)
{
    static const char name[] = "metrics.textfile";
    const char *path = c->config->metrics_textfile, *slash = path ? strrchr(path, '/') : NULL;
    if (!path || !slash) {
        check_skip(c, name, "not wanted: [metrics] textfile is not set");
        return;
    }
    const char *directory =
        slash == path ? "/" : arena_copy(&c->arena, path, (size_t)(slash - path));
    if (!directory)
        return;
    struct stat status;
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
        check_warn(c, name, "name a file, or one that does not exist yet",
                   "%s is not a regular file", path);
    else if (access(directory, W_OK | X_OK) == 0)
        check_ok(c, name, "%s can be written", path);
    else
        check_warn(c, name, "let the user who runs it write to that directory",
                   "%s cannot be written: %s: %s", path, directory, strerror(errno));
}

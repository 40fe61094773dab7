/* metrics: can runs write their files: the metrics for Prometheus, and the page? */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check/findings.h"
#include "check/subjects.h"

/* A file is written next to its place and renamed, so its directory counts. A run never fails
 * because of it. */
static void check_file(struct check *c, const char *name, const char *key, const char *path)
{
    const char *slash = path ? strrchr(path, '/') : NULL;
    if (!path || !slash) {
        check_skip(c, name, "not used: %s is not set", key);
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
        check_warn(c, name, "let the user who runs fluent-sync write to that directory",
                   "%s cannot be written: %s: %s", path, directory, strerror(errno));
}

void check_metrics(struct check *c)
{
    check_file(c, "metrics.textfile", "[metrics] textfile", c->config->metrics_textfile);
    check_file(c, "report.file", "[report] file", c->config->report_file);
}

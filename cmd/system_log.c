/* system_log: writes to the system's log. */
#include "system_log.h"

#include <syslog.h>
#include <unistd.h>

_Static_assert(LOG_ERR == (int)SEVERITY_ERROR && LOG_DEBUG == (int)SEVERITY_DEBUG,
               "syslog(3) counts as RFC 5424 does");

void system_log(enum severity severity, const char *line)
{
    openlog("fluent-sync", LOG_PID, LOG_DAEMON);
    syslog((int)severity, "%s", line);
}

void system_log_last(enum severity severity, const char *line)
{
    alarm(1);
    system_log(severity, line);
    alarm(0);
}

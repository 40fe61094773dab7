/* system_log: the system's log (syslog(3)), for runs that nobody watches. */
#ifndef FLUENT_SYNC_SYSTEM_LOG_H
#define FLUENT_SYNC_SYSTEM_LOG_H

/* How severe a message is, as RFC 5424 6.2.1 numbers it. The names are not those of <syslog.h>,
 * which mean something else in base/log.h. */
enum severity {
    SEVERITY_ERROR = 3,
    SEVERITY_WARNING,
    SEVERITY_NOTICE,
    SEVERITY_INFO,
    SEVERITY_DEBUG
};

/* Writes one line. Where there is no such log it is lost. */
void system_log(enum severity severity, const char *line);
/* The same for a program that is about to end: if the log does not take it within a second, the
 * program is ended. */
void system_log_last(enum severity severity, const char *line);

#endif

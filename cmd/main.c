/* main: from the command line to the exit code. */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "app/versions.h"
#include "command.h"
#include "json.h"
#include "messages.h"
#include "store/migrate.h"

enum { LARGE = 3 << 19 }; /* the body of a page of 500 tickets, in bytes */

static struct limits_signal caught;

static void catch_signal(int number)
{
    limits_signal_note(&caught, number);
}

/* If a standard stream is closed, its number would go to the next file or connection, and so would
 * whatever is printed to the stream. */
static void hold_streams(void)
{
    int fd;
    do {
        fd = open("/dev/null", O_RDWR);
    } while (fd >= 0 && fd <= STDERR_FILENO);
    close(fd);
}

/* Without SA_RESTART, so that a signal interrupts what waits. Output that cannot be written is
 * reported as an error, so its signals are ignored. */
static void watch_signals(void)
{
    struct sigaction act = {.sa_handler = catch_signal};
    limits_signal_open(&caught);
    sigaction(SIGINT, &act, NULL);
    sigaction(SIGTERM, &act, NULL);
    act.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &act, NULL);
    sigaction(SIGXFSZ, &act, NULL);
}

/* The process holds passwords and customers' words, which must not get into a core dump. */
static void forbid_dumps(void)
{
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

static void prepare_process(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    hold_streams();
    forbid_dumps();
    mallopt(M_ARENA_MAX, 2);          /* libc's: the threads that store pages share one */
    mallopt(M_MMAP_THRESHOLD, LARGE); /* pages go back, and leave no hole */
    mallopt(M_TRIM_THRESHOLD, LARGE); /* what libc would set, had the other not been given */
    watch_signals();
}

static void print_version(bool libraries)
{
    enum { VERSIONS_MAX = 4096 };
    struct buf lines;
    puts("fluent-sync " FLUENT_SYNC_VERSION);
    if (!libraries)
        return;
    buf_init(&lines, VERSIONS_MAX);
    versions_print(&lines);
    fputs(buf_text(&lines), stdout);
    buf_release(&lines);
}

static enum log_level level_of(const struct args *args)
{
    if (args->quiet)
        return LOG_ERROR;
    if (args->verbose)
        return args->verbose == 1 ? LOG_DETAIL : LOG_TRACE;
    bool kept = args->log_json || args->syslog; /* such a log says how runs end */
    return kept ? LOG_INFO : LOG_NOTICE;
}

static int dispatch(const struct command *command, struct error *error)
{
#define COMMAND_RUNS(bit, word, asks_site, summary) cmd_##word,
    static int (*const runs[])(const struct command *command,
                               struct error *error) = {COMMANDS(COMMAND_RUNS)};
    return runs[args_command_of(command->args->command) - args_command(0)](command, error);
}

/* The zone of the tables is not known yet where it is the site's: this machine's is then taken. */
static int open_zone(struct zone **zone, const struct config *config, int64_t now,
                     struct error *error)
{
    enum { MINUTE = 60, HOUR = 3600 };
    struct tm local = {0};
    const time_t instant = (time_t)now;
    char name[16];
    if (strcmp(config->timezone, "site") != 0)
        return zone_open(zone, config->timezone, error);
    localtime_r(&instant, &local);
    long off = labs(local.tm_gmtoff);
    snprintf(name, sizeof name, "%c%02ld:%02ld", local.tm_gmtoff < 0 ? '-' : '+', off / HOUR % 24,
             off % HOUR / MINUTE);
    return zone_open(zone, name, error);
}

/* For check the day stands in the place of the configured one; for sync it is an option of the run.
 * `tickets` knows the zone of the tables, and takes the time too. */
static int apply_since(struct command *command, struct error *error)
{
    static const char option[] = "--since";
    const char *since = command->args->since;
    struct config *config = command->config;
    char day[ZONE_TEXT_SIZE];
    int64_t now = clock_wall_ms() / 1000;
    struct zone *zone = NULL;
    if (open_zone(&zone, config, now, error) < 0)
        return -1;
    bool good = config_moment(since, zone, now, day);
    zone_close(zone);
    if (!good)
        return error_set(error, ERR_USAGE, "%s: '%s' is not a date", option, since);
    day[DAY_SIZE - 1] = '\0';
    config_warn_future(config, option, day);
    memcpy(command->since, day, sizeof command->since);
    return command->args->command == CMD_CHECK ? config_since(config, day, option, error) : 0;
}

/* Loads the configuration and applies the command line to it. For a command that asks the site, the
 * deadline counts from here. */
static int configure(struct command *command, struct limits *limits, struct error *error)
{
    const struct args *args = command->args;
    struct config *config = command->config;
    bool asks_site = args_command_of(args->command)->asks_site;
    int64_t began_ms = clock_monotonic_ms();
    struct config_source source = {.file = args->config,
                                   .environment = (const char *const *)environ,
                                   .need_site = asks_site,
                                   .for_web =
                                       args->command == CMD_CGI || args->command == CMD_CHECK,
                                   .began_ms = began_ms,
                                   .signal = limits->signal};
    if (args->command == CMD_CGI)
        unsetenv("PATH"); /* commands get the built-in one, not the server's */
    int loaded = config_load(config, &source, error);
    if (args->command != CMD_CGI) /* the run that it starts will read them too */
        config_forget(environ);
    if (loaded < 0 || (args->since && apply_since(command, error) < 0))
        return -1;
    if (asks_site) {
        limits->deadline_ms = began_ms + (int64_t)config->deadline_s * 1000;
        watchdog_deadline(command->watchdog, limits->deadline_ms);
    }
    command->mysql = config->mysql;
    command->mysql.limits = limits;
    command->mysql.probe = MIGRATE_PROBE;
    return 0;
}

static int run(struct command *command, struct limits *limits, struct error *error)
{
    const struct args *args = command->args;
    if (args->help)
        return cmd_help(command, error);
    if (args->command == CMD_SETUP) /* it makes what the others load */
        return cmd_setup(command, error);
    if (configure(command, limits, error) < 0) {
        if (args->command == CMD_CHECK && error->code == ERR_USAGE)
            return cmd_check_unconfigured(args, error);
        if (args->command == CMD_CGI)
            return cmd_cgi_unconfigured(error);
        if (args->json)
            json_print_error(error, stdout);
        return (int)error->code;
    }
    if (args->command != CMD_CHECK) /* check reports them itself */
        messages_lines(command->log, LOG_WARNING, buf_text(&command->config->warnings), "");
    return dispatch(command, error);
}

/* false when the output could not be written, unless its reader has just gone away (| head). */
static bool flush_output(const struct limits *limits, struct error *error)
{
    struct pollfd out = {.fd = STDOUT_FILENO};
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return true;
    const char *why = errno ? strerror(errno) : "write error";
    if (errno == EPIPE || (poll(&out, 1, 0) > 0 && (out.revents & POLLERR)))
        return true;
    if (limits_check(limits, error) == 0) /* otherwise nobody read it in time */
        error_advise(error, ERR_INTERNAL, "see whether there is space where it goes",
                     "the output could not be written: %s", why);
    return false;
}

int main(int argc, char **argv)
{
    struct args args;
    struct error error = ERROR_INIT;
    struct progress progress = {0};
    struct limits limits = {.deadline_ms = INT64_MAX, .signal = &caught};
    struct messages messages = {.out = stderr, .progress = &progress, .limits = &limits};
    struct watchdog dog;
    struct log log = {.sink = messages_print, .context = &messages};
    int code;
    prepare_process();
    int parsed = args_parse(&args, argc, argv, &error);
    if (parsed == 0) {
        messages.json = args.log_json;
        messages.syslog = args.syslog;
        log.most = level_of(&args);
    }
    watchdog_start(&dog, &limits, &messages);
    if (parsed < 0) {
        code = (int)error.code;
        if (args.json)
            json_print_error(&error, stdout);
    } else if (args.version) {
        print_version(args.verbose > 0);
        code = EXIT_SUCCESS;
    } else {
        struct config config = {0};
        struct command command = {.args = &args,
                                  .config = &config,
                                  .log = &log,
                                  .progress = &progress,
                                  .limits = &limits,
                                  .watchdog = &dog,
                                  .out = stdout};
        if (args.json)
            watchdog_owe_document(&dog);
        code = run(&command, &limits, &error);
        config_release(&config);
    }
    if (!flush_output(&limits, &error) && code == EXIT_SUCCESS)
        code = (int)error.code;
    bool quiet_busy = args.quiet && error.code == ERR_BUSY;
    if (error.code != ERR_NONE && !quiet_busy)
        messages_lines(&log, LOG_ERROR, error.message, error.advice);
    args_release(&args);
    watchdog_stop(&dog);
    if (db_left_behind())
        _exit(code);
    return code;
}

/* password: reading a password from where a key says that it is. */
#include "config/password.h"

#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/secret.h"
#include "base/signing.h"
#include "config/bytes.h"
#include "config/command.h"

enum { COMMAND_TIMEOUT_MS = 10000 };

/* A token stands in a line of a request: no blank, no control character, and ASCII. */
static void check_token(const struct config_value *v, const char *token)
{
    size_t n = strlen(token);
    if (n > 0 && n < (size_t)v->key->minimum)
        config_problem(v->problems, &v->origin, "%s: it must have at least %d characters", v->name,
                       (int)v->key->minimum);
    for (size_t i = 0; i < n; i++)
        if (token[i] <= ' ' || token[i] > '~') {
            config_problem(v->problems, &v->origin,
                           "%s: it may have visible ASCII characters alone", v->name);
            return;
        }
}

static void check_webhook_secret(const struct config_value *v, const char *text)
{
    struct signing_keys keys;
    if (*text && signing_keys_read(&keys, text) < 0)
        config_problem(v->problems, &v->origin,
                       "%s: it must be one or two secrets of Standard Webhooks: whsec_ and the "
                       "base64 of 24 to 64 bytes",
                       v->name);
    signing_keys_forget(&keys);
}

/* The password itself, as it is given. The API's loses all white space; the database's, when a
 * file or a command gives it, one line break at its end. */
static void store(const struct config_value *v, const char *bytes, size_t len)
{
    struct secret *secret = config_place(v);
    enum secret_space space =
        secret == &v->config->site.password ? SECRET_STRIP_SPACE : SECRET_KEEP_SPACE;
    bool given_here = v->key->type == TYPE_SECRET;
    if (space == SECRET_KEEP_SPACE && !given_here && len > 0 && bytes[len - 1] == '\n')
        len -= len > 1 && bytes[len - 2] == '\r' ? 2 : 1;
    if (memchr(bytes, '\0', len))
        config_problem(v->problems, &v->origin, "%s: it contains a NUL byte", v->name);
    else if (secret_set(secret, bytes, len, space) < 0)
        v->problems->no_memory = true;
    else if (!*secret_reveal(secret) && !given_here)
        config_problem(v->problems, &v->origin, "%s: it is empty", v->name);
    else if (secret == &v->config->web.webhook_secret)
        check_webhook_secret(v, secret_reveal(secret));
    else if (v->key->minimum)
        check_token(v, secret_reveal(secret));
    if (!*secret_reveal(secret))
        secret_release(secret);
}

static void read_file(const struct config_value *v)
{
    struct config_bytes bytes;
    bool absent;
    const char *why = config_bytes_read(&bytes, v->text, CONFIG_SECRET_MAX, &absent);
    if (why) {
        config_problem(v->problems, &v->origin, "%s: %s: %s", v->name, v->text, why);
        return;
    }
    mode_t others = bytes.shared ? S_IROTH : S_IRGRP | S_IROTH;
    if ((bytes.mode & others) && !v->origin.variable) /* systemd itself guards its credentials */
        buf_printf(&v->config->warnings,
                   "%s contains a password and not only its owner can read it: chmod 600 it, "
                   "unless that is intended\n",
                   v->text);
    store(v, bytes.data, bytes.len);
    config_bytes_release(&bytes);
}

/* Those of the run that is to come: its deadline is known by now. */
static struct limits limits_of_run(const struct config *config, const struct config_source *source)
{
    bool timed = source->need_site && source->began_ms;
    int64_t deadline = source->began_ms + (int64_t)config->deadline_s * 1000;
    return (struct limits){.deadline_ms = timed ? deadline : INT64_MAX, .signal = source->signal};
}

static void run_command(const struct config_value *v, const struct config_source *source,
                        struct error *ended)
{
    struct config_bytes output;
    struct buf why;
    buf_init(&why, ERROR_MESSAGE_MAX);
    const struct limits run = limits_of_run(v->config, source);
    struct limits patience = run;
    patience.deadline_ms = clock_monotonic_ms() + limits_left_ms(&run, COMMAND_TIMEOUT_MS);
    if (config_command(&output, v->text, source->environment, &patience, &why) == 0)
        store(v, output.data, output.len);
    else if (limits_check(&run, ended) == 0)
        config_problem(v->problems, &v->origin, "%s: %s", v->name, buf_text(&why));
    config_bytes_release(&output);
    buf_release(&why);
}

void config_password(const struct config_value *value, const struct config_source *source,
                     struct error *ended)
{
    if (value->key->type == TYPE_SECRET)
        store(value, value->text, strlen(value->text));
    else if (value->key->type == TYPE_SECRET_FILE)
        read_file(value);
    else
        run_command(value, source, ended);
}

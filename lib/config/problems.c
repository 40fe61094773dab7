/* problems: what is wrong with a configuration, collected so that all of it is told at once. */
#include "config/problems.h"

#include <stdarg.h>
#include <stdint.h>

#include "base/text.h"

enum {
    PROBLEM_MAX = 1000, /* bytes of one */
    TAIL_MAX = 40,      /* "... and N more" */
};

void config_problems_init(struct config_problems *problems)
{
    *problems = (struct config_problems){.left_out = 0};
    buf_init(&problems->text, ERROR_MESSAGE_MAX - 1 - TAIL_MAX);
}

void config_problems_release(struct config_problems *problems)
{
    buf_release(&problems->text);
}

static void print_origin(struct buf *out, const struct config_origin *origin)
{
    if (origin && origin->variable)
        buf_printf(out, "%s: ", origin->variable);
    else if (origin && origin->line)
        buf_printf(out, "%s:%d: ", origin->file, origin->line);
    else if (origin && origin->file)
        buf_printf(out, "%s: ", origin->file);
}

void config_problem(struct config_problems *problems, const struct config_origin *origin,
                    const char *format, ...)
{
    struct buf line, cut;
    buf_init(&line, SIZE_MAX / 2);
    buf_init(&cut, PROBLEM_MAX);
    print_origin(&line, origin);
    va_list args;
    va_start(args, format);
    buf_vprintf(&line, format, args);
    va_end(args);
    if (line.failed || text_fit(&cut, line.data, line.len, PROBLEM_MAX, PROBLEM_MAX) < 0)
        problems->no_memory = true;
    else if (problems->left_out > 0 || problems->text.len + 1 + cut.len > problems->text.max)
        problems->left_out++;
    else
        buf_printf(&problems->text, "%s%s", problems->text.len ? "\n" : "", cut.data);
    buf_release(&line);
    buf_release(&cut);
}

int config_problems_error(const struct config_problems *problems, struct error *error)
{
    if (problems->no_memory || problems->text.failed)
        return error_no_memory(error);
    if (problems->left_out > 0)
        return error_advise(error, ERR_USAGE, problems->advice, "%s\n... and %zu more",
                            buf_text(&problems->text), problems->left_out);
    if (problems->text.len > 0)
        return error_advise(error, ERR_USAGE, problems->advice, "%s", buf_text(&problems->text));
    return 0;
}

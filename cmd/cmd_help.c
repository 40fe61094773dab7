/* cmd_help: the help, of one command or of all. */
#include <stdlib.h>

#include "command.h"

int cmd_help(const struct command *command, struct error *error)
{
    (void)error;
    args_help(stdout, command->args->topic);
    return EXIT_SUCCESS;
}

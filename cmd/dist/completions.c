/* completions: prints the completion of a shell, made of the tables of commands and options. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"

enum { TEXT_MAX = 512 };

/* A value is a file, one of several words, or free. */
static bool is_file(const struct option_text *o)
{
    return o->value && strcmp(o->value, "FILE") == 0;
}

static bool is_choice(const struct option_text *o)
{
    return o->value && islower((unsigned char)*o->value) && strchr(o->value, '|');
}

/* "text|json" as "text json". */
static const char *choices(const struct option_text *o, char words[TEXT_MAX])
{
    snprintf(words, TEXT_MAX, "%s", o->value);
    for (char *at = words; (at = strchr(at, '|')) != NULL;)
        *at = ' ';
    return words;
}

/* Prints `text` for a place between single quotes; before each of `special` goes a backslash. */
static void print_quoted(const char *text, const char *special, const char *quote)
{
    for (; *text; text++) {
        if (*text == '\'') {
            fputs(quote, stdout);
            continue;
        }
        if (strchr(special, *text))
            putchar('\\');
        putchar(*text);
    }
}

static void print_help_text(const char *text, const char *special)
{
    print_quoted(text, special, "'\\''");
}

/* The names of the commands among `commands`, with `between` between them. */
static void print_commands(int commands, const char *between)
{
    const struct command_text *c;
    const char *before = "";
    for (size_t i = 0; (c = args_command(i)) != NULL; i++) {
        if (!(commands & (int)c->bit))
            continue;
        printf("%s%s", before, c->name);
        before = between;
    }
}

/* bash */

/* The pattern of a `case`: "-c|--config". */
static void bash_pattern(const struct option_text *o, const char *before)
{
    printf("%s", before);
    if (o->letter)
        printf("-%c|", o->letter);
    printf("--%s", o->name);
}

static void bash_options(int command)
{
    struct option_text o;
    for (size_t i = 0; args_option(i, &o); i++) {
        if (!(o.commands & command))
            continue;
        if (o.letter)
            printf(" -%c", o.letter);
        printf(" --%s", o.name);
    }
}

static void bash_values(void)
{
    struct option_text o;
    char words[TEXT_MAX];
    const char *before = "        ";
    puts("    case $option in");
    for (size_t i = 0; args_option(i, &o); i++) {
        if (!is_file(&o) && !is_choice(&o))
            continue;
        bash_pattern(&o, "        ");
        if (is_file(&o))
            puts(")\n            compopt -o filenames 2>/dev/null\n"
                 "            mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
                 "            return ;;");
        else
            printf(")\n            words='%s' ;;\n", choices(&o, words));
    }
    for (size_t i = 0; args_option(i, &o); i++) {
        if (!o.value || is_file(&o) || is_choice(&o))
            continue;
        bash_pattern(&o, before);
        before = "|";
    }
    puts(")\n            return ;;\n    esac");
}

/* Which options take a value: what stands behind one is no command. */
static void bash_takes_value(void)
{
    struct option_text o;
    const char *before = "            ";
    for (size_t i = 0; args_option(i, &o); i++) {
        if (!o.value)
            continue;
        bash_pattern(&o, before);
        before = "|";
    }
    puts(") value=1 ;;");
}

static void bash_command(const struct command_text *c)
{
    printf("        %s) words='", c->name);
    if (c->bit == CMD_HELP)
        print_commands(CMD_EVERY, " ");
    else
        bash_options((int)c->bit);
    puts("' ;;");
}

static void print_bash(void)
{
    const struct command_text *c;
    puts("# bash completion of fluent-sync; made of its table of options.\n"
         "_fluent_sync()\n"
         "{\n"
         "    local cur=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD - 1]}\n"
         "    local command words value word i\n"
         "    COMPREPLY=()\n"
         "    # --option=VALUE: bash makes three words of it\n"
         "    if [[ $cur = = ]]; then\n"
         "        cur=\n"
         "    elif [[ $option = = ]]; then\n"
         "        option=${COMP_WORDS[COMP_CWORD - 2]}\n"
         "    fi\n"
         "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "        word=${COMP_WORDS[i]}\n"
         "        if [[ $word = = ]]; then\n"
         "            value=1\n"
         "            continue\n"
         "        elif [[ $value ]]; then\n"
         "            value=\n"
         "            continue\n"
         "        fi\n"
         "        case $word in");
    bash_takes_value();
    printf("            ");
    print_commands(CMD_EVERY, "|");
    puts(") command=${command:-$word} ;;\n"
         "        esac\n"
         "    done");
    bash_values();
    puts("    [[ $words ]] || case $command in");
    for (size_t i = 0; (c = args_command(i)) != NULL; i++)
        bash_command(c);
    printf("        *)\n"
           "            words='");
    print_commands(CMD_EVERY, " ");
    printf("'\n"
           "            [[ $cur != -* ]] || words='");
    bash_options(CMD_SYNC);
    puts("' ;;\n"
         "    esac\n"
         "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
         "}\n"
         "complete -F _fluent_sync fluent-sync");
}

/* zsh */

static void zsh_option(const struct option_text *o)
{
    char words[TEXT_MAX];
    const char *equals = o->value ? "=" : "";
    printf("        ");
    if (o->repeats)
        printf("'*'");
    else if (o->letter)
        printf("'(-%c --%s)'", o->letter, o->name);
    if (o->letter)
        printf("{-%c%s,--%s%s}", o->letter, o->value ? "+" : "", o->name, equals);
    else
        printf("--%s%s", o->name, equals);
    printf("'[");
    print_help_text(o->help, "[]\\");
    putchar(']');
    if (o->value) {
        putchar(':');
        print_help_text(o->value, ":\\");
        if (is_file(o))
            printf(":_files");
        else if (is_choice(o))
            printf(":(%s)", choices(o, words));
        else
            printf(": ");
    }
    puts("'");
}

static void zsh_options(enum command_bit command)
{
    struct option_text o;
    for (size_t i = 0; args_option(i, &o); i++)
        if (args_option_belongs(o.commands, command))
            zsh_option(&o);
}

static void print_zsh(void)
{
    const struct command_text *c;
    printf("#compdef fluent-sync\n"
           "# zsh completion of fluent-sync; made of its table of options.\n"
           "_fluent_sync() {\n"
           "    local command=sync word\n"
           "    local -a commands options\n"
           "    for word in ${words[2,CURRENT-1]}; do\n"
           "        case $word in\n"
           "        (");
    print_commands(CMD_EVERY, "|");
    puts(") command=$word; break ;;\n"
         "        esac\n"
         "    done\n"
         "    commands=(");
    for (size_t i = 0; (c = args_command(i)) != NULL; i++) {
        printf("        '%s:", c->name);
        print_help_text(c->summary, ":\\");
        puts("'");
    }
    puts("    )\n"
         "    options=(");
    zsh_options(CMD_EVERY);
    puts("    )\n"
         "    case $command in");
    for (size_t i = 0; (c = args_command(i)) != NULL; i++) {
        printf("    (%s) options+=(\n", c->name);
        if (c->bit == CMD_HELP)
            puts("        '2:command:{_describe command commands}'");
        else
            zsh_options(c->bit);
        puts("    ) ;;");
    }
    puts("    esac\n"
         "    _arguments -s \"$options[@]\" '1:command:{_describe command commands}'\n"
         "}\n"
         "_fluent_sync \"$@\"");
}

/* fish */

/* sync is what is meant while no command is named. */
static void fish_condition(int commands)
{
    if (commands == CMD_EVERY)
        return;
    printf(" -n '");
    if (commands & CMD_SYNC) {
        printf("not __fish_seen_subcommand_from ");
        print_commands(CMD_EVERY & ~commands, " ");
    } else {
        printf("__fish_seen_subcommand_from ");
        print_commands(commands, " ");
    }
    putchar('\'');
}

static void print_fish(void)
{
    const struct command_text *c;
    struct option_text o;
    char words[TEXT_MAX];
    puts("# fish completion of fluent-sync; made of its table of options.\n"
         "complete -c fluent-sync -f");
    for (size_t i = 0; (c = args_command(i)) != NULL; i++) {
        printf("complete -c fluent-sync -n 'not __fish_seen_subcommand_from ");
        print_commands(CMD_EVERY, " ");
        printf("' -a %s -d '", c->name);
        print_quoted(c->summary, "\\", "\\'");
        puts("'");
    }
    printf("complete -c fluent-sync -n '__fish_seen_subcommand_from help' -a '");
    print_commands(CMD_EVERY & ~CMD_HELP, " ");
    puts("'");
    for (size_t i = 0; args_option(i, &o); i++) {
        printf("complete -c fluent-sync");
        fish_condition(o.commands);
        if (o.letter)
            printf(" -s %c", o.letter);
        printf(" -l %s", o.name);
        if (is_file(&o))
            printf(" -rF");
        else if (is_choice(&o))
            printf(" -xa '%s'", choices(&o, words));
        else if (o.value)
            printf(" -x");
        printf(" -d '");
        print_quoted(o.help, "\\", "\\'");
        puts("'");
    }
}

int main(int argc, char **argv)
{
    static const struct shell {
        const char *name;
        void (*print)(void);
    } shells[] = {{"bash", print_bash}, {"zsh", print_zsh}, {"fish", print_fish}};
    for (size_t i = 0; argc == 2 && i < sizeof shells / sizeof *shells; i++)
        if (strcmp(argv[1], shells[i].name) == 0) {
            shells[i].print();
            return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
        }
    fputs("usage: completions bash|zsh|fish\n", stderr);
    return EXIT_FAILURE;
}

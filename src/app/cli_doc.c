/* Man pages and completions, made from the table of commands. */

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "liqd/app/cli.h"
#include "liqd/app/doc.h"

static const lq_cli_option_t help_option = {"help", NULL, "print help"};

/* The I-th option of COMMAND, --help behind its own; NULL behind the last. */
static const lq_cli_option_t *option_at(const lq_cli_command_t *command, size_t i)
{
    size_t cnt = 0;
    while (command->options[cnt].name)
        cnt++;
    if (i < cnt)
        return &command->options[i];
    return i == cnt ? &help_option : NULL;
}

static void write_paragraphs(FILE *out, const char *const *paragraphs)
{
    for (const char *const *p = paragraphs; *p; p++) {
        if (p != paragraphs)
            (void)fputs(".Pp\n", out);
        lq_doc_wrap_mdoc(out, *p);
    }
}

/* "keys new" as "liqd-keys-new". */
static void write_page_name(FILE *out, const lq_cli_t *cli, const lq_cli_command_t *command,
                            bool upper)
{
    for (const char *c = cli->name; *c; c++)
        (void)fputc(upper ? toupper((unsigned char)*c) : *c, out);
    if (!command)
        return;
    (void)fputc('-', out);
    for (const char *c = command->name; *c; c++)
        (void)fputc(*c == ' ' ? '-' : upper ? toupper((unsigned char)*c) : *c, out);
}

static void write_page_head(FILE *out, const lq_cli_t *cli, const lq_cli_command_t *command)
{
    /* no date: the same sources make the same page */
    (void)fputs(".Dd $Mdocdate$\n.Dt ", out);
    write_page_name(out, cli, command, true);
    (void)fprintf(out, " 1\n.Os %s %s\n.Sh NAME\n.Nm ", cli->name, cli->version);
    write_page_name(out, cli, command, false);
    (void)fputs("\n.Nd", out);
    lq_doc_put_mdoc_arguments(out, command ? command->summary : cli->summary);
    (void)fputs("\n.Sh SYNOPSIS\n", out);
}

static void write_command_page(FILE *out, const lq_cli_t *cli, const lq_cli_command_t *command)
{
    write_page_head(out, cli, command);
    (void)fprintf(out, ".Nm %s %s\n", cli->name, command->name);
    for (const lq_cli_option_t *o = command->options; o->name; o++)
        (void)fprintf(out, o->arg ? ".Op Fl -%s Ar %s\n" : ".Op Fl -%s\n", o->name, o->arg);
    if (command->operand)
        (void)fprintf(out, ".Ar %s%s\n", command->operand, command->several ? " ..." : "");
    (void)fputs(".Sh DESCRIPTION\n", out);
    write_paragraphs(out, command->description);
    (void)fputs(".Sh OPTIONS\n.Bl -tag -width Ds\n", out);
    const lq_cli_option_t *o;
    for (size_t i = 0; (o = option_at(command, i)); i++) {
        (void)fprintf(out, o->arg ? ".It Fl -%s Ar %s\n" : ".It Fl -%s\n", o->name, o->arg);
        lq_doc_wrap_mdoc(out, o->help);
    }
    (void)fputs(".El\n.Sh EXIT STATUS\n.Bl -tag -width Ds\n", out);
    for (const lq_cli_exit_t *e = command->exits; e->text; e++) {
        (void)fprintf(out, ".It %d\n", e->code);
        lq_doc_wrap_mdoc(out, e->text);
    }
    (void)fputs(".El\n.Sh EXAMPLES\n.Bl -tag -width Ds\n", out);
    for (const lq_cli_example_t *e = command->examples; e->line; e++) {
        (void)fputs(".It Ic", out);
        lq_doc_put_mdoc_arguments(out, e->line);
        (void)fputc('\n', out);
        lq_doc_wrap_mdoc(out, e->text);
    }
    (void)fprintf(out, ".El\n.Sh SEE ALSO\n.Xr %s 1 ,\n.Xr %s.yaml 5\n", cli->name, cli->name);
}

/* The command behind BEFORE in the order of names, the first behind NULL; NULL behind the last. */
static const lq_cli_command_t *next_by_name(const lq_cli_t *cli, const lq_cli_command_t *before)
{
    const lq_cli_command_t *next = NULL;
    for (const lq_cli_command_t *c = cli->commands; c->name; c++)
        if ((!before || strcmp(c->name, before->name) > 0) &&
            (!next || strcmp(c->name, next->name) < 0))
            next = c;
    return next;
}

static void write_main_page(FILE *out, const lq_cli_t *cli)
{
    write_page_head(out, cli, NULL);
    (void)fprintf(out, ".Nm\n.Ar command\n.Op Ar option ...\n.Nm\n.Fl -help | -version\n"
                       ".Sh DESCRIPTION\n");
    write_paragraphs(out, cli->description);
    (void)fputs(".Sh COMMANDS\nEach has a manual page of its own.\n.Bl -tag -width Ds\n", out);
    for (const lq_cli_command_t *c = cli->commands; c->name; c++) {
        (void)fprintf(out, ".It Ic %s\n", c->name);
        lq_doc_wrap_mdoc(out, c->summary);
    }
    (void)fputs(".El\n.Sh ENVIRONMENT\n.Bl -tag -width Ds\n.It Ev LIQD_CONFIG\n"
                "The configuration file where\n.Fl -config\nis not given.\n.El\n"
                ".Sh FILES\n.Bl -tag -width Ds\n"
                ".It Pa ./liqd.yaml , " LIQD_CONFIG_DIR "/liqd.yaml\n"
                "The configuration file where neither\n.Fl -config\nnor\n.Ev LIQD_CONFIG\n"
                "names one.\n.It Pa " LIQD_CONFIG_DIR "/chain/\n"
                "Files to include, one for each well-known chain.\n.El\n.Sh SEE ALSO\n",
                out);
    for (const lq_cli_command_t *c = NULL; (c = next_by_name(cli, c));) {
        (void)fputs(".Xr ", out);
        write_page_name(out, cli, c, false);
        (void)fputs(" 1 ,\n", out);
    }
    (void)fprintf(out, ".Xr %s.yaml 5\n", cli->name);
}

void lq_cli_write_mdoc(FILE *out, const lq_cli_t *cli, const lq_cli_command_t *command)
{
    if (command)
        write_command_page(out, cli, command);
    else
        write_main_page(out, cli);
}

/* Writes TEXT for the inside of single quotes, with each character of SPECIAL behind a backslash.
 */
static void put_quoted(FILE *out, const char *text, const char *special)
{
    for (; *text; text++) {
        if (*text == '\'')
            (void)fputs("'\\''", out);
        else if (strchr(special, *text))
            (void)fprintf(out, "\\%c", *text);
        else
            (void)fputc(*text, out);
    }
}

static bool takes_file(const char *arg)
{
    return arg && strcmp(arg, "FILE") == 0;
}

static bool same_first_word(const lq_cli_command_t *a, const lq_cli_command_t *b)
{
    size_t sz = strcspn(a->name, " ");
    return strcspn(b->name, " ") == sz && memcmp(a->name, b->name, sz) == 0;
}

/* Whether an earlier command begins with the same word as C. */
static bool word_seen(const lq_cli_t *cli, const lq_cli_command_t *c)
{
    for (const lq_cli_command_t *e = cli->commands; e != c; e++)
        if (same_first_word(e, c))
            return true;
    return false;
}

/* The second words of the commands that begin with the same word as FIRST, e.g. "new import". */
static void write_second_words(FILE *out, const lq_cli_command_t *first, const char *separator)
{
    for (const lq_cli_command_t *c = first; c->name; c++)
        if (same_first_word(c, first))
            (void)fprintf(out, "%s%s", c == first ? "" : separator, strchr(c->name, ' ') + 1);
}

/* What the first word of C does: the command's summary, of a group its second words. */
static void write_first_summary(FILE *out, const lq_cli_command_t *c, const char *special)
{
    if (strchr(c->name, ' '))
        write_second_words(out, c, ", ");
    else
        put_quoted(out, c->summary, special);
}

static void write_bash_command(FILE *out, const lq_cli_command_t *c)
{
    bool two = strchr(c->name, ' ') != NULL;
    (void)fprintf(out, two ? "            '%s')\n" : "            '%s '*)\n", c->name);
    (void)fputs("                words='", out);
    const lq_cli_option_t *o;
    for (size_t i = 0; (o = option_at(c, i)); i++)
        (void)fprintf(out, "%s--%s", i ? " " : "", o->name);
    (void)fputs("'\n                file_options='", out);
    for (size_t i = 0; (o = option_at(c, i)); i++)
        if (takes_file(o->arg))
            (void)fprintf(out, " --%s ", o->name);
    (void)fputs("'\n                value_options='", out);
    for (size_t i = 0; (o = option_at(c, i)); i++)
        if (o->arg && !takes_file(o->arg))
            (void)fprintf(out, " --%s ", o->name);
    (void)fprintf(out, "'\n                operand=%s\n                ;;\n",
                  takes_file(c->operand) ? "file" : "");
}

/* COMP_WORDS has "--option=value" as three words. The second word of a command counts only once it
   is typed to its end: before, it is what is to be completed. */
static const char bash_head[] =
    "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
    "    local command=\"${COMP_WORDS[1]} \" words= file_options= value_options= operand=\n"
    "    if [[ $cur == = ]]; then\n"
    "        cur=\n"
    "    elif [[ $prev == = ]]; then\n"
    "        prev=${COMP_WORDS[COMP_CWORD - 2]}\n"
    "    fi\n"
    "    if [[ $COMP_CWORD -gt 2 ]]; then\n"
    "        command+=${COMP_WORDS[2]}\n"
    "    fi\n"
    "    if [[ $COMP_CWORD -eq 1 ]]; then\n"
    "        words='";

static const char bash_tail[] =
    "        esac\n"
    "    fi\n"
    "    if [[ $value_options == *\" $prev \"* ]]; then\n"
    "        COMPREPLY=()\n"
    "    elif [[ $file_options == *\" $prev \"* || ($operand == file && $cur != -*) ]]; then\n"
    "        compopt -o filenames\n"
    "        mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
    "    else\n"
    "        mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
    "    fi\n"
    "}\n";

void lq_cli_write_bash(FILE *out, const lq_cli_t *cli)
{
    (void)fprintf(out, "# bash completion for %s, made from its table of commands\n\n_%s()\n{\n",
                  cli->name, cli->name);
    (void)fputs(bash_head, out);
    for (const lq_cli_command_t *c = cli->commands; c->name; c++)
        if (!word_seen(cli, c))
            (void)fprintf(out, "%.*s ", (int)strcspn(c->name, " "), c->name);
    (void)fputs("--help --version'\n    else\n        case \"$command\" in\n", out);
    for (const lq_cli_command_t *c = cli->commands; c->name; c++)
        write_bash_command(out, c);
    for (const lq_cli_command_t *c = cli->commands; c->name; c++) {
        if (!strchr(c->name, ' ') || word_seen(cli, c))
            continue;
        (void)fprintf(out, "            '%.*s ')\n                words='",
                      (int)strcspn(c->name, " "), c->name);
        write_second_words(out, c, " ");
        (void)fputs(" --help'\n                ;;\n", out);
    }
    (void)fprintf(out, "%s\ncomplete -F _%s %s\n", bash_tail, cli->name, cli->name);
}

static void write_zsh_options(FILE *out, const lq_cli_command_t *c)
{
    const lq_cli_option_t *o;
    for (size_t i = 0; (o = option_at(c, i)); i++) {
        (void)fprintf(out, " \\\n                '%s--%s%s[", lq_cli_repeats(o) ? "*" : "", o->name,
                      o->arg ? "=" : "");
        put_quoted(out, o->help, "[]:\\");
        (void)fputc(']', out);
        if (o->arg)
            (void)fprintf(out, ":%s:%s", o->arg, takes_file(o->arg) ? "_files" : " ");
        (void)fputc('\'', out);
    }
    if (takes_file(c->operand))
        (void)fprintf(out, " \\\n                '%s:FILE:_files'", c->several ? "*" : "1");
    (void)fputs("\n            ;;\n", out);
}

void lq_cli_write_zsh(FILE *out, const lq_cli_t *cli)
{
    (void)fprintf(out,
                  "#compdef %s\n# zsh completion for %s, made from its table of commands\n\n"
                  "_%s() {\n    local -a commands=(\n",
                  cli->name, cli->name, cli->name);
    for (const lq_cli_command_t *c = cli->commands; c->name; c++) {
        if (word_seen(cli, c))
            continue;
        (void)fprintf(out, "        '%.*s:", (int)strcspn(c->name, " "), c->name);
        write_first_summary(out, c, ":\\");
        (void)fputs("'\n", out);
    }
    (void)fputs("    )\n    if (( CURRENT == 2 )); then\n"
                "        _describe -t commands command commands\n"
                "        _arguments '--help[print help]' '--version[print the version]'\n"
                "        return\n    fi\n"
                "    local command=\"$words[2] \"\n"
                "    (( CURRENT > 3 )) && command+=$words[3]\n"
                "    case $command in\n",
                out);
    for (const lq_cli_command_t *c = cli->commands; c->name; c++) {
        bool two = strchr(c->name, ' ') != NULL;
        (void)fprintf(out, two ? "        '%s')\n" : "        '%s '*)\n", c->name);
        (void)fprintf(out,
                      "            shift %d words; (( CURRENT -= %d ))\n            _arguments",
                      two ? 2 : 1, two ? 2 : 1);
        write_zsh_options(out, c);
    }
    for (const lq_cli_command_t *c = cli->commands; c->name; c++) {
        if (!strchr(c->name, ' ') || word_seen(cli, c))
            continue;
        (void)fprintf(out, "        '%.*s ')\n            compadd -- ", (int)strcspn(c->name, " "),
                      c->name);
        write_second_words(out, c, " ");
        (void)fputs(" --help\n            ;;\n", out);
    }
    (void)fprintf(out, "    esac\n}\n\n_%s \"$@\"\n", cli->name);
}

/* The start of a line that counts once the words of C are typed. */
static void write_fish_condition(FILE *out, const lq_cli_t *cli, const lq_cli_command_t *c)
{
    int first_sz = (int)strcspn(c->name, " ");
    (void)fprintf(out, "complete -c %s -n '__fish_seen_subcommand_from %.*s", cli->name, first_sz,
                  c->name);
    if (c->name[first_sz])
        (void)fprintf(out, "; and __fish_seen_subcommand_from %s", c->name + first_sz + 1);
    (void)fputc('\'', out);
}

/* The start of a line that counts while only the first word of C, one of a group, is typed. */
static void write_fish_group_condition(FILE *out, const lq_cli_t *cli, const lq_cli_command_t *c)
{
    const lq_cli_command_t *first = cli->commands;
    while (!same_first_word(first, c))
        first++;
    (void)fprintf(out,
                  "complete -c %s -n '__fish_seen_subcommand_from %.*s; and not "
                  "__fish_seen_subcommand_from ",
                  cli->name, (int)strcspn(c->name, " "), c->name);
    write_second_words(out, first, " ");
    (void)fputc('\'', out);
}

static void write_fish_command(FILE *out, const lq_cli_t *cli, const lq_cli_command_t *c)
{
    const lq_cli_option_t *o;
    for (size_t i = 0; (o = option_at(c, i)); i++) {
        write_fish_condition(out, cli, c);
        (void)fprintf(out, " -l %s%s -d '", o->name,
                      takes_file(o->arg) ? " -r -F"
                      : o->arg           ? " -x"
                                         : "");
        put_quoted(out, o->help, "\\");
        (void)fputs("'\n", out);
    }
    if (takes_file(c->operand)) {
        write_fish_condition(out, cli, c);
        (void)fputs(" -F\n", out);
    }
}

void lq_cli_write_fish(FILE *out, const lq_cli_t *cli)
{
    (void)fprintf(out, "# fish completion for %s, made from its table of commands\n\n", cli->name);
    (void)fprintf(out, "complete -c %s -f\n", cli->name);
    (void)fprintf(out, "complete -c %s -n __fish_use_subcommand -l help -d 'print help'\n",
                  cli->name);
    (void)fprintf(out,
                  "complete -c %s -n __fish_use_subcommand -l version -d 'print the version'\n",
                  cli->name);
    for (const lq_cli_command_t *c = cli->commands; c->name; c++) {
        int first_sz = (int)strcspn(c->name, " ");
        if (!word_seen(cli, c)) {
            (void)fprintf(out, "complete -c %s -n __fish_use_subcommand -a %.*s -d '", cli->name,
                          first_sz, c->name);
            write_first_summary(out, c, "\\");
            (void)fputs("'\n", out);
        }
        if (c->name[first_sz] && !word_seen(cli, c)) {
            write_fish_group_condition(out, cli, c);
            (void)fputs(" -l help -d 'print help'\n", out);
        }
        if (c->name[first_sz]) {
            write_fish_group_condition(out, cli, c);
            (void)fprintf(out, " -a %s -d '", c->name + first_sz + 1);
            put_quoted(out, c->summary, "\\");
            (void)fputs("'\n", out);
        }
        write_fish_command(out, cli, c);
    }
}

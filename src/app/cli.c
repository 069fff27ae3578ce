#include "liqd/app/cli.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "liqd/app/doc.h"
#include "liqd/base/err.h"
#include "liqd/base/text.h"

static size_t option_idx(const lq_cli_call_t *call, const char *name)
{
    for (size_t i = 0; call->command->options[i].name; i++)
        if (strcmp(call->command->options[i].name, name) == 0)
            return i;
    LQ_BUG("liqd %s has no option --%s", call->command->name, name);
}

const char *lq_cli_option(const lq_cli_call_t *call, const char *name)
{
    return call->values[option_idx(call, name)];
}

const char *lq_cli_option_at(const lq_cli_call_t *call, const char *name, size_t i)
{
    size_t idx = option_idx(call, name);
    if (i == 0)
        return call->values[idx];
    for (size_t k = 0; k < call->more_cnt; k++)
        if (call->more[k].option == &call->command->options[idx] && --i == 0)
            return call->more[k].value;
    return NULL;
}

bool lq_cli_repeats(const lq_cli_option_t *option)
{
    size_t sz = option->arg ? strlen(option->arg) : 0;
    return sz > 3 && strcmp(option->arg + sz - 3, "...") == 0;
}

enum {
    WIDTH = 80
};

/* Prints a term and its explanation in two columns. */
static void print_entry(const char *term, const char *arg, const char *text)
{
    static const char indent[] = "                        ";
    const size_t column = sizeof(indent) - 1;
    size_t sz =
        2 + strlen(term) + (arg ? 1 + strlen(arg) : 0); /* whether it can be printed or not */
    (void)printf("  %s%s%s", term, arg ? " " : "", arg ? arg : "");
    if (sz > column - 2)
        (void)printf("\n%s", indent);
    else
        (void)printf("%s", indent + sz);
    lq_doc_wrap(stdout, indent, column, WIDTH, text);
}

static void print_command_help(const lq_cli_t *cli, const lq_cli_command_t *command)
{
    (void)printf("usage: %s %s [OPTION...]%s%s%s\n\n", cli->name, command->name,
                 command->operand ? " " : "", command->operand ? command->operand : "",
                 command->several ? "..." : "");
    for (const char *const *p = command->description; *p; p++) {
        lq_doc_wrap(stdout, "", 0, WIDTH, *p);
        (void)printf("\n");
    }
    for (const lq_cli_option_t *o = command->options; o->name; o++) {
        char term[64];
        (void)snprintf(term, sizeof(term), "--%s", o->name);
        print_entry(term, o->arg, o->help);
    }
    print_entry("--help", NULL, "print this text");
    (void)printf("\nExamples:\n");
    for (const lq_cli_example_t *e = command->examples; e->line; e++) {
        (void)printf("  %s\n      ", e->line);
        lq_doc_wrap(stdout, "      ", 6, WIDTH, e->text);
    }
    (void)printf("\nExit codes:\n");
    for (const lq_cli_exit_t *e = command->exits; e->text; e++) {
        char term[16];
        (void)snprintf(term, sizeof(term), "%d", e->code);
        print_entry(term, NULL, e->text);
    }
}

static void print_help(const lq_cli_t *cli)
{
    (void)printf("usage: %s COMMAND [OPTION...]\n\n", cli->name);
    for (const char *const *p = cli->description; *p; p++) {
        lq_doc_wrap(stdout, "", 0, WIDTH, *p);
        (void)printf("\n");
    }
    (void)printf("Commands:\n");
    for (const lq_cli_command_t *c = cli->commands; c->name; c++)
        print_entry(c->name, NULL, c->summary);
    (void)printf("\nOptions:\n");
    print_entry("--help", NULL, "print this text; after a command, that command's");
    print_entry("--version", NULL, "print the version");
}

/* Says what is wrong with the command line, and where help is to be had. */
static int usage_error(const lq_cli_t *cli, const char *command, const char *what,
                       const char *value)
{
    char quoted[LQ_TEXT_QUOTE_SZ];
    const char *space = command[0] ? " " : "";
    (void)fprintf(stderr, "%s%s%s: %s %s: see %s%s%s --help\n", cli->name, space, command, what,
                  lq_text_quote(quoted, value), cli->name, space, command);
    return LQ_EXIT_USAGE;
}

static const lq_cli_option_t *find_option(const lq_cli_command_t *command, const char *name,
                                          size_t name_sz)
{
    for (const lq_cli_option_t *o = command->options; o->name; o++)
        if (strlen(o->name) == name_sz && memcmp(o->name, name, name_sz) == 0)
            return o;
    return NULL;
}

/* Takes the option at argv[*i], and the value behind it where it has one. */
static int parse_option(const lq_cli_t *cli, lq_cli_call_t *call, int *i, int argc, char **argv)
{
    const lq_cli_command_t *command = call->command;
    const char *name = argv[*i] + 2;
    size_t name_sz = strcspn(name, "=");
    const lq_cli_option_t *option = find_option(command, name, name_sz);
    if (!option || strncmp(argv[*i], "--", 2) != 0)
        return usage_error(cli, command->name, "unknown option", argv[*i]);
    const char **value = &call->values[option - command->options];
    if (*value && !lq_cli_repeats(option))
        return usage_error(cli, command->name, "given twice:", argv[*i]);
    if (*value && call->more_cnt == LQ_CLI_MORE_MAX)
        return usage_error(cli, command->name, "given too often:", argv[*i]);
    if (*value) {
        call->more[call->more_cnt].option = option;
        value = &call->more[call->more_cnt++].value;
    }
    if (!option->arg) {
        if (name[name_sz])
            return usage_error(cli, command->name, "takes no value:", argv[*i]);
        *value = "";
    } else if (name[name_sz]) {
        *value = name + name_sz + 1;
    } else if (*i + 1 < argc) {
        *value = argv[++*i];
    } else {
        return usage_error(cli, command->name, "needs a value:", argv[*i]);
    }
    return LQ_EXIT_DONE;
}

static int run_command(const lq_cli_t *cli, const lq_cli_command_t *command, int argc, char **argv)
{
    lq_cli_call_t call = {.command = command, .others = argv};
    bool options_ended = false;
    for (int i = 0; i < argc; i++) {
        const char *arg = argv[i];
        if (!options_ended && strcmp(arg, "--help") == 0) {
            print_command_help(cli, command);
            return LQ_EXIT_DONE;
        }
        if (!options_ended && strcmp(arg, "--") == 0) {
            options_ended = true;
        } else if (!options_ended && arg[0] == '-' && arg[1]) {
            int rc = parse_option(cli, &call, &i, argc, argv);
            if (rc)
                return rc;
        } else if (command->operand && !call.operand) {
            call.operand = arg;
        } else if (command->several) {
            argv[call.other_cnt++] = argv[i]; /* the first has been read */
        } else {
            return usage_error(cli, command->name, "unexpected operand", arg);
        }
    }
    if (command->operand && !call.operand)
        return usage_error(cli, command->name, "needs the operand", command->operand);
    return command->run(&call);
}

/* Finds the command that ARGV begins with and sets *WORDS to the number of words of its name. */
static const lq_cli_command_t *find_command(const lq_cli_t *cli, int *words, int argc, char **argv)
{
    for (const lq_cli_command_t *c = cli->commands; c->name; c++) {
        size_t first_sz = strcspn(c->name, " ");
        const char *second = c->name[first_sz] ? c->name + first_sz + 1 : NULL;
        if (strlen(argv[0]) != first_sz || memcmp(argv[0], c->name, first_sz) != 0)
            continue;
        if (second && (argc < 2 || strcmp(argv[1], second) != 0))
            continue;
        *words = second ? 2 : 1;
        return c;
    }
    return NULL;
}

static const char *unknown(const char *arg)
{
    return arg[0] == '-' ? "unknown option" : "unknown command";
}

/* Explains the first word of commands of two, e.g. "keys", where ARGV begins with one but names no
   command; false where it does not. */
static bool explain_group(const lq_cli_t *cli, int *rc, int argc, char **argv)
{
    bool help = argc > 1 && strcmp(argv[1], "--help") == 0;
    size_t sz = strlen(argv[0]);
    bool found = false;
    for (const lq_cli_command_t *c = cli->commands; c->name; c++) {
        if (strncmp(c->name, argv[0], sz) != 0 || c->name[sz] != ' ')
            continue;
        if (argc > 1 && !help) {
            *rc = usage_error(cli, argv[0], unknown(argv[1]), argv[1]);
            return true;
        }
        if (argc > 2) {
            *rc = usage_error(cli, argv[0], "unexpected operand", argv[2]);
            return true;
        }
        if (!found)
            (void)printf("usage: %s %s COMMAND [OPTION...]\n\nCommands:\n", cli->name, argv[0]);
        print_entry(c->name + sz + 1, NULL, c->summary);
        found = true;
    }
    *rc = help ? LQ_EXIT_DONE : LQ_EXIT_USAGE;
    return found;
}

static int dispatch(const lq_cli_t *cli, int argc, char **argv)
{
    if (argc < 1) {
        print_help(cli);
        return LQ_EXIT_USAGE;
    }
    bool help = strcmp(argv[0], "--help") == 0;
    if (help || strcmp(argv[0], "--version") == 0) {
        if (argc > 1)
            return usage_error(cli, "", "unexpected operand", argv[1]);
        if (help)
            print_help(cli);
        else
            (void)printf("%s %s\n", cli->name, cli->version);
        return LQ_EXIT_DONE;
    }
    int words = 0;
    const lq_cli_command_t *command = find_command(cli, &words, argc, argv);
    if (command)
        return run_command(cli, command, argc - words, argv + words);
    int rc;
    if (explain_group(cli, &rc, argc, argv))
        return rc;
    return usage_error(cli, "", unknown(argv[0]), argv[0]);
}

void lq_cli_complain(const char *command, const char *text)
{
    size_t left_sz = strlen(text);
    (void)fprintf(stderr, "liqd %s: ", command);
    while (left_sz) {
        char shown[LQ_TEXT_SHOW_SZ];
        size_t used;
        size_t shown_sz = lq_text_show(shown, &used, (const uint8_t *)text, left_sz);
        (void)fwrite(shown, 1, shown_sz, stderr);
        text += used;
        left_sz -= used;
    }
    (void)fprintf(stderr, "\n");
}

int lq_cli_main(const lq_cli_t *cli, int argc, char **argv)
{
    int rc = dispatch(cli, argc > 0 ? argc - 1 : 0, argv + 1);
    errno = 0;
    if (fflush(stdout) != 0 || ferror(stdout)) {
        /* of an earlier failure errno says nothing any more */
        (void)fprintf(stderr, "%s: standard output: %s\n", cli->name,
                      errno ? strerror(errno) : "not all could be written");
        return rc ? rc : LQ_EXIT_FAILED;
    }
    return rc;
}

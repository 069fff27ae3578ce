#ifndef CLI_TABLE_H
#define CLI_TABLE_H

/* A table of commands with everything that lq_cli_t allows: commands of one word and of two, those
   of one group apart from each other and beside one that begins alike, flags, options that take a
   file and something else, operands that are a file and something else, and text that shells and
   man pages give a meaning to. */

#include "liqd/app/cli.h"

static const lq_cli_example_t table_examples[] = {
    {"tool show --config \"a b\" | grep -v '\\.$' .", "ends its line in a dot, .like this"},
    {"tool Ar Brq Fl x , y %A", "has words that are macros of mdoc"},
    {0},
};

static const lq_cli_exit_t table_exits[] = {{0, "done"}, {78, "the configuration is bad"}, {0}};

static const char *const table_description[] = {
    ".tool begins with a dot, 'tool' with a quote, C:\\new with a backslash.",
    "A second paragraph.",
    NULL,
};

static lq_cli_run_t table_run; /* the test's own */

static const lq_cli_command_t table_commands[] = {
    {
        .name = "keys new",
        .summary = "make a key: it's new\\fresh [really]",
        .description = table_description,
        .options =
            (const lq_cli_option_t[]){
                {"out", "FILE", "where it's written: a new\\fresh [file]"},
                {"words", "N", "how many"},
                {0},
            },
        .examples = table_examples,
        .exits = table_exits,
        .run = table_run,
    },
    {
        .name = "show",
        .summary = "show all",
        .description = table_description,
        .options =
            (const lq_cli_option_t[]){
                {"config", "FILE", "configuration"},
                {"limit", "N", "at most so many"},
                {"json", NULL, "print JSON"},
                {0},
            },
        .examples = table_examples,
        .exits = table_exits,
        .run = table_run,
    },
    {
        .name = "keys import",
        .summary = "take a key in",
        .description = table_description,
        .options =
            (const lq_cli_option_t[]){
                {"force", NULL, "overwrite"},
                {"slot", "N...", "where to"},
                {0},
            },
        .operand = "FILE",
        .examples = table_examples,
        .exits = table_exits,
        .run = table_run,
    },
    {
        .name = "keysmith",
        .summary = "price a pair",
        .description = table_description,
        .options = (const lq_cli_option_t[]){{0}},
        .operand = "PAIR",
        .examples = table_examples,
        .exits = table_exits,
        .run = table_run,
    },
    {0},
};

static const lq_cli_t table = {
    .name = "tool",
    .version = "1.2.3",
    .summary = "a tool\\kit",
    .description = table_description,
    .commands = table_commands,
};

#endif

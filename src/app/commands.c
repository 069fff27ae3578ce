/* The table of liqd's commands. */

#include "commands.h"

#define OPTION_CONFIG                                                                   \
    {                                                                                   \
        "config", "FILE",                                                               \
            "configuration; else $LIQD_CONFIG, else ./liqd.yaml, else " LIQD_CONFIG_DIR \
            "/liqd.yaml"                                                                \
    }
#define OPTION_JSON                             \
    {                                           \
        "json", NULL, "print JSON for machines" \
    }

static const lq_cli_command_t commands[] = {
    {
        .name = "check",
        .summary = "check the configuration and show what it comes to",
        .description =
            (const char *const[]){
                "Reads the configuration with everything it includes. If it is valid, prints each "
                "key's value with the file and line that set it, and a log line as it will look. "
                "Otherwise prints every problem, each with its file, line and column and what to "
                "do about it.",
                "Nothing is changed, nothing is sent. Secrets are not printed.",
                NULL,
            },
        .options = (const lq_cli_option_t[]){OPTION_CONFIG, OPTION_JSON, {0}},
        .examples =
            (const lq_cli_example_t[]){
                {"liqd check --config /etc/liqd/liqd.yaml", "checks the installed configuration"},
                {"liqd check --json | jq .problems", "hands the problems to another program"},
                {0},
            },
        .exits =
            (const lq_cli_exit_t[]){
                {LQ_EXIT_DONE, "the configuration is valid"},
                {LQ_EXIT_FAILED, "the result could not be written, or memory ran out"},
                {LQ_EXIT_USAGE, "wrong usage"},
                {LQ_EXIT_CONFIG, "there is no configuration, or it has problems"},
                {0},
            },
        .run = lq_cmd_check,
    },
    {0},
};

const lq_cli_t lq_cli_liqd = {
    .name = "liqd",
    .version = LIQD_VERSION,
    .summary = "liquidation daemon for Ethereum lending markets",
    .description =
        (const char *const[]){
            "liqd runs beside an Ethereum node, keeps an exact copy of lending positions in "
            "memory, knows which of them can be liquidated the moment a price moves, and sends the "
            "transaction that earns the most, or shows in a dry run what it would have earned.",
            "A configuration file says what it may do; liqd.yaml(5) describes it. The program is "
            "young: what it can do yet are the commands below.",
            NULL,
        },
    .commands = commands,
};

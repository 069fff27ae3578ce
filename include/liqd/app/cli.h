#ifndef LIQD_APP_CLI_H
#define LIQD_APP_CLI_H

/* The command line, driven by a table: parsing, --help, man pages and completions all come from it.
   A command appears in the table when it works. */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Exit codes, of sysexits.h where it has one. */
enum {
    LQ_EXIT_DONE = 0,
    LQ_EXIT_FAILED = 1,
    LQ_EXIT_USAGE = 2,
    LQ_EXIT_NODE = 69,  /* not available; nor is a daemon */
    LQ_EXIT_AGAIN = 75, /* try again: another process is at it */
    LQ_EXIT_KEY = 77,   /* refused */
    LQ_EXIT_CONFIG = 78,
};

typedef struct lq_cli_option {
    const char *name; /* without its dashes */
    const char *arg;  /* what it takes, in capitals; FILE is completed as one; "..." behind it: may
                         be  given several times. NULL: a flag */
    const char *help; /* a sentence without its full stop */
} lq_cli_option_t;

/* A line to type, and what it does. */
typedef struct lq_cli_example {
    const char *line;
    const char *text;
} lq_cli_example_t;

typedef struct lq_cli_exit {
    int code;
    const char *text;
} lq_cli_exit_t;

typedef struct lq_cli_call lq_cli_call_t;

/* lq_cli_run_t does the command and returns the exit code. */
typedef int lq_cli_run_t(const lq_cli_call_t *call);

/* Lists end with an entry whose first field is NULL; exits with one whose text is NULL. --help
   needs no entry. */
#define LQ_CLI_OPTION_MAX 16
#define LQ_CLI_MORE_MAX   64 /* values of options that may be given several times, but the first */
typedef struct lq_cli_command {
    const char *name;               /* one word, or two: "keys new" */
    const char *summary;            /* what it does, as a man page's one line */
    const char *const *description; /* paragraphs */
    const lq_cli_option_t *options; /* at most LQ_CLI_OPTION_MAX */
    const char *operand;            /* the one operand it takes, e.g. "FILE"; NULL: none */
    bool several;                   /* of it may be given, one behind the other */
    const lq_cli_example_t *examples;
    const lq_cli_exit_t *exits;
    lq_cli_run_t *run;
} lq_cli_command_t;

typedef struct lq_cli {
    const char *name;
    const char *version;
    const char *summary;
    const char *const *description;
    const lq_cli_command_t *commands; /* ends with a NULL name */
} lq_cli_t;

/* A parsed command line; strings are those of argv. */
struct lq_cli_call {
    const lq_cli_command_t *command;
    const char *values[LQ_CLI_OPTION_MAX]; /* by option, the first: NULL not given, "" for a flag */
    const char *operand;                   /* NULL: not given */
    char *const *others;                   /* those behind it */
    size_t other_cnt;
    struct {
        const lq_cli_option_t *option;
        const char *value;
    } more[LQ_CLI_MORE_MAX]; /* in their order */
    size_t more_cnt;
};

/* lq_cli_option returns what CALL gives the option NAME of its command: NULL when it is not given,
   "" for a flag. */
const char *lq_cli_option(const lq_cli_call_t *call, const char *name);

/* lq_cli_option_at returns the value number I, from 0, of the option NAME, which may be given
   several times; NULL behind the last. */
const char *lq_cli_option_at(const lq_cli_call_t *call, const char *name, size_t i);

/* lq_cli_repeats tells whether OPTION may be given several times. */
bool lq_cli_repeats(const lq_cli_option_t *option);

/* lq_cli_complain writes a line to standard error: TEXT, said by COMMAND. What a terminal would
   obey is shown, not sent: texts hold paths, which come from whoever typed them, or made them. */
void lq_cli_complain(const char *command, const char *text);

/* lq_cli_main parses ARGV, runs the command and returns the exit code: that of the command, or
   LQ_EXIT_USAGE with one line on standard error, or LQ_EXIT_FAILED when standard output could not
   be written. */
int lq_cli_main(const lq_cli_t *cli, int argc, char **argv);

/* liqd's own table. */
extern const lq_cli_t lq_cli_liqd;

/* These write the documents that are installed. lq_cli_write_mdoc: the man page of COMMAND, of the
   program itself where it is NULL. */
void lq_cli_write_mdoc(FILE *out, const lq_cli_t *cli, const lq_cli_command_t *command);
void lq_cli_write_bash(FILE *out, const lq_cli_t *cli);
void lq_cli_write_zsh(FILE *out, const lq_cli_t *cli);
void lq_cli_write_fish(FILE *out, const lq_cli_t *cli);

#endif

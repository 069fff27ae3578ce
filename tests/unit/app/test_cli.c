#include "liqd/app/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli_table.h"
#include "lq_test.h"

/* What the command saw, and what it is to do. */
static struct {
    int cnt;
    lq_cli_call_t call;
    int rc;
    size_t print_sz;
} ran;

static int table_run(const lq_cli_call_t *call)
{
    ran.cnt++;
    ran.call = *call;
    for (size_t i = 0; i < ran.print_sz; i++)
        (void)putchar('x');
    errno = 0;
    return ran.rc;
}

/* What the last call printed. */
static char out[8192];
static char err[8192];

static FILE *redirect(int *saved, int fd)
{
    FILE *file = tmpfile();
    assert_non_null(file);
    *saved = dup(fd);
    assert_true(*saved >= 0);
    assert_int_equal(dup2(fileno(file), fd), fd);
    return file;
}

static void restore(char *text, size_t text_sz, FILE *file, int saved, int fd)
{
    assert_int_equal(dup2(saved, fd), fd);
    (void)close(saved);
    rewind(file);
    size_t sz = fread(text, 1, text_sz - 1, file);
    assert_true(sz < text_sz - 1);
    text[sz] = '\0';
    (void)fclose(file);
}

enum {
    ARG_MAX_CNT = LQ_CLI_MORE_MAX + 8
};

/* The words of LINE, separated by single spaces; "''" stands for an empty one. */
static int split(char *argv[ARG_MAX_CNT + 1], char *line)
{
    int argc = 0;
    while (line) {
        char *word = strsep(&line, " ");
        assert_true(argc < ARG_MAX_CNT);
        argv[argc++] = strcmp(word, "''") == 0 ? "" : word;
    }
    argv[argc] = NULL;
    return argc;
}

/* Runs the command line LINE and returns its exit code. */
static int run(const lq_cli_t *cli, const char *line)
{
    static char copy[2048];             /* what the command saw points into it */
    static char *argv[ARG_MAX_CNT + 1]; /* and this */
    int saved[2];
    (void)snprintf(copy, sizeof(copy), "%s", line);
    int argc = split(argv, copy);
    ran.cnt = 0;
    ran.call = (lq_cli_call_t){0};
    (void)fflush(stdout);
    FILE *out_file = redirect(&saved[0], STDOUT_FILENO);
    FILE *err_file = redirect(&saved[1], STDERR_FILENO);
    int rc = lq_cli_main(cli, argc, argv);
    restore(out, sizeof(out), out_file, saved[0], STDOUT_FILENO);
    restore(err, sizeof(err), err_file, saved[1], STDERR_FILENO);
    return rc;
}

/* LINE runs NAME with these values; NULL: not given. */
static void assert_runs(const char *line, const char *name, const char *const values[3],
                        const char *operand)
{
    assert_int_equal(run(&table, line), 0);
    assert_string_equal(out, "");
    assert_string_equal(err, "");
    assert_int_equal(ran.cnt, 1);
    assert_string_equal(ran.call.command->name, name);
    for (size_t i = 0; i < 3; i++) {
        if (!values[i])
            assert_null(ran.call.values[i]);
        else
            assert_string_equal(ran.call.values[i], values[i]);
    }
    if (!operand)
        assert_null(ran.call.operand);
    else
        assert_string_equal(ran.call.operand, operand);
}

/* LINE is refused with the one line TEXT, and nothing runs. */
static void assert_refused(const char *line, const char *text)
{
    assert_int_equal(run(&table, line), LQ_EXIT_USAGE);
    assert_string_equal(out, "");
    assert_string_equal(err, text);
    assert_int_equal(ran.cnt, 0);
}

#define VALUES(...) ((const char *const[3]){__VA_ARGS__})

static void takes_an_option_in_either_form(void **state)
{
    (void)state;
    assert_runs("tool show", "show", VALUES(NULL), NULL);
    assert_runs("tool show --config a", "show", VALUES("a"), NULL);
    assert_runs("tool show --config=a", "show", VALUES("a"), NULL);
    assert_runs("tool show --json --limit 5 --config=a", "show", VALUES("a", "5", ""), NULL);
    assert_runs("tool show --config=a=b", "show", VALUES("a=b"), NULL);
    assert_runs("tool show --config= --limit ''", "show", VALUES("", ""), NULL);
    assert_runs("tool keys new --words=12", "keys new", VALUES(NULL, "12"), NULL);
}

static void takes_whatever_stands_behind_an_option_as_its_value(void **state)
{
    (void)state;
    assert_runs("tool show --config --json", "show", VALUES("--json"), NULL);
    assert_runs("tool show --config -- --limit --help", "show", VALUES("--", "--help"), NULL);
}

static void takes_an_operand_anywhere(void **state)
{
    (void)state;
    assert_runs("tool keysmith a/b", "keysmith", VALUES(NULL), "a/b");
    assert_runs("tool keys import f --force", "keys import", VALUES(""), "f");
    assert_runs("tool keys import --force f", "keys import", VALUES(""), "f");
    assert_runs("tool keys import -", "keys import", VALUES(NULL), "-");
    assert_runs("tool keys import ''", "keys import", VALUES(NULL), "");
}

static void takes_several_operands_in_order(void **state)
{
    (void)state;
    static const lq_cli_option_t options[] = {{"force", NULL, "go on"}, {0}};
    static const char *const text[] = {NULL};
    static const lq_cli_example_t examples[] = {{0}};
    static const lq_cli_exit_t exits[] = {{0}};
    static const lq_cli_command_t commands[] = {{.name = "join",
                                                 .summary = "join",
                                                 .description = text,
                                                 .options = options,
                                                 .operand = "FILE",
                                                 .several = true,
                                                 .examples = examples,
                                                 .exits = exits,
                                                 .run = table_run},
                                                {0}};
    static const lq_cli_t joins = {"tool", "1", "joins", text, commands};
    static const char *const want[] = {"b", "--force", "c"};
    assert_int_equal(run(&joins, "tool join a --force b -- --force c"), 0);
    assert_string_equal(ran.call.operand, "a");
    assert_string_equal(lq_cli_option(&ran.call, "force"), "");
    assert_int_equal(ran.call.other_cnt, LQ_ARRAY_CNT(want));
    for (size_t i = 0; i < LQ_ARRAY_CNT(want); i++)
        assert_string_equal(ran.call.others[i], want[i]);
    assert_int_equal(run(&joins, "tool join a"), 0);
    assert_int_equal(ran.call.other_cnt, 0);
    assert_int_equal(run(&joins, "tool join"), LQ_EXIT_USAGE);
    assert_string_equal(err, "tool join: needs the operand \"FILE\": see tool join --help\n");
    assert_int_equal(run(&joins, "tool join --help"), 0);
    assert_non_null(strstr(out, "usage: tool join [OPTION...] FILE...\n"));
}

static void ends_options_at_two_dashes(void **state)
{
    (void)state;
    assert_runs("tool keys import -- --force", "keys import", VALUES(NULL), "--force");
    assert_runs("tool keys import -- --help", "keys import", VALUES(NULL), "--help");
    assert_runs("tool keys import -- --", "keys import", VALUES(NULL), "--");
    assert_runs("tool keys import --force -- f", "keys import", VALUES(""), "f");
    assert_runs("tool keys import f --", "keys import", VALUES(NULL), "f");
    assert_runs("tool show --", "show", VALUES(NULL), NULL);
}

static void gives_options_by_name(void **state)
{
    (void)state;
    assert_int_equal(run(&table, "tool show --limit 5 --json"), 0);
    assert_null(lq_cli_option(&ran.call, "config"));
    assert_string_equal(lq_cli_option(&ran.call, "limit"), "5");
    assert_string_equal(lq_cli_option(&ran.call, "json"), "");
}

static void gives_each_value_of_one_that_repeats(void **state)
{
    (void)state;
    assert_int_equal(run(&table, "tool keys import --slot 1 f --force --slot=2 --slot 1"), 0);
    assert_string_equal(lq_cli_option(&ran.call, "slot"), "1");
    static const char *const want[] = {"1", "2", "1"};
    for (size_t i = 0; i < LQ_ARRAY_CNT(want); i++)
        assert_string_equal(lq_cli_option_at(&ran.call, "slot", i), want[i]);
    assert_null(lq_cli_option_at(&ran.call, "slot", 3));
    assert_string_equal(lq_cli_option_at(&ran.call, "force", 0), "");
    assert_null(lq_cli_option_at(&ran.call, "force", 1));
    assert_int_equal(run(&table, "tool keys import f"), 0);
    assert_null(lq_cli_option_at(&ran.call, "slot", 0));
    assert_null(lq_cli_option_at(&ran.call, "slot", 1));
    char line[32 + (LQ_CLI_MORE_MAX + 2) * 9];
    int sz = snprintf(line, sizeof(line), "tool keys import f");
    for (size_t i = 0; i <= LQ_CLI_MORE_MAX; i++)
        sz += snprintf(line + sz, sizeof(line) - (size_t)sz, " --slot=7");
    assert_int_equal(run(&table, line), 0);
    assert_string_equal(lq_cli_option_at(&ran.call, "slot", LQ_CLI_MORE_MAX), "7");
    (void)snprintf(line + sz, sizeof(line) - (size_t)sz, " --slot=8");
    assert_refused(line, "tool keys import: given too often: \"--slot=8\": "
                         "see tool keys import --help\n");
}

static void asking_for_an_option_that_is_none_is_a_bug(void **state)
{
    (void)state;
    assert_int_equal(run(&table, "tool show"), 0);
    (void)fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
        (void)dup2(null, STDERR_FILENO);
        (void)lq_cli_option(&ran.call, "force");
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true((WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT) ||
                (WIFEXITED(status) && WEXITSTATUS(status) == 70));
}

static void refuses_wrong_options(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"tool show --nope", "tool show: unknown option \"--nope\": see tool show --help\n"},
        {"tool show --force", "tool show: unknown option \"--force\": see tool show --help\n"},
        {"tool show --conf a", "tool show: unknown option \"--conf\": see tool show --help\n"},
        {"tool show --configs", "tool show: unknown option \"--configs\": see tool show --help\n"},
        {"tool show --=a", "tool show: unknown option \"--=a\": see tool show --help\n"},
        {"tool show -j", "tool show: unknown option \"-j\": see tool show --help\n"},
        {"tool show -xjson", "tool show: unknown option \"-xjson\": see tool show --help\n"},
        {"tool show ---json", "tool show: unknown option \"---json\": see tool show --help\n"},
        {"tool show --help=x", "tool show: unknown option \"--help=x\": see tool show --help\n"},
        {"tool show --json=", "tool show: takes no value: \"--json=\": see tool show --help\n"},
        {"tool show --json=1", "tool show: takes no value: \"--json=1\": see tool show --help\n"},
        {"tool show --json --json", "tool show: given twice: \"--json\": see tool show --help\n"},
        {"tool show --limit 1 --limit=1",
         "tool show: given twice: \"--limit=1\": see tool show --help\n"},
        {"tool show --limit= --limit 1",
         "tool show: given twice: \"--limit\": see tool show --help\n"},
        {"tool show --json --limit",
         "tool show: needs a value: \"--limit\": see tool show --help\n"},
        {"tool keys new --x", "tool keys new: unknown option \"--x\": see tool keys new --help\n"},
        {"tool show --nope --help", "tool show: unknown option \"--nope\": see tool show --help\n"},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++)
        assert_refused(cases[i][0], cases[i][1]);
}

static void refuses_wrong_operands(void **state)
{
    (void)state;
    assert_refused("tool show x", "tool show: unexpected operand \"x\": see tool show --help\n");
    assert_refused("tool show -", "tool show: unexpected operand \"-\": see tool show --help\n");
    assert_refused("tool show -- --json",
                   "tool show: unexpected operand \"--json\": see tool show --help\n");
    assert_refused("tool keysmith",
                   "tool keysmith: needs the operand \"PAIR\": see tool keysmith --help\n");
    assert_refused("tool keysmith a b",
                   "tool keysmith: unexpected operand \"b\": see tool keysmith --help\n");
    assert_refused("tool keys import --force",
                   "tool keys import: needs the operand \"FILE\": see tool keys import --help\n");
    assert_refused("tool keys import f -- g",
                   "tool keys import: unexpected operand \"g\": see tool keys import --help\n");
}

static void refuses_unknown_commands(void **state)
{
    (void)state;
    static const char *const words[] = {"sho", "shows", "key", "keyss", "new", "keys\tnew"};
    for (size_t i = 0; i < LQ_ARRAY_CNT(words); i++) {
        char line[64];
        char text[128];
        (void)snprintf(line, sizeof(line), "tool %s new", words[i]);
        (void)snprintf(text, sizeof(text), "tool: unknown command \"%s\": see tool --help\n",
                       i == 5 ? "keys\\x09new" : words[i]);
        assert_refused(line, text);
    }
    assert_refused("tool ''", "tool: unknown command \"\": see tool --help\n");
    assert_refused("tool -v", "tool: unknown option \"-v\": see tool --help\n");
    assert_refused("tool --json show", "tool: unknown option \"--json\": see tool --help\n");
    assert_refused("tool --help show", "tool: unexpected operand \"show\": see tool --help\n");
    assert_refused("tool --version 1", "tool: unexpected operand \"1\": see tool --help\n");
}

static const char group_help[] = "usage: tool keys COMMAND [OPTION...]\n"
                                 "\n"
                                 "Commands:\n"
                                 "  new                   make a key: it's new\\fresh [really]\n"
                                 "  import                take a key in\n";

static void explains_a_group(void **state)
{
    (void)state;
    assert_int_equal(run(&table, "tool keys"), LQ_EXIT_USAGE);
    assert_string_equal(out, group_help);
    assert_string_equal(err, "");
    assert_int_equal(run(&table, "tool keys --help"), LQ_EXIT_DONE);
    assert_string_equal(out, group_help);
    assert_string_equal(err, "");
    assert_refused("tool keys import_",
                   "tool keys: unknown command \"import_\": see tool keys --help\n");
    assert_refused("tool keys ''", "tool keys: unknown command \"\": see tool keys --help\n");
    assert_refused("tool keys -f", "tool keys: unknown option \"-f\": see tool keys --help\n");
    assert_refused("tool keys --help new",
                   "tool keys: unexpected operand \"new\": see tool keys --help\n");
    assert_refused("tool keys show", "tool keys: unknown command \"show\": see tool keys --help\n");
}

static const lq_cli_example_t layout_examples[] = {
    {"wide go", "this ends in the last column of the line, the eightieth nnnnnnnnnnnnnnnnn."},
    {"wide go FILE", "this would end in a column more than there is, so it continues nnnnnnnnnnn."},
    {0},
};

static const lq_cli_command_t layout_commands[] = {
    {
        .name = "go",
        .summary = "this would end in the column behind the last nnnnnnnnnnn.",
        .description =
            (const char *const[]){
                "Eighty columns have room for this line, up to the full stop at its ennnnnnnnnnn.",
                "Eighty-one columns are one more than there is room for, so it is cut here nnnnnn.",
                "wordwordwordwordwordwordwordwordwordwordwordwordwordwordwordwordwordwordwordwordwo"
                "rd is longer than a line",
                NULL,
            },
        .options =
            (const lq_cli_option_t[]){
                {"fits-just-before", "N", "stands beside it"},
                {"is-one-char-wider", "N", "stands below it"},
                {"text", NULL, "this ends in the last column of the line nnnnnnnnnnnnnn."},
                {"more", NULL,
                 "this ends in the last column of the line nnnnnnnnnnnnnn. "
                 "and this in the last column of the next nnnnnnnnnnnnnnn. three"},
                {"flag-with-22-columns", NULL, "below"},
                {"flag-of-22-columns", NULL, "beside"},
                {0},
            },
        .operand = "FILE",
        .examples = layout_examples,
        .exits = table_exits,
        .run = table_run,
    },
    {0},
};

static const lq_cli_t layout = {
    .name = "wide",
    .version = "1",
    .summary = "wide",
    .description = table_description,
    .commands = layout_commands,
};

static void lays_help_out_in_columns(void **state)
{
    (void)state;
    assert_int_equal(run(&layout, "wide go --help"), 0);
    assert_string_equal(err, "");
    assert_string_equal(
        out,
        "usage: wide go [OPTION...] FILE\n"
        "\n"
        "Eighty columns have room for this line, up to the full stop at its ennnnnnnnnnn.\n"
        "\n"
        "Eighty-one columns are one more than there is room for, so it is cut here\n"
        "nnnnnn.\n"
        "\n"
        "wordwordwordwordwordwordwordwordwordwordwordwordwordwordwordwordwordwordwordwordword\n"
        "is longer than a line\n"
        "\n"
        "  --fits-just-before N  stands beside it\n"
        "  --is-one-char-wider N\n"
        "                        stands below it\n"
        "  --text                this ends in the last column of the line nnnnnnnnnnnnnn.\n"
        "  --more                this ends in the last column of the line nnnnnnnnnnnnnn.\n"
        "                        and this in the last column of the next nnnnnnnnnnnnnnn.\n"
        "                        three\n"
        "  --flag-with-22-columns\n"
        "                        below\n"
        "  --flag-of-22-columns  beside\n"
        "  --help                print this text\n"
        "\n"
        "Examples:\n"
        "  wide go\n"
        "      this ends in the last column of the line, the eightieth nnnnnnnnnnnnnnnnn.\n"
        "  wide go FILE\n"
        "      this would end in a column more than there is, so it continues\n"
        "      nnnnnnnnnnn.\n"
        "\n"
        "Exit codes:\n"
        "  0                     done\n"
        "  78                    the configuration is bad\n");
    assert_int_equal(run(&layout, "wide --help"), 0);
    assert_string_equal(out,
                        "usage: wide COMMAND [OPTION...]\n"
                        "\n"
                        ".tool begins with a dot, 'tool' with a quote, C:\\new with a backslash.\n"
                        "\n"
                        "A second paragraph.\n"
                        "\n"
                        "Commands:\n"
                        "  go                    this would end in the column behind the last\n"
                        "                        nnnnnnnnnnn.\n"
                        "\n"
                        "Options:\n"
                        "  --help                print this text; after a command, that command's\n"
                        "  --version             print the version\n");
}

static void shows_help_and_version(void **state)
{
    (void)state;
    static const char help[] = "usage: tool COMMAND [OPTION...]\n"
                               "\n"
                               ".tool begins with a dot, 'tool' with a quote, C:\\new with a "
                               "backslash.\n"
                               "\n"
                               "A second paragraph.\n"
                               "\n"
                               "Commands:\n"
                               "  keys new              make a key: it's new\\fresh [really]\n"
                               "  show                  show all\n"
                               "  keys import           take a key in\n"
                               "  keysmith              price a pair\n"
                               "\n"
                               "Options:\n"
                               "  --help                print this text; after a command, that "
                               "command's\n"
                               "  --version             print the version\n";
    static const char *const lines[] = {"tool --help", "tool"};
    for (size_t i = 0; i < LQ_ARRAY_CNT(lines); i++) {
        assert_int_equal(run(&table, lines[i]), i ? LQ_EXIT_USAGE : LQ_EXIT_DONE);
        assert_string_equal(out, help);
        assert_string_equal(err, "");
    }
    assert_int_equal(run(&table, "tool --version"), LQ_EXIT_DONE);
    assert_string_equal(out, "tool 1.2.3\n");
    assert_string_equal(err, "");
}

static void shows_the_help_of_a_command_wherever_it_is_asked_for(void **state)
{
    (void)state;
    static const char *const lines[][2] = {
        {"tool show --help", "usage: tool show [OPTION...]\n\n"},
        {"tool show --json --help --nope", "usage: tool show [OPTION...]\n\n"},
        {"tool keys import --help", "usage: tool keys import [OPTION...] FILE\n\n"},
        {"tool keys import f --help", "usage: tool keys import [OPTION...] FILE\n\n"},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(lines); i++) {
        assert_int_equal(run(&table, lines[i][0]), LQ_EXIT_DONE);
        assert_memory_equal(out, lines[i][1], strlen(lines[i][1]));
        assert_string_equal(err, "");
        assert_int_equal(ran.cnt, 0);
    }
}

static void returns_the_exit_code_of_the_command(void **state)
{
    (void)state;
    for (int rc = 0; rc <= 78; rc += 39) {
        ran.rc = rc;
        assert_int_equal(run(&table, "tool show"), rc);
    }
    ran.rc = 0;
}

/* Runs LINE in a process of its own whose standard output is FD and returns its exit code, its
   standard error in ERR. */
static int run_into(int fd, int mode, const char *line)
{
    char copy[256];
    char *argv[ARG_MAX_CNT + 1];
    int saved;
    (void)snprintf(copy, sizeof(copy), "%s", line);
    int argc = split(argv, copy);
    (void)fflush(NULL);
    FILE *err_file = redirect(&saved, STDERR_FILENO);
    pid_t pid = fork();
    if (pid == 0) {
        if (fd < 0)
            (void)close(STDOUT_FILENO);
        else
            (void)dup2(fd, STDOUT_FILENO);
        (void)setvbuf(stdout, NULL, mode, BUFSIZ);
        _exit(lq_cli_main(&table, argc, argv));
    }
    int status;
    pid_t waited = waitpid(pid, &status, 0);
    restore(err, sizeof(err), err_file, saved, STDERR_FILENO);
    assert_true(pid > 0);
    assert_int_equal(waited, pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* Unbuffered, all is lost before the end, where errno no longer says why. */
static void fails_where_output_was_lost_on_the_way(void **state)
{
    (void)state;
    static const char lost[] = "tool: standard output: not all could be written\n";
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    assert_true(full >= 0);
    assert_int_equal(run_into(full, _IONBF, "tool show --help"), LQ_EXIT_FAILED);
    assert_string_equal(err, lost);
    assert_int_equal(run_into(full, _IONBF, "tool keys --help"), LQ_EXIT_FAILED);
    assert_string_equal(err, lost);
    ran.print_sz = 3;
    assert_int_equal(run_into(full, _IONBF, "tool show"), LQ_EXIT_FAILED);
    assert_string_equal(err, lost);
    ran.print_sz = 0;
    (void)close(full);
}

static void fails_where_output_is_lost(void **state)
{
    (void)state;
    static const char full_text[] = "tool: standard output: No space left on device\n";
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    assert_true(full >= 0);
    assert_int_equal(run_into(full, _IOFBF, "tool --version"), LQ_EXIT_FAILED);
    assert_string_equal(err, full_text);
    assert_int_equal(run_into(full, _IOFBF, "tool"), LQ_EXIT_USAGE); /* the first failure counts */
    assert_string_equal(err, full_text);
    assert_int_equal(run_into(-1, _IOFBF, "tool --version"), LQ_EXIT_FAILED);
    assert_string_equal(err, "tool: standard output: Bad file descriptor\n");
    ran.print_sz = 3;
    assert_int_equal(run_into(full, _IOFBF, "tool show"), LQ_EXIT_FAILED);
    assert_string_equal(err, full_text);
    ran.rc = 78;
    assert_int_equal(run_into(full, _IOFBF, "tool show"), 78);
    assert_string_equal(err, full_text);
    ran.print_sz = 0; /* nothing to lose */
    assert_int_equal(run_into(full, _IOFBF, "tool show"), 78);
    assert_string_equal(err, "");
    ran.rc = 0;
    assert_int_equal(run_into(-1, _IOFBF, "tool show"), LQ_EXIT_DONE);
    assert_string_equal(err, "");
    (void)close(full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_an_option_in_either_form),
        cmocka_unit_test(takes_whatever_stands_behind_an_option_as_its_value),
        cmocka_unit_test(takes_an_operand_anywhere),
        cmocka_unit_test(takes_several_operands_in_order),
        cmocka_unit_test(ends_options_at_two_dashes),
        cmocka_unit_test(gives_options_by_name),
        cmocka_unit_test(gives_each_value_of_one_that_repeats),
        cmocka_unit_test(asking_for_an_option_that_is_none_is_a_bug),
        cmocka_unit_test(refuses_wrong_options),
        cmocka_unit_test(refuses_wrong_operands),
        cmocka_unit_test(refuses_unknown_commands),
        cmocka_unit_test(explains_a_group),
        cmocka_unit_test(lays_help_out_in_columns),
        cmocka_unit_test(shows_help_and_version),
        cmocka_unit_test(shows_the_help_of_a_command_wherever_it_is_asked_for),
        cmocka_unit_test(returns_the_exit_code_of_the_command),
        cmocka_unit_test(fails_where_output_was_lost_on_the_way),
        cmocka_unit_test(fails_where_output_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

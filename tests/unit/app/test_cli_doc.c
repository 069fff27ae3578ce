/* What is made from a table of commands: the completions answer as the shells would have them, the
   man pages say what the table says. */

#include <sys/wait.h>
#include <unistd.h>

#include "cli_table.h"
#include "lq_test.h"

static int table_run(const lq_cli_call_t *call)
{
    (void)call;
    return 0;
}

/* A folder with the completions, and files to complete. */
static char folder[64];

static void write_document(const char *name, void (*write)(FILE *out, const lq_cli_t *cli))
{
    FILE *out = fopen(name, "w");
    assert_non_null(out);
    if (write)
        write(out, &table);
    assert_int_equal(fclose(out), 0);
}

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/liqd_test_cli_doc_XXXXXX");
    if (!mkdtemp(folder) || chdir(folder) != 0)
        return -1;
    write_document("tool.bash", lq_cli_write_bash);
    write_document("tool.zsh", lq_cli_write_zsh);
    write_document("tool.fish", lq_cli_write_fish);
    write_document("in.key", NULL);
    write_document("in put", NULL);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[128];
    (void)snprintf(command, sizeof(command), "rm -r '%s'", folder);
    return chdir("/") == 0 && system(command) == 0 ? 0 : -1; /* NOLINT(cert-env33-c) */
}

static char got[16384];

/* Runs COMMAND in a shell, its output in GOT, and returns its exit code. */
static int run(const char *command)
{
    FILE *in = popen(command, "r"); /* NOLINT(cert-env33-c) */
    assert_non_null(in);
    size_t sz = fread(got, 1, sizeof(got) - 1, in);
    assert_true(sz < sizeof(got) - 1);
    got[sz] = '\0';
    int status = pclose(in);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void skip_without(const char *program)
{
    char command[64];
    (void)snprintf(command, sizeof(command), "command -v %s", program);
    if (run(command) != 0)
        skip();
}

/* Turns the lines of GOT into words separated by single spaces. */
static void join_lines(void)
{
    size_t sz = strlen(got);
    while (sz && got[sz - 1] == '\n')
        got[--sz] = '\0';
    for (char *c = got; *c; c++)
        if (*c == '\n')
            *c = '|';
}

static void bash_completes(void **state)
{
    (void)state;
    /* the words as bash splits them, the last being completed */
    static const char *const cases[][2] = {
        {"tool ''", "keys|show|keysmith|--help|--version"},
        {"tool s", "show"},
        {"tool key", "keys|keysmith"},
        {"tool keys", "keys|keysmith"},
        {"tool --v", "--version"},
        {"tool new", ""},
        {"tool nope ''", ""},
        /* second words */
        {"tool keys ''", "new|import|--help"},
        {"tool keys i", "import"},
        {"tool keys new", "new"},
        {"tool keys import", "import"},
        {"tool keys x", ""},
        {"tool keys x ''", ""},
        {"tool key ''", ""},
        /* options */
        {"tool keys new ''", "--out|--words|--help"},
        {"tool keys new --w", "--words"},
        {"tool keys import --", "--force|--slot|--help"},
        {"tool keys import in.key --", "--force|--slot|--help"},
        {"tool show ''", "--config|--limit|--json|--help"},
        {"tool show --json --c", "--config"},
        {"tool keysmith ''", "--help"},
        /* values */
        {"tool show --config ''", "in put|in.key|tool.bash|tool.fish|tool.zsh"},
        {"tool show --config in.", "in.key"},
        {"tool show --config = ''", "in put|in.key|tool.bash|tool.fish|tool.zsh"},
        {"tool show --config =", "in put|in.key|tool.bash|tool.fish|tool.zsh"},
        {"tool show --config = in.", "in.key"},
        {"tool show --limit ''", ""},
        {"tool show --limit = ''", ""},
        {"tool show --limit = -", ""},
        {"tool show --limit 5 --j", "--json"},
        {"tool keys new --out in.", "in.key"},
        {"tool keys new --words ''", ""},
        {"tool keys import --config in.", "in.key"}, /* no option of this one: the operand */
        {"tool show --out in.", ""},
        /* operands */
        {"tool keys import in", "in put|in.key"},
        {"tool keys import --force in.", "in.key"},
        {"tool keys import --slot in.", ""},
        {"tool keys import --slot 1 in.", "in.key"},
        {"tool keysmith in.", ""},
        {"tool show in.", ""},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        char command[512];
        bool files = strstr(cases[i][1], "in put"); /* in any order; words in the table's */
        (void)snprintf(command, sizeof(command),
                       "bash --norc -c \"source ./tool.bash; compopt() { :; }; "
                       "COMP_WORDS=(%s); COMP_CWORD=\\$((\\${#COMP_WORDS[@]} - 1)); _tool; "
                       "printf '%%s\\n' \\\"\\${COMPREPLY[@]}\\\"%s\" 2>&1",
                       cases[i][0], files ? " | LC_ALL=C sort" : "");
        assert_int_equal(run(command), 0);
        join_lines();
        if (strcmp(got, cases[i][1]) != 0)
            fail_msg("bash completes %s to %s, not %s", cases[i][0], got, cases[i][1]);
    }
}

static void bash_completes_file_names_as_such(void **state)
{
    (void)state;
    assert_int_equal(run("bash --norc -c 'source ./tool.bash; compopt() { echo \"$@\"; }; "
                         "COMP_WORDS=(tool keys import in); COMP_CWORD=3; _tool; "
                         "complete -p tool' 2>&1"),
                     0);
    assert_string_equal(got, "-o filenames\ncomplete -F _tool tool\n");
}

/* All lines are given to one fish, which starts slowly. */
static void fish_completes(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"tool ", "keys\tnew, import|keysmith\tprice a pair|show\tshow all"},
        {"tool s", "show\tshow all"},
        {"tool --", "--help\tprint help|--version\tprint the version"},
        {"tool keys ", "import\ttake a key in|new\tmake a key: it's new\\fresh [really]"},
        {"tool keys i", "import\ttake a key in"},
        {"tool keys --", "--help\tprint help"},
        {"tool keys new ", ""},
        {"tool keys new --", "--help\tprint help|--out\twhere it's written: a new\\fresh [file]|"
                             "--words\thow many"},
        {"tool keys import --", "--force\toverwrite|--help\tprint help|--slot\twhere to"},
        {"tool keys new --out in.", "in.key"},
        {"tool keys new --out=in.", "--out=in.key"},
        {"tool keys new --words i", ""},
        {"tool keys import in.", "in.key"},
        {"tool keys import --slot in.", ""},
        {"tool keys import --force in.", "in.key"},
        {"tool show --config in.", "in.key"},
        {"tool show --config=in.", "--config=in.key"},
        {"tool show --limit i", ""},
        {"tool show in.", ""},
        {"tool keysmith in.", ""},
        {"tool show --j", "--json\tprint JSON"},
        {"tool keysmith --", "--help\tprint help"},
    };
    skip_without("fish");
    static char command[8192];
    size_t sz = (size_t)snprintf(command, sizeof(command),
                                 "HOME=$PWD fish --no-config -c 'source ./tool.fish");
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++)
        sz += (size_t)snprintf(command + sz, sizeof(command) - sz, "; complete -C \"%s\"; echo .",
                               cases[i][0]);
    assert_true(sz + 8 < sizeof(command));
    (void)snprintf(command + sz, sizeof(command) - sz, "' 2>&1");
    assert_int_equal(run(command), 0);
    join_lines();
    char *at = got;
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        char *end = *at == '.' ? at : strstr(at, "|.");
        assert_non_null(end);
        char *next = *at == '.' ? at + 1 : end + 2;
        *end = '\0';
        if (strcmp(at, cases[i][1]) != 0)
            fail_msg("fish completes %s to %s, not %s", cases[i][0], at, cases[i][1]);
        at = next + (*next == '|');
    }
    assert_string_equal(at, "");
}

/* zsh completes on a terminal only; what its functions are called with is what we can get wrong
   (tests/cli/test_documents.py tries the real ones). */
static void zsh_calls_its_functions(void **state)
{
    (void)state;
    static const char new_options[] =
        "_arguments(2 new)|"
        "--out=[where it's written\\: a new\\\\fresh \\[file\\]]:FILE:"
        "_files|--words=[how many]:N: |--help[print help]";
    static const char show_options[] = "_arguments(2 show)|--config=[configuration]:FILE:_files|"
                                       "--limit=[at most so many]:N: |--json[print JSON]|"
                                       "--help[print help]";
    static const char first_words[] = "keys:new, import|show:show all|keysmith:price a pair|"
                                      "_arguments(2 tool)|--help[print help]|"
                                      "--version[print the version]";
    static const char second_words[] = "compadd|--|new|import|--help";
    static const struct {
        const char *words;
        int current;
        const char *want;
    } cases[] = {
        {"tool ''", 2, first_words},
        {"tool keys", 2, first_words},
        {"tool keys ''", 3, second_words},
        {"tool keys new", 3, second_words},
        {"tool keys x", 3, second_words},
        {"tool keys x ''", 4, ""},
        {"tool nope ''", 3, ""},
        {"tool keys new ''", 4, new_options},
        {"tool show ''", 3, show_options},
        {"tool show --json", 3, show_options},
        {"tool keys import ''", 4,
         "_arguments(2 import)|--force[overwrite]|*--slot=[where to]:N...: |--help[print help]|1:FILE:_files"},
        {"tool keysmith ''", 3, "_arguments(2 keysmith)|--help[print help]"},
    };
    skip_without("zsh");
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        char command[1024];
        (void)snprintf(command, sizeof(command),
                       "zsh -f -c \""
                       "_describe() { print -rl -- \\${(P)4} };"
                       "_arguments() { print -r -- \\\"_arguments(\\$CURRENT "
                       "\\$words[1])\\\"; print -rl -- \\\"\\$@\\\" };"
                       "compadd() { print -rl compadd \\\"\\$@\\\" };"
                       "words=(%s); CURRENT=%d; source ./tool.zsh\" 2>&1",
                       cases[i].words, cases[i].current);
        (void)run(command);
        join_lines();
        if (strcmp(got, cases[i].want) != 0)
            fail_msg("zsh makes of %s %s, not %s", cases[i].words, got, cases[i].want);
    }
}

static void write_page(const char *name, const lq_cli_command_t *command)
{
    FILE *out = fopen(name, "w");
    assert_non_null(out);
    lq_cli_write_mdoc(out, &table, command);
    assert_int_equal(fclose(out), 0);
}

static void writes_the_page_of_a_command(void **state)
{
    (void)state;
    static const char want[] =
        ".Dd $Mdocdate$\n"
        ".Dt TOOL-KEYS-NEW 1\n"
        ".Os tool 1.2.3\n"
        ".Sh NAME\n"
        ".Nm tool-keys-new\n"
        ".Nd make a key: it's new\\efresh [really]\n"
        ".Sh SYNOPSIS\n"
        ".Nm tool keys new\n"
        ".Op Fl -out Ar FILE\n"
        ".Op Fl -words Ar N\n"
        ".Sh DESCRIPTION\n"
        "\\&.tool begins with a dot, \\&'tool' with a quote, C:\\enew with a backslash.\n"
        ".Pp\n"
        "A second paragraph.\n"
        ".Sh OPTIONS\n"
        ".Bl -tag -width Ds\n"
        ".It Fl -out Ar FILE\n"
        "where it's written:\n"
        "a new\\efresh [file]\n"
        ".It Fl -words Ar N\n"
        "how many\n"
        ".It Fl -help\n"
        "print help\n"
        ".El\n"
        ".Sh EXIT STATUS\n"
        ".Bl -tag -width Ds\n"
        ".It 0\n"
        "done\n"
        ".It 78\n"
        "the configuration is bad\n"
        ".El\n"
        ".Sh EXAMPLES\n"
        ".Bl -tag -width Ds\n"
        ".It Ic tool show --config \\(dqa b\\(dq \\&| grep -v \\&'\\e.$' \\&.\n"
        "ends its line in a dot, \\&.like this\n"
        ".It Ic tool \\&Ar \\&Brq \\&Fl x \\&, y \\&%A\n"
        "has words that are macros of mdoc\n"
        ".El\n"
        ".Sh SEE ALSO\n"
        ".Xr tool 1 ,\n"
        ".Xr tool.yaml 5\n";
    write_page("page.1", &table_commands[0]);
    char *page = lq_test_read("page.1", NULL);
    assert_string_equal(page, want);
    free(page);
}

static void page_of_the_program_lists_its_commands(void **state)
{
    (void)state;
    static const char *const parts[] = {
        ".Dt TOOL 1\n.Os tool 1.2.3\n.Sh NAME\n.Nm tool\n.Nd a tool\\ekit\n.Sh SYNOPSIS\n",
        "\n.It Ic keys new\nmake a key:\nit's new\\efresh [really]\n.It Ic show\nshow all\n"
        ".It Ic keys import\ntake a key in\n.It Ic keysmith\nprice a pair\n.El\n",
        "\n.Sh SEE ALSO\n.Xr tool-keys-import 1 ,\n.Xr tool-keys-new 1 ,\n.Xr tool-keysmith 1 ,\n"
        ".Xr tool-show 1 ,\n.Xr tool.yaml 5\n",
    };
    write_page("page.1", NULL);
    char *page = lq_test_read("page.1", NULL);
    for (size_t i = 0; i < LQ_ARRAY_CNT(parts); i++)
        if (!strstr(page, parts[i]))
            fail_msg("%s lacks %s", page, parts[i]);
    free(page);
}

/* What mandoc makes of a page is what the table says, whatever is in it. */
static void mandoc_shows_what_the_table_says(void **state)
{
    (void)state;
    static const char *const wants[] = {
        "tool-keys-new - make a key: it's new\\fresh [really]\n",
        "tool keys new [--out FILE] [--words N]\n",
        " .tool begins with a dot, 'tool' with a quote, C:\\new with a backslash.\n",
        " where it's written: a new\\fresh [file]\n",
        " tool show --config \"a b\" | grep -v '\\.$' .\n",
        " ends its line in a dot, .like this\n",
        " tool Ar Brq Fl x , y %A\n",
        " has words that are macros of mdoc\n",
    };
    skip_without("mandoc");
    for (size_t i = 0; i < LQ_ARRAY_CNT(table_commands); i++) {
        write_page("page.1", table_commands[i].name ? &table_commands[i] : NULL);
        (void)run("mandoc -T lint -W warning page.1 | grep -v 'missing date'");
        assert_string_equal(got, "");
    }
    write_page("page.1", &table_commands[0]);
    assert_int_equal(run("mandoc -T ascii -O width=100 page.1 | sed 's/.\b//g'"), 0);
    for (size_t i = 0; i < LQ_ARRAY_CNT(wants); i++)
        if (!strstr(got, wants[i]))
            fail_msg("%s lacks %s", got, wants[i]);
    write_page("page.1", &table_commands[2]);
    assert_int_equal(run("mandoc -T ascii page.1 | sed 's/.\b//g'"), 0);
    assert_non_null(strstr(got, "tool keys import [--force] [--slot N...] FILE\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bash_completes),
        cmocka_unit_test(bash_completes_file_names_as_such),
        cmocka_unit_test(fish_completes),
        cmocka_unit_test(zsh_calls_its_functions),
        cmocka_unit_test(writes_the_page_of_a_command),
        cmocka_unit_test(page_of_the_program_lists_its_commands),
        cmocka_unit_test(mandoc_shows_what_the_table_says),

    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}

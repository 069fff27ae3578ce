#include "liqd/app/config.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lq_test.h"
#include "memory_io.h"

/* Every test works in an empty folder of its own. */
static char folder[64];
static int origin_fd;

static int enter_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/liqd_test_config_XXXXXX");
    origin_fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return origin_fd >= 0 && mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int leave_folder(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b", "c", "liqd.yaml"};
    for (size_t i = 0; i < LQ_ARRAY_CNT(names); i++)
        if (unlink(names[i]) != 0)
            (void)rmdir(names[i]);
    int rc = fchdir(origin_fd);
    (void)close(origin_fd);
    (void)unsetenv("LIQD_CONFIG");
    return rc == 0 && rmdir(folder) == 0 ? 0 : -1;
}

static void write_file(const char *name, const char *text, size_t sz)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, sz), sz);
    assert_int_equal(close(fd), 0);
}

static const lq_schema_file_t untouched = {"x", 7, 1, {2, 3}};

/* Reads NAME of at most MAX bytes. */
static lq_err_t read_file(lq_schema_file_t *file, lq_err_msg_t *msg, lq_arena_t *arena,
                          const char *name, size_t max)
{
    memcpy(file, &untouched, sizeof(*file)); /* with its padding */
    *msg = (lq_err_msg_t){"none"};
    lq_err_t err = lq_config_io.read(lq_config_io.ctx, file, msg, arena, name, max);
    if (err)
        assert_memory_equal(file, &untouched, sizeof(*file));
    else
        assert_string_equal(msg->text, "none");
    return err;
}

static void assert_unreadable(const char *name, size_t max, lq_err_t want, const char *text)
{
    lq_schema_file_t file;
    lq_err_msg_t msg;
    lq_arena_t arena;
    assert_ok(lq_arena_init(&arena, 1 << 20));
    assert_err(read_file(&file, &msg, &arena, name, max), want);
    assert_string_equal(msg.text, text);
    lq_arena_fini(&arena);
}

static void reads_content_and_mode(void **state)
{
    (void)state;
    static const char text[] = "no\0text\n\xff";
    static const unsigned modes[] = {0600, 0640, 0604, 0400, 0666, 0700, 04600, 01777};
    lq_schema_file_t file;
    lq_err_msg_t msg;
    lq_arena_t arena;
    assert_ok(lq_arena_init(&arena, 1 << 20));
    write_file("a", text, sizeof(text));
    for (size_t i = 0; i < LQ_ARRAY_CNT(modes); i++) {
        assert_int_equal(chmod("a", modes[i]), 0);
        assert_ok(read_file(&file, &msg, &arena, "a", 100));
        assert_int_equal(file.mode, modes[i]);
        assert_int_equal(file.text_sz, sizeof(text));
        assert_memory_equal(file.text, text, sizeof(text));
    }
    write_file("b", "", 0);
    assert_ok(read_file(&file, &msg, &arena, "b", 100));
    assert_int_equal(file.text_sz, 0);
    lq_arena_fini(&arena);
}

static void reads_files_up_to_their_limit(void **state)
{
    (void)state;
    static char text[LQ_SCHEMA_FILE_MAX + 1];
    lq_schema_file_t file;
    lq_err_msg_t msg;
    lq_arena_t arena;
    assert_ok(lq_arena_init(&arena, 1 << 20));
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (char)(i * 7 + i / 256);
    write_file("a", text, LQ_SCHEMA_FILE_MAX);
    assert_ok(read_file(&file, &msg, &arena, "a", LQ_SCHEMA_FILE_MAX));
    assert_int_equal(file.text_sz, LQ_SCHEMA_FILE_MAX);
    assert_memory_equal(file.text, text, LQ_SCHEMA_FILE_MAX);
    lq_arena_fini(&arena);
    write_file("a", text, LQ_SCHEMA_FILE_MAX + 1);
    assert_unreadable("a", LQ_SCHEMA_FILE_MAX, LQ_ERR_TOO_LONG, "is longer than 65536 bytes");
    write_file("b", text, 1);
    assert_unreadable("b", 0, LQ_ERR_TOO_LONG, "is longer than 0 bytes");
}

static void refuses_what_is_no_regular_file(void **state)
{
    (void)state;
    assert_int_equal(mkfifo("a", 0600), 0);
    assert_unreadable("a", 100, LQ_ERR_IO, "is not a regular file"); /* at once, not waiting */
    assert_int_equal(mkdir("b", 0700), 0);
    assert_unreadable("b", 100, LQ_ERR_IO, "is not a regular file");
    assert_unreadable("/dev/null", 100, LQ_ERR_IO, "is not a regular file");
    assert_int_equal(symlink("a", "c"), 0);
    assert_unreadable("c", 100, LQ_ERR_IO, "is not a regular file");
}

static void says_why_a_file_cannot_be_opened(void **state)
{
    (void)state;
    write_file("a", "x", 1);
    assert_unreadable("none", 100, LQ_ERR_NOT_FOUND, "No such file or directory");
    assert_unreadable("", 100, LQ_ERR_NOT_FOUND, "No such file or directory");
    assert_unreadable("a/b", 100, LQ_ERR_IO, "Not a directory");
    assert_int_equal(symlink("gone", "b"), 0);
    assert_unreadable("b", 100, LQ_ERR_NOT_FOUND, "No such file or directory");
    assert_int_equal(symlink("c", "c"), 0);
    assert_unreadable("c", 100, LQ_ERR_IO, "Too many levels of symbolic links");
}

static void refuses_a_file_without_permission(void **state)
{
    (void)state;
    write_file("a", "x", 1);
    assert_int_equal(chmod("a", 0), 0);
    bool root = geteuid() == 0; /* may read all */
    if (root) {
        assert_int_equal(chmod(".", 0755), 0);
        assert_int_equal(seteuid(65534), 0);
    }
    lq_schema_file_t file;
    lq_err_msg_t msg;
    lq_arena_t arena;
    assert_ok(lq_arena_init(&arena, 100));
    lq_err_t err = read_file(&file, &msg, &arena, "a", 100);
    lq_arena_fini(&arena);
    if (root)
        assert_int_equal(seteuid(0), 0);
    assert_err(err, LQ_ERR_IO);
    assert_string_equal(msg.text, "Permission denied");
}

/* A file of sysfs says that it is a page long, and is shorter. */
static void refuses_a_file_that_is_shorter_than_it_was(void **state)
{
    (void)state;
    static const char name[] = "/sys/kernel/mm/transparent_hugepage/enabled";
    struct stat st;
    if (stat(name, &st) != 0 || st.st_size == 0)
        skip();
    assert_unreadable(name, LQ_SCHEMA_FILE_MAX, LQ_ERR_IO, "changed while it was read: try again");
}

static void refuses_a_file_that_does_not_fit_into_the_arena(void **state)
{
    (void)state;
    lq_schema_file_t file;
    lq_err_msg_t msg;
    lq_arena_t arena;
    write_file("a", "12345678", 8);
    assert_ok(lq_arena_init(&arena, 8));
    assert_ok(read_file(&file, &msg, &arena, "a", 100));
    lq_arena_fini(&arena);
    assert_ok(lq_arena_init(&arena, 7));
    assert_err(read_file(&file, &msg, &arena, "a", 100), LQ_ERR_NOMEM);
    assert_string_equal(msg.text, "does not fit into memory");
    lq_arena_fini(&arena);
}

static void tells_the_same_file_from_another(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b", "c", "./a", "liqd.yaml"};
    lq_schema_file_t files[5];
    lq_err_msg_t msg;
    lq_arena_t arena;
    assert_ok(lq_arena_init(&arena, 1 << 20));
    write_file("a", "x", 1);
    assert_int_equal(link("a", "b"), 0);
    assert_int_equal(symlink("b", "c"), 0);
    write_file("liqd.yaml", "x", 1);
    for (size_t i = 0; i < 5; i++)
        assert_ok(read_file(&files[i], &msg, &arena, names[i], 100));
    for (size_t i = 1; i < 4; i++)
        assert_memory_equal(files[i].id, files[0].id, sizeof(files[0].id));
    assert_int_equal(files[4].id[0], files[0].id[0]); /* of one device */
    assert_int_not_equal(files[4].id[1], files[0].id[1]);
    assert_ok(read_file(&files[1], &msg, &arena, "/proc/version", 0));
    assert_int_not_equal(files[1].id[0], files[0].id[0]);
    lq_arena_fini(&arena);
}

static void leaves_no_file_open(void **state)
{
    (void)state;
    int before = dup(origin_fd);
    (void)close(before);
    write_file("a", "x", 1);
    assert_unreadable("a", 0, LQ_ERR_TOO_LONG, "is longer than 0 bytes");
    lq_schema_doc_t doc;
    lq_config_t config;
    assert_err(lq_schema_load(&doc, &config, &lq_config_schema, &lq_config_io, "a"), LQ_ERR_CONFIG);
    lq_schema_free(&doc);
    int after = dup(origin_fd);
    (void)close(after);
    assert_int_equal(after, before);
}

static void reads_the_environment(void **state)
{
    (void)state;
    assert_int_equal(setenv("LIQD_CONFIG", "x y", 1), 0);
    assert_string_equal(lq_config_io.env(lq_config_io.ctx, "LIQD_CONFIG"), "x y");
    assert_int_equal(unsetenv("LIQD_CONFIG"), 0);
    assert_null(lq_config_io.env(lq_config_io.ctx, "LIQD_CONFIG"));
}

/* GIVEN, ENV (NULL: not set) and ./liqd.yaml as it is lead to WANT. */
static void assert_finds(const char *given, const char *env, const char *want)
{
    const char *path = "unchanged";
    lq_err_msg_t msg = {"none"};
    assert_int_equal(env ? setenv("LIQD_CONFIG", env, 1) : unsetenv("LIQD_CONFIG"), 0);
    assert_ok(lq_config_find(&path, &msg, given));
    assert_string_equal(path, want);
    assert_string_equal(msg.text, "none");
}

static void finds_the_configuration_in_order(void **state)
{
    (void)state;
    assert_finds("given", NULL, "given"); /* whether it is there or not */
    assert_finds("given", "env", "given");
    assert_finds(NULL, "env", "env");
    write_file("liqd.yaml", "", 0);
    assert_finds("given", "env", "given");
    assert_finds(NULL, "env", "env");
    assert_finds(NULL, NULL, "liqd.yaml");
    assert_finds(NULL, "", "liqd.yaml");
    assert_int_equal(unlink("liqd.yaml"), 0);
    assert_int_equal(symlink("gone", "liqd.yaml"), 0); /* is named, not passed over */
    assert_finds(NULL, NULL, "liqd.yaml");
}

static void finds_the_installed_configuration_last(void **state)
{
    (void)state;
    const char *path = "unchanged";
    lq_err_msg_t msg;
    lq_err_t err = lq_config_find(&path, &msg, NULL);
    if (!err) { /* liqd is installed here */
        assert_true(path[0] == '/');
        skip();
    }
    assert_err(err, LQ_ERR_NOT_FOUND);
    assert_string_equal(path, "unchanged");
    assert_non_null(strstr(msg.text, "neither --config nor $LIQD_CONFIG"));
    assert_non_null(strstr(msg.text, "/liqd.yaml"));
}

static void refuses_an_empty_name_given(void **state)
{
    (void)state;
    const char *path = "unchanged";
    lq_err_msg_t msg;
    write_file("liqd.yaml", "", 0);
    assert_int_equal(setenv("LIQD_CONFIG", "env", 1), 0);
    assert_err(lq_config_find(&path, &msg, ""), LQ_ERR_INVAL);
    assert_string_equal(path, "unchanged");
    assert_string_equal(msg.text, "--config names no file");
}

static lq_schema_doc_t doc;
static lq_config_t config;

/* Loads YAML and compares all problems. */
static void assert_problems(const char *yaml, const char *want)
{
    char text[4096];
    memory_io_t files = {.files = {{"c.yaml", yaml}}};
    lq_schema_io_t io = memory_io(&files);
    lq_err_t err = lq_schema_load(&doc, &config, &lq_config_schema, &io, "c.yaml");
    memory_io_problems(text, sizeof(text), &doc);
    assert_string_equal(text, want);
    assert_err(err, want[0] ? LQ_ERR_CONFIG : LQ_OK);
}

static void gives_every_setting_to_the_log(void **state)
{
    (void)state;
    assert_problems("chain: {id: 7, name: seven}\n"
                    "log: {level: warn, format: json, file: x.log, rate: 11, burst: 12,\n"
                    "      line_max: 1 KiB, value_max: 48 B}\n",
                    "");
    assert_int_equal(config.chain_id, 7);
    assert_string_equal(config.chain_name, "seven");
    assert_string_equal(config.log_file, "x.log");
    lq_log_config_t got = lq_config_log(&config);
    assert_int_equal(got.level, LQ_LOG_WARN);
    assert_int_equal(got.format, LQ_LOG_JSON);
    assert_int_equal(got.rate_per_sec, 11);
    assert_int_equal(got.burst_cnt, 12);
    assert_int_equal(got.line_max, 1024);
    assert_int_equal(got.value_max, 48);
    lq_schema_free(&doc);
}

static void defaults_are_those_of_the_manual(void **state)
{
    (void)state;
    assert_problems("chain: {id: 1}\n", "");
    assert_string_equal(config.chain_name, "unnamed");
    assert_string_equal(config.log_file, "");
    lq_log_config_t got = lq_config_log(&config);
    assert_int_equal(got.level, LQ_LOG_INFO);
    assert_int_equal(got.format, LQ_LOG_LOGFMT);
    assert_int_equal(got.rate_per_sec, 10);
    assert_int_equal(got.burst_cnt, 50);
    assert_int_equal(got.line_max, 4096);
    assert_int_equal(got.value_max, 512);
    lq_schema_free(&doc);
}

static void keeps_the_range_of_each_key(void **state)
{
    (void)state;
    static const struct {
        const char *good;
        const char *bad;
        const char *problem;
    } cases[] = {
        {"chain: {id: 1}", "chain: {id: 0}",
         "1:13: chain.id: \"0\" is out of range: from 1 to 9223372036854775771"},
        {"chain: {id: 9223372036854775771}", "chain: {id: 9223372036854775772}",
         "1:13: chain.id: \"9223372036854775772\" is out of range: from 1 to 9223372036854775771"},
        {"chain: {id: 1, name: x}", "chain: {id: 1, name: ''}",
         "1:22: chain.name: \"\" is 0 bytes long: from 1 to 32"},
        {"chain: {id: 1, name: abcdefghijabcdefghijabcdefghij12}",
         "chain: {id: 1, name: abcdefghijabcdefghijabcdefghij123}",
         "1:22: chain.name: \"abcdefghijabcdefghijabcdefghij123\" is 33 bytes long: from 1 to 32"},
        {"{chain: {id: 1}, log: {rate: 0}}", "{chain: {id: 1}, log: {rate: 1000001}}",
         "1:30: log.rate: \"1000001\" is out of range: from 0 to 1000000 lines per second"},
        {"{chain: {id: 1}, log: {rate: 1000000}}", "{chain: {id: 1}, log: {burst: 0}}",
         "1:31: log.burst: \"0\" is out of range: from 1 to 1000000 lines"},
        {"{chain: {id: 1}, log: {burst: 1000000}}", "{chain: {id: 1}, log: {burst: 1000001}}",
         "1:31: log.burst: \"1000001\" is out of range: from 1 to 1000000 lines"},
        {"{chain: {id: 1}, log: {line_max: 256 B, value_max: 16 B}}",
         "{chain: {id: 1}, log: {line_max: 255 B, value_max: 16 B}}",
         "1:34: log.line_max: \"255 B\" is out of range: from 256 B to 4 KiB"},
        {"{chain: {id: 1}, log: {line_max: 4 KiB}}", "{chain: {id: 1}, log: {line_max: 4097 B}}",
         "1:34: log.line_max: \"4097 B\" is out of range: from 256 B to 4 KiB"},
        {"{chain: {id: 1}, log: {value_max: 16 B}}", "{chain: {id: 1}, log: {value_max: 15 B}}",
         "1:35: log.value_max: \"15 B\" is out of range: from 16 B to 2 KiB"},
        {"{chain: {id: 1}, log: {value_max: 2 KiB}}", "{chain: {id: 1}, log: {value_max: 2049 B}}",
         "1:35: log.value_max: \"2049 B\" is out of range: from 16 B to 2 KiB"},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        char want[256];
        assert_problems(cases[i].good, "");
        lq_schema_free(&doc);
        (void)snprintf(want, sizeof(want), "c.yaml:%s\n", cases[i].problem);
        assert_problems(cases[i].bad, want);
        lq_schema_free(&doc);
    }
}

static void drop_line(void *ctx, lq_log_level_t level, const char *line, size_t line_sz)
{
    (void)ctx;
    (void)level;
    (void)line;
    (void)line_sz;
}

/* The whole range is good for the log. */
static void log_takes_the_ends_of_each_range(void **state)
{
    (void)state;
    static const char *const logs[] = {
        "rate: 0",         "rate: 1000000, burst: 1",
        "burst: 1000000",  "line_max: 256 B, value_max: 128 B",
        "line_max: 4 KiB", "value_max: 2 KiB",
        "value_max: 16 B", "level: debug",
        "level: error",    "format: json",
    };
    static lq_log_t log;
    for (size_t i = 0; i < LQ_ARRAY_CNT(logs); i++) {
        char yaml[128];
        (void)snprintf(yaml, sizeof(yaml), "{chain: {id: 1}, log: {%s}}", logs[i]);
        assert_problems(yaml, "");
        lq_log_config_t log_config = lq_config_log(&config);
        assert_ok(lq_log_init(&log, &log_config, lq_clock_system(), drop_line, NULL));
        lq_schema_free(&doc);
    }
}

static void reports_contradictions_at_their_limit(void **state)
{
    (void)state;
    static const char *const good[] = {
        "{line_max: 1 KiB}",                    /* beside the default, 512 B */
        "{line_max: 1025 B, value_max: 512 B}", /* half, rounded down */
        "{value_max: 2 KiB}",
        "{line_max: 256 B, value_max: 128 B}",
        "{rate: 0}",
        "{rate: 1, burst: 1}",
        "{burst: 7}",
    };
    static const char *const bad[][2] = {
        {"{line_max: 1023 B}", "2:17: log.line_max: contradicts log.value_max: a value may take "
                               "half of its line at most"},
        {"{line_max: 1023 B, value_max: 512 B}",
         "2:36: log.value_max: contradicts log.line_max: a value may take half of its line at "
         "most"},
        {"{line_max: 257 B, value_max: 129 B}",
         "2:35: log.value_max: contradicts log.line_max: a value may take half of its line at "
         "most"},
        {"{rate: 0, burst: 50}",
         "2:23: log.burst: has no meaning while log.rate is 0: remove one of them"},
    };
    char yaml[128];
    for (size_t i = 0; i < LQ_ARRAY_CNT(good); i++) {
        (void)snprintf(yaml, sizeof(yaml), "chain: {id: 1}\nlog: %s\n", good[i]);
        assert_problems(yaml, "");
        lq_schema_free(&doc);
    }
    for (size_t i = 0; i < LQ_ARRAY_CNT(bad); i++) {
        char want[256];
        (void)snprintf(yaml, sizeof(yaml), "chain: {id: 1}\nlog: %s\n", bad[i][0]);
        (void)snprintf(want, sizeof(want), "c.yaml:%s\n", bad[i][1]);
        assert_problems(yaml, want);
        lq_schema_free(&doc);
    }
}

/* With what is left to the process the document's memory cannot be reserved. */
static void loading_without_memory_fails(void **state)
{
    (void)state;
    (void)fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct rlimit none = {1 << 20, 1 << 20};
        memory_io_t files = {.files = {{"c.yaml", "chain: {id: 1}\n"}}};
        lq_schema_io_t io = memory_io(&files);
        config.chain_id = 77;
        if (setrlimit(RLIMIT_AS, &none) != 0)
            _exit(1);
        lq_err_t err = lq_schema_load(&doc, &config, &lq_config_schema, &io, "c.yaml");
        bool unchanged = config.chain_id == 77 && !doc.problem_cnt;
        lq_schema_free(&doc);
        _exit(err == LQ_ERR_NOMEM && unchanged ? 0 : 2);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, enter_folder, leave_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(reads_content_and_mode),
        IN_FOLDER(reads_files_up_to_their_limit),
        IN_FOLDER(refuses_what_is_no_regular_file),
        IN_FOLDER(says_why_a_file_cannot_be_opened),
        IN_FOLDER(refuses_a_file_without_permission),
        cmocka_unit_test(refuses_a_file_that_is_shorter_than_it_was),
        IN_FOLDER(refuses_a_file_that_does_not_fit_into_the_arena),
        IN_FOLDER(tells_the_same_file_from_another),
        IN_FOLDER(leaves_no_file_open),
        IN_FOLDER(reads_the_environment),
        IN_FOLDER(finds_the_configuration_in_order),
        IN_FOLDER(finds_the_installed_configuration_last),
        IN_FOLDER(refuses_an_empty_name_given),
        cmocka_unit_test(gives_every_setting_to_the_log),
        cmocka_unit_test(defaults_are_those_of_the_manual),
        cmocka_unit_test(keeps_the_range_of_each_key),
        cmocka_unit_test(log_takes_the_ends_of_each_range),
        cmocka_unit_test(reports_contradictions_at_their_limit),
        cmocka_unit_test(loading_without_memory_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

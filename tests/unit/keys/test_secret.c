#include "liqd/keys/secret.h"

#include "keys_rig.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <sys/xattr.h>

static int setup(void **state)
{
    rig_folder_t *folder = calloc(1, sizeof(*folder));
    assert_non_null(folder);
    rig_folder_make(folder);
    *state = folder;
    return 0;
}

static int teardown(void **state)
{
    rig_folder_remove(*state);
    free(*state);
    return 0;
}

static void assert_holds(const lq_secret_t *secret, const char *want)
{
    assert_int_equal(secret->sz, strlen(want));
    assert_memory_equal(secret->bytes, want, secret->sz);
}

static void reads_a_line_from_a_file(void **state)
{
    static const struct {
        const char *content;
        const char *want;
    } cases[] = {
        {"", ""},
        {"\n", ""},
        {"\r\n", ""},
        {"a", "a"},
        {"a\n", "a"},
        {"a\r\n", "a"},
        {" a b \n", " a b "},
        {"a\r", "a\r"},
        {"a\rb\n", "a\rb"},
        {"\t\n", "\t"},
        {"p\xc3\xa4ss\n", "p\xc3\xa4ss"},
    };
    const char *path = rig_path(*state, "s");
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        lq_secret_t *secret;
        rig_write(path, cases[i].content, strlen(cases[i].content), 0600);
        assert_ok(lq_secret_read_file(&secret, NULL, path));
        assert_holds(secret, cases[i].want);
        assert_int_equal(lq_secret_is_empty(secret), !cases[i].want[0]);
        lq_secret_free(secret);
    }
}

static void refuses_more_than_a_line_and_names_the_file(void **state)
{
    static const struct {
        const char *content;
        size_t sz;
    } cases[] = {{"a\nb", 3}, {"a\n\n", 3}, {"\na", 2}, {"a\0b", 3}, {"\0", 1}, {"a\nb\n", 4}};
    const char *path = rig_path(*state, "s");
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        lq_secret_t *secret = NULL;
        lq_err_msg_t msg;
        rig_write(path, cases[i].content, cases[i].sz, 0600);
        assert_err(lq_secret_read_file(&secret, &msg, path), LQ_ERR_SYNTAX);
        assert_null(secret);
        assert_says(&msg, path, "line");
    }
}

static void holds_what_fits_and_no_more(void **state)
{
    const char *path = rig_path(*state, "s");
    char text[LQ_SECRET_MAX + 100];
    static const char *const ends[] = {"", "\n", "\r\n"};
    memset(text, 'x', sizeof(text));
    for (size_t i = 0; i < LQ_ARRAY_CNT(ends); i++) {
        for (size_t sz = LQ_SECRET_MAX; sz <= LQ_SECRET_MAX + 1; sz++) {
            lq_secret_t *secret = NULL;
            lq_err_msg_t msg;
            char content[LQ_SECRET_MAX + 100];
            memcpy(content, text, sz);
            memcpy(content + sz, ends[i], strlen(ends[i]));
            rig_write(path, content, sz + strlen(ends[i]), 0600);
            lq_err_t err = lq_secret_read_file(&secret, &msg, path);
            if (sz == LQ_SECRET_MAX) {
                assert_ok(err);
                assert_int_equal(secret->sz, LQ_SECRET_MAX);
                lq_secret_free(secret);
            } else {
                assert_err(err, LQ_ERR_TOO_LONG);
                assert_null(secret);
                assert_says(&msg, path, "1024");
            }
        }
    }
    /* far more, where the end is not even seen */
    lq_secret_t *secret = NULL;
    char big[10 * LQ_SECRET_MAX];
    memset(big, 'x', sizeof(big));
    rig_write(path, big, sizeof(big), 0600);
    assert_err(lq_secret_read_file(&secret, NULL, path), LQ_ERR_TOO_LONG);
}

static void refuses_files_that_others_may_read_or_write(void **state)
{
    lq_err_msg_t msg;
    lq_secret_t *secret = NULL;
    const char *path = rig_path(*state, "s");
    static const mode_t bad[] = {0440, 0404, 0420, 0402, 0640, 0644, 0666, 0777};
    static const mode_t good[] = {0400, 0600, 0700, 0500, 0711};
    rig_write(path, "p", 1, 0600);
    for (size_t i = 0; i < LQ_ARRAY_CNT(bad); i++) {
        assert_int_equal(chmod(path, bad[i]), 0);
        assert_err(lq_secret_read_file(&secret, &msg, path), LQ_ERR_PERM);
        assert_says(&msg, path, "chmod 0400");
    }
    for (size_t i = 0; i < LQ_ARRAY_CNT(good); i++) {
        assert_int_equal(chmod(path, good[i]), 0);
        assert_ok(lq_secret_read_file(&secret, &msg, path));
        lq_secret_free(secret);
    }
    secret = NULL;
    assert_err(lq_secret_read_file(&secret, &msg, "/dev/null"), LQ_ERR_PERM);
    assert_says(&msg, "/dev/null", "regular");
    assert_err(lq_secret_read_file(&secret, &msg, "/nonexistent/s"), LQ_ERR_IO);
    assert_says(&msg, "/nonexistent/s", "No such file");
    assert_null(secret);
}

/* An entry as the kernel takes it: tag, permissions, id. */
typedef struct entry {
    uint16_t tag;
    uint16_t perm;
    uint32_t id;
} entry_t;

#define NO_ID UINT32_MAX

/* systemd gives a service's user its credentials through such a list: root's file, mode 0440. */
static void takes_a_list_that_lets_only_this_user_read(void **state)
{
    const char *path = rig_path(*state, "s");
    uint32_t uid = geteuid();
    const struct {
        entry_t entries[6];
        size_t cnt;
        bool good;
    } cases[] = {
        {{{1, 4, NO_ID}, {2, 4, uid}, {4, 0, NO_ID}, {16, 4, NO_ID}, {32, 0, NO_ID}}, 5, true},
        {{{1, 4, NO_ID}, {2, 4, uid + 1}, {4, 0, NO_ID}, {16, 4, NO_ID}, {32, 0, NO_ID}}, 5, false},
        {{{1, 4, NO_ID}, {2, 4, uid}, {4, 4, NO_ID}, {16, 4, NO_ID}, {32, 0, NO_ID}}, 5, false},
        {{{1, 4, NO_ID}, {2, 4, uid}, {4, 0, NO_ID}, {8, 4, 7}, {16, 4, NO_ID}, {32, 0, NO_ID}},
         6,
         false},
        {{{1, 4, NO_ID}, {2, 4, uid}, {4, 0, NO_ID}, {16, 4, NO_ID}, {32, 4, NO_ID}}, 5, false},
        {{{1, 4, NO_ID}, {2, 0, uid + 1}, {4, 0, NO_ID}, {16, 4, NO_ID}, {32, 0, NO_ID}}, 5, true},
    };
    rig_write(path, "p", 1, 0400);
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        uint8_t acl[4 + sizeof(cases[i].entries)];
        uint32_t version = 2;
        lq_secret_t *secret;
        memcpy(acl, &version, sizeof(version));
        memcpy(acl + 4, cases[i].entries, sizeof(cases[i].entries));
        if (setxattr(path, "system.posix_acl_access", acl, 4 + cases[i].cnt * sizeof(entry_t), 0) !=
            0) {
            print_message("skipped: no access control lists in /tmp: %s\n", strerror(errno));
            skip();
        }
        struct stat st;
        assert_int_equal(stat(path, &st), 0);
        assert_true(st.st_mode & 040); /* what looks like the group's */
        lq_err_t err = lq_secret_read_file(&secret, NULL, path);
        assert_err(err, cases[i].good ? LQ_OK : LQ_ERR_PERM);
        if (!err)
            lq_secret_free(secret);
    }
}

/* Runs what needs another user, or ends the process, in a child, and returns how that ended. */
static int in_child(void (*work)(void *ctx), void *ctx)
{
    int status;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        work(ctx);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

#define CHECK(cond)                                     \
    do {                                                \
        if (!(cond))                                    \
            _exit(__LINE__ % 256 ? __LINE__ % 256 : 1); \
    } while (0)

static void read_as_another(void *ctx)
{
    lq_secret_t *secret;
    lq_err_msg_t msg;
    const char *path = ctx;
    CHECK(setuid(65534) == 0);
    CHECK(lq_secret_read_file(&secret, &msg, path) == LQ_ERR_PERM);
    CHECK(strstr(msg.text, "belongs to user 1234"));
}

static void refuses_a_file_of_another_user(void **state)
{
    if (geteuid() != 0) {
        print_message("skipped: only root can give a file away\n");
        skip();
    }
    rig_folder_t *folder = *state;
    char path[128];
    (void)snprintf(path, sizeof(path), "%s", rig_path(folder, "s"));
    rig_write(path, "p", 1, 0400);
    assert_int_equal(chmod(folder->path, 0755), 0);
    assert_int_equal(chown(path, 1234, (gid_t)-1), 0);
    lq_secret_t *secret;
    assert_ok(lq_secret_read_file(&secret, NULL, path)); /* root reads it */
    lq_secret_free(secret);
    /* with a list, the other user can open what is not theirs */
    entry_t entries[5] = {
        {1, 4, NO_ID}, {2, 4, 65534}, {4, 0, NO_ID}, {16, 4, NO_ID}, {32, 0, NO_ID}};
    uint8_t acl[4 + sizeof(entries)] = {2};
    memcpy(acl + 4, entries, sizeof(entries));
    if (setxattr(path, "system.posix_acl_access", acl, sizeof(acl), 0) != 0) {
        print_message("skipped: no access control lists in /tmp\n");
        skip();
    }
    assert_int_equal(in_child(read_as_another, path), 0);
}

static void reads_a_pipe_in_pieces_to_its_end(void **state)
{
    (void)state;
    int fds[2];
    lq_secret_t *secret = NULL;
    lq_err_msg_t msg;
    assert_int_equal(pipe(fds), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        static const char *const pieces[] = {"one", "", " two", "\n"};
        for (size_t i = 0; i < LQ_ARRAY_CNT(pieces); i++) {
            CHECK(write(fds[1], pieces[i], strlen(pieces[i])) == (ssize_t)strlen(pieces[i]));
            (void)usleep(2000);
        }
        _exit(0);
    }
    (void)close(fds[1]);
    assert_ok(lq_secret_read_fd(&secret, &msg, fds[0]));
    assert_holds(secret, "one two");
    lq_secret_free(secret);
    assert_int_equal(fcntl(fds[0], F_GETFD), 0); /* still open */
    (void)close(fds[0]);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    secret = NULL;
    assert_err(lq_secret_read_fd(&secret, &msg, fds[0]), LQ_ERR_IO);
    char name[32];
    (void)snprintf(name, sizeof(name), "descriptor %d", fds[0]);
    assert_says(&msg, name, "Bad file descriptor");
    assert_null(secret);
}

static void compares_whole_secrets(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "a", "b", "ab", "aB", "abc"};
    for (size_t i = 0; i < LQ_ARRAY_CNT(texts); i++) {
        for (size_t k = 0; k < LQ_ARRAY_CNT(texts); k++) {
            lq_secret_t *a = rig_secret(texts[i]);
            lq_secret_t *b = rig_secret(texts[k]);
            assert_int_equal(lq_secret_eq(a, b), i == k);
            lq_secret_free(a);
            lq_secret_free(b);
        }
    }
    lq_secret_free(NULL);
}

/* The flags of the mapping that holds P, from /proc/self/smaps. */
static void flags_of(char *out, size_t out_sz, const void *p)
{
    char line[512];
    bool inside = false;
    FILE *f = fopen("/proc/self/smaps", "re");
    assert_non_null(f);
    out[0] = '\0';
    while (fgets(line, sizeof(line), f)) {
        unsigned long from;
        unsigned long to;
        if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
            inside = (uintptr_t)p >= from && (uintptr_t)p < to;
        else if (inside && strncmp(line, "VmFlags:", 8) == 0)
            (void)snprintf(out, out_sz, "%s", line + 8);
    }
    (void)fclose(f);
}

static void locks_its_memory_and_keeps_it_out_of_dumps_and_forks(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 64, 4096, 100000};
    for (size_t i = 0; i < LQ_ARRAY_CNT(sizes); i++) {
        void *p;
        char flags[512];
        assert_ok(lq_locked_new(&p, NULL, sizes[i]));
        assert_int_equal((uintptr_t)p % 64, 0);
        for (size_t k = 0; k < sizes[i]; k++)
            assert_int_equal(((uint8_t *)p)[k], 0);
        for (size_t k = 0; k < 2; k++) {
            flags_of(flags, sizeof(flags), (uint8_t *)p + (k ? sizes[i] - 1 : 0));
            assert_non_null(strstr(flags, " dd")); /* not dumped */
            assert_non_null(strstr(flags, " wf")); /* wiped on fork */
            if (!RIG_SANITIZED)                    /* whose mlock does nothing */
                assert_non_null(strstr(flags, " lo"));
        }
        lq_locked_free(p);
    }
}

static void touch(void *p)
{
    (void)signal(SIGSEGV, SIG_DFL); /* cmocka catches it */
    *(volatile uint8_t *)p = 1;
}

static void check_is_zero(void *p)
{
    for (size_t i = 0; i < 32; i++)
        CHECK(((uint8_t *)p)[i] == 0);
}

static void fences_its_memory_and_wipes_it_in_a_child(void **state)
{
    (void)state;
    void *p;
    long page_sz = sysconf(_SC_PAGESIZE);
    assert_ok(lq_locked_new(&p, NULL, 32));
    memset(p, 0xa5, 32);
    assert_int_equal(in_child(check_is_zero, p), 0);
    uint8_t *page = (uint8_t *)((uintptr_t)p & ~(uintptr_t)(page_sz - 1));
    assert_int_equal(in_child(touch, page), 0);
    assert_int_equal(in_child(touch, page + page_sz - 1), 0);
    assert_int_not_equal(in_child(touch, page - 1), 0);
    assert_int_not_equal(in_child(touch, page + page_sz), 0);
    lq_locked_free(p);
    assert_int_not_equal(in_child(touch, page), 0);
}

static void lock_without_limit(void *ctx)
{
    void *p = NULL;
    lq_secret_t *secret = NULL;
    lq_err_msg_t msg;
    (void)ctx;
    CHECK(setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){0, 0}) == 0);
    CHECK(geteuid() != 0 || setuid(65534) == 0);
    CHECK(lq_locked_new(&p, &msg, 32) == LQ_ERR_NOMEM);
    CHECK(p == NULL);
    CHECK(strstr(msg.text, "LimitMEMLOCK=") && strstr(msg.text, "ulimit -l"));
    CHECK(lq_secret_new(&secret, NULL) == LQ_ERR_NOMEM && secret == NULL);
    CHECK(lq_secret_read_fd(&secret, &msg, 0) == LQ_ERR_NOMEM && secret == NULL);
}

static void map_without_memory(void *ctx)
{
    void *p = NULL;
    lq_err_msg_t msg;
    (void)ctx;
    CHECK(setrlimit(RLIMIT_AS, &(struct rlimit){1 << 20, 1 << 20}) == 0);
    CHECK(lq_locked_new(&p, &msg, 1 << 24) == LQ_ERR_NOMEM && p == NULL);
    CHECK(strstr(msg.text, "memory"));
}

static void says_which_limit_stops_it(void **state)
{
    (void)state;
    if (RIG_SANITIZED) {
        print_message("skipped: the sanitizer's mlock does nothing\n");
        skip();
    }
    assert_int_equal(in_child(lock_without_limit, NULL), 0);
    assert_int_equal(in_child(map_without_memory, NULL), 0);
}

static void harden(void *ctx)
{
    struct rlimit limit;
    (void)ctx;
    CHECK(lq_secret_harden_process(NULL) == LQ_OK);
    CHECK(getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_cur == 0 && limit.rlim_max == 0);
    CHECK(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0);
    CHECK(lq_secret_harden_process(NULL) == LQ_OK);
}

static void hardens_the_process(void **state)
{
    (void)state;
    assert_int_equal(in_child(harden, NULL), 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(reads_a_line_from_a_file),
        TEST(refuses_more_than_a_line_and_names_the_file),
        TEST(holds_what_fits_and_no_more),
        TEST(refuses_files_that_others_may_read_or_write),
        TEST(takes_a_list_that_lets_only_this_user_read),
        TEST(refuses_a_file_of_another_user),
        cmocka_unit_test(reads_a_pipe_in_pieces_to_its_end),
        cmocka_unit_test(compares_whole_secrets),
        cmocka_unit_test(locks_its_memory_and_keeps_it_out_of_dumps_and_forks),
        cmocka_unit_test(fences_its_memory_and_wipes_it_in_a_child),
        cmocka_unit_test(says_which_limit_stops_it),
        cmocka_unit_test(hardens_the_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

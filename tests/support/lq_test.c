#include "lq_test.h"

#include <inttypes.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

lq_rng_t lq_test_rng(void)
{
    const char *given = getenv("LIQD_TEST_SEED");
    uint64_t seed;
    if (given) {
        seed = strtoull(given, NULL, 0);
    } else {
        struct timespec now;
        (void)clock_gettime(CLOCK_REALTIME, &now);
        seed = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
    }
    print_message("LIQD_TEST_SEED=%" PRIu64 "\n", seed);
    lq_rng_t rng;
    lq_rng_seed(&rng, seed);
    return rng;
}

size_t lq_test_cnt(size_t sample, size_t full)
{
    return getenv("LIQD_TEST_LONG") ? full : sample;
}

const char *lq_test_vectors(const char *sub)
{
    static char path[4096];
    const char *root = getenv("LIQD_VECTORS");
    (void)snprintf(path, sizeof(path), "%s/%s", root ? root : LIQD_TEST_VECTORS, sub);
    if (access(path, R_OK) != 0) {
        print_message("skipped: no shared vectors at %s\n", path);
        skip();
    }
    return path;
}

char *lq_test_read(const char *path, size_t *sz)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        fail_msg("cannot open %s", path);
    (void)fseek(f, 0, SEEK_END);
    long end = ftell(f);
    (void)fseek(f, 0, SEEK_SET);
    assert_true(end >= 0);
    char *text = malloc((size_t)end + 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, (size_t)end, f), (size_t)end);
    text[end] = '\0';
    (void)fclose(f);
    if (sz)
        *sz = (size_t)end;
    return text;
}

void lq_test_assert_err(lq_err_t got, lq_err_t want, const char *call, const char *file, int line)
{
    if (got == want)
        return;
    print_error("%s is %s, not %s\n", call, lq_err_name(got), lq_err_name(want));
    _fail(file, line);
}

void assert_dies(void (*act)(void), const char *saying)
{
    int out[2];
    assert_int_equal(pipe(out), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)dup2(out[1], 2);
        (void)close(out[0]);
        act();
        _exit(0);
    }
    (void)close(out[1]);
    char text[16384] = {0};
    char rest[512];
    size_t sz = 0;
    for (ssize_t n;
         sz < sizeof(text) - 1 && (n = read(out[0], text + sz, sizeof(text) - 1 - sz)) > 0;)
        sz += (size_t)n;
    while (read(out[0], rest, sizeof(rest)) > 0)
        continue; /* or the child would block on a full pipe */
    (void)close(out[0]);
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (status == 0)
        fail_msg("lived on, was to die with: %s", saying);
    if (!strstr(text, saying))
        fail_msg("died without \"%s\", but with: %s", saying, text);
}

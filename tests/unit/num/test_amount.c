#include "liqd/num/amount.h"

#include <sys/wait.h>
#include <unistd.h>

#include "num_test.h"

/* Whether the C compiler accepts this body of a function that knows one amount of each type. */
static bool compiles(const char *body)
{
    char path[] = "/tmp/liqd_amount_XXXXXX.c";
    int fd = mkstemps(path, 2);
    assert_true(fd >= 0);
    FILE *f = fdopen(fd, "w");
    assert_non_null(f);
    (void)fprintf(f,
                  "#include \"liqd/num/amount.h\"\n"
                  "void use(lq_wei_t wei, lq_token_amount_t token, lq_wad_t wad, lq_ray_t ray,\n"
                  "         lq_bps_t bps, lq_u256_t word);\n"
                  "void use(lq_wei_t wei, lq_token_amount_t token, lq_wad_t wad, lq_ray_t ray,\n"
                  "         lq_bps_t bps, lq_u256_t word)\n"
                  "{\n"
                  "    (void)wei, (void)token, (void)wad, (void)ray, (void)bps, (void)word;\n"
                  "    %s\n"
                  "}\n",
                  body);
    assert_int_equal(fclose(f), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (!freopen("/dev/null", "w", stderr))
            _exit(126);
        (void)execlp("cc", "cc", "-std=c17", "-Werror", "-fsyntax-only", "-I",
                     LIQD_SOURCE_DIR "/include", path, (char *)NULL);
        _exit(127);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    (void)unlink(path);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 126);
    return WEXITSTATUS(status) == 0;
}

static void like_amounts_go_together(void **state)
{
    (void)state;
    assert_true(compiles("if (lq_wei_add_checked(&wei, &wei, &wei) ||"
                         "    lq_token_amount_sub_checked(&token, &token, &token) ||"
                         "    lq_wad_add_checked(&wad, &wad, &wad) ||"
                         "    lq_ray_from_wad(&ray, &wad) || lq_bps_add_checked(&bps, bps, bps))"
                         "    return;"
                         "wad = lq_wad_from_bps(bps);"
                         "ray = lq_ray_make(&word);"
                         "(void)lq_ray_cmp(&ray, &ray);"
                         "(void)lq_u256_cmp(&wei.raw, &word);"));
}

static void unlike_amounts_do_not_compile(void **state)
{
    (void)state;
    static const char *const mixed[] = {
        "if (lq_wei_add_checked(&wei, &wei, &token)) return;",
        "if (lq_token_amount_add_checked(&wei, &token, &token)) return;",
        "if (lq_wad_sub_checked(&wad, &ray, &wad)) return;",
        "(void)lq_ray_cmp(&ray, &wad);",
        "(void)lq_wad_cmp(&wad, &word);",
        "(void)lq_wei_make(&token);",
        "if (lq_ray_from_wad(&ray, &ray)) return;",
        "(void)lq_wad_from_bps(wad);",
        "(void)lq_bps_make(bps);",
        "if (lq_bps_add_checked(&bps, bps, 5)) return;",
        "wei = token;",
        "wad = ray;",
        "wei = word;",
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(mixed); i++) {
        if (compiles(mixed[i]))
            fail_msg("compiles: %s", mixed[i]);
    }
}

static void amounts_compute_as_their_words(void **state)
{
    (void)state;
    lq_u256_t one = lq_u256_from_u64(1);
    lq_wei_t a = lq_wei_make(&U256_MAX);
    lq_wei_t b = lq_wei_make(&one);
    lq_wei_t out = {UNTOUCHED};
    assert_err(lq_wei_add_checked(&out, &a, &b), LQ_ERR_RANGE);
    assert_err(lq_wei_sub_checked(&out, &b, &a), LQ_ERR_RANGE);
    assert_u256_equal(out.raw, UNTOUCHED);
    assert_ok(lq_wei_sub_checked(&out, &a, &b));
    assert_u256_equal(out.raw, lq_u256_sub_wrap(&U256_MAX, &one));
    assert_ok(lq_wei_add_checked(&out, &out, &b));
    assert_u256_equal(out.raw, U256_MAX);
    assert_int_equal(lq_wei_cmp(&a, &b), 1);
    assert_int_equal(lq_wei_cmp(&b, &a), -1);
    assert_int_equal(lq_wei_cmp(&a, &a), 0);
}

static void basis_points_fail_beyond_32_bits_and_below_zero(void **state)
{
    (void)state;
    lq_bps_t out = lq_bps_make(7);
    assert_err(lq_bps_add_checked(&out, lq_bps_make(UINT32_MAX), lq_bps_make(1)), LQ_ERR_RANGE);
    assert_err(lq_bps_sub_checked(&out, lq_bps_make(1), lq_bps_make(2)), LQ_ERR_RANGE);
    assert_int_equal(out.raw, 7);
    assert_ok(lq_bps_add_checked(&out, lq_bps_make(UINT32_MAX - 1), lq_bps_make(1)));
    assert_true(out.raw == UINT32_MAX);
    assert_ok(lq_bps_sub_checked(&out, lq_bps_make(2), lq_bps_make(2)));
    assert_int_equal(out.raw, 0);
    assert_int_equal(lq_bps_cmp(lq_bps_make(1), lq_bps_make(2)), -1);
    assert_int_equal(lq_bps_cmp(lq_bps_make(2), lq_bps_make(2)), 0);
    assert_int_equal(lq_bps_cmp(lq_bps_make(UINT32_MAX), lq_bps_make(0)), 1);
}

static void conversions_are_exact_or_fail(void **state)
{
    (void)state;
    assert_u256_equal(lq_wad_from_bps(lq_bps_make(10500)).raw, u256_of("1050000000000000000"));
    assert_u256_equal(lq_wad_from_bps(lq_bps_make(UINT32_MAX)).raw,
                      u256_of("429496729500000000000000"));
    lq_ray_t ray = {UNTOUCHED};
    lq_u256_t raw = u256_of("1050000000000000000");
    lq_wad_t wad = lq_wad_make(&raw);
    assert_ok(lq_ray_from_wad(&ray, &wad));
    assert_u256_equal(ray.raw, u256_of("1050000000000000000000000000"));
    lq_u256_t billion = lq_u256_from_u64(1000000000);
    assert_ok(lq_u256_div_checked(&wad.raw, &U256_MAX, &billion));
    assert_ok(lq_ray_from_wad(&ray, &wad));
    lq_u256_t one = lq_u256_from_u64(1);
    wad.raw = lq_u256_add_wrap(&wad.raw, &one);
    ray.raw = UNTOUCHED;
    assert_err(lq_ray_from_wad(&ray, &wad), LQ_ERR_RANGE);
    assert_u256_equal(ray.raw, UNTOUCHED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(like_amounts_go_together),
        cmocka_unit_test(unlike_amounts_do_not_compile),
        cmocka_unit_test(amounts_compute_as_their_words),
        cmocka_unit_test(basis_points_fail_beyond_32_bits_and_below_zero),
        cmocka_unit_test(conversions_are_exact_or_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "reload.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lq_test.h"

#define REST                                                                \
    "book: {accounts: 16}\n"                                                \
    "markets: {m: {protocol: morpho_blue, assets: 4, funding: inventory,\n" \
    "  address: \"0xBBBBBbbBBb9cC5e90e3b3Af64bdAF62C37EEFFCb\"}}\n"         \
    "inventory: {a: {token: \"0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2\", amount: '1'}}\n"

static char folder[64];
static char path[96];
static lq_config_t config;
static lq_schema_doc_t doc;
static lq_state_t state;
static lq_log_t log_;
static char said[8192];

static void on_line(void *ctx, lq_log_level_t level, const char *line, size_t line_sz)
{
    (void)ctx;
    (void)level;
    size_t at = strlen(said);
    assert_true(at + line_sz < sizeof(said));
    memcpy(said + at, line, line_sz);
    said[at + line_sz] = '\0';
}

static void write_file(const char *text)
{
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    assert_true(fputs("chain: {id: 1}\n" REST, out) >= 0);
    assert_true(fputs(text, out) >= 0);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(chmod(path, 0600), 0);
}

static int enter(void **unused)
{
    (void)unused;
    lq_err_msg_t msg;
    lq_log_config_t log_config = {.line_max = LQ_LOG_LINE_MAX, .value_max = 1024};
    assert_ok(lq_log_init(&log_, &log_config, lq_clock_system(), on_line, NULL));
    (void)snprintf(folder, sizeof(folder), "/tmp/liqd_test_reload_XXXXXX");
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/c.yaml", folder);
    write_file("profit: {min: 5}\nnodes: {a: {url: 'ws://h/KEY'}}\nlog: {rate: 0}\n");
    assert_ok(lq_schema_load(&doc, &config, &lq_config_schema, &lq_config_io, path));
    assert_ok(lq_state_open(&state, &msg, &config, true, NULL, NULL, 5));
    said[0] = '\0';
    return 0;
}

static int leave(void **unused)
{
    (void)unused;
    lq_state_close(&state);
    lq_schema_free(&doc);
    (void)unlink(path);
    return rmdir(folder);
}

static void assert_said(const char *text)
{
    if (!strstr(said, text))
        fail_msg("%s is not in %s", text, said);
}

static void what_may_change_does_and_the_rest_is_named(void **unused)
{
    (void)unused;
    lq_reload_t r;
    write_file("profit: {min: 7}\nlimits: {gas_day: 2 ETH}\nnodes: {a: {url: 'ws://h/OTHER'}, b: "
               "{url: 'ws://i'}}\nlog: {rate: 0, level: warn}\nchain: {name: other}\n");
    /* one key twice is a problem of its own */
    assert_err(lq_reload(&r, &config, &doc, path, &state, &log_), LQ_ERR_CONFIG);
    assert_said("nothing is changed");
    said[0] = '\0';
    write_file("profit: {min: 7}\nlimits: {gas_day: 2 ETH}\nnodes: {a: {url: 'ws://h/OTHER'}, b: "
               "{url: 'ws://i'}}\nlog: {rate: 0, value_max: 256 B}\n");
    assert_ok(lq_reload(&r, &config, &doc, path, &state, &log_));
    assert_int_equal(r.changed_cnt, 2);
    assert_true(r.decides);
    assert_said("reload: a key counts from now on\" key=profit.min value=7");
    assert_said("reload: a key counts from now on\" key=limits.gas_day value=\"2 ETH\"");
    assert_said("next start alone\" key=nodes.a.url value=ws://h:80/...");
    assert_said("next start alone\" key=nodes.b.url");
    assert_said("next start alone\" key=log.value_max value=\"256 B\"");
    assert_null(strstr(said, "OTHER"));
    assert_int_equal(config.log_value_max_sz, 512);
    lq_usd_t seven = {lq_u256_mul_wrap(&(lq_u256_t){{7, 0, 0, 0}},
                                       &(lq_u256_t){{UINT64_C(1000000000000000000), 0, 0, 0}})};
    assert_memory_equal(&config.profit_min_usd, &seven, sizeof(seven));
    assert_int_equal(config.node_cnt, 1);
    /* again: what was taken over is no news, what waits is */
    said[0] = '\0';
    assert_ok(lq_reload(&r, &config, &doc, path, &state, &log_));
    assert_int_equal(r.changed_cnt, 0);
    assert_false(r.decides);
    assert_true(r.restart_cnt >= 3);
}

static void the_log_alone_decides_nothing(void **unused)
{
    (void)unused;
    lq_reload_t r;
    write_file("profit: {min: 5}\nnodes: {a: {url: 'ws://h/KEY'}}\nlog: {rate: 5, level: warn}\n");
    assert_ok(lq_reload(&r, &config, &doc, path, &state, &log_));
    assert_int_equal(r.changed_cnt, 2);
    assert_int_equal(r.restart_cnt, 0);
    assert_false(r.decides);
    assert_int_equal(log_.config.level, LQ_LOG_WARN);
    assert_int_equal(log_.config.rate_per_sec, 5);
}

static void a_bad_file_changes_nothing(void **unused)
{
    (void)unused;
    static const char *const bad[] = {"profit: {min: much}\nlog: {level: error}\n",
                                      "limits: {gas_hour: 2 ETH, gas_day: 1 ETH}\n", "profit: [\n"};
    lq_config_t before = config;
    for (size_t i = 0; i < LQ_ARRAY_CNT(bad); i++) {
        lq_reload_t r = {.changed_cnt = 77};
        said[0] = '\0';
        write_file(bad[i]);
        assert_err(lq_reload(&r, &config, &doc, path, &state, &log_), LQ_ERR_CONFIG);
        assert_int_equal(r.changed_cnt, 77);
        assert_said("reload: the file has a problem, nothing is changed");
        assert_memory_equal(&config, &before, sizeof(config));
    }
    assert_int_equal(unlink(path), 0);
    lq_reload_t r;
    assert_err(lq_reload(&r, &config, &doc, path, &state, &log_), LQ_ERR_CONFIG);
    assert_memory_equal(&config, &before, sizeof(config));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(name, enter, leave)
        CASE(what_may_change_does_and_the_rest_is_named),
        CASE(the_log_alone_decides_nothing),
        CASE(a_bad_file_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

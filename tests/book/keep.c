/* Keeps the book of a configuration's markets as the daemon does and prints at each settled block
   how every account stands at that block's time, for the tests in this folder. Its log goes to
   standard error; SIGTERM ends it with its counters as a JSON object.

       liqd_test_keep --config FILE

   SETTLED NUMBER HASH SECONDS, then for each account
   A MARKET OWNER ID STATE VERDICT BLOCKED COLLATERAL DEBT THRESHOLD HEALTH, for each pool
   P ADDRESS STATUS SQRT LIQUIDITY TICK RESERVE0 RESERVE1 TICKS, then END. ID is an isolated
   market's, else "-"; words have underscores for spaces; a tick is NUMBER:GROSS:NET, with commas
   between, the lowest first. */

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "follow.h"
#include "liqd/codec/hex.h"
#include "liqd/num/decimal.h"

static volatile bool stop;

static void on_signal(int number)
{
    (void)number;
    stop = true;
}

static void fail(const char *what, lq_err_t err, const lq_err_msg_t *msg)
{
    (void)fprintf(stderr, "%s: %s: %s\n", what, lq_err_str(err), msg->text);
    exit(EXIT_FAILURE);
}

static void print_hex(const uint8_t *bytes, size_t sz)
{
    char text[2 * 32 + 1] = "";
    lq_hex_encode(text, bytes, sz);
    text[2 * sz] = '\0';
    (void)printf(" 0x%s", text);
}

static void print_number(const lq_u256_t *v)
{
    char text[LQ_DECIMAL_SZ];
    if (lq_decimal_print(text, sizeof(text), v, 0))
        LQ_BUG("a number has no place in %zu bytes", sizeof(text));
    (void)printf(" %s", text);
}

static void print_words(const char *text)
{
    (void)fputs(" ", stdout);
    for (; *text; text++)
        (void)fputc(*text == ' ' ? '_' : *text, stdout);
}

static const char *state_str(lq_account_state_t state)
{
    switch (state) {
    case LQ_ACCOUNT_UNKNOWN:
        return "unknown";
    case LQ_ACCOUNT_KNOWN:
        return "known";
    case LQ_ACCOUNT_QUARANTINED:
        return "quarantined";
    case LQ_ACCOUNT_REFUSED:
        return "refused";
    }
    return "";
}

static void print_account(lq_sync_t *sync, uint32_t i, uint64_t now_sec)
{
    const lq_ledger_t *ledger = lq_sync_ledger(sync);
    lq_account_t account = lq_ledger_account(ledger, i);
    lq_ledger_pool_t pool = lq_ledger_pool(ledger, account.pool);
    const lq_sync_instance_t *instance = lq_sync_instance(sync, pool.instance);
    lq_book_view_t view = {.now_sec = now_sec};
    lq_health_t health;
    lq_hash_t id;
    lq_book_health(lq_sync_book(sync), &health, i, &view);
    (void)printf("A %s", instance->name);
    print_hex(account.owner.b, sizeof(account.owner.b));
    if (instance->adapter->pool_id &&
        instance->adapter->pool_id(lq_sync_self(sync, pool.instance), pool.local, &id))
        print_hex(id.b, sizeof(id.b));
    else
        (void)fputs(" -", stdout);
    print_words(state_str((lq_account_state_t)account.state));
    print_words(lq_health_verdict_str(health.verdict));
    (void)printf(" %d", health.blocked);
    print_number(&health.collateral_value);
    print_number(&health.debt_value);
    (void)printf(" %u", health.threshold_bps);
    print_number(&health.factor_wad);
    (void)fputs("\n", stdout);
}

static void print_tick(const lq_v3_tick_t *tick, bool first)
{
    char gross[LQ_DECIMAL_SZ];
    char net[LQ_DECIMAL_SZ];
    lq_u128_t abs = (lq_u128_t)(tick->net < 0 ? -tick->net : tick->net);
    lq_u256_t values[2] = {lq_u256_from_halves(0, tick->gross), lq_u256_from_halves(0, abs)};
    if (lq_decimal_print(gross, sizeof(gross), &values[0], 0) ||
        lq_decimal_print(net, sizeof(net), &values[1], 0))
        LQ_BUG("a number has no place");
    (void)printf("%s%d:%s:%s%s", first ? " " : ",", tick->tick, gross, tick->net < 0 ? "-" : "",
                 net);
}

static void print_pool(const lq_venues_t *venues, uint32_t i)
{
    size_t cnt;
    const lq_venue_pool_t *pool = lq_venues_pool(venues, i);
    const lq_v3_tick_t *ticks = lq_venues_ticks(venues, &cnt);
    lq_u256_t liquidity = lq_u256_from_halves(0, pool->v3.liquidity);
    (void)printf("P");
    print_hex(pool->config.address.b, sizeof(pool->config.address.b));
    print_words(lq_no_route_str(pool->status));
    print_number(&pool->v3.sqrt);
    print_number(&liquidity);
    (void)printf(" %d", pool->v3.tick);
    print_number(&pool->reserves[0]);
    print_number(&pool->reserves[1]);
    bool usable = pool->status == LQ_NO_ROUTE_NONE || pool->status == LQ_NO_ROUTE_EMPTY;
    bool is_v3 = pool->config.kind == LQ_VENUE_UNISWAP_V3;
    uint32_t at = usable && is_v3 ? pool->v3.below : LQ_V3_NONE;
    while (at != LQ_V3_NONE && ticks[at].below != LQ_V3_NONE)
        at = ticks[at].below;
    if (usable && is_v3 && at == LQ_V3_NONE)
        at = pool->v3.above;
    if (at == LQ_V3_NONE)
        (void)printf(" -");
    for (bool first = true; at != LQ_V3_NONE; at = ticks[at].above, first = false)
        print_tick(&ticks[at], first);
    (void)printf("\n");
}

static void on_settled(void *ctx, const lq_block_ref_t *block)
{
    lq_sync_t *sync = (*(lq_follow_t **)ctx) ? lq_follow_state(*(lq_follow_t **)ctx)->sync : NULL;
    if (!sync)
        return;
    uint64_t sec = lq_sync_stat(sync).complete_sec;
    (void)printf("SETTLED %" PRIu64, block->number);
    print_hex(block->hash.b, sizeof(block->hash.b));
    (void)printf(" %" PRIu64 "\n", sec);
    for (uint32_t i = 0; i < lq_ledger_cnt(lq_sync_ledger(sync)); i++)
        print_account(sync, i, sec);
    const lq_venues_t *venues = lq_sync_venues(sync);
    for (uint32_t i = 0; i < lq_venues_pool_cnt(venues); i++)
        print_pool(venues, i);
    (void)printf("END\n");
    (void)fflush(stdout);
}

#define COUNT(s, member) ((void)printf("\"%s\":%llu,", #member, (unsigned long long)(s)->member))

static void print_stat(const lq_sync_t *sync)
{
    lq_sync_stat_t stat = lq_sync_stat(sync);
    lq_book_stat_t book = lq_book_stat(lq_sync_book(sync));
    (void)printf("{");
    COUNT(&stat, log_cnt);
    COUNT(&stat, fault_cnt);
    COUNT(&stat, read_cnt);
    COUNT(&stat, read_failed_cnt);
    COUNT(&stat, replay_cnt);
    COUNT(&stat, audit_cnt);
    COUNT(&stat, mismatch_cnt);
    COUNT(&stat, oracle_audit_cnt);
    COUNT(&stat, oracle_mismatch_cnt);
    COUNT(&stat, pool_audit_cnt);
    COUNT(&stat, pool_mismatch_cnt);
    COUNT(&stat, rebuild_cnt);
    COUNT(&book, group_cnt);
    COUNT(&book, check_cnt);
    (void)printf("\"accounts\":%zu}\n", lq_ledger_cnt(lq_sync_ledger(sync)));
    (void)fflush(stdout);
}

static void write_log(void *ctx, lq_log_level_t level, const char *line, size_t line_sz)
{
    (void)ctx;
    (void)level;
    (void)fwrite(line, 1, line_sz, stderr);
}

int main(int argc, char **argv)
{
    static lq_config_t config;
    static lq_nodes_t nodes;
    static lq_follow_t *follow;
    lq_err_msg_t msg = {""};
    lq_schema_doc_t doc;
    lq_log_t log;
    if (argc != 3 || strcmp(argv[1], "--config") != 0)
        fail("usage: liqd_test_keep --config FILE", LQ_ERR_USAGE, &msg);
    lq_err_t err = lq_schema_load(&doc, &config, &lq_config_schema, &lq_config_io, argv[2]);
    for (size_t i = 0; i < doc.problem_cnt; i++)
        (void)fprintf(stderr, "%s: %s\n", doc.problems[i].key ? doc.problems[i].key : "",
                      doc.problems[i].text);
    if (err)
        fail(argv[2], err, &msg);
    lq_nodes_init(&nodes, &config);
    (void)signal(SIGTERM, on_signal);
    (void)signal(SIGINT, on_signal);
    lq_log_config_t log_config = lq_config_log(&config);
    err = lq_log_init(&log, &log_config, lq_clock_system(), write_log, NULL);
    if (err)
        fail("the log", err, &msg);
    lq_follow_settings_t settings = {
        .config = &config, .nodes = &nodes, .log = &log, .settled = on_settled, .ctx = &follow};
    err = lq_follow_open(&follow, &msg, &settings);
    if (err)
        fail("open", err, &msg);
    err = lq_follow_run(follow, &msg, &stop);
    if (err)
        fail("run", err, &msg);
    print_stat(lq_follow_state(follow)->sync);
    err = lq_follow_save(follow, &msg);
    if (err)
        (void)fprintf(stderr, "save: %s\n", msg.text);
    lq_follow_close(follow);
    lq_schema_free(&doc);
    return EXIT_SUCCESS;
}

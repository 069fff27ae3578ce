#include "bench.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "liqd/base/rng.h"
#include "liqd/num/decimal.h"
#include "liqd/protocol/aave_v3_health.h"

/* Exact health factors of three collaterals and two debts, beside the same in node's BigInt. A
   round is over all accounts; an iteration is so many rounds that a message to node and back
   weighs little. */
#define ACCOUNT_CNT 32
#define LEG_CNT     5
#define DEBT_FROM   3
#define ROUND_CNT   100

typedef struct peer {
    lq_aave_v3_asset_t assets[LEG_CNT];
    lq_aave_v3_leg_t legs[ACCOUNT_CNT][LEG_CNT];
    FILE *to;
    FILE *from;
    pid_t pid;
} peer_t;

static void draw(peer_t *p)
{
    static const unsigned decimals[LEG_CNT] = {18, 18, 6, 6, 18};
    static const uint64_t price[LEG_CNT] = {265000000000, 312345678901, 99987654, 100012345,
                                            99999999};
    static const uint64_t max_tokens[LEG_CNT] = {1000, 800, 1000000, 1500000, 500000};
    static const uint16_t threshold[LEG_CNT] = {8300, 8100, 7800, 0, 0};
    lq_rng_t rng;
    lq_rng_seed(&rng, 3);
    for (size_t i = 0; i < LEG_CNT; i++) {
        lq_aave_v3_asset_t *s = &p->assets[i];
        (void)!lq_aave_v3_unit_make(&s->unit, decimals[i]);
        s->price = lq_u256_from_u64(price[i]);
        s->liquidity_index =
            (lq_u256_t){{lq_rng_u64(&rng), 0x33b2e3c + lq_rng_below(&rng, 1 << 24)}};
        s->variable_borrow_index = s->liquidity_index;
        s->liquidation_threshold_bps = threshold[i];
    }
    for (size_t k = 0; k < ACCOUNT_CNT; k++) {
        for (size_t i = 0; i < LEG_CNT; i++) {
            lq_aave_v3_leg_t *leg = &p->legs[k][i];
            lq_u256_t tokens = lq_u256_from_u64(1 + lq_rng_below(&rng, max_tokens[i]));
            leg->asset = &p->assets[i];
            leg->flags = i < DEBT_FROM ? LQ_AAVE_V3_COLLATERAL : LQ_AAVE_V3_BORROWING;
            *(i < DEBT_FROM ? &leg->scaled_supply : &leg->scaled_debt) =
                lq_u256_mul_wrap(&tokens, &p->assets[i].unit.value);
        }
    }
}

static lq_u256_t health_of(const peer_t *p, size_t k)
{
    lq_aave_v3_account_t out = {.total_debt_base = {{0}}};
    (void)!lq_aave_v3_account(lq_aave_v3_rules(LQ_AAVE_V3_6), &out, p->legs[k], LEG_CNT, NULL);
    return out.health_factor;
}

static const char *text(const lq_u256_t *v, char buf[LQ_DECIMAL_SZ])
{
    (void)!lq_decimal_print(buf, LQ_DECIMAL_SZ, v, 0);
    return buf;
}

/* False: node computes something else. */
static bool tell(peer_t *p)
{
    char b[3][LQ_DECIMAL_SZ];
    (void)fprintf(p->to, "{\"assets\":[");
    for (size_t i = 0; i < LEG_CNT; i++) {
        const lq_aave_v3_asset_t *s = &p->assets[i];
        (void)fprintf(p->to, "%s[\"%s\",\"%s\",\"%s\",\"%u\"]", i ? "," : "", text(&s->price, b[0]),
                      text(&s->liquidity_index, b[1]), text(&s->unit.value, b[2]),
                      s->liquidation_threshold_bps);
    }
    (void)fprintf(p->to, "],\"accounts\":[");
    for (size_t k = 0; k < ACCOUNT_CNT; k++) {
        (void)fprintf(p->to, "%s[", k ? "," : "");
        for (size_t i = 0; i < LEG_CNT; i++) {
            const lq_aave_v3_leg_t *leg = &p->legs[k][i];
            bool owes = i >= DEBT_FROM;
            (void)fprintf(p->to, "%s[%zu,%d,\"%s\"]", i ? "," : "", i, owes,
                          text(owes ? &leg->scaled_debt : &leg->scaled_supply, b[0]));
        }
        (void)fprintf(p->to, "]");
    }
    (void)fprintf(p->to, "]}\n");
    (void)fflush(p->to);
    for (size_t k = 0; k < ACCOUNT_CNT; k++) {
        char theirs[LQ_DECIMAL_SZ + 1];
        lq_u256_t ours = health_of(p, k);
        if (fscanf(p->from, "%79s", theirs) != 1 || strcmp(theirs, text(&ours, b[0])) != 0)
            return false;
    }
    return fgetc(p->from) == '\n';
}

static void stop(peer_t *p)
{
    (void)fclose(p->to);
    (void)fclose(p->from);
    (void)kill(p->pid, SIGTERM);
    (void)waitpid(p->pid, NULL, 0);
}

static bool start(peer_t *p)
{
    int to[2];
    int from[2];
    if (pipe(to) != 0 || pipe(from) != 0)
        return false;
    p->pid = fork();
    if (p->pid < 0)
        return false;
    if (p->pid == 0) {
        (void)dup2(to[0], 0);
        (void)dup2(from[1], 1);
        (void)close(to[1]);
        (void)close(from[0]);
        (void)execlp("node", "node", LIQD_BENCH_DIR "/peer_bigint.mjs", (char *)NULL);
        _exit(127);
    }
    (void)close(to[0]);
    (void)close(from[1]);
    p->to = fdopen(to[1], "w");
    p->from = fdopen(from[0], "r");
    return p->to && p->from;
}

static void ours(void *ctx, size_t iters)
{
    const peer_t *p = ctx;
    for (size_t i = 0; i < iters * ROUND_CNT; i++) {
        for (size_t k = 0; k < ACCOUNT_CNT; k++) {
            lq_u256_t v = health_of(p, k);
            lq_bench_keep(&v);
        }
    }
}

static void theirs(void *ctx, size_t iters)
{
    peer_t *p = ctx;
    (void)fprintf(p->to, "%zu\n", iters * ROUND_CNT);
    (void)fflush(p->to);
    if (fgetc(p->from) != '\n')
        abort();
}

lq_bench_fn_t lq_bench_bigint;
void lq_bench_bigint(lq_bench_t *bench)
{
    static peer_t p;
    void (*before)(int) = signal(SIGPIPE, SIG_IGN);
    draw(&p);
    bool has_peer = start(&p) && tell(&p); /* not without node, nor where it says otherwise */
    const lq_bench_case_t c = {.name = "protocol/aave 3.6 health 3+2 beside BigInt",
                               .work = ours,
                               .reference = has_peer ? "node BigInt" : NULL,
                               .reference_work = has_peer ? theirs : NULL,
                               .ctx = &p,
                               .target = has_peer ? 1.0 / 7 : 0,
                               .scale = (size_t)ROUND_CNT * ACCOUNT_CNT};
    lq_bench_case(bench, &c);
    stop(&p);
    (void)signal(SIGPIPE, before);
}

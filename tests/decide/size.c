/* Keeps the book of a configuration's markets as the daemon does, and sizes its accounts on demand:
   at each settled block it says so and does what standard input asks for, until "next".

       liqd_test_size --config FILE [--decide]

   It writes SETTLED NUMBER HASH SECONDS, then takes commands, each a line of words:

       coin WAD                      our price of the chain's coin
       gas BASE_FEE TIP              wei a unit of gas
       floor CALL FURTHER LEG        units instead of what is built in; "floor 0 0 0": that again
       token ADDRESS WAD AVAILABLE   our price of a token, and how much there is
       size SECONDS [OWNER]          the plans of all accounts, or of one, in a block of that time
       flash SLIPPAGE                plans from now on are by flash loans and the configuration's
                                     venues; swaps may cost so many bps more
       decide OWNER                  the plans of the engine itself: --decide, else it has no funds
       try SECONDS INSTANCE OWNER COLLATERAL DEBT BY AMOUNT
                                     what one call does; INSTANCE is a market's name
       learn STEP UNITS              the units that step STEP took
       next                          goes on to the next settled block

   Each is answered by lines and a last one, DONE. size answers of each account that can be
   liquidated

       P MARKET OWNER ID SIZING STEPS GAS NET_WEI NET_USD SEIZED_USD REPAID_USD GAS_USD LEGS
       S STEP COLLATERAL DEBT BY AMOUNT REPAID SEIZED FEE CLOSES ALL BAD GAS NET_WEI NET_USD TO DATA
       R COLLATERAL DEBT BY FROM TO
       W AMOUNT_IN AMOUNT_OUT LEGS FEE LENDER
       G TO WORD MIN DATA
       X LAST_BLK DATA

   a plan, its steps with the contract's call, the ranges of amounts of a first call, and by flash
   loans each step's swap and loan, the guard, and the call of the executor that does all of it. BY
   is 0 (repaid) or 1 (seized). Dollars are wads. */

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "liqd/codec/hex.h"
#include "liqd/num/decimal.h"

#include "size_internal.h"

#define LINE_SZ      1024u
#define WORD_MAX     10u
#define PAIR_MAX     64u
#define GAS_KIND_MAX 4096u

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

/* ---- words */

void size_print_hex(const uint8_t *bytes, size_t sz)
{
    (void)printf(" 0x");
    for (size_t i = 0; i < sz; i++)
        (void)printf("%02x", bytes[i]);
}

void size_print_number(const lq_u256_t *v)
{
    char text[LQ_DECIMAL_SZ];
    if (lq_decimal_print(text, sizeof(text), v, 0))
        LQ_BUG("a number has no place in %zu bytes", sizeof(text));
    (void)printf(" %s", text);
}

static void print_signed(const lq_i256_t *v)
{
    char text[LQ_DECIMAL_SZ];
    lq_u256_t abs = lq_i256_abs(v);
    if (lq_decimal_print(text, sizeof(text), &abs, 0))
        LQ_BUG("a number has no place in %zu bytes", sizeof(text));
    (void)printf(" %s%s", lq_i256_is_neg(v) ? "-" : "", text);
}

static lq_u256_t number_of(const char *word)
{
    lq_u256_t v;
    lq_err_msg_t msg;
    lq_err_t err = lq_decimal_parse(&v, &msg, word, strlen(word), 0);
    if (err)
        fail(word, err, &msg);
    return v;
}

static uint64_t u64_of(const char *word)
{
    return strtoull(word, NULL, 10);
}

static lq_address_t address_of(const char *word)
{
    lq_address_t out;
    lq_err_msg_t msg;
    lq_err_t err = lq_hex_decode_data(out.b, sizeof(out.b), &msg, word, strlen(word));
    if (err)
        fail(word, err, &msg);
    return out;
}

static bool same_address(const lq_address_t *a, const lq_address_t *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

/* ---- terms */

static const token_t *find_token(const job_t *job, const lq_address_t *address)
{
    for (size_t i = 0; i < job->token_cnt; i++)
        if (same_address(&job->tokens[i].address, address))
            return &job->tokens[i];
    return NULL;
}

static bool tell_token(void *ctx, lq_terms_token_t *out, uint16_t factor)
{
    const ask_t *ask = ctx;
    lq_address_t address;
    uint8_t decimals;
    ask->adapter->asset_token(ask->self, factor, &address, &decimals);
    const token_t *token = find_token(ask->job, &address);
    if (!token)
        return false;
    *out = (lq_terms_token_t){.token = address,
                              .quote = {.price_wad = token->price_wad, .decimals = decimals},
                              .available = token->available};
    const lq_u256_t least = lq_u256_from_u64(0);
    if (ask->job->flash)
        (void)!lq_venues_loan(lq_sync_venues(lq_follow_state(ask->job->follow)->sync), &out->loan,
                              &address, &least); /* none: nothing is available */
    return true;
}

static lq_terms_t terms_of(ask_t *ask)
{
    const job_t *job = ask->job;
    return (lq_terms_t){.ctx = ask,
                        .token = tell_token,
                        .swaps = job->flash ? &job->swaps : &lq_swaps_none,
                        .gas = job->gas,
                        .gas_floor =
                            job->floor.call ? &job->floor : lq_gas_floor_of(ask->adapter->name),
                        .gas_price = job->gas_price,
                        .coin = {.price_wad = job->coin_wad, .decimals = 18},
                        .funding = job->flash ? LQ_FUNDING_FLASH : LQ_FUNDING_INVENTORY,
                        .atomic = job->flash,
                        .instance = ask->instance,
                        .leg_cnt = ask->leg_cnt,
                        .try_max = 1u << 18};
}

static bool open_ask(job_t *job, ask_t *ask, uint32_t account, uint64_t sec)
{
    lq_sync_t *sync = lq_follow_state(job->follow)->sync;
    lq_account_t about = lq_ledger_account(lq_sync_ledger(sync), account);
    lq_ledger_pool_t pool = lq_ledger_pool(lq_sync_ledger(sync), about.pool);
    lq_health_view_t view = {.now_sec = sec};
    *ask = (ask_t){.job = job,
                   .account = account,
                   .instance = pool.instance,
                   .about = lq_sync_instance(sync, pool.instance),
                   .self = lq_sync_self(sync, pool.instance),
                   .owner = about.owner,
                   .leg_cnt = (uint16_t)lq_ledger_legs(lq_sync_ledger(sync), account).cnt};
    ask->adapter = ask->about->adapter;
    return ask->adapter->trial_open(ask->self, &job->trial, account, &view) == LQ_OK;
}

/* ---- size */

static const char *sizing_str(lq_sizing_t sizing)
{
    switch (sizing) {
    case LQ_SIZING_PLAN:
        return "plan";
    case LQ_SIZING_BLOCKED:
        return "blocked";
    case LQ_SIZING_NO_PRICE:
        return "no_price";
    case LQ_SIZING_NO_ROUTE:
        return "no_route";
    case LQ_SIZING_NO_FUNDS:
        return "no_funds";
    case LQ_SIZING_UNPROFITABLE:
        return "unprofitable";
    }
    return "";
}

static void print_factor(const ask_t *ask, uint16_t factor)
{
    lq_address_t address;
    uint8_t decimals;
    ask->adapter->asset_token(ask->self, factor, &address, &decimals);
    size_print_hex(address.b, sizeof(address.b));
}

/* A step is a transaction of its own. */
static lq_gas_kind_t kind_of(const ask_t *ask, const lq_plan_step_t *step)
{
    lq_gas_kind_t kind = {.instance = ask->instance, .leg_cnt = ask->leg_cnt, .call_cnt = 1};
    uint8_t decimals;
    unsigned shape = step->outcome.closes_debt ? LQ_GAS_CLOSES_DEBT : 0;
    shape |= step->outcome.takes_all ? LQ_GAS_TAKES_ALL : 0;
    shape |= step->outcome.bad_debt ? LQ_GAS_BAD_DEBT : 0;
    kind.shape = (uint8_t)shape;
    ask->adapter->asset_token(ask->self, step->call.pair.collateral, &kind.collateral_token,
                              &decimals);
    ask->adapter->asset_token(ask->self, step->call.pair.debt, &kind.debt_token, &decimals);
    return kind;
}

void size_add_call(const ask_t *ask, lq_calls_t *calls, const lq_plan_step_t *step)
{
    if (ask->adapter->encode_call(ask->self, calls, ask->account, &step->call, &step->outcome))
        LQ_BUG("a call has no place in %zu bytes", calls->data_max);
}

static void print_call(const ask_t *ask, const lq_plan_step_t *step)
{
    uint8_t data[CALL_DATA_SZ];
    lq_read_call_t one;
    lq_calls_t calls = {.calls = &one, .call_max = 1, .data = data, .data_max = sizeof(data)};
    size_add_call(ask, &calls, step);
    size_print_hex(one.to.b, sizeof(one.to.b));
    size_print_hex(one.input, one.input_sz);
}

static void print_outcome(const lq_liquidation_outcome_t *o)
{
    size_print_number(&o->repaid);
    size_print_number(&o->seized);
    size_print_number(&o->protocol_fee);
    (void)printf(" %d %d %d", o->closes_debt, o->takes_all, o->bad_debt);
}

static void print_step(ask_t *ask, const lq_plan_step_t *step)
{
    job_t *job = ask->job;
    lq_gas_kind_t kind = kind_of(ask, step);
    const lq_gas_floor_t *floor =
        job->floor.call ? &job->floor : lq_gas_floor_of(ask->adapter->name);
    job->kinds[job->step_cnt % STEP_MAX] = kind;
    (void)printf("S %zu", job->step_cnt++);
    print_factor(ask, step->call.pair.collateral);
    print_factor(ask, step->call.pair.debt);
    (void)printf(" %d", step->call.by);
    size_print_number(&step->call.amount);
    print_outcome(&step->outcome);
    (void)printf(" %" PRIu32, lq_gas_estimate(job->gas, &kind, floor, 0));
    print_signed(&step->profit.net_wei);
    print_signed(&step->profit.net_usd);
    print_call(ask, step);
    (void)printf("\n");
}

static void print_ranges(const ask_t *ask)
{
    lq_liquidation_pair_t pairs[PAIR_MAX];
    lq_liquidation_range_t ranges[LQ_LIQUIDATION_RANGE_MAX];
    const lq_trial_t *trial = &ask->job->trial;
    size_t pair_cnt = ask->adapter->trial_pairs(ask->self, trial, pairs, PAIR_MAX);
    for (size_t i = 0; i < pair_cnt; i++)
        for (unsigned by = 0; by < LQ_LIQUIDATION_BY_CNT; by++) {
            size_t cnt = ask->adapter->trial_ranges(ask->self, trial, ranges, pairs[i],
                                                    (lq_liquidation_by_t)by);
            for (size_t k = 0; k < cnt; k++) {
                (void)printf("R");
                print_factor(ask, pairs[i].collateral);
                print_factor(ask, pairs[i].debt);
                (void)printf(" %u", by);
                size_print_number(&ranges[k].from);
                size_print_number(&ranges[k].to);
                (void)printf("\n");
            }
        }
}

static void print_plan(ask_t *ask, lq_sizing_t sizing)
{
    job_t *job = ask->job;
    const lq_plan_t *plan = &job->plan;
    lq_sync_t *sync = lq_follow_state(job->follow)->sync;
    lq_ledger_pool_t pool = lq_ledger_pool(
        lq_sync_ledger(sync), lq_ledger_account(lq_sync_ledger(sync), ask->account).pool);
    lq_hash_t id;
    (void)printf("P %s", ask->about->name);
    size_print_hex(ask->owner.b, sizeof(ask->owner.b));
    if (ask->adapter->pool_id && ask->adapter->pool_id(ask->self, pool.local, &id))
        size_print_hex(id.b, sizeof(id.b));
    else
        (void)fputs(" -", stdout);
    (void)printf(" %s %zu %" PRIu32, sizing_str(sizing), plan->step_cnt, plan->gas);
    print_signed(&plan->profit.net_wei);
    print_signed(&plan->profit.net_usd);
    size_print_number(&plan->profit.seized_usd.raw);
    size_print_number(&plan->profit.repaid_usd.raw);
    size_print_number(&plan->profit.gas_usd.raw);
    (void)printf(" %u\n", ask->leg_cnt);
    for (size_t i = 0; i < plan->step_cnt; i++)
        print_step(ask, &plan->steps[i]);
    print_ranges(ask);
    if (job->flash && sizing == LQ_SIZING_PLAN)
        size_print_flash(ask);
}

static void size_one(ask_t *ask)
{
    job_t *job = ask->job;
    lq_terms_t terms = terms_of(ask);
    memset(&job->plan, 0, sizeof(job->plan));
    print_plan(ask, lq_size(&job->plan, &job->room, ask->adapter, ask->self, &job->trial, &terms));
}

static void do_decide(job_t *job, const lq_address_t *owner)
{
    const lq_state_t *state = lq_follow_state(job->follow);
    for (uint32_t i = 0; i < lq_ledger_cnt(lq_sync_ledger(state->sync)); i++) {
        ask_t ask;
        lq_account_t account = lq_ledger_account(lq_sync_ledger(state->sync), i);
        if (!same_address(&account.owner, owner) || !open_ask(job, &ask, i, 0))
            continue;
        memset(&job->plan, 0, sizeof(job->plan));
        print_plan(&ask, lq_engine_size(state->engine, &job->plan, i));
    }
}

static void do_size(job_t *job, uint64_t sec, const lq_address_t *owner)
{
    const lq_ledger_t *ledger = lq_sync_ledger(lq_follow_state(job->follow)->sync);
    for (uint32_t i = 0; i < lq_ledger_cnt(ledger); i++) {
        ask_t ask;
        lq_account_t account = lq_ledger_account(ledger, i);
        if (owner && !same_address(&account.owner, owner))
            continue;
        if (open_ask(job, &ask, i, sec))
            size_one(&ask);
    }
}

/* ---- try */

static bool find_factor(const ask_t *ask, uint16_t *out, lq_side_t side, const lq_address_t *token)
{
    lq_ledger_t *ledger = lq_sync_ledger(lq_follow_state(ask->job->follow)->sync);
    lq_legs_t legs = lq_ledger_legs(ledger, ask->account);
    for (size_t i = 0; i < legs.cnt; i++) {
        lq_address_t address;
        uint8_t decimals;
        ask->adapter->asset_token(ask->self, legs.factors[i], &address, &decimals);
        if (lq_ledger_factor(ledger, legs.factors[i])->side == side &&
            same_address(&address, token)) {
            *out = legs.factors[i];
            return true;
        }
    }
    return false;
}

static void do_try(job_t *job, char *const *words)
{
    const lq_ledger_t *ledger = lq_sync_ledger(lq_follow_state(job->follow)->sync);
    lq_address_t owner = address_of(words[3]);
    lq_address_t collateral = address_of(words[4]);
    lq_address_t debt = address_of(words[5]);
    for (uint32_t i = 0; i < lq_ledger_cnt(ledger); i++) {
        ask_t ask;
        lq_liquidation_outcome_t out;
        lq_liquidation_call_t call = {.by = (lq_liquidation_by_t)u64_of(words[6]),
                                      .amount = number_of(words[7])};
        lq_account_t account = lq_ledger_account(ledger, i);
        if (!same_address(&account.owner, &owner) || !open_ask(job, &ask, i, u64_of(words[1])) ||
            strcmp(ask.about->name, words[2]) != 0 ||
            !find_factor(&ask, &call.pair.collateral, LQ_SIDE_COLLATERAL, &collateral) ||
            !find_factor(&ask, &call.pair.debt, LQ_SIDE_DEBT, &debt))
            continue;
        lq_err_t err = ask.adapter->trial_call(ask.self, &job->trial, &out, &call);
        (void)printf("T %s", err ? "refused" : "done");
        if (!err)
            print_outcome(&out);
        (void)printf("\n");
    }
}

/* ---- commands */

static void set_token(job_t *job, char *const *words)
{
    token_t token = {address_of(words[1]), number_of(words[2]), number_of(words[3])};
    token_t *found = (token_t *)find_token(job, &token.address);
    if (!found && job->token_cnt == TOKEN_MAX)
        LQ_BUG("more than %u tokens", TOKEN_MAX);
    *(found ? found : &job->tokens[job->token_cnt++]) = token;
}

static void do_command(job_t *job, char *const *words, size_t cnt)
{
    lq_address_t owner;
    if (strcmp(words[0], "coin") == 0 && cnt == 2)
        job->coin_wad = number_of(words[1]);
    else if (strcmp(words[0], "gas") == 0 && cnt == 3)
        job->gas_price = (lq_gas_price_t){{number_of(words[1])}, {number_of(words[2])}};
    else if (strcmp(words[0], "floor") == 0 && cnt == 4)
        job->floor = (lq_gas_floor_t){.call = (uint32_t)u64_of(words[1]),
                                      .further_call = (uint32_t)u64_of(words[2]),
                                      .leg = (uint32_t)u64_of(words[3])};
    else if (strcmp(words[0], "token") == 0 && cnt == 4)
        set_token(job, words);
    else if (strcmp(words[0], "size") == 0 && cnt == 2)
        do_size(job, u64_of(words[1]), NULL);
    else if (strcmp(words[0], "size") == 0 && cnt == 3)
        owner = address_of(words[2]), do_size(job, u64_of(words[1]), &owner);
    else if (strcmp(words[0], "decide") == 0 && cnt == 2)
        owner = address_of(words[1]), do_decide(job, &owner);
    else if (strcmp(words[0], "try") == 0 && cnt == 8)
        do_try(job, words);
    else if (strcmp(words[0], "flash") == 0 && cnt == 2)
        size_set_flash(job, (uint32_t)u64_of(words[1]));
    else if (strcmp(words[0], "learn") == 0 && cnt == 3)
        lq_gas_learn(job->gas, &job->kinds[u64_of(words[1]) % STEP_MAX],
                     (uint32_t)u64_of(words[2]));
    else
        LQ_BUG("no command: %s with %zu words", words[0], cnt);
}

/* Takes commands until "next"; at the end of input all ends. */
static void take_commands(job_t *job)
{
    char line[LINE_SZ];
    char *words[WORD_MAX];
    while (fgets(line, sizeof(line), stdin)) {
        char *rest = line;
        size_t cnt = 0;
        for (char *word = strtok_r(line, " \n", &rest); word && cnt < WORD_MAX;
             word = strtok_r(NULL, " \n", &rest))
            words[cnt++] = word;
        if (cnt == 0)
            continue;
        if (strcmp(words[0], "next") == 0)
            return;
        do_command(job, words, cnt);
        (void)printf("DONE\n");
        (void)fflush(stdout);
    }
    stop = true;
}

static void on_settled(void *ctx, const lq_block_ref_t *block)
{
    job_t *job = ctx;
    if (!job->follow)
        return;
    lq_sync_t *sync = lq_follow_state(job->follow)->sync;
    (void)printf("SETTLED %" PRIu64, block->number);
    size_print_hex(block->hash.b, sizeof(block->hash.b));
    (void)printf(" %" PRIu64 "\n", lq_sync_stat(sync).complete_sec);
    (void)fflush(stdout);
    take_commands(job);
}

static void write_log(void *ctx, lq_log_level_t level, const char *line, size_t line_sz)
{
    (void)ctx;
    (void)level;
    (void)fwrite(line, 1, line_sz, stderr);
}

static void open_gas(job_t *job)
{
    lq_err_t err = lq_arena_init(&job->arena, lq_gas_arena_sz(GAS_KIND_MAX));
    if (!err)
        err = lq_gas_new(&job->gas, &job->arena, GAS_KIND_MAX, 1);
    if (err)
        fail("gas", err, &(lq_err_msg_t){""});
}

int main(int argc, char **argv)
{
    static job_t job;
    lq_err_msg_t msg = {""};
    lq_schema_doc_t doc;
    bool decide = argc == 4 && strcmp(argv[3], "--decide") == 0;
    if (argc != 3 + decide || strcmp(argv[1], "--config") != 0)
        fail("usage: liqd_test_size --config FILE [--decide]", LQ_ERR_USAGE, &msg);
    lq_err_t err = lq_schema_load(&doc, &job.config, &lq_config_schema, &lq_config_io, argv[2]);
    for (size_t i = 0; i < doc.problem_cnt; i++)
        (void)fprintf(stderr, "%s: %s\n", doc.problems[i].key ? doc.problems[i].key : "",
                      doc.problems[i].text);
    if (err)
        fail(argv[2], err, &msg);
    open_gas(&job);
    lq_nodes_init(&job.nodes, &job.config);
    (void)signal(SIGTERM, on_signal);
    lq_log_config_t log_config = lq_config_log(&job.config);
    err = lq_log_init(&job.log, &log_config, lq_clock_system(), write_log, NULL);
    if (err)
        fail("the log", err, &msg);
    lq_follow_settings_t settings = {.config = &job.config,
                                     .nodes = &job.nodes,
                                     .log = &job.log,
                                     .settled = on_settled,
                                     .decide = decide,
                                     .ctx = &job};
    err = lq_follow_open(&job.follow, &msg, &settings);
    if (err)
        fail("open", err, &msg);
    err = lq_follow_run(job.follow, &msg, &stop);
    if (err)
        fail("run", err, &msg);
    lq_follow_close(job.follow);
    lq_schema_free(&doc);
    lq_arena_fini(&job.arena);
    return EXIT_SUCCESS;
}

#include "dry_shell.h"

#include <stdlib.h>
#include <string.h>

#include "dry_shell_internal.h"
#include "take_prices.h"

#define SEC_NS UINT64_C(1000000000)

/* Address space, of which most is never touched. */
#define ARENA_SZ ((size_t)1 << 30)

/* Of the nodes' side. */
#define ASK_MAX     16u
#define INPUT_MAX   ((size_t)2 << 20)
#define LOG_MAX     8192u
#define OUTPUT_MAX  ((size_t)16 << 20)
#define ASK_WAIT_NS (20 * SEC_NS)

bool lq_dry_grow(void **p, size_t *cap, size_t cnt, size_t item_sz)
{
    if (cnt < *cap)
        return true;
    size_t more = *cap ? 2 * *cap : 64;
    void *grown = realloc(*p, more * item_sz);
    if (!grown)
        return false;
    *p = grown;
    *cap = more;
    return true;
}

/* ---- what the engine is told */

static void on_outcome(void *ctx, const lq_outcome_t *outcome)
{
    lq_dry_shell_t *s = ctx;
    void *p = s->outcomes;
    bool room = lq_dry_grow(&p, &s->outcome_cap, s->outcome_cnt, sizeof(*s->outcomes));
    s->outcomes = p;
    if (room) /* else it expires */
        s->outcomes[s->outcome_cnt++] = *outcome;
}

/* What the engine does at one may bring others. */
static void tell_outcomes(lq_dry_shell_t *s)
{
    for (size_t i = 0; i < s->outcome_cnt; i++) {
        lq_outcome_t outcome = s->outcomes[i];
        lq_event_t event = {.kind = LQ_EVENT_OUTCOME, .as.outcome = &outcome};
        lq_follow_give(s->settings.follow, &event);
    }
    s->outcome_cnt = 0;
}

static void tell_funds(lq_dry_shell_t *s)
{
    lq_funds_t funds;
    s->telling = true;
    while (lq_dry_purse_next(&s->purse, &funds)) {
        lq_event_t event = {.kind = LQ_EVENT_FUNDS, .as.funds = &funds};
        lq_follow_give(s->settings.follow, &event);
    }
    s->telling = false;
}

void lq_dry_shell_work(lq_dry_shell_t *s)
{
    tell_outcomes(s);
    tell_funds(s);
    lq_dry_ask_work(s);
    if (s->settings.out)
        (void)fflush(s->settings.out);
}

/* ---- what is booked */

/* The symbol and decimals of TOKEN, for the report. */
static void name_token(lq_dry_shell_t *s, const lq_address_t *token)
{
    const lq_oracles_t *oracles = lq_sync_oracles(s->state->sync);
    for (uint32_t i = 0; i < lq_oracles_token_cnt(oracles); i++) {
        const lq_token_t *t = lq_oracles_token(oracles, i);
        if (memcmp(&t->address, token, sizeof(*token)) == 0 && t->symbol[0])
            lq_dry_report_name(s->settings.report, token, t->symbol, t->decimals);
    }
}

static void move_purse(lq_dry_shell_t *s, const lq_dry_row_t *row, bool back)
{
    const lq_dry_taken_t *taken = lq_dry_taken_of(s, row->intent);
    if (row->verdict == LQ_DRY_WON)
        lq_dry_purse_book(&s->purse, row, taken ? &taken->moves : NULL, back);
}

static bool is_news(const lq_dry_entry_t *former, const lq_dry_row_t *row)
{
    return !former || former->row.verdict != row->verdict ||
           !lq_i256_eq(&former->row.net_usd, &row->net_usd);
}

static void on_booked(void *ctx, const lq_dry_row_t *row, bool final)
{
    lq_dry_shell_t *s = ctx;
    lq_dry_report_t *r = s->settings.report;
    const lq_dry_entry_t *former = lq_dry_report_find(r, row->intent);
    bool news = is_news(former, row);
    if (news && former)
        move_purse(s, &former->row, true);
    if (news)
        move_purse(s, row, false);
    for (size_t i = 0; i < row->gain_cnt; i++)
        name_token(s, &row->gains[i].token);
    lq_dry_report_booked(r, row, final, lq_dry_now().wall_ns);
    const lq_dry_entry_t *entry = lq_dry_report_find(r, row->intent);
    if (news && entry && s->settings.out)
        lq_dry_report_print_booked(s->settings.out, r, entry, s->settings.colour);
}

static void on_unbooked(void *ctx, uint64_t intent)
{
    lq_dry_shell_t *s = ctx;
    lq_dry_report_t *r = s->settings.report;
    const lq_dry_entry_t *entry = lq_dry_report_find(r, intent);
    if (!entry)
        return;
    move_purse(s, &entry->row, true);
    if (s->settings.out)
        lq_dry_report_print_unbooked(s->settings.out, r, entry, lq_dry_now().wall_ns);
    lq_dry_report_unbooked(r, intent);
}

/* ---- what the engine asks */

static void add_move(lq_dry_shell_t *s, lq_dry_moves_t *moves, uint16_t factor,
                     const lq_u256_t *amount, bool spent)
{
    uint8_t decimals;
    lq_address_t token = lq_state_token(s->state, factor, &decimals);
    moves->moves[moves->cnt++] = (lq_dry_move_t){token, *amount, spent};
}

static void keep_taken(lq_dry_shell_t *s, const lq_action_take_t *take)
{
    lq_dry_taken_t *taken = &s->taken[take->intent % LQ_DRY_INTENT_MAX];
    memset(taken, 0, sizeof(*taken));
    taken->intent = take->intent;
    taken->instance = take->instance;
    taken->borrower = take->borrower;
    for (size_t i = 0; take->funding == LQ_FUNDING_INVENTORY && i < take->plan->step_cnt; i++) {
        const lq_plan_step_t *step = &take->plan->steps[i];
        add_move(s, &taken->moves, step->call.pair.debt, &step->outcome.repaid, true);
        add_move(s, &taken->moves, step->call.pair.collateral, &step->outcome.seized, false);
    }
}

static void count_latency(lq_dry_shell_t *s)
{
    lq_dry_report_t *r = s->settings.report;
    lq_time_t time = lq_dry_now();
    if (s->head_sec && time.wall_ns / SEC_NS >= s->head_sec)
        lq_hist_record(&r->aged, time.wall_ns - s->head_sec * SEC_NS);
    if (!s->counted && s->event_mono_ns >= s->received_mono_ns)
        lq_hist_record(&r->given, s->event_mono_ns - s->received_mono_ns);
    s->counted = true;
    lq_hist_record(&r->decided, time.mono_ns - s->event_mono_ns);
}

static void on_take(lq_dry_shell_t *s, const lq_action_take_t *take)
{
    lq_tx_price_t told[LQ_TAKE_PRICE_MAX];
    lq_dry_price_t prices[LQ_TAKE_PRICE_MAX];
    lq_quote_t coin;
    count_latency(s);
    size_t cnt = lq_take_prices(s->state, told, take);
    for (size_t i = 0; i < cnt; i++) {
        prices[i] = (lq_dry_price_t){told[i].token, told[i].quote};
        name_token(s, &told[i].token);
    }
    keep_taken(s, take);
    lq_dry_moment_t moment = {lq_dry_now().mono_ns, lq_follow_head(s->settings.follow)};
    if (s->settings.out)
        lq_dry_report_print_asked(s->settings.out, s->settings.report, take, lq_dry_now().wall_ns);
    if (lq_engine_coin(s->state->engine, &coin) == LQ_VALUE_FRESH)
        lq_dry_run_take(s->dry, take, &moment, prices, cnt, &coin);
    else /* nothing is decided without */
        LQ_LOG(s->settings.log, LQ_LOG_ERROR, "app",
               "an intent is not booked: no price of the coin", LQ_LOG_U64("intent", take->intent));
}

/* What the protocol calls the pool of C's account, if anything; false where the ledger does not
   have the account any more. */
static bool pool_of(const lq_dry_shell_t *s, const lq_action_candidate_t *c, lq_hash_t *id,
                    bool *has_id)
{
    const lq_ledger_t *ledger = lq_sync_ledger(s->state->sync);
    *has_id = false;
    if (c->account >= lq_ledger_cnt(ledger))
        return false;
    lq_account_t account = lq_ledger_account(ledger, c->account);
    lq_ledger_pool_t pool = lq_ledger_pool(ledger, account.pool);
    if (pool.instance != c->instance ||
        memcmp(&account.owner, &c->borrower, sizeof(c->borrower)) != 0)
        return false;
    const lq_adapter_t *adapter = s->state->instances[pool.instance].adapter;
    *has_id = adapter->pool_id &&
              adapter->pool_id(lq_sync_self(s->state->sync, pool.instance), pool.local, id);
    return true;
}

static void on_candidate(lq_dry_shell_t *s, const lq_action_candidate_t *c)
{
    lq_hash_t id;
    bool has_id;
    bool known = pool_of(s, c, &id, &has_id);
    lq_dry_report_candidate(s->settings.report, c, known, has_id ? &id : NULL,
                            lq_dry_now().wall_ns);
}

void lq_dry_shell_action(lq_dry_shell_t *s, const lq_action_t *action)
{
    if (action->kind == LQ_ACTION_TAKE)
        on_take(s, action->as.take);
    else if (action->kind == LQ_ACTION_CANDIDATE)
        on_candidate(s, action->as.candidate);
    else if (action->kind == LQ_ACTION_NOTICE && action->as.notice->kind == LQ_SYNC_NOTICE_REBUILD)
        lq_dry_run_renumbered(s->dry);
}

/* ---- what happens */

/* A log may tell of somebody's liquidation, of any market. */
static void on_log(lq_dry_shell_t *s, const lq_evm_log_t *log)
{
    for (uint32_t i = 0; i < s->state->instance_cnt; i++) {
        lq_liquidation_log_t told;
        if (!s->state->instances[i].adapter->liquidated(lq_sync_self(s->state->sync, i), &told,
                                                        log) ||
            told.account == LQ_LEDGER_NONE)
            continue;
        lq_dry_run_liquidated(s->dry, told.account, &told.liquidator, log);
    }
}

/* What the configuration says is there. Coins that it does not name are enough for anything. */
static void on_funds(lq_dry_shell_t *s, const lq_funds_t *funds)
{
    static const lq_address_t coin;
    if (!s->telling && (s->counts_coins || memcmp(&funds->token, &coin, sizeof(coin)) != 0))
        lq_dry_purse_set(&s->purse, funds);
}

void lq_dry_shell_event(lq_dry_shell_t *s, const lq_event_t *event)
{
    if (event->kind == LQ_EVENT_GO_ON)
        return; /* what is decided now has waited since the event before */
    s->event_mono_ns = lq_dry_now().mono_ns;
    s->received_mono_ns = event->time.mono_ns;
    s->counted = false;
    switch (event->kind) {
    case LQ_EVENT_HEAD:
        s->head_blk = event->as.head->block.number;
        s->head_sec = event->as.head->timestamp_sec;
        lq_dry_run_event(s->dry, event);
        return;
    case LQ_EVENT_BLOCK:
    case LQ_EVENT_UNDONE:
    case LQ_EVENT_BROKEN:
        lq_dry_run_event(s->dry, event);
        return;
    case LQ_EVENT_LOG:
        on_log(s, event->as.log);
        return;
    case LQ_EVENT_FUNDS:
        on_funds(s, event->as.funds);
        return;
    case LQ_EVENT_PENDING:
    case LQ_EVENT_READ:
    case LQ_EVENT_BEGIN:
    case LQ_EVENT_RESUME:
    case LQ_EVENT_FOUND:
    case LQ_EVENT_SEARCHED:
    case LQ_EVENT_TIMER:
    case LQ_EVENT_GO_ON:
    case LQ_EVENT_COMMAND:
    case LQ_EVENT_OUTCOME:
    case LQ_EVENT_CNT:
        return;
    }
}

/* ---- making it */

static bool has_coins(const lq_config_t *config)
{
    for (size_t i = 0; i < config->inventory_cnt; i++)
        if (strcmp(config->inventory[i].token, LQ_CONFIG_COIN) == 0)
            return true;
    return false;
}

static lq_err_t open_machine(lq_dry_shell_t *s)
{
    lq_dry_run_config_t config = {
        .intent_max = LQ_DRY_INTENT_MAX,
        .sender = lq_dry_sender,
        .executor = s->executor,
        .owner = lq_dry_owner,
        .patience_blk = LQ_DRY_PATIENCE_BLK,
    };
    lq_dry_sink_t sink = {
        .ctx = s,
        .simulate = lq_dry_ask_question,
        .rival = lq_dry_ask_wonder,
        .outcome = on_outcome,
        .booked = on_booked,
        .unbooked = on_unbooked,
    };
    return lq_dry_run_new(&s->dry, &s->arena, &config, &sink);
}

static lq_err_t open_all(lq_dry_shell_t *s)
{
    lq_simulate_config_t simulate = {
        .max = ASK_MAX,
        .tx_max = LQ_DRY_TX_MAX,
        .input_max = INPUT_MAX,
        .log_max = LOG_MAX,
        .output_max = OUTPUT_MAX,
        .timeout_ns = ASK_WAIT_NS,
    };
    lq_dry_run_config_t machine = {.intent_max = LQ_DRY_INTENT_MAX};
    lq_err_t err = lq_arena_init(&s->arena, ARENA_SZ + lq_dry_run_arena_sz(&machine));
    if (!err)
        err = open_machine(s);
    if (!err)
        err = lq_simulate_new(&s->simulate, &s->arena, s->settings.log,
                              lq_follow_pool(s->settings.follow), &simulate, lq_dry_ask_answer, s);
    if (!err)
        err = lq_dry_overrides_new(&s->overrides,
                                   &(lq_dry_overrides_config_t){.config = s->settings.config,
                                                                .log = s->settings.log,
                                                                .simulate = s->simulate});
    return err;
}

lq_err_t lq_dry_shell_open(lq_dry_shell_t **out, lq_err_msg_t *msg,
                           const lq_dry_shell_settings_t *settings)
{
    static const lq_address_t nobody;
    lq_dry_shell_t *s = calloc(1, sizeof(*s));
    lq_err_t err = s ? LQ_OK : LQ_ERR_NOMEM;
    if (s) {
        s->settings = *settings;
        s->state = lq_follow_state(settings->follow);
        s->executor = lq_config_executor(settings->config);
        settings->report->bidless = memcmp(&s->executor, &nobody, sizeof(nobody)) == 0;
        s->purse.swept = settings->config->sweep && !settings->report->bidless;
        s->counts_coins = has_coins(settings->config);
        s->last = &s->questions;
        err = open_all(s);
    }
    if (err) {
        lq_dry_shell_close(s);
        return lq_err_msg_set(msg, err, "the dry run cannot be booked: %s", lq_err_str(err));
    }
    *out = s;
    return LQ_OK;
}

void lq_dry_shell_close(lq_dry_shell_t *s)
{
    if (!s)
        return;
    lq_simulate_free(s->simulate);
    lq_dry_overrides_free(s->overrides);
    lq_dry_ask_end(s);
    free(s->outcomes);
    lq_arena_fini(&s->arena);
    free(s);
}

void lq_dry_shell_end(lq_dry_shell_t *s)
{
    lq_dry_run_end(s->dry);
}

void lq_dry_shell_update(lq_dry_shell_t *s, const lq_decisions_t *decisions)
{
    lq_dry_report_t *r = s->settings.report;
    r->decisions = *decisions;
    r->engine = lq_engine_stat(s->state->engine);
    r->full_cnt = lq_dry_run_stat(s->dry).full_cnt;
    r->now_wall_ns = lq_dry_now().wall_ns;
}

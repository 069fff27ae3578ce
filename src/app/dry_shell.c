#include "dry_shell.h"

#include <stdlib.h>
#include <string.h>

#include "dry_overrides.h"
#include "dry_purse.h"

#define SEC_NS UINT64_C(1000000000)

/* Address space, of which most is never touched. */
#define ARENA_SZ ((size_t)1 << 30)

/* Intents that are not final, and what is known of them; a power of two. */
#define INTENT_MAX 4096u

/* Blocks that an answer may take. */
#define PATIENCE_BLK 8u

/* Of the nodes' side. */
#define ASK_MAX     16u
#define TX_MAX      256u
#define INPUT_MAX   ((size_t)2 << 20)
#define LOG_MAX     8192u
#define OUTPUT_MAX  ((size_t)16 << 20)
#define ASK_WAIT_NS (20 * SEC_NS)

/* What a transaction may use: the most that any may. @src EIP-7825 */
#define TX_GAS (UINT64_C(1) << 24)

/* What is kept of an intent from its asking on. */
typedef struct taken {
    uint64_t intent; /* 0: none */
    uint32_t instance;
    lq_address_t borrower;
    lq_dry_moves_t moves; /* of an inventory */
} taken_t;

/* A question of the machine's, until it is answered. */
typedef struct question {
    struct question *next;
    uint64_t id;
    lq_block_ref_t parent;
    lq_header_t block;
    size_t intent_cnt;
    size_t tx_cnt;
    uint64_t *intents;
    size_t *tx_cnts;
    const char **whys; /* by transaction: why it cannot be tried; NULL: it can */
    lq_simulate_tx_t *txs;
    bool asked;
    uint64_t asked_mono_ns;
} question_t;

/* Somebody's transaction that the machine wants to know the tip of. */
typedef struct wonder {
    uint64_t id;
    lq_hash_t tx_hash;
    lq_header_t block;
} wonder_t;

struct lq_dry_shell {
    lq_dry_shell_settings_t settings;
    lq_state_t *state;
    lq_address_t executor;
    lq_arena_t arena;
    lq_simulate_t *simulate;
    lq_dry_overrides_t *overrides;
    lq_dry_run_t *dry;
    lq_dry_purse_t purse;
    taken_t taken[INTENT_MAX];

    question_t *questions; /* in the order of coming */
    question_t **last;
    wonder_t *wonders;
    size_t wonder_cnt;
    size_t wonder_cap;
    lq_outcome_t *outcomes;
    size_t outcome_cnt;
    size_t outcome_cap;

    uint64_t event_mono_ns;    /* when the engine was given the event at hand */
    uint64_t received_mono_ns; /* its bytes */
    uint64_t head_blk;         /* the newest that the engine was given */
    uint64_t head_sec;         /* its own time */
    bool counted;              /* something was taken in it, and the former counted */
    bool telling;              /* funds of our own */
    bool counts_coins;         /* the inventory names them */
    bool by_call_said;
};

static lq_time_t now(void)
{
    return lq_clock_now(lq_clock_system());
}

/* Makes room for one more than CNT of the items at *P; false where there is none. */
static bool grow(void **p, size_t *cap, size_t cnt, size_t item_sz)
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

/* ---- what the nodes are asked */

static size_t input_sz_of(const lq_dry_question_t *q, size_t tx_cnt)
{
    size_t sz = 0;
    for (size_t i = 0; i < tx_cnt; i++)
        sz += q->txs[i].input_sz;
    return sz;
}

/* Room for Q and all that it points to, in one piece. NULL: no memory. */
static question_t *make_question(const lq_dry_question_t *q, size_t tx_cnt, uint8_t **input)
{
    size_t sz = sizeof(question_t) + q->intent_cnt * (sizeof(uint64_t) + sizeof(size_t)) +
                tx_cnt * (sizeof(const char *) + sizeof(lq_simulate_tx_t)) + input_sz_of(q, tx_cnt);
    question_t *own = calloc(1, sz);
    if (!own)
        return NULL;
    own->txs = (lq_simulate_tx_t *)(own + 1);
    own->intents = (uint64_t *)(own->txs + tx_cnt);
    own->tx_cnts = (size_t *)(own->intents + q->intent_cnt);
    own->whys = (const char **)(own->tx_cnts + q->intent_cnt);
    *input = (uint8_t *)(own->whys + tx_cnt);
    return own;
}

static lq_wei_t max_fee_of(const lq_header_t *block, const lq_wei_t *tip)
{
    lq_wei_t fee = block->base_fee_wei;
    if (lq_wei_add_checked(&fee, &block->base_fee_wei, tip))
        return fee;
    return fee;
}

static question_t *copy_question(const lq_dry_shell_t *s, const lq_dry_question_t *q)
{
    uint8_t *input;
    size_t tx_cnt = 0;
    for (size_t i = 0; i < q->intent_cnt; i++)
        tx_cnt += q->tx_cnts[i];
    question_t *own = make_question(q, tx_cnt, &input);
    if (!own)
        return NULL;
    own->id = q->id;
    own->parent = q->parent;
    own->block = q->block;
    own->intent_cnt = q->intent_cnt;
    own->tx_cnt = tx_cnt;
    memcpy(own->intents, q->intents, q->intent_cnt * sizeof(*q->intents));
    memcpy(own->tx_cnts, q->tx_cnts, q->intent_cnt * sizeof(*q->tx_cnts));
    for (size_t i = 0; i < tx_cnt; i++) {
        const lq_read_call_t *tx = &q->txs[i];
        memcpy(input, tx->input, tx->input_sz);
        own->txs[i] = (lq_simulate_tx_t){
            .from = lq_dry_sender,
            .to = tx->to,
            .input = input,
            .input_sz = tx->input_sz,
            .value_wei = q->values_wei[i],
            .gas_limit = TX_GAS,
            .max_fee_wei = max_fee_of(&q->block, &s->settings.config->tip_wei),
            .tip_wei = s->settings.config->tip_wei,
        };
        input += tx->input_sz;
    }
    return own;
}

static void on_question(void *ctx, const lq_dry_question_t *q)
{
    lq_dry_shell_t *s = ctx;
    question_t *own = copy_question(s, q);
    if (!own) { /* it is given up when it has had its time */
        LQ_LOG(s->settings.log, LQ_LOG_ERROR, "app", "out of memory: a simulation is left out");
        return;
    }
    *s->last = own;
    s->last = &own->next;
}

/* Takes the question at *AT out and frees it. */
static void end_question(lq_dry_shell_t *s, question_t **at)
{
    question_t *q = *at;
    *at = q->next;
    if (s->last == &q->next)
        s->last = at;
    free(q);
}

static const taken_t *taken_of(const lq_dry_shell_t *s, uint64_t intent)
{
    const taken_t *taken = &s->taken[intent % INTENT_MAX];
    return taken->intent == intent ? taken : NULL;
}

/* Whom MOVES of an intent of INSTANCE are for. */
static const lq_address_t *target_of(const lq_dry_shell_t *s, uint32_t instance)
{
    return &s->state->instances[instance].config.contract;
}

/* Notes which of Q's transactions cannot be tried; false where that has to wait. */
static bool is_ready(lq_dry_shell_t *s, question_t *q)
{
    const char **why = q->whys;
    for (size_t i = 0; i < q->intent_cnt; why += q->tx_cnts[i++]) {
        const taken_t *taken = taken_of(s, q->intents[i]);
        const char *said = "too many intents came behind it";
        lq_dry_ready_t ready =
            taken ? lq_dry_overrides_ready(s->overrides, &said, &taken->moves,
                                           target_of(s, taken->instance), &q->block, &q->parent)
                  : LQ_DRY_NEVER;
        if (ready == LQ_DRY_WAIT)
            return false;
        for (size_t k = 0; k < q->tx_cnts[i]; k++)
            why[k] = ready == LQ_DRY_NEVER ? said : NULL;
    }
    return true;
}

/* Moves the transactions of Q that can be tried to the front; how many. */
static size_t pack(const question_t *q, lq_simulate_tx_t *out)
{
    size_t cnt = 0;
    for (size_t i = 0; i < q->tx_cnt; i++)
        if (!q->whys[i])
            out[cnt++] = q->txs[i];
    return cnt;
}

/* All of Q's intents, the executor and the sender. */
static void put_overrides(lq_dry_shell_t *s, const question_t *q)
{
    const char *const *why = q->whys;
    lq_dry_overrides_begin(s->overrides);
    for (size_t i = 0; i < q->intent_cnt; why += q->tx_cnts[i++]) {
        const taken_t *taken = taken_of(s, q->intents[i]);
        if (taken && q->tx_cnts[i] && !why[0])
            lq_dry_overrides_add(s->overrides, &s->purse, &taken->moves,
                                 target_of(s, taken->instance));
    }
}

/* Transactions that stand behind one another in one block may be more than it has room for. */
static uint64_t gas_limit_of(const question_t *q, size_t tx_cnt)
{
    uint64_t gas = TX_GAS * tx_cnt;
    return q->block.gas_limit > gas ? q->block.gas_limit : gas;
}

/* None of Q's transactions can be tried. */
static void answer_never(lq_dry_shell_t *s, const question_t *q)
{
    lq_dry_result_t results[TX_MAX];
    memset(results, 0, sizeof(results));
    for (size_t i = 0; i < q->tx_cnt; i++)
        results[i].why = q->whys[i];
    lq_dry_run_tried(s->dry, q->id, LQ_OK, "", results, q->tx_cnt);
}

/* Asks the nodes what Q does; false where it has to be asked later. Q may have ended. */
static bool ask(lq_dry_shell_t *s, question_t *q)
{
    lq_simulate_tx_t txs[TX_MAX];
    if (q->tx_cnt > TX_MAX) {
        lq_dry_run_tried(s->dry, q->id, LQ_ERR_TOO_LONG, "too many transactions for one block",
                         NULL, 0);
        return true;
    }
    if (!is_ready(s, q))
        return false;
    lq_simulate_ask_t ask = {.parent = q->parent, .block = q->block, .txs = txs};
    ask.tx_cnt = pack(q, txs);
    if (!ask.tx_cnt) {
        answer_never(s, q);
        return true;
    }
    ask.block.gas_limit = gas_limit_of(q, ask.tx_cnt);
    put_overrides(s, q);
    ask.overrides = lq_dry_overrides_list(s->overrides, &ask.override_cnt);
    lq_err_t err = lq_simulate_ask(s->simulate, q->id, &ask);
    if (err == LQ_ERR_FULL)
        return false;
    if (err) {
        lq_dry_run_tried(s->dry, q->id, err, lq_err_str(err), NULL, 0);
        return true;
    }
    q->asked = true;
    q->asked_mono_ns = now().mono_ns;
    return true;
}

/* Nobody waits for the answer any more. */
static bool is_stale(const lq_dry_shell_t *s, const question_t *q)
{
    return s->head_blk > q->block.block.number + PATIENCE_BLK;
}

static void ask_all(lq_dry_shell_t *s)
{
    for (question_t **at = &s->questions; *at;) {
        question_t *q = *at;
        if (!q->asked && (is_stale(s, q) || (ask(s, q) && !q->asked)))
            end_question(s, at);
        else
            at = &q->next;
    }
}

/* ---- and answer */

/* Adds what LOG tells of a liquidation of TAKEN's account. */
static void add_liquidated(const lq_dry_shell_t *s, lq_dry_result_t *result, const taken_t *taken,
                           const lq_evm_log_t *log)
{
    const lq_ledger_t *ledger = lq_sync_ledger(s->state->sync);
    lq_liquidation_log_t told;
    if (!s->state->instances[taken->instance].adapter->liquidated(
            lq_sync_self(s->state->sync, taken->instance), &told, log) ||
        told.account == LQ_LEDGER_NONE)
        return;
    lq_account_t account = lq_ledger_account(ledger, told.account);
    if (memcmp(&account.owner, &taken->borrower, sizeof(account.owner)) != 0)
        return;
    result->repaid = lq_u256_add_wrap(&result->repaid, &told.repaid);
    result->seized = lq_u256_add_wrap(&result->seized, &told.seized);
}

static lq_dry_result_t result_of(const lq_dry_shell_t *s, const lq_simulate_result_t *r,
                                 const taken_t *taken)
{
    lq_dry_result_t result = {
        .known = r->known,
        .ok = r->ok,
        .gas = r->gas,
        .data = r->data,
        .data_sz = r->data_sz,
        .has_logs = r->has_logs,
        .logs = r->logs,
        .log_cnt = r->log_cnt,
    };
    for (size_t i = 0; taken && r->ok && i < r->log_cnt; i++)
        add_liquidated(s, &result, taken, &r->logs[i]);
    return result;
}

/* Gives what came of Q to the machine. */
static void tell_results(lq_dry_shell_t *s, const question_t *q, const lq_simulate_answer_t *answer)
{
    lq_dry_result_t results[TX_MAX];
    size_t at = 0;
    size_t told = 0;
    memset(results, 0, sizeof(results));
    for (size_t i = 0; i < q->intent_cnt; i++) {
        const taken_t *taken = taken_of(s, q->intents[i]);
        for (size_t k = 0; k < q->tx_cnts[i]; k++, at++) {
            results[at].why = q->whys[at];
            if (!q->whys[at])
                results[at] = result_of(s, &answer->results[told++], taken);
        }
    }
    lq_dry_run_tried(s->dry, q->id, LQ_OK, "", results, q->tx_cnt);
}

static void say_by_call(lq_dry_shell_t *s)
{
    s->settings.report->by_call = true;
    if (s->by_call_said)
        return;
    s->by_call_said = true;
    LQ_LOG(
        s->settings.log, LQ_LOG_WARN, "app",
        "no node has eth_simulateV1: transactions are tried by eth_call, which tells whether one "
        "reverts, not its gas and tokens");
}

static void on_simulated(void *ctx, const lq_simulate_answer_t *answer)
{
    lq_dry_shell_t *s = ctx;
    question_t **at = &s->questions;
    if (answer->by_call && !answer->err)
        say_by_call(s);
    if (lq_dry_overrides_answer(s->overrides, answer))
        return;
    while (*at && ((*at)->id != answer->id || !(*at)->asked))
        at = &(*at)->next;
    if (!*at)
        return;
    const question_t *q = *at;
    lq_hist_record(&s->settings.report->simulated, now().mono_ns - q->asked_mono_ns);
    if (answer->err)
        lq_dry_run_tried(s->dry, q->id, answer->err,
                         answer->why[0] ? answer->why : lq_err_str(answer->err), NULL, 0);
    else if (answer->by_call && q->intent_cnt > 1)
        lq_dry_run_apart(s->dry, q->id);
    else
        tell_results(s, q, answer);
    end_question(s, at); /* what it made be asked stands behind it */
}

/* ---- what others paid */

static void on_wonder(void *ctx, uint64_t id, const lq_hash_t *tx_hash, const lq_header_t *header)
{
    lq_dry_shell_t *s = ctx;
    void *p = s->wonders;
    bool room = grow(&p, &s->wonder_cap, s->wonder_cnt, sizeof(*s->wonders));
    s->wonders = p;
    if (room)
        s->wonders[s->wonder_cnt++] = (wonder_t){id, *tx_hash, *header};
}

/* The tip per gas, PAID's direct payment spread over its gas. */
static lq_wei_t tip_of(const lq_simulate_paid_t *paid)
{
    lq_u256_t gas = lq_u256_from_u64(paid->gas);
    lq_u256_t share;
    lq_wei_t tip = paid->tip_wei;
    if (!paid->has_payment || lq_u256_div_checked(&share, &paid->payment_wei.raw, &gas) ||
        lq_u256_add_checked(&tip.raw, &paid->tip_wei.raw, &share))
        return paid->tip_wei;
    return tip;
}

static void on_paid(void *ctx, uint64_t id, const lq_simulate_paid_t *paid)
{
    lq_dry_shell_t *s = ctx;
    lq_dry_rival_t rival = {.known = true};
    if (!paid->err) {
        rival.has_tip = true;
        rival.tip_wei = tip_of(paid);
        rival.has_payment = paid->has_payment;
        rival.payment_wei = paid->payment_wei;
    }
    lq_dry_run_rival(s->dry, id, &rival);
}

static void ask_wonders(lq_dry_shell_t *s)
{
    size_t done = 0;
    for (; done < s->wonder_cnt; done++) {
        wonder_t w = s->wonders[done];
        lq_err_t err = lq_simulate_paid(s->simulate, w.id, &w.tx_hash, &w.block, on_paid, s);
        if (err == LQ_ERR_FULL)
            break;
        if (err)
            on_paid(s, w.id, &(lq_simulate_paid_t){.err = err});
    }
    s->wonder_cnt -= done;
    memmove(s->wonders, s->wonders + done, s->wonder_cnt * sizeof(*s->wonders));
}

/* ---- what the engine is told */

static void on_outcome(void *ctx, const lq_outcome_t *outcome)
{
    lq_dry_shell_t *s = ctx;
    void *p = s->outcomes;
    bool room = grow(&p, &s->outcome_cap, s->outcome_cnt, sizeof(*s->outcomes));
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
    ask_all(s);
    ask_wonders(s);
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
    const taken_t *taken = taken_of(s, row->intent);
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
    lq_dry_report_booked(r, row, final, now().wall_ns);
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
        lq_dry_report_print_unbooked(s->settings.out, r, entry, now().wall_ns);
    lq_dry_report_unbooked(r, intent);
}

/* ---- what the engine asks */

/* Our own price of TOKEN, by which it was decided; false: none. */
static bool price_of(const lq_dry_shell_t *s, lq_quote_t *quote, const lq_address_t *token,
                     uint8_t decimals)
{
    const lq_oracles_t *oracles = lq_sync_oracles(s->state->sync);
    lq_value_limits_t limits = lq_state_limits(s->settings.config);
    lq_value_t value;
    for (uint32_t i = 0; i < lq_oracles_token_cnt(oracles); i++) {
        if (memcmp(&lq_oracles_token(oracles, i)->address, token, sizeof(*token)) != 0)
            continue;
        if (lq_oracles_value(oracles, &value, i, &limits) != LQ_VALUE_FRESH)
            return false;
        *quote = (lq_quote_t){.price_wad = value.price_wad, .decimals = decimals};
        return true;
    }
    return false;
}

/* Adds the price of FACTOR's token to the CNT at PRICES, where it is not there. */
static size_t add_price(lq_dry_shell_t *s, lq_dry_price_t prices[LQ_DRY_MOVE_MAX], size_t cnt,
                        uint16_t factor)
{
    uint8_t decimals;
    lq_address_t token = lq_state_token(s->state, factor, &decimals);
    for (size_t i = 0; i < cnt; i++)
        if (memcmp(&prices[i].token, &token, sizeof(token)) == 0)
            return cnt;
    prices[cnt].token = token;
    name_token(s, &token);
    return price_of(s, &prices[cnt].quote, &token, decimals) ? cnt + 1 : cnt;
}

static void add_move(lq_dry_shell_t *s, lq_dry_moves_t *moves, uint16_t factor,
                     const lq_u256_t *amount, bool spent)
{
    uint8_t decimals;
    lq_address_t token = lq_state_token(s->state, factor, &decimals);
    moves->moves[moves->cnt++] = (lq_dry_move_t){token, *amount, spent};
}

static void keep_taken(lq_dry_shell_t *s, const lq_action_take_t *take)
{
    taken_t *taken = &s->taken[take->intent % INTENT_MAX];
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
    lq_time_t time = now();
    if (s->head_sec && time.wall_ns / SEC_NS >= s->head_sec)
        lq_hist_record(&r->aged, time.wall_ns - s->head_sec * SEC_NS);
    if (!s->counted && s->event_mono_ns >= s->received_mono_ns)
        lq_hist_record(&r->given, s->event_mono_ns - s->received_mono_ns);
    s->counted = true;
    lq_hist_record(&r->decided, time.mono_ns - s->event_mono_ns);
}

static void on_take(lq_dry_shell_t *s, const lq_action_take_t *take)
{
    lq_dry_price_t prices[LQ_DRY_MOVE_MAX];
    lq_quote_t coin = {.decimals = LQ_VALUE_DECIMALS};
    lq_address_t coin_token = lq_config_address(s->settings.config->coin_token);
    size_t cnt = 0;
    count_latency(s);
    for (size_t i = 0; i < take->plan->step_cnt; i++) {
        cnt = add_price(s, prices, cnt, take->plan->steps[i].call.pair.debt);
        cnt = add_price(s, prices, cnt, take->plan->steps[i].call.pair.collateral);
    }
    keep_taken(s, take);
    lq_dry_moment_t moment = {now().mono_ns, lq_follow_head(s->settings.follow)};
    if (s->settings.out)
        lq_dry_report_print_asked(s->settings.out, s->settings.report, take, now().wall_ns);
    if (price_of(s, &coin, &coin_token, LQ_VALUE_DECIMALS))
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
    lq_dry_report_candidate(s->settings.report, c, known, has_id ? &id : NULL, now().wall_ns);
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
    s->event_mono_ns = now().mono_ns;
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
        .intent_max = INTENT_MAX,
        .sender = lq_dry_sender,
        .executor = s->executor,
        .owner = lq_dry_owner,
        .patience_blk = PATIENCE_BLK,
    };
    lq_dry_sink_t sink = {
        .ctx = s,
        .simulate = on_question,
        .rival = on_wonder,
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
        .tx_max = TX_MAX,
        .input_max = INPUT_MAX,
        .log_max = LOG_MAX,
        .output_max = OUTPUT_MAX,
        .timeout_ns = ASK_WAIT_NS,
    };
    lq_dry_run_config_t machine = {.intent_max = INTENT_MAX};
    lq_err_t err = lq_arena_init(&s->arena, ARENA_SZ + lq_dry_run_arena_sz(&machine));
    if (!err)
        err = open_machine(s);
    if (!err)
        err = lq_simulate_new(&s->simulate, &s->arena, s->settings.log,
                              lq_follow_pool(s->settings.follow), &simulate, on_simulated, s);
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
    while (s->questions)
        end_question(s, &s->questions);
    free(s->wonders);
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
    r->now_wall_ns = now().wall_ns;
}

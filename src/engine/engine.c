#include "liqd/engine/engine.h"

#include <string.h>

#include "liqd/decide/executor.h"

#include "engine_internal.h"

#define SEC_NS          UINT64_C(1000000000)
#define SPARE_SZ        16384u /* alignment of what is taken */
#define CANDIDATE_LIMIT ((size_t)1 << 20)
#define INFLIGHT_LIMIT  1024u
#define TARGET_LIMIT    16u
#define NOTES_PER_ROW   4u
#define NOTE_MIN        1024u
#define TOKEN_SPARE     256u
#define MAP_ENTRY_SZ    48u
#define MAP_SZ          256u
#define CALL_SZ         LQ_EXECUTOR_INPUT_MAX /* of one call of a protocol, at most */

/* The part of a sizing that is no try. */
#define SIZING_WORK 4u

/* Of a protocol that was never measured: more than any that was. */
static const lq_gas_floor_t unmeasured = {
    .call = 600000, .further_call = 500000, .leg = 40000, .pool = 200000, .flash = 200000};

/* ---- making it ---- */

static bool is_in_range(const lq_engine_config_t *c)
{
    return c->candidate_max >= 1 && c->candidate_max <= CANDIDATE_LIMIT && c->inflight_max >= 1 &&
           c->inflight_max <= INFLIGHT_LIMIT && c->target_blk >= 1 &&
           c->target_blk <= TARGET_LIMIT && c->sync.instance_cnt <= LQ_SYNC_INSTANCE_MAX &&
           c->slippage_bps <= ENGINE_BPS && c->slice_work >= 1;
}

/* What a flash loan is repaid by happens within its transaction. */
static bool lacks_executor(const lq_engine_config_t *c)
{
    for (size_t i = 0; !engine_has_executor(c) && i < c->sync.instance_cnt; i++)
        if (!c->markets[i].off && c->markets[i].funding == LQ_FUNDING_FLASH)
            return true;
    return false;
}

static size_t note_max(const lq_engine_config_t *c)
{
    size_t n = NOTE_MIN;
    while (n < NOTES_PER_ROW * c->candidate_max)
        n *= 2;
    return n;
}

static size_t token_max(const lq_engine_config_t *c)
{
    return c->sync.oracles.oracle_max + TOKEN_SPARE;
}

static size_t marks_sz(const lq_engine_config_t *c)
{
    return (c->sync.ledger.account_max + 63) / 64 * sizeof(uint64_t);
}

static size_t own_sz(const lq_engine_config_t *c)
{
    size_t row =
        sizeof(engine_row_t) + sizeof(engine_offer_t) + 2 * sizeof(uint32_t); /* closing, looks */
    return sizeof(lq_engine_t) + c->candidate_max * row + engine_win_max(c) * sizeof(engine_win_t) +
           c->sync.ledger.account_max * sizeof(uint32_t) +
           note_max(c) * (sizeof(engine_note_t) + sizeof(uint32_t)) +
           token_max(c) * (sizeof(engine_token_t) + MAP_ENTRY_SZ) + MAP_SZ +
           c->sync.ledger.factor_max * sizeof(engine_factor_t) + 2 * sizeof(lq_trial_t) +
           sizeof(lq_sizing_room_t) + sizeof(engine_view_t) +
           lq_book_shift_max(c->sync.oracles.oracle_max) * sizeof(lq_price_shift_t) + marks_sz(c) +
           LQ_PLAN_STEP_MAX * (2 * (sizeof(lq_read_call_t) + CALL_SZ) + LQ_EXECUTOR_SZ_MAX) +
           engine_intent_max(c) * (sizeof(engine_intent_t) + sizeof(engine_swaps_t)) + SPARE_SZ;
}

size_t lq_engine_arena_sz(const lq_engine_config_t *config)
{
    size_t sync = lq_sync_arena_sz(&config->sync);
    if (!sync || !is_in_range(config))
        return 0;
    return sync + own_sz(config) + lq_gas_arena_sz(config->gas_kind_max) + 2 * lq_limits_arena_sz();
}

static bool take_rows(lq_engine_t *e, lq_arena_t *arena)
{
    const lq_engine_config_t *c = &e->config;
    e->note_max = note_max(c);
    e->touched_max = e->note_max;
    e->rows = lq_arena_alloc(arena, c->candidate_max * sizeof(*e->rows), 64);
    e->offers = lq_arena_alloc(arena, c->candidate_max * sizeof(*e->offers), 16);
    e->wins = lq_arena_alloc(arena, engine_win_max(c) * sizeof(*e->wins), 16);
    e->closing = lq_arena_alloc(arena, c->candidate_max * sizeof(*e->closing), 16);
    e->looks = lq_arena_alloc(arena, c->candidate_max * sizeof(*e->looks), 16);
    e->row_of = lq_arena_alloc(arena, c->sync.ledger.account_max * sizeof(*e->row_of), 64);
    e->notes = lq_arena_alloc(arena, e->note_max * sizeof(*e->notes), 16);
    e->touched = lq_arena_alloc(arena, e->touched_max * sizeof(*e->touched), 16);
    if (!e->rows || !e->offers || !e->wins || !e->closing || !e->looks || !e->row_of || !e->notes ||
        !e->touched)
        return false;
    memset(e->row_of, 0, c->sync.ledger.account_max * sizeof(*e->row_of));
    return true;
}

static bool take_calls(lq_calls_t *calls, lq_arena_t *arena)
{
    calls->call_max = LQ_PLAN_STEP_MAX;
    calls->data_max = (size_t)LQ_PLAN_STEP_MAX * CALL_SZ;
    calls->calls = lq_arena_alloc(arena, calls->call_max * sizeof(*calls->calls), 16);
    calls->data = lq_arena_alloc(arena, calls->data_max, 16);
    return calls->calls && calls->data;
}

static bool take_view(lq_engine_t *e, lq_arena_t *arena)
{
    size_t shift_max = lq_book_shift_max(e->config.sync.oracles.oracle_max);
    e->seen = lq_arena_alloc(arena, sizeof(*e->seen), 64);
    if (!e->seen)
        return false;
    memset(e->seen, 0, sizeof(*e->seen));
    e->seen->shifts = lq_arena_alloc(arena, shift_max * sizeof(*e->seen->shifts), 16);
    e->seen->marks = lq_arena_alloc(arena, marks_sz(&e->config), 64);
    return e->seen->shifts && e->seen->marks;
}

static bool take_memory(lq_engine_t *e, lq_arena_t *arena)
{
    const lq_engine_config_t *c = &e->config;
    e->token_max = token_max(c);
    e->tokens = lq_arena_alloc(arena, e->token_max * sizeof(*e->tokens), 64);
    e->factors = lq_arena_alloc(arena, c->sync.ledger.factor_max * sizeof(*e->factors), 16);
    e->trial = lq_arena_alloc(arena, sizeof(*e->trial), 64);
    e->tried = lq_arena_alloc(arena, sizeof(*e->tried), 64);
    e->room = lq_arena_alloc(arena, sizeof(*e->room), 64);
    e->intents = lq_arena_alloc(arena, engine_intent_max(c) * sizeof(*e->intents), 64);
    e->swaps_of = lq_arena_alloc(arena, engine_intent_max(c) * sizeof(*e->swaps_of), 64);
    e->inputs = lq_arena_alloc(arena, (size_t)LQ_PLAN_STEP_MAX * LQ_EXECUTOR_SZ_MAX, 64);
    if (!e->tokens || !e->factors || !e->trial || !e->tried || !e->room || !e->intents ||
        !e->swaps_of || !e->inputs || !take_calls(&e->calls, arena) ||
        !take_calls(&e->guards, arena))
        return false;
    e->room->work = 0;
    memset(e->intents, 0, engine_intent_max(c) * sizeof(*e->intents));
    memset(e->swaps_of, 0,
           engine_intent_max(c) * sizeof(*e->swaps_of)); /* no page first when taking */
    memset(e->factors, 0, c->sync.ledger.factor_max * sizeof(*e->factors));
    return take_rows(e, arena) && take_view(e, arena);
}

static lq_err_t make_parts(lq_engine_t *e, lq_arena_t *arena)
{
    const lq_engine_config_t *c = &e->config;
    lq_err_t err =
        lq_map_new(&e->token_map, arena, sizeof(lq_address_t), e->token_max, c->sync.seed);
    if (!err)
        err = lq_gas_new(&e->gas, arena, c->gas_kind_max, c->sync.seed);
    if (!err)
        err = lq_limits_new(&e->limits, arena, &c->limits, c->sync.seed);
    if (!err)
        err = lq_limits_new(&e->spare_limits, arena, &c->limits, c->sync.seed);
    lq_sync_sink_t sink = engine_sink(e);
    if (!err)
        err = lq_sync_new(&e->sync, arena, &c->sync, &sink);
    if (err)
        return err;
    e->ledger = lq_sync_ledger(e->sync);
    e->oracles = lq_sync_oracles(e->sync);
    e->book = lq_sync_book(e->sync);
    e->venues = lq_sync_venues(e->sync);
    e->own_swaps = lq_venues_swaps(e->venues);
    if (!e->swaps)
        e->swaps = &e->own_swaps;
    e->now_swaps = e->swaps;
    e->coin = engine_token(e, &c->coin_token);
    for (uint32_t i = 0; i < c->sync.instance_cnt; i++) {
        e->markets[i] = c->markets[i];
        e->floors[i] = lq_gas_floor_of(engine_adapter(e, i)->name);
        if (!e->floors[i])
            e->floors[i] = &unmeasured;
    }
    return LQ_OK;
}

lq_err_t lq_engine_new(lq_engine_t **engine, lq_arena_t *arena, const lq_engine_config_t *config,
                       const lq_swaps_t *swaps, lq_action_fn_t *fn, void *ctx)
{
    if (!is_in_range(config) || lacks_executor(config))
        return LQ_ERR_RANGE;
    lq_engine_t *e = lq_arena_alloc(arena, sizeof(*e), 64);
    if (!e)
        return LQ_ERR_NOMEM;
    memset(e, 0, sizeof(*e));
    e->config = *config;
    e->swaps = swaps;
    e->fn = fn;
    e->ctx = ctx;
    e->next_intent = 1;
    e->plan_account = ENGINE_NONE;
    e->kept.account = ENGINE_NONE;
    if (!take_memory(e, arena))
        return LQ_ERR_NOMEM;
    lq_err_t err = make_parts(e, arena);
    if (err)
        return err;
    e->config.markets = e->markets;
    *engine = e;
    return LQ_OK;
}

lq_err_t lq_engine_retune(lq_engine_t *e, const lq_engine_config_t *config)
{
    if (!is_in_range(config))
        return LQ_ERR_RANGE;
    lq_err_t err = lq_limits_configure(e->limits, &config->limits);
    if (!err && e->spare_limits)
        err = lq_limits_configure(e->spare_limits, &config->limits);
    if (err)
        return err;
    e->config.limits = config->limits;
    e->config.value = config->value;
    e->config.tip_wei = config->tip_wei;
    e->config.bid = config->bid;
    e->config.min_profit_usd = config->min_profit_usd;
    e->config.min_profit_bps = config->min_profit_bps;
    e->config.slippage_bps = config->slippage_bps;
    return LQ_OK;
}

/* ---- what the book tells while it takes an event ---- */

void engine_went_back(lq_engine_t *e, uint64_t blk)
{
    if (!e->went_back || blk < e->back_blk)
        e->back_blk = blk;
    e->went_back = true;
    engine_note_back(e, blk);
}

void engine_rebuilt(lq_engine_t *e)
{
    e->rebuilt = true;
    e->scan = true;
    e->note_from = e->note_at;
    e->has_lost_note = false;
    engine_heads_cut(e, 0);
}

void engine_followed(lq_engine_t *e, uint64_t from_blk)
{
    engine_heads_cut(e, from_blk);
    if (e->top_blk >= from_blk)
        e->top_blk = from_blk - 1;
    if (e->complete_blk >= from_blk)
        e->complete_blk = from_blk - 1;
}

/* ---- events ---- */

static uint64_t max_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static void on_head(lq_engine_t *e, const lq_event_t *event)
{
    const lq_header_t *header = event->as.head;
    e->top_blk = max_u64(e->top_blk, header->block.number);
    lq_sync_event(e->sync, event);
    lq_sync_stat_t stat = lq_sync_stat(e->sync);
    if (stat.phase != LQ_SYNC_FOLLOWING ||
        memcmp(&stat.top.hash, &header->block.hash, sizeof(stat.top.hash)) != 0)
        return;
    engine_head_push(e, header);
    engine_expire(e);
    if (e->row_cnt < e->config.candidate_max &&
        lq_book_stat(e->book).tier_cnt[LQ_TIER_LIQUIDATABLE] > e->row_cnt)
        e->scan = true;
}

static void on_log(lq_engine_t *e, const lq_event_t *event)
{
    if (e->row_cnt)
        engine_rival(e, event->as.log);
    e->top_blk = max_u64(e->top_blk, event->as.log->block.number);
    e->ground = event->as.log->block;
    lq_sync_event(e->sync, event);
}

static void on_undone(lq_engine_t *e, const lq_event_t *event)
{
    uint64_t number = event->as.block.number;
    lq_sync_event(e->sync, event);
    engine_head_pop(e, &event->as.block);
    engine_forget_rivals(e, number);
    if (number) {
        e->top_blk = min_u64(e->top_blk, number - 1);
        e->complete_blk = min_u64(e->complete_blk, number - 1);
    }
}

/* From another place than where it stood. */
static void on_start(lq_engine_t *e, const lq_event_t *event)
{
    if (event->kind == LQ_EVENT_BEGIN)
        lq_sync_begin(e->sync, event->as.head);
    else
        lq_sync_resume(e->sync);
    lq_sync_stat_t stat = lq_sync_stat(e->sync);
    e->top_blk = max_u64(e->top_blk, stat.top.number);
    e->complete_blk = stat.complete.number;
    e->scan = true;
}

static void on_searched(lq_engine_t *e, const lq_searched_t *searched)
{
    if (searched->done)
        lq_sync_searched(e->sync, searched->instance);
    else
        lq_sync_search_at(e->sync, searched->instance, searched->next_blk);
}

static void on_command(lq_engine_t *e, const lq_command_t *command)
{
    switch (command->kind) {
    case LQ_COMMAND_PAUSE:
        lq_limits_set_pause(e->limits, true);
        break;
    case LQ_COMMAND_RESUME:
        lq_limits_resume(e->limits);
        break;
    case LQ_COMMAND_RESTART:
        if (command->instance < e->config.sync.instance_cnt)
            lq_sync_restart(e->sync, command->instance);
        break;
    case LQ_COMMAND_CNT:
        break;
    }
}

static void give(lq_engine_t *e, const lq_event_t *event)
{
    switch (event->kind) {
    case LQ_EVENT_HEAD:
        on_head(e, event);
        break;
    case LQ_EVENT_LOG:
        on_log(e, event);
        break;
    case LQ_EVENT_BLOCK:
        lq_sync_event(e->sync, event);
        e->complete_blk = max_u64(e->complete_blk, event->as.block.number);
        break;
    case LQ_EVENT_UNDONE:
        on_undone(e, event);
        break;
    case LQ_EVENT_BROKEN:
    case LQ_EVENT_READ:
        lq_sync_event(e->sync, event);
        break;
    case LQ_EVENT_BEGIN:
    case LQ_EVENT_RESUME:
        on_start(e, event);
        break;
    case LQ_EVENT_FOUND:
        lq_sync_found(e->sync, event->as.found.instance, event->as.found.log);
        break;
    case LQ_EVENT_SEARCHED:
        on_searched(e, &event->as.searched);
        break;
    case LQ_EVENT_COMMAND:
        on_command(e, &event->as.command);
        break;
    case LQ_EVENT_FUNDS:
        engine_funds(e, event->as.funds);
        break;
    case LQ_EVENT_OUTCOME:
        engine_outcome(e, event->as.outcome);
        break;
    case LQ_EVENT_PENDING:
    case LQ_EVENT_TIMER:
    case LQ_EVENT_GO_ON:
    case LQ_EVENT_CNT:
        break;
    }
}

/* ---- what follows from it ---- */

bool engine_is_open(const lq_engine_t *e, const engine_row_t *row)
{
    return row->intent == ENGINE_NONE && !row->won && !row->closing &&
           e->complete_blk >= row->wait_blk && engine_can_liquidate(e, row);
}

static void bind_prices(lq_engine_t *e, const lq_event_t *event)
{
    if (e->went_back || e->rebuilt)
        engine_forget_factors(e);
    if (!e->config.protocol_prices)
        return;
    if (e->went_back || e->rebuilt || event->kind == LQ_EVENT_BLOCK ||
        lq_ledger_factor_cnt(e->ledger) != e->bound_cnt)
        engine_bind_prices(e);
}

static void tell_limits(lq_engine_t *e)
{
    for (unsigned i = 0; i < LQ_LIMIT_CNT; i++) {
        lq_hold_t hold = {.limit = (lq_limit_t)i};
        bool holds = lq_limits_holding(e->limits, &hold, (lq_limit_t)i, e->now_sec) ||
                     engine_limit_sees(e, (lq_limit_t)i);
        if (holds == e->limit_holds[i])
            continue;
        e->limit_holds[i] = holds;
        engine_emit(e, &(lq_action_t){.kind = LQ_ACTION_LIMIT, .as.limit = {hold, holds}});
    }
}

static bool moves_time(lq_event_kind_t kind)
{
    return kind == LQ_EVENT_HEAD || kind == LQ_EVENT_TIMER || kind == LQ_EVENT_COMMAND;
}

static size_t work_of(const lq_engine_t *e)
{
    return e->room->work + SIZING_WORK * e->stat.size_cnt;
}

bool engine_is_slice_over(const lq_engine_t *e)
{
    return work_of(e) - e->slice_work >= e->config.slice_work;
}

/* Nothing has happened: the logs of a transaction may still be coming one by one. */
static void go_on(lq_engine_t *e)
{
    if (e->offer_cnt)
        engine_choose(e);
    engine_review(e);
}

static void happen(lq_engine_t *e, const lq_event_t *event)
{
    e->stand_cnt++;
    engine_settle_lanes(e);
    if (moves_time(event->kind))
        lq_limits_tell_time(e->limits, e->now_sec);
    if (e->closing_cnt)
        engine_close(e, event);
    uint64_t move_cnt = e->live_cnt ? lq_book_stat(e->book).move_cnt : 0;
    give(e, event);
    bind_prices(e, event);
    if (e->scan || e->touched_cnt)
        engine_settle(e, event);
    if (event->kind == LQ_EVENT_HEAD)
        engine_want_dust(e);
    if (event->kind == LQ_EVENT_HEAD || event->kind == LQ_EVENT_UNDONE)
        engine_want_live(e);
    else if (e->live_cnt && (e->went_back || lq_book_stat(e->book).move_cnt != move_cnt))
        engine_want_moved(e);
    if (event->kind == LQ_EVENT_BLOCK)
        engine_want_waiting(e, event->as.block.number);
    if (moves_time(event->kind))
        tell_limits(e);
    if (e->look_any)
        engine_choose(e);
    if (event->kind == LQ_EVENT_BLOCK) {
        engine_want_review(e, event->as.block.number);
        engine_review(e);
    }
    e->went_back = false;
    e->rebuilt = false;
}

void lq_engine_event(lq_engine_t *e, const lq_event_t *event)
{
    LQ_ASSERT(!e->seen->on && !e->seen->spent);
    e->event_cnt++;
    e->round_cnt++;
    e->slice_work = work_of(e);
    e->now_sec = event->time.wall_ns / SEC_NS;
    if (event->kind == LQ_EVENT_GO_ON)
        go_on(e);
    else
        happen(e, event);
}

bool lq_engine_is_deciding(const lq_engine_t *e)
{
    return e->offer_cnt || engine_is_reviewing(e);
}

/* ---- figures ---- */

lq_sync_t *lq_engine_sync(const lq_engine_t *e)
{
    return e->sync;
}

lq_engine_stat_t lq_engine_stat(const lq_engine_t *e)
{
    return e->stat;
}

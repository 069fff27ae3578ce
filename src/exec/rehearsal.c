#include "liqd/exec/rehearsal.h"

#include <string.h>

#include "liqd/codec/json_write.h"
#include "liqd/codec/keccak.h"
#include "liqd/exec/tx_manager.h"
#include "liqd/keys/signer.h"

#define CHAIN_ID 1u
#define INPUT_SZ \
    580u /* what a liquidation through the executor, with a flash loan and a swap, has */
#define RAW_SZ  (INPUT_SZ + 140u)
#define ROOM_SZ 16384u
#define GAS     900000u
#define GWEI    UINT64_C(1000000000)
#define SEC_NS  UINT64_C(1000000000)
#define RATE_NS UINT64_C(1)

struct lq_rehearsal {
    lq_txman_t *manager;
    lq_signer_t *signer;
    lq_tx_signed_t *signed_;
    lq_policy_call_t call;
    lq_header_t head;
    uint64_t round;   /* of all that it was ever given */
    uint64_t sign_id; /* 0: nothing is to be signed */
    uint64_t nonce;   /* of the newest that is */
    bool sent;
    lq_rehearsal_stat_t stat;
    uint8_t input[INPUT_SZ];
    uint8_t raw[RAW_SZ]; /* in place of a signed transaction, which cannot be read unverified */
    uint8_t record[ROOM_SZ];
    char text[2 * RAW_SZ + 64];
};

/* ---- the manager's sink ---- */

static lq_err_t on_record(void *ctx, const lq_tx_record_t *record)
{
    lq_rehearsal_t *r = ctx;
    LQ_ASSERT(lq_tx_record_sz(record) <= sizeof(r->record));
    (void)lq_tx_record_encode(r->record, record);
    return LQ_OK;
}

static void write_text(lq_rehearsal_t *r, const lq_txman_send_t *send)
{
    LQ_ASSERT(send->raw_sz == RAW_SZ);
    char *at = lq_json_put_text(r->text, "[");
    at = lq_json_put_hex(at, send->raw, send->raw_sz);
    (void)lq_json_put_text(at, "]");
    r->sent = true;
}

static void on_action(void *ctx, const lq_txman_action_t *action)
{
    lq_rehearsal_t *r = ctx;
    if (action->kind == LQ_TXMAN_ACTION_SIGN) {
        r->sign_id = action->as.sign->id;
        r->nonce = action->as.sign->nonce;
    } else if (action->kind == LQ_TXMAN_ACTION_SEND) {
        write_text(r, action->as.send);
    }
}

/* ---- its chain ---- */

static void give(lq_rehearsal_t *r, lq_txman_event_t event)
{
    event.time = (lq_time_t){.mono_ns = r->round * SEC_NS, .wall_ns = r->round * SEC_NS};
    lq_txman_event(r->manager, &event);
}

static void give_head(lq_rehearsal_t *r)
{
    r->round++;
    r->head.parent_hash = r->head.block.hash;
    r->head.block.number++;
    memcpy(r->head.block.hash.b, &r->round, sizeof(r->round));
    r->head.timestamp_sec = r->round;
    give(r, (lq_txman_event_t){.kind = LQ_TXMAN_HEAD, .as.head = &r->head});
}

/* So many of its transactions are mined. */
static void give_count(lq_rehearsal_t *r, uint64_t cnt)
{
    const lq_txman_count_t count = {
        .at = r->head.block, .newest_blk = r->head.block.number, .cnt = cnt, .most = cnt};
    give(r, (lq_txman_event_t){.kind = LQ_TXMAN_COUNT, .as.count = &count});
}

/* What was sent is mined, and final: its nonce is done. */
static void give_end(lq_rehearsal_t *r, const lq_hash_t *hash)
{
    const lq_tx_receipt_t receipt = {
        .hash = *hash, .block = r->head.block, .ok = true, .gas = GAS / 2};
    const lq_txman_told_t told = {.hash = *hash, .at = r->head.block, .receipt = &receipt};
    give(r, (lq_txman_event_t){.kind = LQ_TXMAN_TOLD, .as.told = &told});
    give_count(r, r->nonce + 1);
    give(r, (lq_txman_event_t){.kind = LQ_TXMAN_FINALIZED, .as.block = r->head.block});
}

/* ---- a transaction ---- */

static lq_wei_t gwei(uint64_t v)
{
    return (lq_wei_t){lq_u256_from_u64(v * GWEI)};
}

static void give_take(lq_rehearsal_t *r)
{
    const lq_txman_tx_t tx = {
        .to = r->call.to, .input = r->input, .input_sz = sizeof(r->input), .gas_limit = GAS};
    lq_txman_take_t take = {
        .txs = &tx, .tx_cnt = 1, .tip_wei = gwei(1), .most_fee_wei = gwei(100), .ways = 1};
    take.about = (lq_tx_intent_t){.engine_intent = r->round,
                                  .use = LQ_TX_USE_LIQUIDATE,
                                  .target_blk = r->head.block.number + 1,
                                  .last_blk = r->head.block.number + 2,
                                  .tx_cnt = 1,
                                  .step_cnt = 1,
                                  .price_cnt = 2};
    memcpy(take.about.borrower.b, &r->round, sizeof(r->round));
    give(r, (lq_txman_event_t){.kind = LQ_TXMAN_TAKE, .as.take = &take});
}

/* As signed, by bytes that differ in the round's number. */
static lq_hash_t give_signed(lq_rehearsal_t *r)
{
    lq_hash_t hash;
    memcpy(r->raw, &r->round, sizeof(r->round));
    lq_keccak256(hash.b, r->raw, sizeof(r->raw));
    lq_txman_event_t event = {
        .kind = LQ_TXMAN_SIGNED,
        .as.signed_ = {
            .id = r->sign_id, .why = "", .raw = r->raw, .raw_sz = sizeof(r->raw), .hash = hash}};
    r->sign_id = 0;
    give(r, event);
    return hash;
}

void lq_rehearsal_send(lq_rehearsal_t *r)
{
    give_head(r);
    give_take(r);
    LQ_ASSERT(r->sign_id);
    r->sent = false;
    lq_hash_t hash = give_signed(r);
    LQ_ASSERT(r->sent);
    r->stat.sent_cnt++;
    give_end(r, &hash);
}

void lq_rehearsal_sign(lq_rehearsal_t *r)
{
    const lq_tx_t tx = {.chain_id = CHAIN_ID,
                        .nonce = r->stat.signed_cnt,
                        .max_priority_fee_per_gas = gwei(1),
                        .max_fee_per_gas = gwei(30),
                        .gas_limit = GAS,
                        .to = r->call.to,
                        .data = r->input,
                        .data_sz = sizeof(r->input)};
    /* Where the system gives no random bytes whoever signs in earnest is told. */
    (void)!lq_signer_sign(r->signer, r->signed_, NULL, LQ_PURPOSE_LIQUIDATE, &tx,
                          ++r->stat.signed_cnt * RATE_NS);
}

lq_rehearsal_stat_t lq_rehearsal_stat(const lq_rehearsal_t *r)
{
    return r->stat;
}

/* ---- making ---- */

static lq_err_t make_signer(lq_rehearsal_t *r, lq_err_msg_t *msg)
{
    lq_private_key_t *key;
    lq_policy_t policy = {.chain_id = CHAIN_ID};
    lq_policy_rule_t *rule = &policy.rules[LQ_PURPOSE_LIQUIDATE];
    *rule = (lq_policy_rule_t){.calls = &r->call,
                               .call_cnt = 1,
                               .gas_limit_max = GAS,
                               .max_fee_per_gas_max = gwei(30),
                               .total_fee_max = gwei(30 * (uint64_t)GAS),
                               .rate_cnt = 1,
                               .rate_window_ns = RATE_NS};
    lq_err_t err = lq_private_key_generate(&key, msg);
    if (err)
        return err;
    err = lq_signer_open(&r->signer, msg, key, &policy);
    if (err)
        lq_private_key_free(key);
    return err;
}

static lq_err_t make_manager(lq_rehearsal_t *r, lq_arena_t *arena)
{
    const lq_address_t sender = lq_signer_address(r->signer);
    const lq_txman_config_t config = {.chain_id = CHAIN_ID,
                                      .senders = &sender,
                                      .sender_cnt = 1,
                                      .public_mask = 1,
                                      .base_fee = {2, 8},
                                      .intent_max = 1,
                                      .inflight_max = 1,
                                      .max_fee_wei = gwei(500),
                                      .bump_bps = 2000,
                                      .resend_ns = UINT64_MAX};
    const lq_txman_sink_t sink = {.ctx = r, .record = on_record, .action = on_action};
    return lq_txman_new(&r->manager, arena, &config, &sink);
}

static void start(lq_rehearsal_t *r)
{
    const lq_txman_start_t how = {.has_journal = true};
    give_head(r);
    give(r, (lq_txman_event_t){.kind = LQ_TXMAN_START, .as.start = &how});
    give_count(r, 0);
    LQ_ASSERT(lq_txman_stat(r->manager).ready);
}

lq_err_t lq_rehearsal_new(lq_rehearsal_t **out, lq_err_msg_t *msg, lq_arena_t *arena)
{
    lq_arena_mark_t mark = lq_arena_mark(arena);
    lq_rehearsal_t *r = lq_arena_alloc(arena, sizeof(*r), 64);
    if (!r)
        return lq_err_msg_set(msg, LQ_ERR_NOMEM, "a rehearsal: out of memory");
    memset(r, 0, sizeof(*r));
    memset(r->input, 0x5a, sizeof(r->input));
    memset(r->raw, 0xa5, sizeof(r->raw));
    memset(r->call.selector, 0x5a, sizeof(r->call.selector));
    r->call.to.b[0] = 1;
    r->head.gas_limit = 30000000;
    r->head.gas_used = 15000000;
    r->head.base_fee_wei = gwei(1);
    lq_err_t err = make_signer(r, msg);
    if (!err &&
        (lq_tx_signed_new(&r->signed_, RAW_SZ + LQ_TX_OVERHEAD_MAX) || make_manager(r, arena)))
        err = lq_err_msg_set(msg, LQ_ERR_NOMEM, "a rehearsal: out of memory");
    if (err) {
        lq_rehearsal_free(r);
        lq_arena_rewind(arena, mark);
        return err;
    }
    start(r);
    *out = r;
    return LQ_OK;
}

void lq_rehearsal_free(lq_rehearsal_t *r)
{
    if (!r)
        return;
    lq_tx_signed_free(r->signed_);
    lq_signer_close(r->signer);
}

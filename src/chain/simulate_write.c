#include "simulate_internal.h"

#include <string.h>

#include "liqd/codec/json_write.h"
#include "liqd/codec/keccak.h"

/* Of an override, a slot and a transaction without their bytes. */
#define OVERRIDE_MAX 256u
#define SLOT_MAX     160u
#define TX_MAX       640u
#define FRAME_MAX    1024u

size_t lq_simulate_text_max(const lq_simulate_config_t *config)
{
    size_t asks = FRAME_MAX + (size_t)LQ_SIMULATE_OVERRIDE_MAX * OVERRIDE_MAX +
                  (size_t)LQ_SIMULATE_SLOT_MAX * SLOT_MAX + config->tx_max * TX_MAX +
                  2 * config->input_max;
    size_t calls = asks + LQ_SIMULATE_VIEW_MAX; /* the probe goes with it */
    size_t proofs = (size_t)(LQ_SIMULATE_PROOF_MAX + 1) * LQ_SIMULATE_VIEW_MAX;
    return calls > proofs ? calls : proofs;
}

/* A transaction, whose calldata is named KEY: all clients of old know "data", the specification of
   eth_simulateV1 "input". */
static char *put_tx(char *p, const lq_simulate_tx_t *tx, const char *key, bool with_fees)
{
    p = lq_json_put_text(p, "{\"from\":");
    p = lq_json_put_hex(p, tx->from.b, sizeof(tx->from.b));
    p = lq_json_put_text(p, ",\"to\":");
    p = lq_json_put_hex(p, tx->to.b, sizeof(tx->to.b));
    p = lq_json_put_text(p, key);
    p = lq_json_put_hex(p, tx->input, tx->input_sz);
    p = lq_json_put_text(p, ",\"value\":");
    p = lq_json_put_u256(p, &tx->value_wei.raw);
    p = lq_json_put_text(p, ",\"gas\":");
    p = lq_json_put_u64(p, tx->gas_limit);
    if (with_fees) {
        p = lq_json_put_text(p, ",\"maxFeePerGas\":");
        p = lq_json_put_u256(p, &tx->max_fee_wei.raw);
        p = lq_json_put_text(p, ",\"maxPriorityFeePerGas\":");
        p = lq_json_put_u256(p, &tx->tip_wei.raw);
    }
    return lq_json_put_text(p, "}");
}

static char *put_slots(char *p, const lq_simulate_override_t *o)
{
    p = lq_json_put_text(p, "\"stateDiff\":{");
    for (size_t i = 0; i < o->slot_cnt; i++) {
        lq_hash_t value;
        lq_u256_to_be(value.b, &o->slots[i].value);
        p = lq_json_put_text(p, i ? "," : "");
        p = lq_json_put_hex(p, o->slots[i].slot.b, sizeof(lq_hash_t));
        p = lq_json_put_text(p, ":");
        p = lq_json_put_hex(p, value.b, sizeof(value.b));
    }
    return lq_json_put_text(p, "}");
}

static char *put_override(char *p, const lq_simulate_override_t *o)
{
    p = lq_json_put_hex(p, o->address.b, sizeof(o->address.b));
    p = lq_json_put_text(p, ":{");
    const char *comma = "";
    if (o->code) {
        p = lq_json_put_text(p, "\"code\":");
        p = lq_json_put_hex(p, o->code, o->code_sz);
        comma = ",";
    }
    if (o->has_balance) {
        p = lq_json_put_text(p, comma);
        p = lq_json_put_text(p, "\"balance\":");
        p = lq_json_put_u256(p, &o->balance.raw);
        comma = ",";
    }
    if (o->slot_cnt) {
        p = lq_json_put_text(p, comma);
        p = put_slots(p, o);
    }
    return lq_json_put_text(p, "}");
}

static char *put_overrides(char *p, const lq_simulate_override_t *overrides, size_t cnt)
{
    p = lq_json_put_text(p, "{");
    for (size_t i = 0; i < cnt; i++) {
        p = lq_json_put_text(p, i ? "," : "");
        p = put_override(p, &overrides[i]);
    }
    return lq_json_put_text(p, "}");
}

static char *put_block_overrides(char *p, const lq_header_t *block)
{
    p = lq_json_put_text(p, "{\"number\":");
    p = lq_json_put_u64(p, block->block.number);
    p = lq_json_put_text(p, ",\"time\":");
    p = lq_json_put_u64(p, block->timestamp_sec);
    p = lq_json_put_text(p, ",\"gasLimit\":");
    p = lq_json_put_u64(p, block->gas_limit);
    p = lq_json_put_text(p, ",\"feeRecipient\":");
    p = lq_json_put_hex(p, block->miner.b, sizeof(block->miner.b));
    p = lq_json_put_text(p, ",\"baseFeePerGas\":");
    p = lq_json_put_u256(p, &block->base_fee_wei.raw);
    return lq_json_put_text(p, "}");
}

/* A block by its hash (EIP-1898): of that block or an error. */
static char *put_block(char *p, const lq_block_ref_t *block)
{
    p = lq_json_put_text(p, "{\"blockHash\":");
    p = lq_json_put_hex(p, block->hash.b, sizeof(block->hash.b));
    return lq_json_put_text(p, ",\"requireCanonical\":true}");
}

/* Whether each sender's coin is put in by override: then nothing keeps the transactions from being
   held to the rules of a block, and gas prices are what they would be. */
static bool is_funded(const lq_simulate_ask_t *ask)
{
    for (size_t i = 0; i < ask->tx_cnt; i++) {
        size_t k = 0;
        while (k < ask->override_cnt &&
               (!ask->overrides[k].has_balance ||
                memcmp(&ask->overrides[k].address, &ask->txs[i].from, sizeof(lq_address_t)) != 0))
            k++;
        if (k == ask->override_cnt)
            return false;
    }
    return true;
}

size_t lq_simulate_write_v1(char *out, const lq_simulate_ask_t *ask, bool by_number)
{
    char *p = lq_json_put_text(out, "[{\"blockStateCalls\":[{\"blockOverrides\":");
    p = put_block_overrides(p, &ask->block);
    p = lq_json_put_text(p, ",\"stateOverrides\":");
    p = put_overrides(p, ask->overrides, ask->override_cnt);
    p = lq_json_put_text(p, ",\"calls\":[");
    for (size_t i = 0; i < ask->tx_cnt; i++) {
        p = lq_json_put_text(p, i ? "," : "");
        p = put_tx(p, &ask->txs[i], ",\"input\":", true);
    }
    p = lq_json_put_text(p, "]}],\"validation\":");
    p = lq_json_put_text(p, is_funded(ask) ? "true" : "false");
    p = lq_json_put_text(p, ",\"traceTransfers\":false},");
    p = by_number ? lq_json_put_u64(p, ask->parent.number) : put_block(p, &ask->parent);
    p = lq_json_put_text(p, "]");
    return (size_t)(p - out);
}

size_t lq_simulate_write_call(char *out, const lq_simulate_ask_t *ask, bool with_block)
{
    char *p = lq_json_put_text(out, "[");
    p = put_tx(p, &ask->txs[0], ",\"data\":", with_block);
    p = lq_json_put_text(p, ",");
    p = put_block(p, &ask->parent);
    p = lq_json_put_text(p, ",");
    p = put_overrides(p, ask->overrides, ask->override_cnt);
    if (with_block) {
        p = lq_json_put_text(p, ",");
        p = put_block_overrides(p, &ask->block);
    }
    p = lq_json_put_text(p, "]");
    return (size_t)(p - out);
}

static char *put_view(char *p, const lq_address_t *to, const uint8_t *input, size_t input_sz,
                      const lq_block_ref_t *block)
{
    p = lq_json_put_text(p, "[{\"to\":");
    p = lq_json_put_hex(p, to->b, sizeof(to->b));
    p = lq_json_put_text(p, ",\"data\":");
    p = lq_json_put_hex(p, input, input_sz);
    p = lq_json_put_text(p, "},");
    return put_block(p, block);
}

size_t lq_simulate_write_probe(char *out, const lq_block_ref_t *block, const lq_header_t *header)
{
    static const lq_address_t at = {"liqd asks what it is"};
    /* NUMBER, TIMESTAMP, COINBASE, stored one after the other and returned; older than PUSH0 */
    static const uint8_t code[] = {0x43, 0x60, 0x00, 0x52, 0x42, 0x60, 0x20, 0x52, 0x41,
                                   0x60, 0x40, 0x52, 0x60, 0x60, 0x60, 0x00, 0xf3};
    lq_simulate_override_t override = {.address = at, .code = code, .code_sz = sizeof(code)};
    char *p = put_view(out, &at, NULL, 0, block);
    p = lq_json_put_text(p, ",");
    p = put_overrides(p, &override, 1);
    if (header) {
        p = lq_json_put_text(p, ",");
        p = put_block_overrides(p, header);
    }
    p = lq_json_put_text(p, "]");
    return (size_t)(p - out);
}

const lq_hash_t lq_simulate_mark = {"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0liqdsimulate"};

size_t lq_simulate_write_list(char *out, const lq_address_t *to, const uint8_t *input,
                              size_t input_sz, const lq_block_ref_t *block)
{
    char *p = put_view(out, to, input, input_sz, block);
    p = lq_json_put_text(p, "]");
    return (size_t)(p - out);
}

size_t lq_simulate_write_proof(char *out, const lq_address_t *to, const uint8_t *input,
                               size_t input_sz, const lq_block_ref_t *block,
                               const lq_simulate_candidate_t *candidate)
{
    lq_simulate_slot_t slot = {candidate->slot, lq_u256_from_be(lq_simulate_mark.b)};
    lq_simulate_override_t override = {
        .address = candidate->contract, .slots = &slot, .slot_cnt = 1};
    char *p = put_view(out, to, input, input_sz, block);
    p = lq_json_put_text(p, ",");
    p = put_overrides(p, &override, 1);
    p = lq_json_put_text(p, "]");
    return (size_t)(p - out);
}

size_t lq_simulate_write_trace(char *out, const lq_hash_t *tx_hash)
{
    char *p = lq_json_put_text(out, "[");
    p = lq_json_put_hex(p, tx_hash->b, sizeof(tx_hash->b));
    p = lq_json_put_text(p, ",{\"tracer\":\"callTracer\",\"tracerConfig\":{\"onlyTopCall\":false,"
                            "\"withLog\":false}}]");
    return (size_t)(p - out);
}

/* ---- common layouts of tokens */

static lq_hash_t word_of(const lq_address_t *a)
{
    lq_hash_t word = {{0}};
    memcpy(word.b + 12, a->b, sizeof(a->b));
    return word;
}

static lq_hash_t hash_two(const lq_hash_t *a, const lq_hash_t *b)
{
    uint8_t both[64];
    lq_hash_t out;
    memcpy(both, a->b, 32);
    memcpy(both + 32, b->b, 32);
    lq_keccak256(out.b, both, sizeof(both));
    return out;
}

static bool is_balance(const lq_simulate_place_t *place)
{
    static const lq_address_t none;
    return memcmp(&place->spender, &none, sizeof(none)) == 0;
}

/* Where a mapping at slot BASE has the number: keccak(key . slot), one in the other.
   @src https://docs.soliditylang.org/en/latest/internals/layout_in_storage.html */
static lq_hash_t in_solidity(const lq_hash_t *base, const lq_simulate_place_t *place)
{
    lq_hash_t holder = word_of(&place->holder);
    lq_hash_t slot = hash_two(&holder, base);
    if (is_balance(place))
        return slot;
    lq_hash_t spender = word_of(&place->spender);
    return hash_two(&spender, &slot);
}

/* Vyper has them the other way round: keccak(slot . key).
   @src https://docs.vyperlang.org/en/stable/scoping-and-declarations.html */
static lq_hash_t in_vyper(const lq_hash_t *base, const lq_simulate_place_t *place)
{
    lq_hash_t holder = word_of(&place->holder);
    lq_hash_t slot = hash_two(base, &holder);
    if (is_balance(place))
        return slot;
    lq_hash_t spender = word_of(&place->spender);
    return hash_two(&slot, &spender);
}

/* keccak(holder . 8 zeros . seed [. spender]).
   @src https://github.com/Vectorized/solady src/tokens/ERC20.sol */
static lq_hash_t in_solady(const lq_simulate_place_t *place)
{
    static const uint8_t balance_seed[4] = {0x87, 0xa2, 0x11, 0xa2};
    static const uint8_t allowance_seed[4] = {0x7f, 0x5e, 0x9f, 0x20};
    bool balance = is_balance(place);
    uint8_t text[52] = {0};
    lq_hash_t out;
    memcpy(text, place->holder.b, 20);
    memcpy(text + 28, balance ? balance_seed : allowance_seed, 4);
    memcpy(text + 32, place->spender.b, 20);
    lq_keccak256(out.b, text, balance ? 32 : 52);
    return out;
}

/* OpenZeppelin 5's upgradeable ERC-20: the balances at ERC-7201's "openzeppelin.storage.ERC20", the
   allowances behind them.
   @src https://github.com/OpenZeppelin/openzeppelin-contracts-upgradeable
   contracts/token/ERC20/ERC20Upgradeable.sol */
static lq_hash_t in_openzeppelin(const lq_simulate_place_t *place)
{
    lq_hash_t base = {{0x52, 0xc6, 0x32, 0x47, 0xe1, 0xf4, 0x7d, 0xb1, 0x9d, 0x5c, 0xe0,
                       0x46, 0x00, 0x30, 0xc4, 0x97, 0xf0, 0x67, 0xca, 0x4c, 0xeb, 0xf7,
                       0x1b, 0xa9, 0x8e, 0xea, 0xda, 0xbe, 0x20, 0xba, 0xce, 0x00}};
    base.b[31] = is_balance(place) ? 0 : 1;
    return in_solidity(&base, place);
}

void lq_simulate_layouts(lq_hash_t *out, const lq_simulate_place_t *place)
{
    *out++ = in_openzeppelin(place);
    *out++ = in_solady(place);
    lq_hash_t base = {{0}};
    for (size_t i = 0; i < (LQ_SIMULATE_LAYOUT_CNT - 2) / 2; i++) {
        base.b[31] = (uint8_t)i;
        *out++ = in_solidity(&base, place);
        *out++ = in_vyper(&base, place);
    }
}

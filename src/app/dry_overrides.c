#include "dry_overrides.h"

#include <stdlib.h>
#include <string.h>

#include "liqd/base/text.h"
#include "liqd/codec/abi_executor.h"
#include "liqd/codec/keccak.h"
#include "liqd/decide/executor_code.h"
#include "liqd/keys/address.h"

/* Tokens and holders of a run, and what one list of overrides names. */
#define PLACE_MAX    256u
#define OVERRIDE_MAX LQ_SIMULATE_OVERRIDE_MAX
#define SLOT_MAX     16u /* of one contract */

/* A node may be down, or be behind, for a moment; or for longer: so many blocks later it is asked
   anew. */
#define TRY_MAX   3u
#define AGAIN_BLK 64u

/* Of the simulation that looks whether the executor is one. No machine's question has it. */
#define PROOF_ID  UINT64_MAX
#define PROOF_GAS 100000u

#define OWNER_SLOT     0u
#define OPERATORS_SLOT 2u

const lq_address_t lq_dry_sender = {"liqd: dry run sender"};
const lq_address_t lq_dry_owner = {"liqd: dry run's hold"};

static const lq_address_t nobody;

typedef enum state {
    WANTED,
    ASKED,
    FOUND,
    NOWHERE,
} state_t;

/* Where a token keeps what HOLDER has, or what SPENDER may take of it. */
typedef struct place {
    lq_simulate_place_t at;
    state_t state;
    unsigned try_cnt;
    uint64_t again_blk; /* NOWHERE: from this block on it is asked anew; UINT64_MAX: it is not */
    lq_address_t contract;
    lq_hash_t slot;
    char why[160];
} place_t;

struct lq_dry_overrides {
    lq_dry_overrides_config_t config;
    lq_address_t executor; /* all zero: none */
    bool deployed;         /* its own code is used */
    state_t proof;         /* that it is one; of one that is deployed */
    unsigned proof_try_cnt;
    uint64_t proof_again_blk; /* as a place's */
    uint64_t parent_blk;      /* asked last */
    char proof_why[160];
    place_t places[PLACE_MAX];
    size_t place_cnt;
    place_t *asked; /* the one that the nodes are asked about */

    lq_simulate_override_t list[OVERRIDE_MAX];
    size_t list_cnt;
    lq_simulate_slot_t slots[OVERRIDE_MAX][SLOT_MAX];
};

/* ---- making it */

static bool is_somebody(const lq_address_t *a)
{
    return memcmp(a, &nobody, sizeof(nobody)) != 0;
}

static bool is_same(const lq_address_t *a, const lq_address_t *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

lq_err_t lq_dry_overrides_new(lq_dry_overrides_t **out, const lq_dry_overrides_config_t *config)
{
    lq_dry_overrides_t *o = calloc(1, sizeof(*o));
    if (!o)
        return LQ_ERR_NOMEM;
    o->config = *config;
    o->executor = lq_config_executor(config->config);
    o->deployed = config->config->executor[0] != '\0';
    *out = o;
    return LQ_OK;
}

void lq_dry_overrides_free(lq_dry_overrides_t *o)
{
    free(o);
}

/* Who has the inventory. */
static const lq_address_t *holder_of(const lq_dry_overrides_t *o)
{
    return is_somebody(&o->executor) ? &o->executor : &lq_dry_sender;
}

/* ---- where tokens keep their numbers */

/* The place of that, made where there is none; NULL: there is no room. */
static place_t *place_of(lq_dry_overrides_t *o, const lq_address_t *token,
                         const lq_address_t *spender)
{
    const lq_address_t *holder = holder_of(o);
    for (size_t i = 0; i < o->place_cnt; i++)
        if (is_same(&o->places[i].at.token, token) && is_same(&o->places[i].at.spender, spender))
            return &o->places[i];
    if (o->place_cnt == PLACE_MAX)
        return NULL;
    place_t *place = &o->places[o->place_cnt++];
    *place = (place_t){.at = {*token, *holder, *spender}};
    return place;
}

/* When something that was not found for ERR is asked again. */
static uint64_t again_blk(const lq_dry_overrides_t *o, lq_err_t err)
{
    return err == LQ_ERR_EMPTY ? UINT64_MAX : lq_time_after(o->parent_blk, AGAIN_BLK);
}

/* Says why the number of PLACE is nowhere, and does so in each row that needs it. */
static void give_up(lq_dry_overrides_t *o, place_t *place, lq_err_t err)
{
    char token[LQ_ADDRESS_TEXT_SZ + 1];
    const char *what = is_somebody(&place->at.spender) ? "allowance" : "balance";
    place->state = NOWHERE;
    place->again_blk = again_blk(o, err);
    lq_address_print(token, &place->at.token);
    (void)snprintf(place->why, sizeof(place->why), "the slot of token %s's %s is not known: %s",
                   token, what, err == LQ_ERR_EMPTY ? "its number is computed" : lq_err_str(err));
    LQ_LOG(o->config.log, LQ_LOG_WARN, "app",
           "a token's slot is not found: what needs it is booked as unknown",
           LQ_LOG_CSTR("token", token), LQ_LOG_CSTR("of", what), LQ_LOG_ERR("err", err));
}

static void on_place(void *ctx, const lq_simulate_place_answer_t *answer)
{
    lq_dry_overrides_t *o = ctx;
    place_t *place = o->asked;
    o->asked = NULL;
    if (!answer->err) {
        place->state = FOUND;
        place->contract = answer->contract;
        place->slot = answer->slot;
        return;
    }
    place->state = WANTED;
    if (answer->err == LQ_ERR_EMPTY || ++place->try_cnt == TRY_MAX)
        give_up(o, place, answer->err);
}

static lq_dry_ready_t place_ready(lq_dry_overrides_t *o, const char **why,
                                  const lq_address_t *token, const lq_address_t *spender,
                                  const lq_block_ref_t *parent)
{
    place_t *place = place_of(o, token, spender);
    if (!place) {
        *why = "too many tokens for one run";
        return LQ_DRY_NEVER;
    }
    o->parent_blk = parent->number;
    if (place->state == NOWHERE && parent->number >= place->again_blk) {
        place->state = WANTED;
        place->try_cnt = 0;
    }
    if (place->state == WANTED && !o->asked &&
        !lq_simulate_slot(o->config.simulate, &place->at, parent, on_place, o)) {
        place->state = ASKED;
        o->asked = place;
    }
    *why = place->why;
    if (place->state == FOUND)
        return LQ_DRY_READY;
    return place->state == NOWHERE ? LQ_DRY_NEVER : LQ_DRY_WAIT;
}

/* ---- the executor */

static lq_hash_t word_of(uint64_t v)
{
    lq_hash_t word = {{0}};
    for (size_t i = 0; i < 8; i++)
        word.b[31 - i] = (uint8_t)(v >> (8 * i));
    return word;
}

static lq_u256_t address_word(const lq_address_t *a)
{
    uint8_t word[32] = {0};
    memcpy(word + 12, a->b, sizeof(a->b));
    return lq_u256_from_be(word);
}

/* @src abi/executor/README.md: of a mapping, keccak256(key as a word, slot as a word) */
static lq_hash_t operator_slot(const lq_address_t *operator_)
{
    uint8_t in[64] = {0};
    lq_hash_t slot = word_of(OPERATORS_SLOT);
    memcpy(in + 12, operator_->b, sizeof(operator_->b));
    memcpy(in + 32, slot.b, sizeof(slot.b));
    lq_keccak256(slot.b, in, sizeof(in));
    return slot;
}

static lq_err_t ask_proof(lq_dry_overrides_t *o, const lq_header_t *block,
                          const lq_block_ref_t *parent)
{
    uint8_t input[LQ_ABI_EXECUTOR_OPERATORS_SZ];
    size_t sz;
    lq_err_t err =
        lq_abi_executor_operators_encode(input, sizeof(input), &sz, NULL, &lq_dry_sender);
    if (err)
        LQ_BUG("an address does not encode");
    lq_simulate_tx_t tx = {.from = lq_dry_sender,
                           .to = o->executor,
                           .input = input,
                           .input_sz = sz,
                           .gas_limit = PROOF_GAS,
                           .max_fee_wei = block->base_fee_wei};
    lq_simulate_ask_t ask = {.parent = *parent, .block = *block, .txs = &tx, .tx_cnt = 1};
    lq_dry_overrides_begin(o);
    ask.overrides = lq_dry_overrides_list(o, &ask.override_cnt);
    return lq_simulate_ask(o->config.simulate, PROOF_ID, &ask);
}

static void refuse_executor(lq_dry_overrides_t *o, lq_err_t err, const char *why)
{
    char address[LQ_ADDRESS_TEXT_SZ + 1];
    lq_address_print(address, &o->executor);
    o->proof = NOWHERE;
    o->proof_again_blk = again_blk(o, err);
    (void)snprintf(o->proof_why, sizeof(o->proof_why), "executor %s: %s", address, why);
    LQ_LOG(o->config.log, LQ_LOG_WARN, "app",
           "the executor cannot be used: what goes through it is booked as unknown; deploy it, or "
           "leave executor.address empty",
           LQ_LOG_CSTR("executor", address), LQ_LOG_CSTR("why", why));
}

bool lq_dry_overrides_answer(lq_dry_overrides_t *o, const lq_simulate_answer_t *answer)
{
    bool allowed = false;
    if (answer->id != PROOF_ID)
        return false;
    if (answer->err) {
        o->proof = WANTED;
        if (++o->proof_try_cnt == TRY_MAX)
            refuse_executor(o, answer->err, answer->why[0] ? answer->why : lq_err_str(answer->err));
        return true;
    }
    const lq_simulate_result_t *result = &answer->results[0];
    bool is_one = result->known && result->ok &&
                  !lq_abi_executor_operators_decode(&allowed, NULL, result->data, result->data_sz);
    if (is_one && allowed)
        o->proof = FOUND;
    else
        refuse_executor(o, LQ_ERR_EMPTY, "the contract there is none of ours");
    return true;
}

static lq_dry_ready_t executor_ready(lq_dry_overrides_t *o, const char **why,
                                     const lq_header_t *block, const lq_block_ref_t *parent)
{
    if (!o->deployed)
        return LQ_DRY_READY;
    o->parent_blk = parent->number;
    if (o->proof == NOWHERE && parent->number >= o->proof_again_blk) {
        o->proof = WANTED;
        o->proof_try_cnt = 0;
    }
    if (o->proof == WANTED && !ask_proof(o, block, parent))
        o->proof = ASKED;
    *why = o->proof_why;
    if (o->proof == FOUND)
        return LQ_DRY_READY;
    return o->proof == NOWHERE ? LQ_DRY_NEVER : LQ_DRY_WAIT;
}

/* ---- all of it */

static lq_dry_ready_t worse(lq_dry_ready_t a, lq_dry_ready_t b)
{
    return a > b ? a : b;
}

/* What is held of a token that comes makes that cheaper by a slot, and no more: where it is not
   known where that stands it goes without. */
static lq_dry_ready_t got_ready(lq_dry_overrides_t *o, const lq_address_t *token,
                                const lq_block_ref_t *parent)
{
    const char *why;
    bool waits = place_ready(o, &why, token, &nobody, parent) == LQ_DRY_WAIT;
    return waits ? LQ_DRY_WAIT : LQ_DRY_READY;
}

lq_dry_ready_t lq_dry_overrides_ready(lq_dry_overrides_t *o, const char **why,
                                      const lq_dry_moves_t *moves, const lq_address_t *target,
                                      const lq_header_t *block, const lq_block_ref_t *parent)
{
    lq_dry_ready_t ready = executor_ready(o, why, block, parent);
    for (size_t i = 0; i < moves->cnt && ready != LQ_DRY_NEVER; i++) {
        const lq_dry_move_t *m = &moves->moves[i];
        if (!m->spent) {
            ready = worse(ready, got_ready(o, &m->token, parent));
            continue;
        }
        ready = worse(ready, place_ready(o, why, &m->token, &nobody, parent));
        if (ready != LQ_DRY_NEVER && !is_somebody(&o->executor))
            ready = worse(ready, place_ready(o, why, &m->token, target, parent));
    }
    return ready;
}

static lq_simulate_override_t *override_of(lq_dry_overrides_t *o, const lq_address_t *address)
{
    for (size_t i = 0; i < o->list_cnt; i++)
        if (is_same(&o->list[i].address, address))
            return &o->list[i];
    if (o->list_cnt == OVERRIDE_MAX)
        return NULL;
    lq_simulate_override_t *own = &o->list[o->list_cnt];
    *own = (lq_simulate_override_t){.address = *address, .slots = o->slots[o->list_cnt]};
    o->list_cnt++;
    return own;
}

/* Puts VALUE into SLOT of ADDRESS. Beyond the room it stays as it is, and what needs it reverts. */
static void put_slot(lq_dry_overrides_t *o, const lq_address_t *address, const lq_hash_t *slot,
                     const lq_u256_t *value)
{
    lq_simulate_override_t *own = override_of(o, address);
    if (!own || own->slot_cnt == SLOT_MAX)
        return;
    lq_simulate_slot_t *slots = o->slots[own - o->list];
    for (size_t i = 0; i < own->slot_cnt; i++)
        if (memcmp(&slots[i].slot, slot, sizeof(*slot)) == 0)
            return;
    slots[own->slot_cnt++] = (lq_simulate_slot_t){*slot, *value};
}

static void put_executor(lq_dry_overrides_t *o)
{
    lq_hash_t owner = word_of(OWNER_SLOT);
    lq_hash_t operator_ = operator_slot(&lq_dry_sender);
    lq_u256_t holder = address_word(&lq_dry_owner);
    lq_u256_t one = lq_u256_from_u64(1);
    put_slot(o, &o->executor, &owner, &holder);
    put_slot(o, &o->executor, &operator_, &one);
    if (o->deployed)
        return;
    lq_simulate_override_t *own = override_of(o, &o->executor);
    own->code = lq_executor_code;
    own->code_sz = LQ_EXECUTOR_CODE_SZ;
}

void lq_dry_overrides_begin(lq_dry_overrides_t *o)
{
    /* more than gas and bids can cost */
    static const lq_u256_t coins = {{0, UINT64_C(1) << 32, 0, 0}};
    o->list_cnt = 0;
    lq_simulate_override_t *sender = override_of(o, &lq_dry_sender);
    sender->has_balance = true;
    sender->balance = lq_wei_make(&coins);
    if (is_somebody(&o->executor))
        put_executor(o);
}

void lq_dry_overrides_add(lq_dry_overrides_t *o, const lq_dry_purse_t *purse,
                          const lq_dry_moves_t *moves, const lq_address_t *target)
{
    static const lq_u256_t all = {{UINT64_MAX, UINT64_MAX, 0, 0}};
    for (size_t i = 0; i < moves->cnt; i++) {
        const lq_dry_move_t *m = &moves->moves[i];
        lq_u256_t amount = lq_dry_purse_amount(purse, &m->token);
        const place_t *balance = place_of(o, &m->token, &nobody);
        if (m->spent || (balance && balance->state == FOUND && !lq_u256_is_zero(&amount)))
            put_slot(o, &balance->contract, &balance->slot, &amount);
        if (!m->spent || is_somebody(&o->executor))
            continue;
        const place_t *allowance = place_of(o, &m->token, target);
        put_slot(o, &allowance->contract, &allowance->slot, &all);
    }
}

const lq_simulate_override_t *lq_dry_overrides_list(const lq_dry_overrides_t *o, size_t *cnt)
{
    *cnt = o->list_cnt;
    return o->list;
}

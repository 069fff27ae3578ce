/* The generated functions of each protocol against viem's encodings; see
   tests/vectors/abi/README.md for how their arguments are numbered. */

#include "abi_support.h"

#include "liqd/codec/abi_aave_v3.h"
#include "liqd/codec/abi_chainlink.h"
#include "liqd/codec/abi_erc20.h"
#include "liqd/codec/abi_morpho_blue.h"
#include "liqd/codec/abi_solidity.h"
#include "liqd/codec/keccak.h"

static json_t *viem;

static int load(void **state)
{
    (void)state;
    viem = load_viem();
    return 0;
}

static int unload(void **state)
{
    (void)state;
    json_decref(viem);
    return 0;
}

static const char *text_of(const char *group, const char *key)
{
    const char *text = json_string_value(json_object_get(json_object_get(viem, group), key));
    if (!text)
        fail_msg("%s has no %s", group, key);
    return text;
}

/* ---- selectors and topics ---- */

typedef struct hash {
    const char *key;
    const char *signature;
    uint32_t selector;
    const lq_hash_t *topic; /* NULL for a selector */
} hash_t;

#define SELECTOR(key, signature, selector) \
    {                                      \
        key, signature, selector, NULL     \
    }
#define TOPIC(key, signature, topic) \
    {                                \
        key, signature, 0, &(topic)  \
    }

static const hash_t hashes[] = {
    TOPIC("aave_v3 event BalanceTransfer", "BalanceTransfer(address,address,uint256,uint256)",
          lq_abi_aave_v3_balance_transfer_event_topic),
    SELECTOR("aave_v3 error InvalidAmount", "InvalidAmount()",
             LQ_ABI_AAVE_V3_INVALID_AMOUNT_ERROR_SELECTOR),
    SELECTOR("aave_v3 error ReserveInactive", "ReserveInactive()",
             LQ_ABI_AAVE_V3_RESERVE_INACTIVE_ERROR_SELECTOR),
    SELECTOR("aave_v3 error ReservePaused", "ReservePaused()",
             LQ_ABI_AAVE_V3_RESERVE_PAUSED_ERROR_SELECTOR),
    SELECTOR("aave_v3 error HealthFactorNotBelowThreshold", "HealthFactorNotBelowThreshold()",
             LQ_ABI_AAVE_V3_HEALTH_FACTOR_NOT_BELOW_THRESHOLD_ERROR_SELECTOR),
    SELECTOR("aave_v3 error CollateralCannotBeLiquidated", "CollateralCannotBeLiquidated()",
             LQ_ABI_AAVE_V3_COLLATERAL_CANNOT_BE_LIQUIDATED_ERROR_SELECTOR),
    SELECTOR("aave_v3 error SpecifiedCurrencyNotBorrowedByUser",
             "SpecifiedCurrencyNotBorrowedByUser()",
             LQ_ABI_AAVE_V3_SPECIFIED_CURRENCY_NOT_BORROWED_BY_USER_ERROR_SELECTOR),
    SELECTOR("aave_v3 error PriceOracleSentinelCheckFailed", "PriceOracleSentinelCheckFailed()",
             LQ_ABI_AAVE_V3_PRICE_ORACLE_SENTINEL_CHECK_FAILED_ERROR_SELECTOR),
    SELECTOR("aave_v3 error LiquidationGraceSentinelCheckFailed",
             "LiquidationGraceSentinelCheckFailed()",
             LQ_ABI_AAVE_V3_LIQUIDATION_GRACE_SENTINEL_CHECK_FAILED_ERROR_SELECTOR),
    SELECTOR("aave_v3 error MustNotLeaveDust", "MustNotLeaveDust()",
             LQ_ABI_AAVE_V3_MUST_NOT_LEAVE_DUST_ERROR_SELECTOR),
    SELECTOR("aave_v3 error SelfLiquidation", "SelfLiquidation()",
             LQ_ABI_AAVE_V3_SELF_LIQUIDATION_ERROR_SELECTOR),
    SELECTOR("aave_v3 function liquidationCall",
             "liquidationCall(address,address,address,uint256,bool)",
             LQ_ABI_AAVE_V3_LIQUIDATION_CALL_SELECTOR),
    SELECTOR("aave_v3 function getUserAccountData", "getUserAccountData(address)",
             LQ_ABI_AAVE_V3_GET_USER_ACCOUNT_DATA_SELECTOR),
    TOPIC("aave_v3 event ReserveDataUpdated",
          "ReserveDataUpdated(address,uint256,uint256,uint256,uint256,uint256)",
          lq_abi_aave_v3_reserve_data_updated_event_topic),
    TOPIC("aave_v3 event LiquidationCall",
          "LiquidationCall(address,address,address,uint256,uint256,address,bool)",
          lq_abi_aave_v3_liquidation_call_event_topic),
    TOPIC("aave_v3 event Supply", "Supply(address,address,address,uint256,uint16)",
          lq_abi_aave_v3_supply_event_topic),
    TOPIC("aave_v3 event Withdraw", "Withdraw(address,address,address,uint256)",
          lq_abi_aave_v3_withdraw_event_topic),
    TOPIC("aave_v3 event Borrow", "Borrow(address,address,address,uint256,uint8,uint256,uint16)",
          lq_abi_aave_v3_borrow_event_topic),
    TOPIC("aave_v3 event Repay", "Repay(address,address,address,uint256,bool)",
          lq_abi_aave_v3_repay_event_topic),
    TOPIC("aave_v3 event UserEModeSet", "UserEModeSet(address,uint8)",
          lq_abi_aave_v3_user_e_mode_set_event_topic),
    TOPIC("aave_v3 event ReserveUsedAsCollateralEnabled",
          "ReserveUsedAsCollateralEnabled(address,address)",
          lq_abi_aave_v3_reserve_used_as_collateral_enabled_event_topic),
    TOPIC("aave_v3 event ReserveUsedAsCollateralDisabled",
          "ReserveUsedAsCollateralDisabled(address,address)",
          lq_abi_aave_v3_reserve_used_as_collateral_disabled_event_topic),
    TOPIC("aave_v3 event Mint", "Mint(address,address,uint256,uint256,uint256)",
          lq_abi_aave_v3_mint_event_topic),
    TOPIC("aave_v3 event Burn", "Burn(address,address,uint256,uint256,uint256)",
          lq_abi_aave_v3_burn_event_topic),
    TOPIC("chainlink event AnswerUpdated", "AnswerUpdated(int256,uint256,uint256)",
          lq_abi_chainlink_answer_updated_event_topic),
    SELECTOR("chainlink function latestRoundData", "latestRoundData()",
             LQ_ABI_CHAINLINK_LATEST_ROUND_DATA_SELECTOR),
    SELECTOR("erc20 function transfer", "transfer(address,uint256)",
             LQ_ABI_ERC20_TRANSFER_SELECTOR),
    SELECTOR("erc20 function approve", "approve(address,uint256)", LQ_ABI_ERC20_APPROVE_SELECTOR),
    SELECTOR("erc20 function balanceOf", "balanceOf(address)", LQ_ABI_ERC20_BALANCE_OF_SELECTOR),
    SELECTOR("erc20 function allowance", "allowance(address,address)",
             LQ_ABI_ERC20_ALLOWANCE_SELECTOR),
    SELECTOR("erc20 function decimals", "decimals()", LQ_ABI_ERC20_DECIMALS_SELECTOR),
    SELECTOR("erc20 function symbol", "symbol()", LQ_ABI_ERC20_SYMBOL_SELECTOR),
    TOPIC("erc20 event Transfer", "Transfer(address,address,uint256)",
          lq_abi_erc20_transfer_event_topic),
    TOPIC("erc20 event Approval", "Approval(address,address,uint256)",
          lq_abi_erc20_approval_event_topic),
    SELECTOR("morpho_blue function liquidate",
             "liquidate((address,address,address,address,uint256),address,uint256,uint256,bytes)",
             LQ_ABI_MORPHO_BLUE_LIQUIDATE_SELECTOR),
    SELECTOR("morpho_blue function market", "market(bytes32)", LQ_ABI_MORPHO_BLUE_MARKET_SELECTOR),
    SELECTOR("morpho_blue function position", "position(bytes32,address)",
             LQ_ABI_MORPHO_BLUE_POSITION_SELECTOR),
    TOPIC("morpho_blue event CreateMarket",
          "CreateMarket(bytes32,(address,address,address,address,uint256))",
          lq_abi_morpho_blue_create_market_event_topic),
    TOPIC("morpho_blue event Supply", "Supply(bytes32,address,address,uint256,uint256)",
          lq_abi_morpho_blue_supply_event_topic),
    TOPIC("morpho_blue event Withdraw", "Withdraw(bytes32,address,address,address,uint256,uint256)",
          lq_abi_morpho_blue_withdraw_event_topic),
    TOPIC("morpho_blue event Borrow", "Borrow(bytes32,address,address,address,uint256,uint256)",
          lq_abi_morpho_blue_borrow_event_topic),
    TOPIC("morpho_blue event Repay", "Repay(bytes32,address,address,uint256,uint256)",
          lq_abi_morpho_blue_repay_event_topic),
    TOPIC("morpho_blue event SupplyCollateral", "SupplyCollateral(bytes32,address,address,uint256)",
          lq_abi_morpho_blue_supply_collateral_event_topic),
    TOPIC("morpho_blue event WithdrawCollateral",
          "WithdrawCollateral(bytes32,address,address,address,uint256)",
          lq_abi_morpho_blue_withdraw_collateral_event_topic),
    TOPIC("morpho_blue event Liquidate",
          "Liquidate(bytes32,address,address,uint256,uint256,uint256,uint256,uint256)",
          lq_abi_morpho_blue_liquidate_event_topic),
    TOPIC("morpho_blue event AccrueInterest", "AccrueInterest(bytes32,uint256,uint256,uint256)",
          lq_abi_morpho_blue_accrue_interest_event_topic),
    SELECTOR("solidity error Error", "Error(string)", LQ_ABI_SOLIDITY_ERROR_ERROR_SELECTOR),
    SELECTOR("solidity error Panic", "Panic(uint256)", LQ_ABI_SOLIDITY_PANIC_ERROR_SELECTOR),
};

/* Each is what our keccak makes of the signature, and what viem makes of the JSON. */
static void hashes_each_signature(void **state)
{
    (void)state;
    size_t found_cnt = 0;
    size_t i;
    json_t *entry;
    json_array_foreach(json_object_get(viem, "hashes"), i, entry)
    {
        const char *key = json_string_value(json_object_get(entry, "name"));
        if (strncmp(key, "sample ", 7) == 0)
            continue;
        uint8_t want[32];
        size_t sz = unhex(want, 32, json_string_value(json_object_get(entry, "hash")));
        const hash_t *h = hashes;
        while (h < hashes + LQ_ARRAY_CNT(hashes) && strcmp(h->key, key) != 0)
            h++;
        if (h == hashes + LQ_ARRAY_CNT(hashes))
            fail_msg("%s is not tested", key);
        uint8_t ours[32];
        lq_keccak256(ours, h->signature, strlen(h->signature));
        assert_memory_equal(ours, want, sz);
        if (h->topic) {
            assert_int_equal(sz, 32);
            assert_memory_equal(h->topic->b, want, 32);
        } else {
            assert_int_equal(sz, 4);
            assert_int_equal(h->selector, (uint32_t)want[0] << 24 | (uint32_t)want[1] << 16 |
                                              (uint32_t)want[2] << 8 | want[3]);
        }
        found_cnt++;
    }
    assert_int_equal(found_cnt, LQ_ARRAY_CNT(hashes));
}

/* ---- logs ---- */

typedef enum field_kind {
    FIELD_ADDRESS,
    FIELD_HASH,
    FIELD_UINT, /* lq_u256_t */
    FIELD_INT,  /* lq_u256_t */
    FIELD_U64,
    FIELD_BOOL,
} field_kind_t;

/* A leaf of a decoded struct and what it must be. */
typedef struct field {
    size_t offset;
    field_kind_t kind;
    uint8_t n;
    unsigned bits;
} field_t;

#define A(member, n)                                      \
    {                                                     \
        offsetof(struct_t, member), FIELD_ADDRESS, n, 160 \
    }
#define H(member, n)                                   \
    {                                                  \
        offsetof(struct_t, member), FIELD_HASH, n, 256 \
    }
#define U(member, n, bits)                              \
    {                                                   \
        offsetof(struct_t, member), FIELD_UINT, n, bits \
    }
#define I(member, n)                                  \
    {                                                 \
        offsetof(struct_t, member), FIELD_INT, n, 256 \
    }
#define S(member, n, bits)                             \
    {                                                  \
        offsetof(struct_t, member), FIELD_U64, n, bits \
    }
#define B(member)                                    \
    {                                                \
        offsetof(struct_t, member), FIELD_BOOL, 1, 1 \
    }

/* The byte N, BITS / 8 times. */
static lq_u256_t repeated(uint8_t n, unsigned bits)
{
    uint8_t word[32] = {0};
    memset(word + 32 - bits / 8, n, bits / 8);
    return lq_u256_from_be(word);
}

static lq_u256_t complement(lq_u256_t v)
{
    return (lq_u256_t){{~v.w[0], ~v.w[1], ~v.w[2], ~v.w[3]}};
}

static lq_hash_t hash_of(uint8_t n)
{
    lq_hash_t h;
    memset(h.b, n, sizeof(h.b));
    return h;
}

static void check_field(const uint8_t *decoded, const field_t *f)
{
    const uint8_t *at = decoded + f->offset;
    lq_u256_t num = f->kind == FIELD_INT ? complement(repeated(f->n, 248))
                                         : repeated(f->n, f->bits > 8 ? f->bits : 8);
    uint64_t u64 = num.w[0];
    lq_address_t address = address_of(f->n);
    lq_hash_t hash = hash_of(f->n);
    bool yes = true;
    switch (f->kind) {
    case FIELD_ADDRESS:
        assert_memory_equal(at, &address, sizeof(address));
        return;
    case FIELD_HASH:
        assert_memory_equal(at, &hash, sizeof(hash));
        return;
    case FIELD_UINT:
    case FIELD_INT:
        assert_memory_equal(at, &num, sizeof(num));
        return;
    case FIELD_U64:
        assert_memory_equal(at, &u64, sizeof(u64));
        return;
    case FIELD_BOOL:
        assert_memory_equal(at, &yes, sizeof(yes));
        return;
    }
}

static void check_fields(const void *decoded, const field_t *fields, size_t field_cnt)
{
    for (size_t i = 0; i < field_cnt; i++)
        check_field(decoded, &fields[i]);
}

typedef lq_err_t decode_log_t(void *out, lq_err_msg_t *msg, const lq_hash_t *topics,
                              size_t topic_cnt, const uint8_t *data, size_t data_sz);

typedef struct log {
    const char *key;
    decode_log_t *decode;
    lq_hash_t topics[5]; /* one to spare */
    size_t topic_cnt;
    uint8_t data[512];
    size_t data_sz;
} log_t;

static log_t log_of(const char *key, decode_log_t *decode)
{
    log_t log = {.key = key, .decode = decode};
    json_t *root = json_object_get(json_object_get(viem, "logs"), key);
    assert_non_null(root);
    size_t i;
    json_t *topic;
    json_array_foreach(json_object_get(root, "topics"), i, topic)
    {
        assert_true(i < 4);
        assert_int_equal(unhex(log.topics[i].b, 32, json_string_value(topic)), 32);
        log.topic_cnt++;
    }
    log.data_sz = unhex(log.data, 400, json_string_value(json_object_get(root, "data")));
    return log;
}

/* The log is decoded to OUT; on an error nothing is written. */
static lq_err_t decode(void *out, size_t out_sz, const log_t *log)
{
    uint8_t before[512];
    memset(before, 0xa5, out_sz);
    memset(out, 0xa5, out_sz);
    lq_hash_t *topics = (lq_hash_t *)exact_copy(log->topics[0].b, 32 * log->topic_cnt);
    uint8_t *data = exact_copy(log->data, log->data_sz);
    lq_err_msg_t msg = {""};
    lq_err_t err = log->decode(out, &msg, topics, log->topic_cnt, data, log->data_sz);
    assert_int_equal(log->decode(out, NULL, topics, log->topic_cnt, data, log->data_sz), err);
    if (err) {
        assert_memory_equal(out, before, out_sz);
        assert_int_equal(strncmp(msg.text, log->key, strlen(log->key)), 0);
    }
    free(topics);
    free(data);
    return err;
}

/* A first byte that is set makes every word but a full one dirty, and those have it set already. */
static void refuses_dirty(void *out, size_t out_sz, const log_t *log)
{
    for (size_t i = 1; i < log->topic_cnt; i++) {
        log_t bad = *log;
        bad.topics[i].b[0] |= 0x80;
        assert_err(decode(out, out_sz, &bad), log->topics[i].b[0] ? LQ_OK : LQ_ERR_SYNTAX);
    }
    for (size_t at = 0; at < log->data_sz; at += 32) {
        log_t bad = *log;
        bad.data[at] |= 0x80;
        assert_err(decode(out, out_sz, &bad), log->data[at] ? LQ_OK : LQ_ERR_SYNTAX);
    }
}

static void check_log(const log_t *log, size_t out_sz, const field_t *fields, size_t field_cnt)
{
    uint8_t out[512];
    assert_true(out_sz <= sizeof(out));
    assert_ok(decode(out, out_sz, log));
    check_fields(out, fields, field_cnt);
    static const int topic_steps[] = {-1, 1};
    for (size_t i = 0; i < 2; i++) {
        log_t bad = *log;
        bad.topic_cnt += (size_t)topic_steps[i];
        assert_err(decode(out, out_sz, &bad), LQ_ERR_SYNTAX);
    }
    log_t bad = *log;
    bad.topic_cnt = 0;
    assert_err(decode(out, out_sz, &bad), LQ_ERR_SYNTAX);
    static const int data_steps[] = {-32, -1, 1, 32};
    for (size_t i = log->data_sz ? 0 : 2; i < 4; i++) {
        bad = *log;
        bad.data_sz += (size_t)data_steps[i];
        assert_err(decode(out, out_sz, &bad), LQ_ERR_SYNTAX);
    }
    for (size_t i = 0; i < 32; i++) {
        bad = *log;
        bad.topics[0].b[i] ^= 1;
        assert_err(decode(out, out_sz, &bad), LQ_ERR_INVAL);
    }
    refuses_dirty(out, out_sz, log);
}

/* One test for each event, which has the fields given. */
#define EVENT(event, key, ...)                                                                     \
    static lq_err_t event(void *out, lq_err_msg_t *msg, const lq_hash_t *topics, size_t topic_cnt, \
                          const uint8_t *data, size_t data_sz)                                     \
    {                                                                                              \
        return lq_abi_##event##_event_decode(out, msg, topics, topic_cnt, data, data_sz);          \
    }                                                                                              \
    static void decodes_##event(void **state)                                                      \
    {                                                                                              \
        (void)state;                                                                               \
        typedef lq_abi_##event##_event_t struct_t;                                                 \
        static const field_t fields[] = {__VA_ARGS__};                                             \
        log_t log = log_of(key, event);                                                            \
        check_log(&log, sizeof(struct_t), fields, LQ_ARRAY_CNT(fields));                           \
    }

/* clang-format off */
EVENT(aave_v3_balance_transfer, "aave_v3.BalanceTransfer",
      A(from, 1), A(to, 2), U(value, 3, 256), U(index, 4, 256))
EVENT(aave_v3_reserve_data_updated, "aave_v3.ReserveDataUpdated",
      A(reserve, 1), U(liquidity_rate, 2, 256), U(stable_borrow_rate, 3, 256),
      U(variable_borrow_rate, 4, 256), U(liquidity_index, 5, 256), U(variable_borrow_index, 6, 256))
EVENT(aave_v3_liquidation_call, "aave_v3.LiquidationCall",
      A(collateral_asset, 1), A(debt_asset, 2), A(user, 3), U(debt_to_cover, 4, 256),
      U(liquidated_collateral_amount, 5, 256), A(liquidator, 6), B(receive_a_token))
EVENT(aave_v3_supply, "aave_v3.Supply",
      A(reserve, 1), A(user, 2), A(on_behalf_of, 3), U(amount, 4, 256), S(referral_code, 5, 16))
EVENT(aave_v3_withdraw, "aave_v3.Withdraw",
      A(reserve, 1), A(user, 2), A(to, 3), U(amount, 4, 256))
EVENT(aave_v3_borrow, "aave_v3.Borrow",
      A(reserve, 1), A(user, 2), A(on_behalf_of, 3), U(amount, 4, 256), S(interest_rate_mode, 5, 8),
      U(borrow_rate, 6, 256), S(referral_code, 7, 16))
EVENT(aave_v3_repay, "aave_v3.Repay",
      A(reserve, 1), A(user, 2), A(repayer, 3), U(amount, 4, 256), B(use_a_tokens))
EVENT(aave_v3_user_e_mode_set, "aave_v3.UserEModeSet",
      A(user, 1), S(category_id, 2, 8))
EVENT(aave_v3_reserve_used_as_collateral_enabled, "aave_v3.ReserveUsedAsCollateralEnabled",
      A(reserve, 1), A(user, 2))
EVENT(aave_v3_reserve_used_as_collateral_disabled, "aave_v3.ReserveUsedAsCollateralDisabled",
      A(reserve, 1), A(user, 2))
EVENT(aave_v3_mint, "aave_v3.Mint",
      A(caller, 1), A(on_behalf_of, 2), U(value, 3, 256), U(balance_increase, 4, 256),
      U(index, 5, 256))
EVENT(aave_v3_burn, "aave_v3.Burn",
      A(from, 1), A(target, 2), U(value, 3, 256), U(balance_increase, 4, 256), U(index, 5, 256))
EVENT(chainlink_answer_updated, "chainlink.AnswerUpdated",
      I(current, 1), U(round_id, 2, 256), U(updated_at, 3, 256))
EVENT(erc20_transfer, "erc20.Transfer",
      A(from, 1), A(to, 2), U(value, 3, 256))
EVENT(erc20_approval, "erc20.Approval",
      A(owner, 1), A(spender, 2), U(value, 3, 256))
EVENT(morpho_blue_create_market, "morpho_blue.CreateMarket",
      H(id, 1), A(market_params.loan_token, 2), A(market_params.collateral_token, 3),
      A(market_params.oracle, 4), A(market_params.irm, 5), U(market_params.lltv, 6, 256))
EVENT(morpho_blue_supply, "morpho_blue.Supply",
      H(id, 1), A(caller, 2), A(on_behalf, 3), U(assets, 4, 256), U(shares, 5, 256))
EVENT(morpho_blue_withdraw, "morpho_blue.Withdraw",
      H(id, 1), A(caller, 2), A(on_behalf, 3), A(receiver, 4), U(assets, 5, 256), U(shares, 6, 256))
EVENT(morpho_blue_borrow, "morpho_blue.Borrow",
      H(id, 1), A(caller, 2), A(on_behalf, 3), A(receiver, 4), U(assets, 5, 256), U(shares, 6, 256))
EVENT(morpho_blue_repay, "morpho_blue.Repay",
      H(id, 1), A(caller, 2), A(on_behalf, 3), U(assets, 4, 256), U(shares, 5, 256))
EVENT(morpho_blue_supply_collateral, "morpho_blue.SupplyCollateral",
      H(id, 1), A(caller, 2), A(on_behalf, 3), U(assets, 4, 256))
EVENT(morpho_blue_withdraw_collateral, "morpho_blue.WithdrawCollateral",
      H(id, 1), A(caller, 2), A(on_behalf, 3), A(receiver, 4), U(assets, 5, 256))
EVENT(morpho_blue_liquidate, "morpho_blue.Liquidate",
      H(id, 1), A(caller, 2), A(borrower, 3), U(repaid_assets, 4, 256), U(repaid_shares, 5, 256),
      U(seized_assets, 6, 256), U(bad_debt_assets, 7, 256), U(bad_debt_shares, 8, 256))
EVENT(morpho_blue_accrue_interest, "morpho_blue.AccrueInterest",
      H(id, 1), U(prev_borrow_rate, 2, 256), U(interest, 3, 256), U(fee_shares, 4, 256))
/* clang-format on */

static void names_what_is_wrong_with_a_log(void **state)
{
    (void)state;
    log_t log = log_of("erc20.Transfer", erc20_transfer);
    lq_abi_erc20_transfer_event_t e;
    lq_err_msg_t msg;
    assert_err(lq_abi_erc20_transfer_event_decode(&e, &msg, log.topics, 3, log.data, 31),
               LQ_ERR_SYNTAX);
    assert_string_equal(msg.text, "erc20.Transfer: 31 bytes of data instead of 32: cut, or a "
                                  "contract of another kind");
    /* ERC-721 has the same signature, its third value indexed */
    assert_err(lq_abi_erc20_transfer_event_decode(&e, &msg, log.topics, 4, log.data, 0),
               LQ_ERR_SYNTAX);
    assert_string_equal(msg.text,
                        "erc20.Transfer: 4 topics instead of 3: a contract of another kind");
    log.topics[2].b[0] = 1;
    assert_err(lq_abi_erc20_transfer_event_decode(&e, &msg, log.topics, 3, log.data, 32),
               LQ_ERR_SYNTAX);
    assert_string_equal(
        msg.text, "erc20.Transfer.to: topics[2]: "
                  "0x100000000000000000000000202020202020202020202020202020202020202 is not an "
                  "address: corrupt, or data of another type");
    assert_err(lq_abi_erc20_transfer_event_decode(&e, &msg, log.topics + 1, 3, log.data, 32),
               LQ_ERR_INVAL);
    assert_string_equal(msg.text,
                        "erc20.Transfer: topics[0] is 0x101010101010101010101010101010101010101, "
                        "another event");
    log = log_of("aave_v3.LiquidationCall", aave_v3_liquidation_call);
    log.data[127] = 2;
    lq_abi_aave_v3_liquidation_call_event_t call;
    assert_err(
        lq_abi_aave_v3_liquidation_call_event_decode(&call, &msg, log.topics, 4, log.data, 128),
        LQ_ERR_SYNTAX);
    assert_string_equal(msg.text, "aave_v3.LiquidationCall.receiveAToken: data[96]: 0x2 is not a "
                                  "bool: corrupt, or data of another type");
}

/* ---- calls ---- */

/* CALL, which encodes to OUT, OUT_MAX and OUT_SZ, must equal viem's KEY, fit its size exactly, and
   write nothing where it does not fit. */
#define CHECK_CALL(key, call)                                                               \
    do {                                                                                    \
        uint8_t want[512];                                                                  \
        size_t want_sz = unhex(want, sizeof(want), text_of("calls", key));                  \
        uint8_t *out = malloc(want_sz);                                                     \
        assert_non_null(out);                                                               \
        memset(out, 0xa5, want_sz);                                                         \
        size_t out_sz = 77;                                                                 \
        lq_err_msg_t *msg = &(lq_err_msg_t){""};                                            \
        size_t out_max = want_sz - 1;                                                       \
        assert_err(call, LQ_ERR_FULL);                                                      \
        assert_int_equal(out_sz, 77);                                                       \
        for (size_t i = 0; i < want_sz; i++)                                                \
            assert_int_equal(out[i], 0xa5);                                                 \
        char text[128];                                                                     \
        (void)snprintf(text, sizeof(text), "%s: %zu bytes do not fit a buffer of %zu", key, \
                       want_sz, out_max);                                                   \
        assert_string_equal(msg->text, text);                                               \
        out_max = want_sz;                                                                  \
        assert_ok(call);                                                                    \
        assert_int_equal(out_sz, want_sz);                                                  \
        assert_memory_equal(out, want, want_sz);                                            \
        free(out);                                                                          \
    } while (0)

#define OUT out, out_max, &out_sz, msg

static void encodes_calls(void **state)
{
    (void)state;
    const lq_address_t a[] = {address_of(0), address_of(1), address_of(2),
                              address_of(3), address_of(4), address_of(6)};
    const lq_u256_t n2 = repeated(2, 256);
    const lq_u256_t n4 = repeated(4, 256);
    CHECK_CALL("erc20.transfer", lq_abi_erc20_transfer_encode(OUT, &a[1], &n2));
    CHECK_CALL("erc20.approve", lq_abi_erc20_approve_encode(OUT, &a[1], &n2));
    CHECK_CALL("erc20.balanceOf", lq_abi_erc20_balance_of_encode(OUT, &a[1]));
    CHECK_CALL("erc20.allowance", lq_abi_erc20_allowance_encode(OUT, &a[1], &a[2]));
    CHECK_CALL("erc20.decimals", lq_abi_erc20_decimals_encode(OUT));
    CHECK_CALL("erc20.symbol", lq_abi_erc20_symbol_encode(OUT));
    CHECK_CALL("aave_v3.liquidationCall",
               lq_abi_aave_v3_liquidation_call_encode(OUT, &a[1], &a[2], &a[3], &n4, true));
    CHECK_CALL("aave_v3.getUserAccountData",
               lq_abi_aave_v3_get_user_account_data_encode(OUT, &a[1]));
    CHECK_CALL("chainlink.latestRoundData", lq_abi_chainlink_latest_round_data_encode(OUT));
    const lq_hash_t id = hash_of(1);
    CHECK_CALL("morpho_blue.market", lq_abi_morpho_blue_market_encode(OUT, &id));
    CHECK_CALL("morpho_blue.position", lq_abi_morpho_blue_position_encode(OUT, &id, &a[2]));
    const lq_abi_morpho_blue_market_params_t params = {a[1], a[2], a[3], a[4], repeated(5, 256)};
    const lq_u256_t n7 = repeated(7, 256);
    const lq_u256_t n8 = repeated(8, 256);
    uint8_t data[9];
    memset(data, 0x69, sizeof(data));
    CHECK_CALL("morpho_blue.liquidate", lq_abi_morpho_blue_liquidate_encode(
                                            OUT, &params, &a[5], &n7, &n8, data, sizeof(data)));
}

static void sizes_of_fixed_calls_are_constants(void **state)
{
    (void)state;
    assert_int_equal(LQ_ABI_ERC20_TRANSFER_SZ, 68);
    assert_int_equal(LQ_ABI_ERC20_DECIMALS_SZ, 4);
    assert_int_equal(LQ_ABI_AAVE_V3_LIQUIDATION_CALL_SZ, 164);
    assert_int_equal(LQ_ABI_MORPHO_BLUE_POSITION_SZ, 68);
}

/* Calldata of any length behind the fixed part of liquidate, its padding zero. */
static void pads_bytes_of_every_length(void **state)
{
    (void)state;
    const lq_abi_morpho_blue_market_params_t params = {.lltv = repeated(5, 256)};
    const lq_address_t borrower = address_of(6);
    const lq_u256_t n = repeated(7, 256);
    uint8_t data[100];
    memset(data, 0x69, sizeof(data));
    for (size_t sz = 0; sz <= sizeof(data); sz++) {
        uint8_t out[4 + 320 + 128];
        memset(out, 0xa5, sizeof(out));
        size_t padded_sz = (sz + 31) / 32 * 32;
        size_t want_sz = 4 + 320 + padded_sz;
        size_t out_sz = 77;
        assert_err(lq_abi_morpho_blue_liquidate_encode(out, want_sz - 1, &out_sz, NULL, &params,
                                                       &borrower, &n, &n, data, sz),
                   LQ_ERR_FULL);
        assert_int_equal(out[0], 0xa5);
        assert_ok(lq_abi_morpho_blue_liquidate_encode(out, want_sz, &out_sz, NULL, &params,
                                                      &borrower, &n, &n, sz ? data : NULL, sz));
        assert_int_equal(out_sz, want_sz);
        assert_memory_equal(out + 324, data, sz);
        for (size_t i = sz; i < padded_sz; i++)
            assert_int_equal(out[324 + i], 0);
        for (size_t i = want_sz; i < sizeof(out); i++)
            assert_int_equal(out[i], 0xa5);
    }
    uint8_t out[512];
    size_t out_sz = 77;
    static const size_t immense[] = {SIZE_MAX, SIZE_MAX - 31, SIZE_MAX - 324, SIZE_MAX / 2};
    for (size_t i = 0; i < LQ_ARRAY_CNT(immense); i++)
        assert_err(lq_abi_morpho_blue_liquidate_encode(out, sizeof(out), &out_sz, NULL, &params,
                                                       &borrower, &n, &n, data, immense[i]),
                   LQ_ERR_FULL);
    assert_int_equal(out_sz, 77);
}

/* ---- what calls return ---- */

static void decodes_single_values(void **state)
{
    (void)state;
    uint8_t data[256] = {0};
    size_t sz = unhex(data, sizeof(data), text_of("returns", "erc20.balanceOf"));
    lq_u256_t balance = {{77, 0, 0, 0}};
    lq_err_msg_t msg;
    assert_err(lq_abi_erc20_balance_of_decode(&balance, &msg, data, 31), LQ_ERR_SYNTAX);
    assert_string_equal(msg.text, "erc20.balanceOf: 31 bytes returned instead of 32: no such "
                                  "function, or no contract at the address");
    assert_err(lq_abi_erc20_balance_of_decode(&balance, NULL, NULL, 0), LQ_ERR_SYNTAX);
    assert_int_equal(balance.w[0], 77);
    assert_ok(lq_abi_erc20_balance_of_decode(&balance, NULL, data, sz));
    lq_u256_t n1 = repeated(1, 256);
    assert_true(lq_u256_eq(&balance, &n1));
    assert_ok(lq_abi_erc20_allowance_decode(&balance, NULL, data, sz + 32)); /* more may follow */

    sz = unhex(data, sizeof(data), text_of("returns", "erc20.decimals"));
    uint64_t decimals = 77;
    data[30] = 1;
    assert_err(lq_abi_erc20_decimals_decode(&decimals, &msg, data, sz), LQ_ERR_SYNTAX);
    assert_string_equal(msg.text, "erc20.decimals.value: data[0]: 0x101 is not a uint8: corrupt, "
                                  "or data of another type");
    assert_int_equal(decimals, 77);
    data[30] = 0;
    data[31] = 255;
    assert_ok(lq_abi_erc20_decimals_decode(&decimals, NULL, data, sz));
    assert_int_equal(decimals, 255);
}

static void decodes_a_string(void **state)
{
    (void)state;
    uint8_t data[256];
    size_t sz = unhex(data, sizeof(data), text_of("returns", "erc20.symbol"));
    assert_int_equal(sz, 96);
    lq_abi_bytes_t symbol = {NULL, 77};
    lq_err_msg_t msg;
    for (size_t cut = 0; cut < sz; cut++) {
        uint8_t *copy = exact_copy(data, cut);
        lq_err_t err = lq_abi_erc20_symbol_decode(&symbol, &msg, copy, cut);
        assert_err(err, cut >= 65 ? LQ_OK : LQ_ERR_SYNTAX); /* the padding may be missing */
        if (err)
            assert_int_equal(symbol.sz, 77);
        free(copy);
    }
    assert_ok(lq_abi_erc20_symbol_decode(&symbol, NULL, data, sz));
    assert_int_equal(symbol.sz, 1);
    assert_ptr_equal(symbol.data, data + 64);
    assert_int_equal(symbol.data[0], 'a');
    /* a token of before the standard returns a bytes32 */
    memcpy(data, "MKR", 4);
    assert_err(lq_abi_erc20_symbol_decode(&symbol, &msg, data, 32), LQ_ERR_SYNTAX);
    assert_non_null(strstr(msg.text, "erc20.symbol.value: data[0]: 0x4d4b52"));
    assert_non_null(strstr(msg.text, "is not an offset into the data"));
}

typedef lq_err_t decode_data_t(void *out, lq_err_msg_t *msg, const uint8_t *data, size_t data_sz);

static void check_return(const char *key, decode_data_t *decode_data, size_t out_sz,
                         const field_t *fields, size_t field_cnt)
{
    uint8_t data[512] = {0};
    uint8_t out[512];
    uint8_t before[512];
    memset(before, 0xa5, sizeof(before));
    size_t sz = unhex(data, sizeof(data) - 32, text_of("returns", key));
    assert_ok(decode_data(out, NULL, data, sz));
    check_fields(out, fields, field_cnt);
    assert_ok(decode_data(out, NULL, data, sz + 32));
    check_fields(out, fields, field_cnt);
    memset(out, 0xa5, sizeof(out));
    for (size_t cut = 0; cut < sz; cut++) {
        uint8_t *copy = exact_copy(data, cut);
        assert_err(decode_data(out, NULL, copy, cut), LQ_ERR_SYNTAX);
        free(copy);
    }
    for (size_t at = 0; at < sz; at += 32) {
        if (data[at])
            continue;
        data[at] = 0x80;
        assert_err(decode_data(out, NULL, data, sz), LQ_ERR_SYNTAX);
        data[at] = 0;
    }
    assert_memory_equal(out, before, out_sz);
}

#define RETURN(function, key, ...)                                                         \
    static lq_err_t function##_ret(void *out, lq_err_msg_t *msg, const uint8_t *data,      \
                                   size_t data_sz)                                         \
    {                                                                                      \
        return lq_abi_##function##_decode(out, msg, data, data_sz);                        \
    }                                                                                      \
    static void decodes_return_of_##function(void **state)                                 \
    {                                                                                      \
        (void)state;                                                                       \
        typedef lq_abi_##function##_ret_t struct_t;                                        \
        static const field_t fields[] = {__VA_ARGS__};                                     \
        check_return(key, function##_ret, sizeof(struct_t), fields, LQ_ARRAY_CNT(fields)); \
    }

/* clang-format off */
RETURN(aave_v3_get_user_account_data, "aave_v3.getUserAccountData",
       U(total_collateral_base, 1, 256), U(total_debt_base, 2, 256),
       U(available_borrows_base, 3, 256), U(current_liquidation_threshold, 4, 256), U(ltv, 5, 256),
       U(health_factor, 6, 256))
RETURN(chainlink_latest_round_data, "chainlink.latestRoundData",
       U(round_id, 1, 80), I(answer, 2), U(started_at, 3, 256), U(updated_at, 4, 256),
       U(answered_in_round, 5, 80))
RETURN(morpho_blue_market, "morpho_blue.market",
       U(total_supply_assets, 1, 128), U(total_supply_shares, 2, 128),
       U(total_borrow_assets, 3, 128), U(total_borrow_shares, 4, 128), U(last_update, 5, 128),
       U(fee, 6, 128))
RETURN(morpho_blue_position, "morpho_blue.position",
       U(supply_shares, 1, 256), U(borrow_shares, 2, 128), U(collateral, 3, 128))
/* clang-format on */

/* ---- reverts ---- */

static void decodes_reverts(void **state)
{
    (void)state;
    uint8_t data[256];
    size_t sz = unhex(data, sizeof(data), text_of("reverts", "solidity.Error"));
    assert_int_equal(sz, 100);
    lq_abi_solidity_error_error_t error = {{NULL, 77}};
    lq_err_msg_t msg;
    for (size_t cut = 0; cut < 69; cut++) {
        uint8_t *copy = exact_copy(data, cut);
        assert_err(lq_abi_solidity_error_error_decode(&error, &msg, copy, cut), LQ_ERR_SYNTAX);
        assert_int_equal(error.message.sz, 77);
        free(copy);
    }
    assert_ok(lq_abi_solidity_error_error_decode(&error, NULL, data, sz));
    assert_int_equal(error.message.sz, 1);
    assert_ptr_equal(error.message.data, data + 68);
    lq_abi_solidity_panic_error_t panic;
    assert_err(lq_abi_solidity_panic_error_decode(&panic, &msg, data, sz), LQ_ERR_INVAL);
    assert_string_equal(msg.text, "solidity.Panic: selector 08c379a0, another error");
    sz = unhex(data, sizeof(data), text_of("reverts", "solidity.Panic"));
    assert_err(lq_abi_solidity_panic_error_decode(&panic, &msg, data, sz - 1), LQ_ERR_SYNTAX);
    assert_string_equal(msg.text, "solidity.Panic: 35 bytes of data instead of 36: cut");
    assert_ok(lq_abi_solidity_panic_error_decode(&panic, &msg, data, sz));
    lq_u256_t n1 = repeated(1, 256);
    assert_true(lq_u256_eq(&panic.code, &n1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_each_signature),
        cmocka_unit_test(decodes_aave_v3_balance_transfer),
        cmocka_unit_test(decodes_aave_v3_reserve_data_updated),
        cmocka_unit_test(decodes_aave_v3_liquidation_call),
        cmocka_unit_test(decodes_aave_v3_supply),
        cmocka_unit_test(decodes_aave_v3_withdraw),
        cmocka_unit_test(decodes_aave_v3_borrow),
        cmocka_unit_test(decodes_aave_v3_repay),
        cmocka_unit_test(decodes_aave_v3_user_e_mode_set),
        cmocka_unit_test(decodes_aave_v3_reserve_used_as_collateral_enabled),
        cmocka_unit_test(decodes_aave_v3_reserve_used_as_collateral_disabled),
        cmocka_unit_test(decodes_aave_v3_mint),
        cmocka_unit_test(decodes_aave_v3_burn),
        cmocka_unit_test(decodes_chainlink_answer_updated),
        cmocka_unit_test(decodes_erc20_transfer),
        cmocka_unit_test(decodes_erc20_approval),
        cmocka_unit_test(decodes_morpho_blue_create_market),
        cmocka_unit_test(decodes_morpho_blue_supply),
        cmocka_unit_test(decodes_morpho_blue_withdraw),
        cmocka_unit_test(decodes_morpho_blue_borrow),
        cmocka_unit_test(decodes_morpho_blue_repay),
        cmocka_unit_test(decodes_morpho_blue_supply_collateral),
        cmocka_unit_test(decodes_morpho_blue_withdraw_collateral),
        cmocka_unit_test(decodes_morpho_blue_liquidate),
        cmocka_unit_test(decodes_morpho_blue_accrue_interest),
        cmocka_unit_test(names_what_is_wrong_with_a_log),
        cmocka_unit_test(encodes_calls),
        cmocka_unit_test(sizes_of_fixed_calls_are_constants),
        cmocka_unit_test(pads_bytes_of_every_length),
        cmocka_unit_test(decodes_single_values),
        cmocka_unit_test(decodes_a_string),
        cmocka_unit_test(decodes_return_of_aave_v3_get_user_account_data),
        cmocka_unit_test(decodes_return_of_chainlink_latest_round_data),
        cmocka_unit_test(decodes_return_of_morpho_blue_market),
        cmocka_unit_test(decodes_return_of_morpho_blue_position),
        cmocka_unit_test(decodes_reverts),
    };
    return cmocka_run_group_tests(tests, load, unload);
}

#include "liqd/exec/exec.h"

#include <dlfcn.h>
#include <secp256k1_recovery.h>
#include <unistd.h>

#include "exec_rig.h"
#include "liqd/keys/secret.h"

#define ETHER UINT64_C(1000000000000000000)

/* The heap is looked at while something goes out; sanitizers have their own. */
#if !LQ_ASAN && !defined(__SANITIZE_THREAD__)
#define COUNTS_ALLOCATIONS 1
extern void *__libc_malloc(size_t sz);
extern void *__libc_calloc(size_t cnt, size_t sz);
extern void *__libc_realloc(void *p, size_t sz);
static size_t allocation_cnt;

// NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name)
void *malloc(size_t sz)
{
    allocation_cnt++;
    return __libc_malloc(sz);
}

// NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name)
void *calloc(size_t cnt, size_t sz)
{
    allocation_cnt++;
    return __libc_calloc(cnt, sz);
}

// NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name)
void *realloc(void *p, size_t sz)
{
    allocation_cnt++;
    return __libc_realloc(p, sz);
}
#else
#define COUNTS_ALLOCATIONS 0
static size_t allocation_cnt;
#endif

/* As libsecp256k1's, but for a bit that flips where a fault is wanted. */
static bool spoils;

// NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name)
int secp256k1_ecdsa_sign_recoverable(const secp256k1_context *ctx,
                                     secp256k1_ecdsa_recoverable_signature *sig,
                                     const unsigned char *digest, const unsigned char *key,
                                     secp256k1_nonce_function nonce, const void *data)
{
    int (*sign)(const secp256k1_context *, secp256k1_ecdsa_recoverable_signature *,
                const unsigned char *, const unsigned char *, secp256k1_nonce_function,
                const void *);
    *(void **)&sign = dlsym(RTLD_NEXT, "secp256k1_ecdsa_sign_recoverable");
    int made = sign(ctx, sig, digest, key, nonce, data);
    sig->data[40] ^= spoils;
    return made;
}

static const lq_address_t pool_contract = {{0xc0, 0xde}};

typedef struct rig {
    base_t base;
    char wal_path[64];
    lq_wal_t *wal;
    lq_policy_call_t call;
    lq_policy_t policy;
    lq_exec_sender_t sender;
    lq_way_t is[NODE_MAX];
    lq_exec_config_t config;
    lq_exec_t *exec;
    bool ready;
    bool within; /* a function of the shell */
    lq_wei_t balance;
    lq_outcome_t outcomes[64];
    size_t outcome_cnt;
    lq_tx_record_kind_t recorded[1024];
    size_t recorded_cnt;
    lq_hash_t hash; /* of the newest attempt */
    uint64_t again; /* intent that is taken from within an outcome */
    lq_hash_t head;
    uint64_t head_blk;
} rig_t;

static void take(rig_t *r, uint64_t intent);

static void on_outcome(void *ctx, const lq_outcome_t *outcome)
{
    rig_t *r = ctx;
    assert_false(r->within);
    r->outcomes[r->outcome_cnt++] = *outcome;
    uint64_t again = r->again;
    r->again = 0;
    if (again)
        take(r, again);
}

static void on_balance(void *ctx, const lq_wei_t *balance)
{
    ((rig_t *)ctx)->balance = *balance;
}

static void on_ended(void *ctx, const lq_tx_ended_t *ended)
{
    (void)ctx;
    (void)ended;
}

static void on_recorded(void *ctx, const lq_tx_record_t *record)
{
    rig_t *r = ctx;
    assert_true(r->recorded_cnt < LQ_ARRAY_CNT(r->recorded));
    r->recorded[r->recorded_cnt++] = record->kind;
    if (record->kind == LQ_TX_RECORD_ATTEMPT)
        r->hash = record->as.attempt->hash;
}

static void on_ready(void *ctx)
{
    ((rig_t *)ctx)->ready = true;
}

static bool on_liquidated(void *ctx, uint32_t instance, const lq_evm_log_t *log, lq_u256_t *repaid,
                          lq_u256_t *seized)
{
    (void)ctx;
    (void)instance;
    (void)log;
    (void)repaid;
    (void)seized;
    return false;
}

static lq_private_key_t *make_key(void)
{
    static const char digits[] = "4646464646464646464646464646464646464646464646464646464646464646";
    lq_private_key_t *key;
    lq_secret_t *secret;
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(write(fds[1], digits, sizeof(digits) - 1), sizeof(digits) - 1);
    (void)close(fds[1]);
    assert_ok(lq_secret_read_fd(&secret, NULL, fds[0]));
    (void)close(fds[0]);
    assert_ok(lq_private_key_parse(&key, NULL, secret));
    lq_secret_free(secret);
    return key;
}

static void set_policy(rig_t *r)
{
    lq_policy_rule_t rule = {.gas_limit_max = 1000000, .rate_cnt = 256, .rate_window_ns = 1};
    memset(&rule.max_fee_per_gas_max, 0xff, sizeof(lq_wei_t));
    memset(&rule.total_fee_max, 0xff, sizeof(lq_wei_t));
    r->call = (lq_policy_call_t){.to = pool_contract, .selector = {1, 2, 3, 4}};
    r->policy.chain_id = 1;
    r->policy.rules[LQ_PURPOSE_CANCEL] = rule;
    rule.calls = &r->call;
    rule.call_cnt = 1;
    r->policy.rules[LQ_PURPOSE_LIQUIDATE] = rule;
}

static void head(rig_t *r)
{
    lq_header_t header = {.block = {.number = ++r->head_blk},
                          .parent_hash = r->head,
                          .timestamp_sec = 1700000000 + 12 * r->head_blk,
                          .gas_limit = 30000000,
                          .gas_used = 15000000,
                          .base_fee_wei = {lq_u256_from_u64(1000000000)}};
    header.block.hash.b[0] = (uint8_t)r->head_blk;
    r->head = header.block.hash;
    for (uint32_t i = 0; i < r->base.node_cnt; i++)
        lq_pool_note_head(r->base.pool, i, r->head_blk);
    r->within = true;
    lq_exec_event(r->exec, &(lq_event_t){.kind = LQ_EVENT_HEAD,
                                         .time = lq_clock_now(lq_loop_clock(r->base.loop)),
                                         .as.head = &header});
    lq_exec_event(r->exec, &(lq_event_t){.kind = LQ_EVENT_BLOCK,
                                         .time = lq_clock_now(lq_loop_clock(r->base.loop)),
                                         .as.block = header.block});
    r->within = false;
}

static void make(rig_t *r)
{
    const lq_exec_sink_t sink = {.ctx = r,
                                 .outcome = on_outcome,
                                 .balance = on_balance,
                                 .ended = on_ended,
                                 .recorded = on_recorded,
                                 .ready = on_ready,
                                 .liquidated = on_liquidated};
    lq_err_msg_t msg = {""};
    lq_wal_bind_t bind = {.chain_id = 1};
    bool found;
    if (lq_wal_open(&r->wal, &msg, &found, r->wal_path, LQ_WAL_SZ_MIN, &bind, 1))
        fail_msg("%s", msg.text);
    if (lq_exec_new(&r->exec, &msg, &r->base.arena, r->base.loop, &r->base.log, r->base.pool,
                    r->wal, &r->config, &sink))
        fail_msg("%s", msg.text);
}

static void script(rig_t *r, size_t node, const char *count, const char *balance)
{
    lq_test_node_script(r->base.nodes[node], "eth_getTransactionCount", count);
    lq_test_node_script(r->base.nodes[node], "eth_getBalance", balance);
    lq_test_node_script(r->base.nodes[node], "eth_getTransactionReceipt", "null");
}

static int setup(void **state)
{
    rig_t *r = calloc(1, sizeof(*r));
    assert_non_null(r);
    base_begin(&r->base, 2);
    (void)snprintf(r->wal_path, sizeof(r->wal_path), "/tmp/liqd-test-exec-%d", (int)getpid());
    (void)unlink(r->wal_path);
    set_policy(r);
    assert_ok(lq_signer_open(&r->sender.signer, NULL, make_key(), &r->policy));
    r->sender.address = lq_signer_address(r->sender.signer);
    for (uint32_t i = 0; i < 2; i++) {
        r->is[i] = (lq_way_t){
            .kind = LQ_WAY_NODE, .name = i ? "b" : "a", .endpoint = i, .timeout_ns = 2 * SEC_NS};
        script(r, i, "\"0x0\"", i ? "\"0x1bc16d674ec80000\"" : "\"0x29a2241af62c0000\"");
    }
    r->config = (lq_exec_config_t){
        .manager = {.chain_id = 1,
                    .base_fee = {2, 8},
                    .intent_max = 16,
                    .inflight_max = 16,
                    .max_fee_wei = {lq_u256_from_u64(500000000000u)},
                    .bump_bps = 2000,
                    .bump_blk = 1,
                    .resend_ns = 48 * SEC_NS,
                    .final_blk = 4},
        .senders = &r->sender,
        .sender_cnt = 1,
        .ways = {.ways = r->is, .way_cnt = 2, .bundle_blk = 3, .raw_max = 16384, .max = 32},
        .gas_margin_bps = 3000,
        .gas_max = 200000,
        .count_quorum = 2,
        .timeout_ns = 2 * SEC_NS};
    r->head_blk = 100;
    make(r);
    *state = r;
    return 0;
}

static int teardown(void **state)
{
    rig_t *r = *state;
    lq_exec_free(r->exec);
    lq_wal_close(r->wal);
    (void)unlink(r->wal_path);
    lq_signer_close(r->sender.signer);
    base_end(&r->base);
    free(r);
    return 0;
}

/* Another process takes up what is in the log. */
static void restart(rig_t *r)
{
    const uint8_t *data;
    size_t sz;
    uint64_t seq;
    lq_tx_record_room_t *room = malloc(sizeof(*room));
    assert_non_null(room);
    lq_exec_free(r->exec);
    lq_signer_close(r->sender.signer);
    lq_wal_close(r->wal);
    assert_ok(lq_signer_open(&r->sender.signer, NULL, make_key(), &r->policy));
    r->ready = false;
    make(r);
    while (lq_wal_next(r->wal, &seq, &data, &sz)) {
        assert_ok(lq_tx_record_decode(room, data, sz));
        assert_ok(lq_exec_restore(r->exec, &room->record));
    }
    free(room);
    head(r);
    lq_exec_start(r->exec, &(lq_txman_start_t){.has_journal = true});
    base_pass(&r->base, 500 * MS_NS);
}

static void start(rig_t *r)
{
    const lq_txman_start_t how = {.has_journal = true};
    head(r);
    lq_exec_start(r->exec, &how);
    for (int i = 0; i < 20 && !r->ready; i++)
        base_pass(&r->base, 100 * MS_NS);
    assert_true(r->ready);
}

static void take_gas(rig_t *r, uint64_t intent, uint32_t gas)
{
    static const uint8_t input[] = {1, 2, 3, 4, 5};
    static lq_plan_t plan;
    const lq_read_call_t tx = {.to = pool_contract, .input = input, .input_sz = sizeof(input)};
    const lq_tx_step_t step = {.collateral = {{1}}};
    lq_action_take_t action;
    memset(&action, 0, sizeof(action));
    plan.step_cnt = 1;
    plan.gas = gas;
    action.intent = intent;
    action.borrower.b[0] = (uint8_t)intent;
    action.plan = &plan;
    action.txs = &tx;
    action.tx_cnt = 1;
    action.target_blk = r->head_blk + 1;
    action.last_blk = r->head_blk + 4;
    action.gas_price.base_fee_wei = (lq_wei_t){lq_u256_from_u64(1000000000)};
    action.gas_price.tip_wei = action.gas_price.base_fee_wei;
    action.most_fee_wei = (lq_wei_t){lq_u256_from_u64(100000000000u)};
    const lq_exec_take_t wanted = {
        .take = &action, .market = "m", .steps = &step, .coin = {lq_u256_from_u64(ETHER), 18}};
    bool within = r->within;
    r->within = true;
    lq_exec_take(r->exec, &wanted);
    r->within = within;
}

static void take(rig_t *r, uint64_t intent)
{
    take_gas(r, intent, 100000);
}

static size_t polled(rig_t *r)
{
    for (size_t i = 0; i < r->base.node_cnt; i++)
        (void)lq_test_node_poll(r->base.nodes[i]);
    return base_cnt(&r->base, 0, "eth_sendRawTransaction");
}

static void what_is_taken_has_left_before_the_call_returns(void **state)
{
    rig_t *r = *state;
    start(r);
    take(r, 1);
    assert_int_equal(polled(r), 1);
    assert_int_equal(base_cnt(&r->base, 1, "eth_sendRawTransaction"), 1);
    assert_int_equal(lq_exec_hists(r->exec)->signed_.cnt, 1);
    assert_int_equal(lq_exec_hists(r->exec)->recorded.cnt, 1);
    assert_int_equal(lq_exec_hists(r->exec)->written.cnt, 1);
    assert_int_equal(r->outcome_cnt, 0);
    lq_exec_work(r->exec);
    assert_int_equal(r->outcomes[0].kind, LQ_OUTCOME_SENT);
}

static void nothing_is_allocated_on_the_way_out(void **state)
{
    rig_t *r = *state;
    start(r);
    if (!COUNTS_ALLOCATIONS)
        skip();
    size_t before = allocation_cnt;
    for (uint64_t i = 1; i <= 4; i++)
        take(r, i);
    assert_int_equal(allocation_cnt, before);
    assert_int_equal(polled(r), 4);
}

static void a_full_log_sends_nothing(void **state)
{
    rig_t *r = *state;
    static const uint8_t much[100000];
    start(r);
    while (lq_wal_append(r->wal, NULL, much, sizeof(much), 0) == LQ_OK)
        continue;
    take(r, 1);
    assert_int_equal(polled(r), 0);
    lq_exec_work(r->exec);
    assert_int_equal(r->outcome_cnt, 1);
    assert_int_equal(r->outcomes[0].kind, LQ_OUTCOME_REFUSED);
}

static void a_failing_journal_sends_nothing_until_it_works(void **state)
{
    rig_t *r = *state;
    start(r);
    lq_exec_recording(r->exec, false);
    take(r, 1);
    assert_int_equal(polled(r), 0);
    lq_exec_recording(r->exec, true);
    take(r, 2);
    assert_int_equal(polled(r), 1);
}

static void the_limit_of_gas_is_the_estimate_and_its_margin_within_bounds(void **state)
{
    rig_t *r = *state;
    static const struct {
        uint32_t gas;
        uint64_t limit;
    } rows[] = {{100000, 130000}, {100001, 130002}, {153846, 200000}, {190000, 200000}};
    start(r);
    for (size_t i = 0; i < LQ_ARRAY_CNT(rows); i++) {
        take_gas(r, i + 1, rows[i].gas);
        (void)polled(r);
        const char *params = lq_test_node_params(r->base.nodes[0], "eth_sendRawTransaction");
        uint8_t raw[1024];
        lq_tx_decoded_t d;
        size_t sz = (strlen(params) - 6) / 2;
        assert_ok(lq_hex_decode(raw, sz, NULL, params + 4, 2 * sz));
        assert_ok(lq_tx_decode(&d, NULL, raw, sz));
        assert_int_equal(d.tx.gas_limit, rows[i].limit);
        assert_int_equal(d.tx.nonce, i);
        assert_true(lq_u256_is_zero(&d.tx.value.raw)); /* without an executor no bid */
    }
}

static void an_outcome_may_make_the_sink_take(void **state)
{
    rig_t *r = *state;
    start(r);
    r->again = 2;
    take(r, 1);
    lq_exec_work(r->exec);
    assert_int_equal(polled(r), 2);
    lq_exec_work(r->exec);
    assert_int_equal(r->outcome_cnt, 2);
    assert_int_equal(r->outcomes[1].intent, 2);
}

static void the_lowest_of_the_balances_counts(void **state)
{
    rig_t *r = *state;
    start(r);
    head(r);
    base_pass(&r->base, 200 * MS_NS);
    lq_exec_work(r->exec);
    assert_true(lq_u256_eq(&r->balance.raw, &(lq_u256_t){{2 * ETHER}}));
}

static void a_node_that_knows_no_block_hashes_is_asked_by_the_tag(void **state)
{
    rig_t *r = *state;
    for (size_t i = 0; i < 2; i++)
        script(r, i, "!{\"code\":-32602,\"message\":\"invalid argument 1\"}", "\"0x1\"");
    head(r);
    lq_exec_start(r->exec, &(lq_txman_start_t){.has_journal = true});
    base_pass(&r->base, 500 * MS_NS);
    assert_false(r->ready);
    assert_non_null(
        strstr(lq_test_node_params(r->base.nodes[0], "eth_getTransactionCount"), "\"latest\""));
    for (size_t i = 0; i < 2; i++)
        script(r, i, "\"0x0\"", "\"0x1\"");
    base_pass(&r->base, 3 * SEC_NS); /* it is asked again */
    assert_true(r->ready);
}

static void what_was_recorded_is_told_behind_it(void **state)
{
    rig_t *r = *state;
    start(r);
    size_t from = r->recorded_cnt;
    take(r, 1);
    assert_int_equal(r->recorded_cnt, from);
    lq_exec_settle(r->exec);
    assert_true(r->recorded_cnt >= from + 2);
    assert_int_equal(r->recorded[from], LQ_TX_RECORD_INTENT);
    assert_int_equal(r->recorded[from + 1], LQ_TX_RECORD_ATTEMPT);
}

/* The transaction number I that node 0 was sent, and whose it is; its hash. */
static lq_hash_t sent(rig_t *r, size_t i, lq_tx_decoded_t *d, lq_address_t *from)
{
    static uint8_t raw[1024];
    lq_hash_t hash;
    assert_int_equal(polled(r), i + 1);
    const char *params = lq_test_node_params(r->base.nodes[0], "eth_sendRawTransaction");
    size_t sz = (strlen(params) - 6) / 2;
    assert_ok(lq_hex_decode(raw, sz, NULL, params + 4, 2 * sz));
    assert_ok(lq_tx_decode(d, NULL, raw, sz));
    if (lq_tx_sender(from, d))
        memset(from, 0, sizeof(*from));
    lq_keccak256(hash.b, raw, sz);
    return hash;
}

static bool has_record(const rig_t *r, lq_tx_record_kind_t kind)
{
    for (size_t i = 0; i < r->recorded_cnt; i++)
        if (r->recorded[i] == kind)
            return true;
    return false;
}

/* What leaves does so before it is verified, and nothing else behind it. */
static void a_faulty_signature_halts_its_sender_until_a_restart(void **state)
{
    rig_t *r = *state;
    lq_tx_decoded_t d;
    lq_address_t from;
    start(r);
    take(r, 1);
    (void)sent(r, 0, &d, &from);
    assert_memory_equal(&from, &r->sender.address, sizeof(from));
    spoils = true;
    take(r, 2);
    spoils = false;
    (void)sent(r, 1, &d, &from);
    assert_memory_not_equal(&from, &r->sender.address, sizeof(from));
    assert_int_equal(d.tx.nonce, 1);
    take(r, 3); /* of the same event: verified before its key would sign again */
    lq_exec_settle(r->exec);
    assert_int_equal(polled(r), 2);
    lq_txman_sender_stat_t stat = lq_txman_sender_stat(lq_exec_manager(r->exec), 0);
    assert_true(stat.halted);
    assert_non_null(strstr(stat.why, "faulty"));
    assert_int_equal(stat.next_nonce, 2); /* what was sent keeps its nonce */
    assert_int_equal(stat.slot_cnt, 2);
    assert_int_equal(lq_txman_stat(lq_exec_manager(r->exec)).alarm_cnt, 1);
    assert_true(has_record(r, LQ_TX_RECORD_HALT));
    lq_exec_resume(r->exec);
    take(r, 4);
    lq_exec_settle(r->exec);
    for (int i = 0; i < 6; i++) {
        head(r);
        base_pass(&r->base, 200 * MS_NS);
        lq_exec_work(r->exec);
    }
    assert_int_equal(polled(r), 2); /* neither replaced nor cancelled */
    assert_true(lq_txman_sender_stat(lq_exec_manager(r->exec), 0).halted);
}

static void a_faulty_signature_is_found_before_anything_is_waited_for(void **state)
{
    rig_t *r = *state;
    start(r);
    spoils = true;
    take(r, 1);
    assert_false(lq_txman_sender_stat(lq_exec_manager(r->exec), 0).halted);
    lq_exec_settle(r->exec);
    spoils = false;
    assert_true(lq_txman_sender_stat(lq_exec_manager(r->exec), 0).halted);
}

/* The same bytes go again, and what takes their nonce is another message. */
static void behind_a_restart_its_nonce_is_cancelled(void **state)
{
    rig_t *r = *state;
    lq_tx_decoded_t d;
    lq_address_t from;
    start(r);
    spoils = true;
    take(r, 1);
    lq_exec_settle(r->exec);
    spoils = false;
    lq_hash_t faulty = sent(r, 0, &d, &from);
    restart(r);
    assert_true(lq_txman_sender_stat(lq_exec_manager(r->exec), 0).halted);
    lq_exec_resume(r->exec);
    for (int i = 0; i < 8; i++) {
        head(r);
        base_pass(&r->base, 200 * MS_NS);
        lq_exec_work(r->exec);
    }
    lq_hash_t last = sent(r, polled(r) - 1, &d, &from);
    assert_memory_not_equal(&last, &faulty, sizeof(last));
    assert_memory_equal(&from, &r->sender.address, sizeof(from));
    assert_memory_equal(&d.tx.to, &from, sizeof(from));
    assert_int_equal(d.tx.nonce, 0);
    assert_int_equal(d.tx.data_sz, 0);
}

/* Has NODE tell a receipt of the newest attempt, in the newest block, that took GAS. */
static void script_receipt(rig_t *r, size_t node, unsigned gas)
{
    char text[1024];
    char hash[65] = "";
    char block[65] = "";
    lq_hex_encode(hash, r->hash.b, sizeof(r->hash.b));
    lq_hex_encode(block, r->head.b, sizeof(r->head.b));
    (void)snprintf(
        text, sizeof(text),
        "{\"transactionHash\":\"0x%s\",\"blockHash\":\"0x%s\",\"blockNumber\":\"0x%llx\","
        "\"effectiveGasPrice\":\"0x1\",\"from\":\"0x%040x\",\"gasUsed\":\"0x%x\","
        "\"status\":\"0x1\",\"transactionIndex\":\"0x0\",\"logs\":[]}",
        hash, block, (unsigned long long)r->head_blk, 1u, gas);
    lq_test_node_script(r->base.nodes[node], "eth_getTransactionReceipt", text);
}

static bool is_told_mined(rig_t *r)
{
    base_pass(&r->base, 300 * MS_NS);
    lq_exec_work(r->exec);
    return r->outcome_cnt && r->outcomes[r->outcome_cnt - 1].kind == LQ_OUTCOME_MINED;
}

static void a_receipt_is_what_all_who_are_asked_tell(void **state)
{
    rig_t *r = *state;
    start(r);
    take(r, 1);
    lq_exec_work(r->exec);
    static const unsigned others[] = {0, 90000, 100000}; /* what the other node says; 0: none */
    for (unsigned step = 0; step < 3; step++) {
        head(r);
        script_receipt(r, 0, 100000);
        if (others[step])
            script_receipt(r, 1, others[step]);
        assert_int_equal(is_told_mined(r), step == 2);
    }
}

/* More than can be tried at once wait, and none of them leaves untried. */
static void what_cannot_be_simulated_at_once_waits(void **state)
{
    rig_t *r = *state;
    lq_exec_free(r->exec);
    lq_wal_close(r->wal);
    (void)unlink(r->wal_path);
    r->config.manager.simulate = true;
    r->config.manager.intent_max = 100;
    make(r);
    for (size_t i = 0; i < 2; i++)
        lq_test_node_script(r->base.nodes[i], "eth_simulateV1", NULL);
    start(r);
    for (uint64_t i = 1; i <= 90; i++)
        take(r, i);
    assert_int_equal(polled(r), 0);
    size_t asked =
        base_cnt(&r->base, 0, "eth_simulateV1") + base_cnt(&r->base, 1, "eth_simulateV1");
    assert_int_equal(asked, 64);
    base_pass(&r->base, 5 * SEC_NS); /* nobody answers: the others have their turn */
    asked = base_cnt(&r->base, 0, "eth_simulateV1") + base_cnt(&r->base, 1, "eth_simulateV1");
    assert_true(asked >= 90);
}

static void ends_with_questions_open(void **state)
{
    rig_t *r = *state;
    start(r);
    take(r, 1);
    head(r);
}

static void refuses_what_is_out_of_range(void **state)
{
    rig_t *r = *state;
    lq_exec_t *x = NULL;
    for (int i = 0; i < 5; i++) {
        lq_exec_config_t c = r->config;
        lq_exec_sender_t s = r->sender;
        lq_err_msg_t msg = {""};
        c.senders = &s;
        c.sender_cnt = i == 0 ? 0 : i == 1 ? LQ_TXMAN_SENDER_MAX + 1 : 1;
        c.count_quorum = i == 2 ? 0 : i == 3 ? LQ_EXEC_QUORUM_MAX + 1 : 1;
        s.signer = i == 4 ? NULL : s.signer;
        assert_err(lq_exec_new(&x, &msg, &r->base.arena, r->base.loop, &r->base.log, r->base.pool,
                               r->wal, &c, &(lq_exec_sink_t){0}),
                   LQ_ERR_RANGE);
        assert_true(msg.text[0]);
    }
    assert_null(x);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(what_is_taken_has_left_before_the_call_returns),
        CASE(nothing_is_allocated_on_the_way_out),
        CASE(a_full_log_sends_nothing),
        CASE(a_failing_journal_sends_nothing_until_it_works),
        CASE(the_limit_of_gas_is_the_estimate_and_its_margin_within_bounds),
        CASE(an_outcome_may_make_the_sink_take),
        CASE(the_lowest_of_the_balances_counts),
        CASE(a_node_that_knows_no_block_hashes_is_asked_by_the_tag),
        CASE(what_was_recorded_is_told_behind_it),
        CASE(a_faulty_signature_halts_its_sender_until_a_restart),
        CASE(a_faulty_signature_is_found_before_anything_is_waited_for),
        CASE(behind_a_restart_its_nonce_is_cancelled),
        CASE(a_receipt_is_what_all_who_are_asked_tell),
        CASE(what_cannot_be_simulated_at_once_waits),
        CASE(ends_with_questions_open),
        CASE(refuses_what_is_out_of_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

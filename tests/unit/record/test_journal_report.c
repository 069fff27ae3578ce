#include "journal_world.h"

/* What the reports say, against a walk through all records. */

static world_kept_t kept;
static world_senders_t senders;
static lq_tx_record_room_t rooms[WORLD_KEPT_MAX];

static void decode_all(void)
{
    for (size_t i = 0; i < kept.cnt; i++) {
        size_t sz = 0;
        const uint8_t *p = world_kept_at(&kept, i, &sz);
        assert_ok(lq_tx_record_decode(&rooms[i], p, sz));
    }
}

static bool same_address(const lq_address_t *a, const lq_address_t *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

static bool same_hash(const lq_hash_t *a, const lq_hash_t *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

/* Whether receipt I is of a transaction that is on the chain by all that is known. */
static bool counts(size_t i)
{
    const lq_tx_receipt_t *r = &rooms[i].of.receipt;
    const lq_tx_moved_t *last = NULL;
    const lq_tx_moved_t *before_final = NULL;
    for (size_t k = 0; k < kept.cnt; k++) {
        const lq_tx_record_t *o = &rooms[k].record;
        if (o->kind == LQ_TX_RECORD_RECEIPT && k > i && o->as.receipt->nonce == r->nonce &&
            same_address(&o->as.receipt->sender, &r->sender))
            return false; /* a later one */
        if (o->kind != LQ_TX_RECORD_STATE || o->as.moved->nonce != r->nonce ||
            !same_address(&o->as.moved->sender, &r->sender))
            continue;
        last = o->as.moved;
        if (last->state != LQ_TX_FINAL)
            before_final = last;
    }
    bool mined = last && (last->state == LQ_TX_MINED || last->state == LQ_TX_REVERTED ||
                          last->state == LQ_TX_FINAL);
    return mined && same_hash(&last->hash, &r->hash) &&
           !(before_final && before_final->state == LQ_TX_LOST);
}

static bool is_of_intent(const lq_hash_t *hash, uint64_t intent)
{
    for (size_t i = 0; i < kept.cnt; i++)
        if (rooms[i].record.kind == LQ_TX_RECORD_ATTEMPT && rooms[i].of.attempt.intent == intent &&
            same_hash(&rooms[i].of.attempt.hash, hash))
            return true;
    return false;
}

static void add(lq_i256_t *sum, const lq_i256_t *v)
{
    assert_ok(lq_i256_add_checked(sum, sum, v));
}

static lq_u256_t cost_of(const lq_tx_receipt_t *r)
{
    lq_u256_t gas = lq_u256_from_u64(r->gas);
    gas = lq_u256_mul_wrap(&gas, &r->gas_price_wei.raw);
    return lq_u256_add_wrap(&gas, &r->l1_fee_wei.raw);
}

static lq_i256_t gain_of(const lq_gain_t *gains, size_t cnt, const lq_address_t *token)
{
    lq_i256_t sum = lq_i256_from_i64(0);
    for (size_t i = 0; i < cnt; i++)
        if (same_address(&gains[i].token, token))
            add(&sum, &gains[i].amount);
    return sum;
}

/* ---- one row */

typedef struct walk {
    size_t next;
    uint64_t from_ns;
    size_t cnt;
    size_t max;
} walk_t;

static void check_ended(const lq_journal_row_t *row)
{
    const lq_tx_ended_t *end = NULL;
    for (size_t i = 0; i < kept.cnt; i++)
        if (rooms[i].record.kind == LQ_TX_RECORD_ENDED &&
            rooms[i].of.ended.intent == row->intent.id)
            end = &rooms[i].of.ended;
    assert_true(row->ended == (end && end->kind != LQ_OUTCOME_UNMINED));
    if (end)
        assert_memory_equal(&row->end, end, sizeof(*end));
}

static bool check_row(void *ctx, const lq_journal_row_t *row)
{
    walk_t *w = ctx;
    while (rooms[w->next].record.kind != LQ_TX_RECORD_INTENT ||
           rooms[w->next].record.wall_ns < w->from_ns)
        assert_true(++w->next < kept.cnt);
    const lq_tx_record_t *want = &rooms[w->next++].record;
    assert_true(row->wall_ns == want->wall_ns);
    assert_memory_equal(&row->intent, want->as.intent, sizeof(row->intent));
    check_ended(row);
    uint32_t attempts = 0;
    lq_u256_t gas_wei = lq_u256_from_u64(0);
    lq_u256_t paid_wei = lq_u256_from_u64(0);
    lq_i256_t gain = lq_i256_from_i64(0);
    const lq_address_t token = {{0xbb, 3}};
    uint64_t mined_blk = 0;
    lq_hash_t hash = row->hash;
    for (size_t i = 0; i < kept.cnt; i++) {
        attempts += rooms[i].record.kind == LQ_TX_RECORD_ATTEMPT &&
                    rooms[i].of.attempt.intent == row->intent.id;
        if (rooms[i].record.kind != LQ_TX_RECORD_RECEIPT || !counts(i) ||
            !is_of_intent(&rooms[i].of.receipt.hash, row->intent.id))
            continue;
        const lq_tx_receipt_t *r = &rooms[i].of.receipt;
        lq_u256_t cost = cost_of(r);
        lq_i256_t got = gain_of(r->gains, r->gain_cnt, &token);
        gas_wei = lq_u256_add_wrap(&gas_wei, &cost);
        paid_wei = lq_u256_add_wrap(&paid_wei, &r->paid_wei.raw);
        add(&gain, &got);
        mined_blk = r->block.number;
        hash = r->hash;
    }
    assert_memory_equal(&row->hash, &hash, sizeof(hash));
    assert_int_equal(row->attempt_cnt, attempts);
    assert_true(row->mined_blk == mined_blk);
    assert_true(lq_u256_eq(&row->gas_wei.raw, &gas_wei));
    assert_true(lq_u256_eq(&row->paid_wei.raw, &paid_wei));
    lq_i256_t got = gain_of(row->gains, row->gain_cnt, &token);
    assert_true(lq_i256_eq(&got, &gain));
    return ++w->cnt < w->max;
}

static bool check_miss(void *ctx, uint64_t wall_ns, const lq_tx_candidate_t *candidate)
{
    walk_t *w = ctx;
    while (rooms[w->next].record.kind != LQ_TX_RECORD_CANDIDATE ||
           rooms[w->next].record.wall_ns < w->from_ns ||
           rooms[w->next].of.candidate.reason == LQ_REASON_TAKEN)
        assert_true(++w->next < kept.cnt);
    assert_true(wall_ns == rooms[w->next].record.wall_ns);
    assert_memory_equal(candidate, &rooms[w->next++].of.candidate, sizeof(*candidate));
    return ++w->cnt < w->max;
}

static size_t cnt_since(lq_tx_record_kind_t kind, uint64_t from_ns)
{
    size_t cnt = 0;
    for (size_t i = 0; i < kept.cnt; i++)
        cnt += rooms[i].record.kind == kind && rooms[i].record.wall_ns >= from_ns &&
               !(kind == LQ_TX_RECORD_CANDIDATE && rooms[i].of.candidate.reason == LQ_REASON_TAKEN);
    return cnt;
}

static void check_total(lq_journal_t *journal, uint64_t from_ns)
{
    static lq_journal_total_t total;
    lq_err_msg_t msg = {""};
    lq_u256_t gas_wei = lq_u256_from_u64(0);
    uint64_t mined = 0;
    lq_i256_t gains[8];
    memset(gains, 0, sizeof(gains));
    if (lq_journal_total(journal, &msg, &total, from_ns) != LQ_OK)
        fail_msg("%s", msg.text);
    for (size_t i = 0; i < kept.cnt; i++) {
        const lq_tx_receipt_t *r = &rooms[i].of.receipt;
        if (rooms[i].record.kind != LQ_TX_RECORD_RECEIPT || rooms[i].record.wall_ns < from_ns ||
            !counts(i))
            continue;
        lq_u256_t cost = cost_of(r);
        gas_wei = lq_u256_add_wrap(&gas_wei, &cost);
        mined++;
        for (size_t k = 0; k < r->gain_cnt; k++)
            add(&gains[r->gains[k].token.b[1]], &r->gains[k].amount);
    }
    assert_int_equal(total.mined_cnt, mined);
    assert_true(lq_u256_eq(&total.gas_wei.raw, &gas_wei));
    for (size_t i = 0; i < LQ_ARRAY_CNT(gains); i++) {
        lq_address_t token = {{0xbb, (uint8_t)i}};
        lq_i256_t got = gain_of(total.gains, total.gain_cnt, &token);
        assert_true(lq_i256_eq(&got, &gains[i]));
    }
    assert_int_equal(total.intent_cnt, cnt_since(LQ_TX_RECORD_INTENT, from_ns));
    uint64_t misses = 0;
    for (size_t i = 0; i < LQ_REASON_CNT; i++)
        misses += total.miss_cnt[i];
    assert_int_equal(misses, cnt_since(LQ_TX_RECORD_CANDIDATE, from_ns));
    assert_int_equal(total.miss_cnt[LQ_REASON_TAKEN], 0);
}

/* ENDED records are of intents that there are, and their sums fit. */
static void end_intents(lq_rng_t *rng)
{
    for (uint64_t id = 1; id <= senders.intent_id; id += 1 + lq_rng_below(rng, 3)) {
        lq_tx_ended_t ended = {.intent = id,
                               .kind = (lq_outcome_kind_t)lq_rng_below(rng, LQ_OUTCOME_CNT)};
        if (ended.kind == LQ_OUTCOME_MINED || ended.kind == LQ_OUTCOME_REVERTED ||
            ended.kind == LQ_OUTCOME_FINAL)
            ended.net_usd = lq_i256_from_i64((int64_t)lq_rng_u64(rng) >> 4);
        world_keep(&kept,
                   &(lq_tx_record_t){LQ_TX_RECORD_ENDED, senders.wall_ns, {.ended = &ended}});
    }
}

static void reports_say_what_was_recorded(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t round = 0; round < lq_test_cnt(4, 60); round++) {
        lq_wal_t *wal = world_open_wal(1);
        lq_journal_t *journal = world_open_journal(false);
        world_tell(&senders, &kept, &rng, 100 + (size_t)lq_rng_below(&rng, 500));
        end_intents(&rng);
        world_give(&kept, 0, wal, journal);
        decode_all();
        uint64_t span_ns = senders.wall_ns - 1700000000000000000u;
        lq_err_msg_t msg;
        for (unsigned k = 0; k < 3; k++) {
            uint64_t from_ns = k ? 1700000000000000000u + lq_rng_below(&rng, span_ns) : 0;
            walk_t w = {.from_ns = from_ns, .max = SIZE_MAX};
            assert_ok(lq_journal_rows(journal, &msg, from_ns, check_row, &w));
            assert_int_equal(w.cnt, cnt_since(LQ_TX_RECORD_INTENT, from_ns));
            w = (walk_t){.from_ns = from_ns, .max = SIZE_MAX};
            assert_ok(lq_journal_misses(journal, &msg, from_ns, check_miss, &w));
            assert_int_equal(w.cnt, cnt_since(LQ_TX_RECORD_CANDIDATE, from_ns));
            check_total(journal, from_ns);
        }
        walk_t one = {.max = 1};
        assert_ok(lq_journal_rows(journal, &msg, 0, check_row, &one));
        assert_int_equal(one.cnt, 1);
        one = (walk_t){.max = 1};
        assert_ok(lq_journal_misses(journal, &msg, 0, check_miss, &one));
        assert_int_equal(one.cnt, 1);
        check_total(journal, UINT64_MAX);
        lq_journal_close(journal);
        lq_wal_close(wal);
        assert_int_equal(world_end(NULL), 0);
        assert_int_equal(world_begin(NULL), 0);
    }
}

static void what_is_realised_stands_beside_the_estimate(void **state)
{
    (void)state;
    static lq_journal_total_t total;
    lq_wal_t *wal = world_open_wal(1);
    lq_journal_t *journal = world_open_journal(false);
    const lq_outcome_kind_t kinds[] = {LQ_OUTCOME_MINED, LQ_OUTCOME_EXPIRED, LQ_OUTCOME_REVERTED};
    kept.cnt = 0;
    for (uint64_t id = 1; id <= 3; id++) {
        lq_tx_intent_t intent = {.id = id, .estimate.net_usd = lq_i256_from_i64(100)};
        lq_tx_ended_t ended = {
            .intent = id, .kind = kinds[id - 1], .net_usd = lq_i256_from_i64(id == 3 ? -7 : 90)};
        lq_tx_ended_t final = {
            .intent = id, .kind = LQ_OUTCOME_FINAL, .net_usd = lq_i256_from_i64(91)};
        world_append(&kept, wal, &(lq_tx_record_t){LQ_TX_RECORD_INTENT, 5, {.intent = &intent}});
        world_append(&kept, wal, &(lq_tx_record_t){LQ_TX_RECORD_ENDED, 6, {.ended = &ended}});
        if (id == 1) /* stands in its place */
            world_append(&kept, wal, &(lq_tx_record_t){LQ_TX_RECORD_ENDED, 7, {.ended = &final}});
    }
    world_copy(journal, wal);
    assert_ok(lq_journal_total(journal, NULL, &total, 0));
    lq_i256_t net = lq_i256_from_i64(84);
    lq_i256_t estimated = lq_i256_from_i64(200);
    assert_true(lq_i256_eq(&total.net_usd, &net));
    assert_true(lq_i256_eq(&total.estimated_usd, &estimated));
    assert_int_equal(total.ended_cnt[LQ_OUTCOME_FINAL], 1);
    assert_int_equal(total.ended_cnt[LQ_OUTCOME_MINED], 0);
    assert_int_equal(total.ended_cnt[LQ_OUTCOME_EXPIRED], 1);
    lq_journal_close(journal);
    lq_wal_close(wal);
}

static void what_a_reorg_gave_back_is_open(void **state)
{
    (void)state;
    static lq_journal_total_t total;
    lq_wal_t *wal = world_open_wal(1);
    lq_journal_t *journal = world_open_journal(false);
    static const lq_outcome_kind_t kinds[] = {LQ_OUTCOME_MINED, LQ_OUTCOME_UNMINED,
                                              LQ_OUTCOME_MINED};
    lq_tx_intent_t intent = {.id = 1};
    kept.cnt = 0;
    world_append(&kept, wal, &(lq_tx_record_t){LQ_TX_RECORD_INTENT, 5, {.intent = &intent}});
    for (size_t i = 0; i < LQ_ARRAY_CNT(kinds); i++) {
        lq_tx_ended_t ended = {.intent = 1, .kind = kinds[i]};
        world_append(&kept, wal, &(lq_tx_record_t){LQ_TX_RECORD_ENDED, 6, {.ended = &ended}});
        world_copy(journal, wal);
        assert_ok(lq_journal_total(journal, NULL, &total, 0));
        assert_int_equal(total.intent_cnt, 1);
        assert_int_equal(total.ended_cnt[LQ_OUTCOME_UNMINED], 0);
        assert_int_equal(total.ended_cnt[LQ_OUTCOME_MINED], kinds[i] == LQ_OUTCOME_MINED);
    }
    lq_journal_close(journal);
    lq_wal_close(wal);
}

static void a_sum_that_does_not_fit_is_said(void **state)
{
    (void)state;
    static lq_journal_total_t total;
    lq_wal_t *wal = world_open_wal(1);
    lq_journal_t *journal = world_open_journal(false);
    kept.cnt = 0;
    for (uint64_t nonce = 0; nonce < 2; nonce++) {
        lq_tx_receipt_t receipt = {.nonce = nonce, .hash = {{1, (uint8_t)nonce}}};
        lq_tx_moved_t moved = {.nonce = nonce, .state = LQ_TX_MINED, .hash = receipt.hash};
        memset(&receipt.paid_wei, 0xff, sizeof(receipt.paid_wei));
        world_append(&kept, wal, &(lq_tx_record_t){LQ_TX_RECORD_RECEIPT, 5, {.receipt = &receipt}});
        world_append(&kept, wal, &(lq_tx_record_t){LQ_TX_RECORD_STATE, 5, {.moved = &moved}});
    }
    world_copy(journal, wal);
    lq_err_msg_t msg = {""};
    assert_err(lq_journal_total(journal, &msg, &total, 0), LQ_ERR_RANGE);
    assert_non_null(strstr(msg.text, "leaves 256 bits"));
    assert_ok(lq_journal_total(journal, &msg, &total, 6));
    lq_journal_close(journal);
    lq_wal_close(wal);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_begin, world_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reports_say_what_was_recorded),
        TEST(what_is_realised_stands_beside_the_estimate),
        TEST(what_a_reorg_gave_back_is_open),
        TEST(a_sum_that_does_not_fit_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "fuzz.h"
#include "fuzz_input.h"

#include "../support/aave_v3_world.h"

/* Laws: whatever logs and answers come, nothing crashes; what is undone is as it was before; and
   what is left is a state that a snapshot can hold. */

static const uint8_t *bytes(fuzz_input_t *f, size_t *sz)
{
    const uint8_t *at = f->data;
    if (*sz > f->sz)
        *sz = f->sz;
    f->data += *sz;
    f->sz -= *sz;
    return at;
}

/* An address of the world, as its parts are numbered. */
static lq_address_t address(fuzz_input_t *f)
{
    uint8_t b = fuzz_byte(f);
    return world_address(b >> 4, b & 7);
}

static void feed_log(world_rig_t *rig, fuzz_input_t *f)
{
    size_t cnt;
    const lq_hash_t *topics = lq_adapter_aave_v3.topics(&cnt);
    lq_evm_log_t log = {.address = address(f)};
    uint8_t shape = fuzz_byte(f);
    log.topic_cnt = shape % (LQ_TOPIC_MAX + 1);
    if (log.topic_cnt > 0)
        log.topics[0] = topics[fuzz_byte(f) % cnt];
    for (uint32_t i = 1; i < log.topic_cnt; i++)
        log.topics[i] = world_topic_a(address(f));
    log.data_sz = (size_t)(shape / 5 % 8) * 32;
    log.data = bytes(f, &log.data_sz);
    uint8_t words[256];
    if (shape & 0x80) { /* words of small numbers */
        size_t n = log.data_sz / 32 * 32;
        memset(words, 0, n);
        for (size_t i = 0; i < n; i += 32)
            memcpy(words + i + 16, log.data + i, 16);
        log.data = words;
        log.data_sz = n;
    }
    (void)lq_adapter_aave_v3.apply(rig->self, &log, rig->world->now_sec);
    if (shape & 0x40)
        LQ_ASSERT(lq_adapter_aave_v3.discover(rig->self, &log) != LQ_ERR_RANGE);
}

static void feed_answer(world_rig_t *rig, fuzz_input_t *f)
{
    static uint8_t out[WORLD_CALL_MAX][2048];
    lq_read_call_t list[WORLD_CALL_MAX];
    lq_read_result_t results[WORLD_CALL_MAX];
    uint8_t in[WORLD_CALL_MAX * 100];
    lq_calls_t calls = {
        .calls = list, .call_max = WORLD_CALL_MAX, .data = in, .data_max = sizeof(in)};
    lq_subject_t s = {fuzz_byte(f) % 12u, fuzz_byte(f)};
    if (lq_adapter_aave_v3.reads(rig->self, &calls, s))
        return;
    for (size_t i = 0; i < calls.call_cnt; i++)
        results[i] = world_call(rig->world, &list[i], out[i]);
    size_t cnt = calls.call_cnt;
    for (uint8_t n = fuzz_byte(f) % 4; n > 0 && cnt > 0; n--) { /* lies */
        size_t i = fuzz_byte(f) % cnt;
        uint8_t how = fuzz_byte(f);
        if (how < 32)
            results[i].ok = !results[i].ok;
        else if (how < 64)
            results[i].data_sz = how - 32u;
        else if (how < 80)
            cnt = i;
        else if (results[i].data_sz >= 32)
            out[i][(how * 8u + fuzz_byte(f)) % results[i].data_sz] ^= fuzz_byte(f);
    }
    (void)lq_adapter_aave_v3.answer(rig->self, s, results, cnt, rig->world->now_sec);
}

static void look(world_rig_t *rig, fuzz_input_t *f)
{
    size_t oracles = lq_adapter_aave_v3.oracle_cnt(rig->self);
    lq_price_shift_t shift = {fuzz_byte(f), fuzz_byte(f) & 1, lq_u256_from_u64(fuzz_byte(f))};
    lq_health_view_t view = {.now_sec = rig->world->now_sec + fuzz_byte(f),
                             .shifts = &shift,
                             .shift_cnt = shift.oracle < oracles};
    for (uint32_t a = 0; a < lq_ledger_cnt(rig->ledger); a++) {
        lq_health_t h;
        lq_audit_t audit;
        lq_adapter_aave_v3.health(rig->self, &h, a, NULL);
        lq_adapter_aave_v3.health(rig->self, &h, a, &view);
        LQ_ASSERT(!h.blocked || h.verdict == LQ_HEALTH_LIQUIDATABLE);
        (void)!lq_adapter_aave_v3.audit_expected(rig->self, &audit, a, rig->world->now_sec);
    }
    for (size_t i = 0; i < lq_ledger_factor_cnt(rig->ledger); i++) {
        lq_factor_value_t v = lq_adapter_aave_v3.shifted_value(rig->self, (uint16_t)i, &view);
        lq_address_t token;
        uint8_t decimals;
        LQ_ASSERT(!(v.value < 0) && v.value <= 1e300 * (v.value == v.value ? 1 : 0) + 1e300);
        lq_adapter_aave_v3.asset_token(rig->self, (uint16_t)i, &token, &decimals);
    }
    lq_subject_t s = {0, 0};
    for (size_t n = 0; lq_adapter_aave_v3.next(rig->self, &s); n++)
        LQ_ASSERT(n < 1000);
}

static void end(world_rig_t *rig)
{
    lq_undo_forget(rig->undo, 0);
    uint64_t digest = lq_undo_digest(rig->undo);
    LQ_ASSERT(lq_adapter_aave_v3.restored(rig->self) == LQ_OK);
    LQ_ASSERT(lq_undo_digest(rig->undo) == digest);
    world_rig_fini(rig);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t sz)
{
    fuzz_input_t f = {data, sz};
    world_t w;
    world_rig_t rig;
    uint64_t digests[64];
    uint64_t depth = 0;
    uint8_t first = fuzz_byte(&f);
    world_init(&w, first % LQ_AAVE_V3_VERSION_CNT, 4);
    world_rig_make(&rig, &w, first & 8 ? LQ_ADAPTER_PROBE : w.version, first & 16 ? 3 : 8);
    if (first & 32)
        (void)world_rig_settle(&rig, 200);
    for (unsigned n = 0; f.sz > 0 && n < 60; n++) {
        lq_ledger_settled(rig.ledger);
        switch (fuzz_byte(&f) % 8) {
        case 0:
        case 1:
        case 2:
            feed_log(&rig, &f);
            break;
        case 3:
        case 4:
            feed_answer(&rig, &f);
            break;
        case 5:
            (void)world_rig_settle(&rig, 100);
            look(&rig, &f);
            break;
        case 6:
            w.now_sec += fuzz_byte(&f);
            if (depth < 64) {
                digests[depth] = lq_undo_digest(rig.undo);
                lq_undo_begin(rig.undo, depth++);
            }
            lq_adapter_aave_v3.set_now(rig.self, w.now_sec);
            break;
        case 7:
            if (depth > 0 && lq_undo_back(rig.undo, depth - 1) == LQ_OK)
                LQ_ASSERT(lq_undo_digest(rig.undo) == digests[--depth]);
            break;
        }
    }
    end(&rig);
    return 0;
}

#ifndef SYNC_MARKET_H
#define SYNC_MARKET_H

/* Oracles and a book that do as little as the sync needs to see, in place of the real ones: what
   includes this links it instead of them. One oracle, of one feed: its aggregator is read, moves
   without a log, and is what is watched. Where `moves` says so the feed is read at each block; an
   answer of one byte is no number. */

#include <stdlib.h>
#include <string.h>

#include "liqd/base/err.h"
#include "liqd/book/book.h"
#include "liqd/codec/calls.h"
#include "liqd/market/oracles.h"

#define FAKE_PROXY_BYTE      0xf0
#define FAKE_AGGREGATOR_BYTE 0xa0
#define FAKE_TOPIC_ANSWER    0x77

static const lq_hash_t fake_answer_topic = {{FAKE_TOPIC_ANSWER}};

static inline uint64_t fake_get(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof(v));
    return v;
}

typedef struct fake_feed {
    uint64_t value;
    uint64_t aggregator;
    uint64_t known;
    uint64_t stale;
    uint64_t marked;
} fake_feed_t;

struct lq_oracles {
    lq_undo_t *undo;
    fake_feed_t *feed;
    bool moves;
};

size_t lq_oracles_state_sz(const lq_oracles_config_t *config)
{
    (void)config;
    return 256;
}

lq_err_t lq_oracles_new(lq_oracles_t **o, lq_arena_t *arena, lq_undo_t *undo,
                        const lq_oracles_config_t *config)
{
    (void)config;
    *o = lq_arena_alloc(arena, sizeof(**o), 16);
    LQ_ASSERT(*o);
    **o = (lq_oracles_t){.undo = undo};
    (*o)->feed = lq_undo_alloc(undo, sizeof(fake_feed_t));
    return LQ_OK;
}

void lq_oracles_clear(lq_oracles_t *o)
{
    *o->feed = (fake_feed_t){0};
}

size_t lq_oracles_cnt(const lq_oracles_t *o)
{
    (void)o;
    return 1;
}

lq_oracle_t lq_oracles_get(const lq_oracles_t *o, uint32_t oracle)
{
    (void)oracle;
    return (lq_oracle_t){.source = {{FAKE_PROXY_BYTE}},
                         .shape = o->feed->known ? LQ_ORACLE_FEED : LQ_ORACLE_UNREAD,
                         .decimals = 8,
                         .needs_read = !o->feed->known || o->feed->stale,
                         .verdict = o->feed->known ? LQ_PRICE_OK : LQ_PRICE_ABSENT,
                         .value = {{o->feed->value, 0, 0, 0}}};
}

size_t lq_oracles_watch(const lq_oracles_t *o, lq_address_t *out, size_t max)
{
    if (!o->feed->known)
        return 0;
    if (max)
        out[0] = (lq_address_t){{FAKE_AGGREGATOR_BYTE, (uint8_t)o->feed->aggregator}};
    return 1;
}

const lq_hash_t *lq_oracles_topics(size_t *cnt)
{
    *cnt = 1;
    return &fake_answer_topic;
}

lq_feed_outcome_t lq_oracles_apply(lq_oracles_t *o, uint32_t *feed, const lq_evm_log_t *log,
                                   uint64_t block_sec)
{
    (void)block_sec;
    if (!o->feed->known || log->address.b[0] != FAKE_AGGREGATOR_BYTE ||
        log->address.b[1] != o->feed->aggregator || log->data_sz != 8)
        return LQ_FEED_SAME;
    *feed = 0;
    fake_feed_t now = *o->feed;
    now.value = fake_get(log->data);
    lq_undo_write(o->undo, o->feed, &now, sizeof(now));
    return now.value % 16 == 15 ? LQ_FEED_ZERO : LQ_FEED_OK;
}

bool lq_oracles_answer_log(const lq_oracles_t *o, lq_evm_log_t *log, uint8_t data[32],
                           uint32_t feed, const lq_i256_t *answer, uint64_t now_sec)
{
    (void)now_sec;
    if (feed || !o->feed->known)
        return false;
    *log = (lq_evm_log_t){.address = {{FAKE_AGGREGATOR_BYTE, (uint8_t)o->feed->aggregator}}};
    memcpy(data, answer->bits.w, 8);
    log->data = data;
    log->data_sz = 8;
    return true;
}

bool lq_oracles_next(const lq_oracles_t *o, lq_subject_t *subject)
{
    if (subject->kind || (o->feed->known && !o->feed->stale))
        return false;
    *subject = (lq_subject_t){1, 0};
    return true;
}

bool lq_oracles_every_block(const lq_oracles_t *o, lq_subject_t *subject)
{
    if (!o->moves || !o->feed->known || subject->kind >= LQ_ORACLES_SUBJECT_FEED)
        return false;
    *subject = (lq_subject_t){LQ_ORACLES_SUBJECT_FEED, 0};
    return true;
}

bool lq_oracles_recheck(const lq_oracles_t *o, lq_subject_t *subject)
{
    (void)o;
    if (subject->kind)
        return false;
    *subject = (lq_subject_t){1, 0};
    return true;
}

static inline lq_err_t fake_call(lq_calls_t *calls, uint8_t to, uint8_t what, uint8_t index)
{
    uint8_t *input;
    lq_address_t address = {{to}};
    lq_err_t err = lq_calls_add(calls, &input, &address, 4);
    if (err)
        return err;
    memcpy(input, (uint8_t[4]){what, index, 0, 0}, 4);
    return LQ_OK;
}

lq_err_t lq_oracles_reads(const lq_oracles_t *o, lq_calls_t *calls, lq_subject_t subject)
{
    (void)o;
    (void)subject;
    return fake_call(calls, FAKE_PROXY_BYTE, 9, 0);
}

lq_oracles_answer_t lq_oracles_answer(lq_oracles_t *o, lq_subject_t subject,
                                      const lq_read_result_t *results, size_t cnt,
                                      uint64_t block_sec)
{
    (void)block_sec;
    bool reverts = subject.kind == LQ_ORACLES_SUBJECT_FEED && cnt == 1 && !results[0].ok;
    if (reverts || (cnt == 1 && results[0].ok && results[0].data_sz == 1)) {
        fake_feed_t none = *o->feed;
        none.value = 0;
        none.stale = 0;
        none.marked = !reverts;
        bool told = reverts || o->feed->marked;
        lq_undo_write(o->undo, o->feed, &none, sizeof(none));
        return told ? LQ_ORACLES_TAKEN : LQ_ORACLES_MARKED;
    }
    if (cnt != 1 || !results[0].ok || results[0].data_sz != 16)
        return LQ_ORACLES_FAULT;
    fake_feed_t now = {.value = fake_get(results[0].data),
                       .aggregator = fake_get(results[0].data + 8),
                       .known = 1};
    bool other = !o->feed->known || o->feed->aggregator != now.aggregator;
    lq_undo_write(o->undo, o->feed, &now, sizeof(now));
    return other ? LQ_ORACLES_WATCH : LQ_ORACLES_TAKEN;
}

lq_err_t lq_oracles_audit_reads(const lq_oracles_t *o, lq_calls_t *calls, uint32_t oracle)
{
    (void)o;
    (void)oracle;
    return fake_call(calls, FAKE_PROXY_BYTE, 9, 0);
}

lq_price_verdict_t lq_oracles_expected(const lq_oracles_t *o, lq_u256_t *value, uint32_t oracle,
                                       uint64_t now_sec)
{
    (void)oracle;
    (void)now_sec;
    *value = (lq_u256_t){{o->feed->value, 0, 0, 0}};
    return LQ_PRICE_OK;
}

lq_price_verdict_t lq_oracles_actual(const lq_oracles_t *o, lq_u256_t *value, uint32_t oracle,
                                     const lq_read_result_t *results, size_t cnt)
{
    (void)o;
    (void)oracle;
    uint64_t v = cnt == 1 && results[0].data_sz == 16 ? fake_get(results[0].data) : 0;
    *value = (lq_u256_t){{v, 0, 0, 0}};
    return LQ_PRICE_OK;
}

void lq_oracles_mismatch(lq_oracles_t *o, uint32_t oracle)
{
    (void)oracle;
    fake_feed_t now = *o->feed;
    now.stale = 1;
    lq_undo_write(o->undo, o->feed, &now, sizeof(now));
}

#ifndef SYNC_MARKET_OWN_BOOK
/* The book: the lists are emptied, nobody is valued; the first accounts are the riskiest. */
struct lq_book {
    lq_undo_t *undo;
    uint64_t *now_sec;
    lq_book_ground_t ground;
    size_t rebuild_cnt;
};

size_t lq_book_state_sz(const lq_book_config_t *config)
{
    (void)config;
    return 128;
}

lq_err_t lq_book_new(lq_book_t **book, lq_arena_t *arena, lq_undo_t *undo,
                     const lq_book_config_t *config, const lq_book_ground_t *ground,
                     lq_book_fn_t *fn, void *ctx)
{
    (void)config;
    (void)fn;
    (void)ctx;
    *book = lq_arena_alloc(arena, sizeof(**book), 16);
    LQ_ASSERT(*book);
    **book = (lq_book_t){.undo = undo, .ground = *ground};
    (*book)->now_sec = lq_undo_alloc(undo, 8);
    return LQ_OK;
}

void lq_book_rebuild(lq_book_t *book)
{
    LQ_ASSERT(!lq_undo_depth(book->undo));
    book->rebuild_cnt++;
    lq_ledger_settled(book->ground.ledger);
}

lq_err_t lq_book_bind(lq_book_t *book)
{
    (void)book;
    return LQ_OK;
}

uint32_t lq_book_oracle(const lq_book_t *book, uint32_t instance, size_t i)
{
    (void)book;
    (void)instance;
    return (uint32_t)i;
}

void lq_book_set_now(lq_book_t *book, uint64_t now_sec)
{
    lq_undo_write(book->undo, book->now_sec, &now_sec, sizeof(now_sec));
    for (size_t i = 0; i < book->ground.instance_cnt; i++)
        book->ground.adapters[i]->set_now(book->ground.instances[i], now_sec);
}

void lq_book_settle(lq_book_t *book)
{
    lq_ledger_settled(book->ground.ledger);
}

size_t lq_book_riskiest(const lq_book_t *book, uint32_t *out, size_t max)
{
    size_t cnt = lq_ledger_cnt(book->ground.ledger);
    cnt = cnt < max ? cnt : max;
    for (size_t i = 0; i < cnt; i++)
        out[i] = (uint32_t)i;
    return cnt;
}

#endif /* SYNC_MARKET_OWN_BOOK */

#endif

/* What is to be read, and where answers go. */

#include "oracles_internal.h"

static bool is_used(const lq_oracles_t *o, uint32_t feed)
{
    return o->links[feed].edge != 0;
}

static bool wants_oracle(const lq_oracles_t *o, uint32_t i)
{
    return o->rows[i].stage != LQ_ORACLES_DONE && lq_oracles_is_ready(o, i);
}

static bool wants_feed(const lq_oracles_t *o, uint32_t i)
{
    return o->links[i].needs_read != 0;
}

static bool wants_token(const lq_oracles_t *o, uint32_t i)
{
    return o->tokens[i].needs_read != 0;
}

static bool is_silent(const lq_oracles_t *o, uint32_t i)
{
    return o->rows[i].stage == LQ_ORACLES_DONE && o->rows[i].shape == LQ_ORACLE_NONE;
}

static bool is_behind_proxy(const lq_oracles_t *o, uint32_t i)
{
    lq_feed_kind_t kind = o->feeds[i].kind;
    return is_used(o, i) && (kind == LQ_FEED_CHAINLINK || kind == LQ_FEED_DUAL);
}

static bool moves_without_log(const lq_oracles_t *o, uint32_t i)
{
    lq_feed_kind_t kind = o->feeds[i].kind;
    return is_used(o, i) && (kind == LQ_FEED_RATIO || kind == LQ_FEED_DUAL);
}

typedef bool wants_fn_t(const lq_oracles_t *o, uint32_t i);

/* The first of KIND behind *SUBJECT that is wanted. */
static bool step(const lq_oracles_t *o, lq_subject_t *subject, uint32_t kind, wants_fn_t *wants,
                 uint32_t cnt)
{
    if (subject->kind > kind)
        return false;
    uint32_t i = subject->kind == kind ? subject->index + 1 : 0;
    for (; i < cnt; i++) {
        if (wants(o, i)) {
            *subject = (lq_subject_t){kind, i};
            return true;
        }
    }
    return false;
}

bool lq_oracles_next(const lq_oracles_t *o, lq_subject_t *subject)
{
    const lq_oracles_head_t *h = o->head;
    return (h->unread_oracle_cnt &&
            step(o, subject, LQ_ORACLES_SUBJECT_ORACLE, wants_oracle, h->oracle_cnt)) ||
           (h->unread_feed_cnt &&
            step(o, subject, LQ_ORACLES_SUBJECT_FEED, wants_feed, h->feed_cnt)) ||
           (h->unread_token_cnt &&
            step(o, subject, LQ_ORACLES_SUBJECT_TOKEN, wants_token, h->token_cnt));
}

bool lq_oracles_every_block(const lq_oracles_t *o, lq_subject_t *subject)
{
    return step(o, subject, LQ_ORACLES_SUBJECT_FEED, moves_without_log, o->head->feed_cnt);
}

bool lq_oracles_recheck(const lq_oracles_t *o, lq_subject_t *subject)
{
    return step(o, subject, LQ_ORACLES_SUBJECT_ORACLE, is_silent, o->head->oracle_cnt) ||
           step(o, subject, LQ_ORACLES_SUBJECT_FEED, is_behind_proxy, o->head->feed_cnt);
}

static uint32_t subject_cnt(const lq_oracles_t *o, uint32_t kind)
{
    switch (kind) {
    case LQ_ORACLES_SUBJECT_ORACLE:
        return o->head->oracle_cnt;
    case LQ_ORACLES_SUBJECT_FEED:
        return o->head->feed_cnt;
    case LQ_ORACLES_SUBJECT_TOKEN:
        return o->head->token_cnt;
    default: /* no number of the enumeration */
        return 0;
    }
}

static lq_err_t add_reads(const lq_oracles_t *o, lq_calls_t *calls, lq_subject_t subject)
{
    if (subject.kind == LQ_ORACLES_SUBJECT_FEED)
        return lq_oracles_feed_reads(o, calls, subject.index);
    if (subject.kind == LQ_ORACLES_SUBJECT_TOKEN)
        return lq_oracles_token_reads(o, calls, subject.index);
    if (o->rows[subject.index].stage == LQ_ORACLES_VERIFY)
        return lq_oracles_verify_reads(o, calls, subject.index);
    return lq_oracles_probe_reads(o, calls, subject.index);
}

lq_err_t lq_oracles_reads(const lq_oracles_t *o, lq_calls_t *calls, lq_subject_t subject)
{
    LQ_ASSERT(subject.index < subject_cnt(o, subject.kind));
    const lq_calls_t was = *calls;
    lq_err_t err = add_reads(o, calls, subject);
    if (err)
        *calls = was;
    return err;
}

static lq_err_t answer_feed(lq_oracles_t *o, uint32_t feed, bool *malformed,
                            const lq_read_result_t *results, size_t cnt, uint64_t block_sec)
{
    lq_feed_read_t reads[LQ_FEED_READ_MAX];
    if (cnt != lq_feed_reads(reads, &o->feeds[feed]))
        return LQ_ERR_SYNTAX;
    return lq_oracles_feed_answer(o, feed, malformed, results, block_sec, false);
}

static lq_err_t answer_oracle(lq_oracles_t *o, uint32_t oracle, const lq_read_result_t *results,
                              size_t cnt, uint64_t block_sec)
{
    if (o->rows[oracle].stage == LQ_ORACLES_PROBE || is_silent(o, oracle))
        return lq_oracles_probe_answer(o, oracle, results, cnt, block_sec);
    if (o->rows[oracle].stage == LQ_ORACLES_DONE)
        return LQ_ERR_SYNTAX; /* nobody asked */
    if (!lq_oracles_is_ready(o, oracle))
        return LQ_ERR_SYNTAX; /* an inner one came into doubt since it was asked */
    return lq_oracles_verify_answer(o, oracle, results, cnt, block_sec);
}

lq_oracles_answer_t lq_oracles_answer(lq_oracles_t *o, lq_subject_t subject,
                                      const lq_read_result_t *results, size_t cnt,
                                      uint64_t block_sec)
{
    if (subject.index >= subject_cnt(o, subject.kind))
        return LQ_ORACLES_FAULT; /* its block was undone */
    uint32_t emitter_cnt = o->head->emitter_cnt;
    bool malformed = false;
    lq_err_t err;
    if (subject.kind == LQ_ORACLES_SUBJECT_FEED)
        err = answer_feed(o, subject.index, &malformed, results, cnt, block_sec);
    else if (subject.kind == LQ_ORACLES_SUBJECT_TOKEN)
        err = lq_oracles_token_answer(o, subject.index, results, cnt);
    else
        err = answer_oracle(o, subject.index, results, cnt, block_sec);
    if (err)
        return LQ_ORACLES_FAULT;
    if (malformed)
        return LQ_ORACLES_MARKED;
    return o->head->emitter_cnt != emitter_cnt ? LQ_ORACLES_WATCH : LQ_ORACLES_TAKEN;
}

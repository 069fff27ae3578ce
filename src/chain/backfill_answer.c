#include <inttypes.h>
#include <string.h>

#include "backfill_internal.h"
#include "liqd/chain/decode.h"

/* What one answer is judged by, as far as it has been read. */
typedef struct judge {
    lq_backfill_t *b;
    const lq_range_t *range;
    const lq_json_t *doc;
    lq_err_msg_t *msg;
    lq_header_t last;           /* the header that came with it */
    uint32_t idx;               /* of the next log of receipts, which leave out none */
    uint8_t bloom[LQ_BLOOM_SZ]; /* of the logs of receipts */
} judge_t;

static bool is_same(const lq_hash_t *a, const lq_hash_t *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

static void add_to_bloom(uint8_t bloom[LQ_BLOOM_SZ], const lq_evm_log_t *log)
{
    lq_bloom_add(bloom, log->address.b, sizeof(log->address.b));
    for (size_t i = 0; i < log->topic_cnt; i++)
        lq_bloom_add(bloom, log->topics[i].b, sizeof(log->topics[i].b));
}

/* A header that came without a bloom has one of all ones. */
static bool is_bloom_known(const uint8_t bloom[LQ_BLOOM_SZ])
{
    for (size_t i = 0; i < LQ_BLOOM_SZ; i++)
        if (bloom[i] != 0xff)
            return true;
    return false;
}

/* Takes the log AT. One that is not watched is left out of a receipt, but must not stand in an
   answer to eth_getLogs. */
static lq_err_t take_log(judge_t *j, lq_json_val_t at)
{
    const lq_evm_log_t *log;
    bool removed;
    lq_err_t err = lq_hold_add(&j->b->hold, &log, &removed, j->msg, j->doc, at);
    if (err)
        return err;
    uint64_t blk = log->block.number;
    const char *fault = NULL;
    bool watched = lq_watched_has(&j->b->watched, log);
    if (blk < j->range->from_blk || blk > j->range->to_blk)
        fault = "not of the range that was asked for";
    else if (blk == j->range->to_blk && !is_same(&log->block.hash, &j->last.block.hash))
        fault = "of another block than the header";
    else if (removed)
        fault = "removed";
    else if (j->range->receipts && log->log_idx != j->idx++)
        fault = "not the next one";
    else if (!watched && !j->range->receipts)
        fault = "not what was asked for";
    if (fault)
        return lq_err_msg_set(j->msg, LQ_ERR_RANGE, "a log of block %" PRIu64 " is %s", blk, fault);
    if (j->range->receipts && j->b->config.trust_bloom)
        add_to_bloom(j->bloom, log);
    if (!watched)
        lq_hold_undo(&j->b->hold, log);
    return LQ_OK;
}

/* Takes the logs of the array AT, CNT of them. */
static lq_err_t take_logs(judge_t *j, size_t *cnt, lq_json_val_t at)
{
    lq_json_iter_t it;
    lq_json_val_t v;
    if (lq_json_kind(at) != LQ_JSON_KIND_ARRAY)
        return lq_err_msg_set(j->msg, LQ_ERR_SYNTAX, "the logs are no array");
    lq_err_t err = lq_json_iter(j->doc, &it, j->msg, at, NULL);
    for (*cnt = 0; !err && lq_json_next(j->doc, NULL, &v, &it); ++*cnt)
        err = take_log(j, v);
    return err;
}

static lq_err_t take_header(judge_t *j, lq_json_val_t at)
{
    lq_err_t err = lq_header_decode(j->doc, &j->last, j->msg, at);
    if (!err && j->last.block.number != j->range->to_blk)
        err = lq_err_msg_set(j->msg, LQ_ERR_RANGE, "block %" PRIu64 " came for block %" PRIu64,
                             j->last.block.number, j->range->to_blk);
    return err;
}

static lq_err_t take_receipt(judge_t *j, size_t idx, lq_json_val_t at)
{
    lq_receipt_t receipt;
    lq_err_t err = lq_receipt_decode(j->doc, &receipt, j->msg, at);
    if (err)
        return err;
    if (receipt.block.number != j->last.block.number ||
        !is_same(&receipt.block.hash, &j->last.block.hash) || receipt.tx_idx != idx)
        return lq_err_msg_set(j->msg, LQ_ERR_RANGE,
                              "receipt %zu of block %" PRIu64 " is of another place", idx,
                              j->last.block.number);
    lq_json_val_t logs;
    size_t cnt;
    err = lq_json_find(j->doc, &logs, j->msg, at, "logs");
    return err ? err : take_logs(j, &cnt, logs);
}

/* Takes all logs of a block's receipts, of which there must be as many as the block has
   transactions, no log left out; where blooms are trusted, they must make up the block's. */
static lq_err_t take_receipts(judge_t *j, lq_json_val_t receipts, lq_json_val_t header)
{
    lq_json_iter_t it;
    lq_json_val_t v;
    size_t tx_cnt = 0;
    lq_err_t err = lq_json_iter(j->doc, &it, j->msg, header, "transactions");
    if (err)
        return err;
    while (lq_json_next(j->doc, NULL, &v, &it))
        tx_cnt++;
    if (lq_json_kind(receipts) != LQ_JSON_KIND_ARRAY)
        return lq_err_msg_set(j->msg, LQ_ERR_SYNTAX, "the receipts are no array");
    err = lq_json_iter(j->doc, &it, j->msg, receipts, NULL);
    size_t cnt = 0;
    for (; !err && lq_json_next(j->doc, NULL, &v, &it); cnt++)
        err = take_receipt(j, cnt, v);
    if (err)
        return err;
    if (cnt != tx_cnt)
        return lq_err_msg_set(j->msg, LQ_ERR_RANGE,
                              "block %" PRIu64 " has %zu transactions and %zu receipts",
                              j->last.block.number, tx_cnt, cnt);
    if (j->b->config.trust_bloom && is_bloom_known(j->last.logs_bloom) &&
        memcmp(j->bloom, j->last.logs_bloom, LQ_BLOOM_SZ) != 0)
        return lq_err_msg_set(j->msg, LQ_ERR_RANGE,
                              "the logs of block %" PRIu64 " do not make up its bloom",
                              j->last.block.number);
    return LQ_OK;
}

/* Whether some part of it was refused, or the block is not there. */
static bool is_refused(lq_backfill_judged_t *judged, const lq_rpc_answer_t *answer)
{
    for (size_t i = 0; i < answer->result_cnt; i++) {
        const lq_rpc_result_t *result = &answer->results[i];
        if (result->class_ == LQ_RPC_OK)
            continue;
        judged->class_ = result->class_;
        judged->hint = result->hint;
        judged->result = result;
        return true;
    }
    for (size_t i = 0; i < answer->result_cnt; i++) {
        if (lq_json_kind(answer->results[i].value) != LQ_JSON_KIND_NULL)
            continue;
        judged->class_ = LQ_RPC_ABSENT;
        return true;
    }
    return false;
}

static lq_err_t read_answer(judge_t *j, lq_backfill_judged_t *judged, const lq_rpc_answer_t *answer)
{
    size_t list_cnt = answer->result_cnt - 1;
    lq_json_val_t header = answer->results[list_cnt].value;
    lq_err_t err = take_header(j, header);
    if (!err && j->range->receipts)
        err = take_receipts(j, answer->results[0].value, header);
    for (size_t i = 0; !err && !j->range->receipts && i < list_cnt; i++) {
        size_t cnt = 0;
        err = take_logs(j, &cnt, answer->results[i].value);
        judged->round |= lq_ranges_is_round(cnt);
    }
    return err ? err : lq_hold_sort(&j->b->hold, j->msg);
}

lq_backfill_judgement_t lq_backfill_judge(lq_backfill_t *b, lq_backfill_judged_t *judged,
                                          lq_err_msg_t *msg, const lq_backfill_request_t *request,
                                          const lq_rpc_answer_t *answer)
{
    *judged = (lq_backfill_judged_t){.class_ = LQ_RPC_OK};
    if (is_refused(judged, answer))
        return LQ_BACKFILL_REFUSED;
    judge_t j = {.b = b, .range = &request->range, .doc = answer->doc, .msg = msg};
    lq_hold_begin(&b->hold);
    lq_err_t err = read_answer(&j, judged, answer);
    if (err == LQ_ERR_FULL)
        return LQ_BACKFILL_NO_ROOM;
    judged->row_cnt = b->hold.open.row_cnt;
    return err ? LQ_BACKFILL_FAULTY : LQ_BACKFILL_GOOD;
}

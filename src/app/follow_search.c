/* Searches of the past, one after another, and the block to begin at. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "follow_internal.h"
#include "liqd/chain/decode.h"

#define SEC_NS       UINT64_C(1000000000)
#define HOLD_MAX     ((size_t)64 << 20)
#define RETRY_NS     SEC_NS
#define TRY_SLOW     3u /* blocks to begin at that are tried at once */
#define TRY_SOON_MAX 6u /* and in all, where nobody waits */
#define TRY_MAX      30u
#define DEPTH_BLK                                                                  \
    4u /* below the head: a reorg seldom goes deeper, and every node has the state \
        */

lq_err_t lq_follow_filter_set(lq_follow_filter_t *out, const lq_address_t *addresses,
                              size_t address_cnt, const lq_hash_t *topics, size_t topic_cnt)
{
    lq_address_t *a = calloc(address_cnt ? address_cnt : 1, sizeof(*a));
    lq_hash_t *t = calloc(topic_cnt ? topic_cnt : 1, sizeof(*t));
    if (!a || !t) {
        free(a);
        free(t);
        return LQ_ERR_NOMEM;
    }
    if (address_cnt)
        memcpy(a, addresses, address_cnt * sizeof(*a));
    if (topic_cnt)
        memcpy(t, topics, topic_cnt * sizeof(*t));
    lq_follow_filter_free(out);
    *out = (lq_follow_filter_t){a, address_cnt, t, topic_cnt};
    return LQ_OK;
}

void lq_follow_filter_free(lq_follow_filter_t *filter)
{
    free(filter->addresses);
    free(filter->topics);
    *filter = (lq_follow_filter_t){0};
}

/* ---- searches */

void lq_follow_search(lq_follow_t *f, uint32_t instance, const lq_address_t *addresses,
                      size_t address_cnt, const lq_hash_t *topics, size_t topic_cnt,
                      uint64_t from_blk, uint64_t to_blk)
{
    lq_follow_search_t *search = &f->searches[instance];
    if (lq_follow_filter_set(&search->filter, addresses, address_cnt, topics, topic_cnt)) {
        lq_follow_fail(f, LQ_ERR_NOMEM, "out of memory");
        return;
    }
    search->wanted = true;
    search->from_blk = search->next_blk = from_blk;
    search->to_blk = to_blk;
    if (f->backfill && f->searching == instance)
        f->search_void = true;
}

static void on_log(void *ctx, const lq_evm_log_t *log)
{
    lq_follow_t *f = ctx;
    lq_event_t event = {.kind = LQ_EVENT_FOUND, .as.found = {f->searching, log}};
    if (!f->search_void)
        lq_follow_give(f, &event);
}

/* Tells how far the search of INSTANCE is. */
static void tell_searched(lq_follow_t *f, uint32_t instance, uint64_t next_blk, bool done)
{
    lq_event_t event = {.kind = LQ_EVENT_SEARCHED, .as.searched = {instance, next_blk, done}};
    lq_follow_give(f, &event);
}

static void on_progress(void *ctx, const lq_backfill_progress_t *progress)
{
    lq_follow_t *f = ctx;
    if (f->search_void)
        return;
    f->search_eta_ns = progress->eta_ns;
    if (progress->next_blk > f->searches[f->searching].next_blk) {
        f->searches[f->searching].next_blk = progress->next_blk;
        tell_searched(f, f->searching, progress->next_blk, false);
    }
}

static void on_done(void *ctx, lq_err_t err, const lq_err_msg_t *msg)
{
    lq_follow_t *f = ctx;
    f->search_done = true;
    f->search_err = err;
    f->search_msg = *msg;
}

static lq_err_t begin_search(lq_follow_t *f, uint32_t instance)
{
    lq_follow_search_t *search = &f->searches[instance];
    const lq_follow_filter_t *own = &search->filter;
    lq_filter_t filter = {own->addresses, own->address_cnt, own->topics, own->topic_cnt};
    lq_backfill_config_t config = {
        .from_blk = search->next_blk,
        .to_blk = search->to_blk,
        .range_blk = 2000,
        .range_max_blk = 100000,
        .parallel = 8,
        .hold_max = HOLD_MAX,
        .timeout_ns = 20 * SEC_NS,
        .give_up_ns = f->settings.stall_ns ? f->settings.stall_ns : 300 * SEC_NS,
        .trust_bloom = f->settings.config->logs_bloom,
    };
    lq_backfill_handlers_t handlers = {
        .ctx = f, .log = on_log, .progress = on_progress, .done = on_done};
    lq_arena_reset(&f->search_arena);
    f->searching = instance;
    f->search_void = f->search_done = false;
    f->search_eta_ns = LQ_PROGRESS_NO_ETA;
    return lq_backfill_new(&f->backfill, &f->search_arena, f->loop, f->log, f->pool, &config,
                           &filter, &handlers);
}

/* Says why the search of INSTANCE cannot go on, and what helps. */
static void fail_search(lq_follow_t *f, uint32_t instance, lq_err_t err, const char *why)
{
    lq_err_msg_t text;
    const char *name = f->state.instances[instance].name;
    uint64_t at_blk = f->searches[instance].next_blk;
    const char *remedy = err == LQ_ERR_NOT_FOUND
                             ? ": name an archive node for the first start; with "
                               "snapshot.file later ones need none"
                         : err == LQ_ERR_TOO_LONG ? ": name fewer markets by ids"
                                                  : "";
    (void)!lq_err_msg_set(&text, err, "markets.%s: logs from block %" PRIu64 " on: %s%s", name,
                          at_blk, why[0] ? why : lq_err_str(err), remedy);
    lq_follow_fail(f, err, text.text);
}

/* Ends the search that is done. */
static void end_search(lq_follow_t *f, uint64_t now_mono_ns)
{
    uint32_t instance = f->searching;
    lq_err_t err = f->search_err;
    lq_backfill_free(f->backfill);
    f->backfill = NULL;
    f->search_done = false;
    if (f->search_void)
        return;
    if (!err) {
        f->searches[instance].wanted = false;
        tell_searched(f, instance, f->searches[instance].to_blk + 1, true);
    } else if (err == LQ_ERR_TIMEOUT && !f->settings.stall_ns) {
        f->search_at_mono_ns = now_mono_ns + RETRY_NS; /* nodes come back */
    } else {
        fail_search(f, instance, err, f->search_msg.text);
    }
}

void lq_follow_search_work(lq_follow_t *f, uint64_t now_mono_ns)
{
    if (f->backfill && (f->search_done || f->search_void))
        end_search(f, now_mono_ns);
    if (f->backfill || now_mono_ns < f->search_at_mono_ns)
        return;
    for (uint32_t i = 0; i < f->state.instance_cnt; i++) {
        lq_follow_search_t *search = &f->searches[i];
        if (!search->wanted)
            continue;
        if (search->next_blk > search->to_blk) { /* nothing is past yet */
            search->wanted = false;
            tell_searched(f, i, search->next_blk, true);
            return;
        }
        lq_err_t err = begin_search(f, i);
        if (err) {
            f->backfill = NULL;
            fail_search(f, i, err, "");
        }
        return;
    }
}

void lq_follow_search_end(lq_follow_t *f)
{
    lq_backfill_free(f->backfill);
    f->backfill = NULL;
    for (size_t i = 0; i < LQ_SYNC_INSTANCE_MAX; i++)
        lq_follow_filter_free(&f->searches[i].filter);
}

/* ---- the block to begin at */

static void ask_block(lq_follow_t *f, const char *params, lq_rpc_fn_t *fn, bool pinned,
                      uint32_t endpoint)
{
    lq_rpc_item_t item = {"eth_getBlockByNumber", params, strlen(params)};
    lq_pool_call_t call = {
        .rpc = {.items = &item, .item_cnt = 1, .timeout_ns = 10 * SEC_NS, .fn = fn, .ctx = f},
        .role = LQ_ROLE_READ,
        .pinned = pinned,
        .endpoint = endpoint,
        .not_mask = lq_follow_syncing_mask(f),
    };
    lq_rpc_id_t id;
    lq_err_t err = lq_pool_call(f->pool, &id, &call);
    f->head_asked = !err;
    if (err)
        f->head_at_mono_ns = lq_loop_time(f->loop).mono_ns + RETRY_NS;
}

/* Takes the block of ANSWER; false, to be asked again later, where it is none. */
static bool take_block(lq_follow_t *f, lq_header_t *header, const lq_rpc_answer_t *answer)
{
    const lq_rpc_result_t *r = &answer->results[0];
    lq_err_msg_t msg;
    const char *name = answer->endpoint < lq_pool_endpoint_cnt(f->pool)
                           ? lq_pool_name(f->pool, answer->endpoint)
                           : "no node";
    f->head_asked = false;
    lq_err_t err = r->class_
                       ? lq_err_msg_set(&msg, LQ_ERR_REMOTE, "%s", lq_rpc_class_str(r->class_))
                       : lq_header_decode(answer->doc, header, &msg, r->value);
    if (err) {
        f->head_at_mono_ns = lq_loop_time(f->loop).mono_ns + RETRY_NS;
        (void)!lq_err_msg_set(&f->head_msg, err, "%s: %s", name, msg.text);
        if (!r->class_)
            lq_pool_note_fault(f->pool, answer->endpoint);
        return false;
    }
    return true;
}

static void begin_at(lq_follow_t *f, const lq_header_t *header)
{
    f->head_wanted = false;
    f->head_cnt++;
    if (++f->head_try >= TRY_SLOW)
        f->head_at_mono_ns = lq_loop_time(f->loop).mono_ns + RETRY_NS;
    lq_event_t event = {.kind = LQ_EVENT_BEGIN, .as.head = header};
    lq_follow_give(f, &event);
}

static void on_base(void *ctx, const lq_rpc_answer_t *answer)
{
    lq_follow_t *f = ctx;
    lq_header_t header = {0};
    if (take_block(f, &header, answer) && f->head_wanted)
        begin_at(f, &header);
}

/* The head itself is begun at only where the blocks below it were of no use. */
static void on_head(void *ctx, const lq_rpc_answer_t *answer)
{
    lq_follow_t *f = ctx;
    lq_header_t header = {0};
    char params[64];
    if (!take_block(f, &header, answer))
        return;
    uint64_t number = header.block.number;
    uint64_t depth = DEPTH_BLK >> (2 * f->head_try < 8 ? 2 * f->head_try : 8);
    lq_pool_note_head(f->pool, answer->endpoint, number);
    if (!f->head_wanted)
        return;
    if (number <= depth || !depth) {
        begin_at(f, &header);
        return;
    }
    (void)snprintf(params, sizeof(params), "[\"0x%" PRIx64 "\",false]", number - depth);
    ask_block(f, params, on_base, true, answer->endpoint);
}

/* The newest blocks have been tried, and nothing could be read at them. */
static void give_up_beginning(lq_follow_t *f)
{
    lq_follow_fail(f, LQ_ERR_NOT_FOUND,
                   "no node has the state of its newest blocks: it is still syncing, or has lost "
                   "it: wait, or name another one under nodes");
}

void lq_follow_head_work(lq_follow_t *f, uint64_t now_mono_ns)
{
    if (f->head_wanted && f->head_try >= (f->settings.stall_ns ? TRY_SOON_MAX : TRY_MAX) &&
        f->read_err == LQ_ERR_NOT_FOUND)
        give_up_beginning(f);
    if (f->nodes_ready && (f->head_wanted || !lq_follow_head(f)) && !f->head_asked &&
        now_mono_ns >= f->head_at_mono_ns)
        ask_block(f, "[\"latest\",false]", on_head, false, 0);
}

#include "check_venues.h"

#include <stdio.h>
#include <string.h>

#include "liqd/app/cli.h"
#include "liqd/base/arena.h"
#include "liqd/base/clock.h"
#include "liqd/chain/reads.h"
#include "liqd/keys/address.h"

#define SEC_NS   UINT64_C(1000000000)
#define WAIT_NS  (30 * SEC_NS)
#define CALL_MAX 1024u
#define INPUT_SZ ((size_t)CALL_MAX * 128)
#define OUT_SZ   ((size_t)CALL_MAX * 512)

typedef struct session {
    lq_arena_t arena;
    lq_venues_t *venues;
    lq_reads_t *reads;
    lq_loop_t *loop;
    lq_block_ref_t block;
    uint64_t end_mono_ns;
    lq_subject_t subject; /* that is asked about */
    bool waiting;
    bool answered;
} session_t;

static void on_answer(void *ctx, const lq_event_t *event)
{
    session_t *s = ctx;
    const lq_read_answer_t *answer = event->as.read;
    s->waiting = false;
    s->answered = !answer->err;
    if (s->answered) /* what does not fit is told by the status */
        (void)lq_venues_answer(s->venues, s->subject, answer->results, answer->result_cnt);
}

/* Asks once about SUBJECT and waits. False: nobody answered. */
static bool ask(session_t *s, lq_subject_t subject)
{
    static lq_read_call_t list[CALL_MAX];
    static uint8_t input[INPUT_SZ];
    lq_calls_t calls = {.calls = list, .call_max = CALL_MAX, .data = input, .data_max = INPUT_SZ};
    s->subject = subject;
    s->answered = false;
    if (lq_venues_reads(s->venues, &calls, subject) ||
        lq_reads_submit(s->reads, 1, &s->block, calls.calls, calls.call_cnt))
        return false;
    for (s->waiting = true; s->waiting && lq_clock_now(lq_clock_system()).mono_ns < s->end_mono_ns;)
        lq_loop_turn(s->loop, SEC_NS / 10);
    if (s->waiting)
        lq_reads_cancel(s->reads, 1);
    s->waiting = false;
    return s->answered;
}

/* Whether the pool is still to be asked what it is. */
static bool is_pool_next(const session_t *s, uint32_t pool)
{
    lq_subject_t subject = {.kind = pool ? LQ_VENUES_SUBJECT_POOL : 0, .index = pool - 1};
    return lq_venues_next(s->venues, &subject) && subject.kind == LQ_VENUES_SUBJECT_POOL &&
           subject.index == pool;
}

static void find_all(lq_venues_finding_t *out, session_t *s)
{
    for (uint32_t i = 0; i < out->pool_cnt; i++) {
        lq_pool_finding_t *found = &out->pools[i];
        found->asked = true;
        while (found->asked && is_pool_next(s, i))
            found->asked = ask(s, (lq_subject_t){LQ_VENUES_SUBJECT_POOL, i});
        const lq_venue_pool_t *pool = lq_venues_pool(s->venues, i);
        found->status = pool->status;
        found->fee_pips = pool->fee_pips;
    }
    for (uint32_t i = 0; i < out->lender_cnt && lq_venues_token_cnt(s->venues); i++) {
        lq_subject_t subject = {LQ_VENUES_SUBJECT_LENDER, i};
        bool asked = ask(s, subject); /* whom to ask what it has */
        out->lenders[i].asked = asked && ask(s, subject);
        out->lenders[i].lent_cnt = lq_venues_lent_cnt(s->venues, i);
    }
}

static lq_err_t open_session(session_t *s, const lq_venues_config_t *venues,
                             const lq_config_t *config, lq_log_t *log, lq_pool_t *nodes)
{
    lq_undo_t *undo;
    lq_undo_config_t journal = {
        .state_sz = lq_venues_state_sz(venues) + LQ_UNDO_LINE_SZ, .line_max = 1, .blk_max = 1};
    lq_reads_config_t reads = {.read_max = 1,
                               .call_max = CALL_MAX,
                               .input_max = INPUT_SZ,
                               .output_max = OUT_SZ,
                               .chunk_call_max = 256,
                               .timeout_ns = 10 * SEC_NS};
    if (config->multicall[0])
        reads.multicall = lq_config_address(config->multicall);
    lq_err_t err = lq_arena_init(&s->arena, 4 * journal.state_sz + lq_venues_arena_sz(venues) +
                                                2 * (INPUT_SZ + OUT_SZ) + (1u << 20));
    if (!err)
        err = lq_undo_new(&undo, &s->arena, &journal);
    if (!err)
        err = lq_venues_new(&s->venues, &s->arena, undo, venues);
    if (!err)
        err = lq_reads_new(&s->reads, &s->arena, s->loop, log, nodes, &reads, on_answer, s);
    return err;
}

lq_err_t lq_check_venues(lq_venues_finding_t *out, const lq_config_t *config, lq_loop_t *loop,
                         lq_log_t *log, lq_pool_t *nodes, const lq_block_ref_t *block)
{
    static lq_venue_pool_config_t pools[LQ_VENUES_POOL_MAX];
    lq_lender_config_t lenders[LQ_VENUES_LENDER_MAX];
    session_t s = {.loop = loop,
                   .block = *block,
                   .end_mono_ns = lq_clock_now(lq_clock_system()).mono_ns + WAIT_NS};
    memset(out, 0, sizeof(*out));
    out->pool_cnt = lq_config_pools(pools, config);
    out->lender_cnt = lq_config_lenders(lenders, config);
    for (size_t i = 0; i < out->pool_cnt; i++)
        out->pools[i].config = pools[i];
    if (!out->pool_cnt)
        return LQ_OK;
    lq_venues_config_t venues = {.pools = pools,
                                 .pool_cnt = out->pool_cnt,
                                 .lenders = lenders,
                                 .lender_cnt = out->lender_cnt,
                                 .tick_max = 16};
    lq_err_t err = open_session(&s, &venues, config, log, nodes);
    if (!err)
        find_all(out, &s);
    lq_reads_free(s.reads);
    lq_arena_fini(&s.arena);
    return err;
}

static bool is_pool_good(const lq_pool_finding_t *found)
{
    return found->status == LQ_NO_ROUTE_UNREAD || found->status == LQ_NO_ROUTE_NONE ||
           found->status == LQ_NO_ROUTE_EMPTY || found->status == LQ_NO_ROUTE_UNINITIALIZED;
}

static const char *pool_text(const lq_pool_finding_t *found)
{
    if (!found->asked)
        return "no node answered";
    return is_pool_good(found) && found->status != LQ_NO_ROUTE_UNINITIALIZED
               ? "as configured"
               : lq_no_route_str(found->status);
}

static const char *lender_text(const lq_lender_finding_t *found)
{
    return !found->asked     ? "was not asked"
           : found->lent_cnt ? "lends"
                             : "lends no token of the pools";
}

static const char *executor_text(const lq_config_t *config, const lq_venues_finding_t *found)
{
    if (!config->executor[0])
        return lq_config_is_deployed(config) ? "none, and none is needed"
                                             : "none: good for a dry run alone";
    return found->executor == LQ_FINDING_YES  ? "a contract"
           : found->executor == LQ_FINDING_NO ? "no contract at this address on this chain"
                                              : "no node answered";
}

void lq_check_venues_print(const lq_config_t *config, const lq_venues_finding_t *found)
{
    char address[LQ_ADDRESS_TEXT_SZ + 1];
    if (found->pool_cnt)
        (void)printf("\npools\n");
    for (size_t i = 0; i < found->pool_cnt; i++) {
        const lq_pool_finding_t *f = &found->pools[i];
        lq_address_print(address, &f->config.address);
        (void)printf("  %s %s %s", lq_venue_kind_str(f->config.kind), address, pool_text(f));
        if (f->fee_pips)
            (void)printf(", fee %u.%04u %%", f->fee_pips / 10000, f->fee_pips % 10000);
        (void)printf("\n");
    }
    if (found->lender_cnt)
        (void)printf("\nlenders\n");
    for (size_t i = 0; i < found->lender_cnt; i++)
        (void)printf("  %s %s %s (%zu)\n", config->lenders[i].name, config->lenders[i].address,
                     lender_text(&found->lenders[i]), found->lenders[i].lent_cnt);
    (void)printf("\nexecutor\n  %s%s%s\n", config->executor, config->executor[0] ? " " : "",
                 executor_text(config, found));
}

static json_t *pools_json(const lq_venues_finding_t *found)
{
    char address[LQ_ADDRESS_TEXT_SZ + 1];
    json_t *out = json_array();
    for (size_t i = 0; i < found->pool_cnt; i++) {
        const lq_pool_finding_t *f = &found->pools[i];
        lq_address_print(address, &f->config.address);
        json_t *one =
            json_pack("{s:s, s:s, s:b, s:s, s:i}", "kind", lq_venue_kind_str(f->config.kind),
                      "address", address, "ok", (int)(f->asked && is_pool_good(f)), "status",
                      pool_text(f), "fee_pips", (int)f->fee_pips);
        if (json_array_append_new(out, one) != 0) {
            json_decref(out);
            return NULL;
        }
    }
    return out;
}

static json_t *lenders_json(const lq_config_t *config, const lq_venues_finding_t *found)
{
    json_t *out = json_array();
    for (size_t i = 0; i < found->lender_cnt; i++) {
        json_t *one =
            json_pack("{s:s, s:s, s:s, s:i}", "name", config->lenders[i].name, "address",
                      config->lenders[i].address, "status", lender_text(&found->lenders[i]),
                      "tokens", (int)found->lenders[i].lent_cnt);
        if (json_array_append_new(out, one) != 0) {
            json_decref(out);
            return NULL;
        }
    }
    return out;
}

json_t *lq_check_venues_json(const lq_config_t *config, const lq_venues_finding_t *found)
{
    return json_pack("{s:o, s:o, s:{s:s, s:s}}", "pools", pools_json(found), "lenders",
                     lenders_json(config, found), "executor", "address", config->executor, "status",
                     executor_text(config, found));
}

int lq_check_venues_rc(const lq_config_t *config, const lq_venues_finding_t *found)
{
    for (size_t i = 0; i < found->pool_cnt; i++)
        if (!found->pools[i].asked || !is_pool_good(&found->pools[i]))
            return found->pools[i].asked ? LQ_EXIT_CONFIG : LQ_EXIT_NODE;
    return config->executor[0] && found->executor == LQ_FINDING_NO ? LQ_EXIT_CONFIG : LQ_EXIT_DONE;
}

/* Asks nodes as the daemon does, and prints what it gets as lines, for the tests in this folder.

       liqd_test_ask --mode backfill --from BLOCK --to BLOCK [--range BLOCKS]
                     [--address A]... [--topic T]... [--quiet 1]   prints no logs
       liqd_test_ask --mode mempool [--full 1] [--address DESTINATION]...   until SIGTERM
       liqd_test_ask --mode reads --hash H --from NUMBER [--multicall A] --call TO,DATA...

   each with --endpoint NAME,ROLES,URL... --chain-id N. The last line is a JSON object. */

#include <stdlib.h>
#include <string.h>

#include "liqd/chain/backfill.h"
#include "liqd/chain/mempool.h"
#include "liqd/chain/reads.h"
#include "program.h"

/* ---- backfill */

static lq_backfill_progress_t progress;

static void on_log(void *ctx, const lq_evm_log_t *log)
{
    const options_t *o = ctx;
    if (o->quiet)
        return;
    print_log(log);
    (void)fputs("\n", stdout);
}

static void on_progress(void *ctx, const lq_backfill_progress_t *now)
{
    (void)ctx;
    progress = *now;
}

static void on_done(void *ctx, lq_err_t err, const lq_err_msg_t *msg)
{
    (void)ctx;
    if (err)
        (void)fprintf(stderr, "%s: %s\n", lq_err_name(err), msg->text);
    (void)printf("{\"done\":\"%s\",", lq_err_name(err));
    program_stop = true;
}

static void backfill(program_t *p)
{
    lq_backfill_config_t config = {
        .from_blk = p->options.from_blk,
        .to_blk = p->options.to_blk,
        .range_blk = p->options.range_blk,
        .range_max_blk = 100000,
        .parallel = 4,
        .hold_max = (size_t)16 << 20,
        .timeout_ns = 2000 * MS,
        .give_up_ns = 20000 * MS,
        .trust_bloom = true,
    };
    lq_backfill_handlers_t handlers = {
        .ctx = &p->options, .log = on_log, .progress = on_progress, .done = on_done};
    lq_backfill_t *b;
    must("the backfill",
         lq_backfill_new(&b, &p->arena, p->loop, &p->log, p->pool, &config, &p->filter, &handlers));
    lq_loop_run(p->loop, &program_stop);
    lq_backfill_free(b);
    COUNT(&progress, next_blk);
    COUNT(&progress, log_cnt);
    COUNT(&progress, request_cnt);
    COUNT(&progress, refused_cnt);
    COUNT(&progress, receipts_cnt);
    COUNT(&progress, doubt_cnt);
    COUNT(&progress, fault_cnt);
    COUNT(&progress, elapsed_ns);
    COUNT(&progress, waiting_ns);
}

/* ---- mempool */

static void on_pending(void *ctx, const lq_event_t *event)
{
    (void)ctx;
    const lq_pending_tx_t *tx = event->as.pending;
    (void)fputs("PENDING ", stdout);
    print_hex(tx->hash.b, sizeof(tx->hash.b));
    (void)fputs(" ", stdout);
    print_hex(tx->from.b, sizeof(tx->from.b));
    (void)printf(" %llu ", (unsigned long long)tx->nonce);
    print_hex(tx->input, tx->input_sz);
    (void)fputs("\n", stdout);
    (void)fflush(stdout);
}

static void mempool(program_t *p)
{
    lq_mempool_config_t config = {
        .full = p->options.full,
        .seen_max = 65536,
        .fetch_max = 32,
        .fetch_rate = 10000,
        .input_max = (size_t)128 << 10,
        .timeout_ns = 1000 * MS,
        .seed = 1,
    };
    lq_mempool_t *m;
    must("the mempool",
         lq_mempool_new(&m, &p->arena, p->loop, &p->log, p->pool, &config, p->options.addresses,
                        p->options.address_cnt, on_pending, NULL));
    lq_loop_run(p->loop, &program_stop);
    const lq_mempool_stat_t *stat = lq_mempool_stat(m);
    (void)printf("{");
    COUNT(stat, hash_cnt);
    COUNT(stat, full_cnt);
    COUNT(stat, double_cnt);
    COUNT(stat, unwatched_cnt);
    COUNT(stat, given_cnt);
    COUNT(stat, fetch_cnt);
    COUNT(stat, gone_cnt);
    COUNT(stat, failed_cnt);
    COUNT(stat, over_cnt);
    COUNT(stat, garbage_cnt);
    lq_mempool_free(m);
}

/* ---- reads */

static void on_read(void *ctx, const lq_event_t *event)
{
    (void)ctx;
    const lq_read_answer_t *read = event->as.read;
    (void)printf("READ %s\n", lq_err_name(read->err));
    for (size_t i = 0; i < read->result_cnt; i++) {
        (void)printf("RESULT %d ", read->results[i].ok);
        print_hex(read->results[i].data, read->results[i].data_sz);
        (void)fputs("\n", stdout);
    }
    program_stop = true;
}

static void reads(program_t *p)
{
    const options_t *o = &p->options;
    lq_reads_config_t config = {
        .multicall = o->multicall,
        .read_max = 4,
        .call_max = CALL_MAX,
        .input_max = (size_t)CALL_MAX * INPUT_MAX,
        .output_max = (size_t)1 << 20,
        .chunk_call_max = 16,
        .timeout_ns = 5000 * MS,
    };
    lq_reads_t *r;
    must("the reads",
         lq_reads_new(&r, &p->arena, p->loop, &p->log, p->pool, &config, on_read, NULL));
    lq_read_call_t calls[CALL_MAX];
    for (size_t i = 0; i < o->call_cnt; i++)
        calls[i] = (lq_read_call_t){o->calls[i].to, o->calls[i].input, o->calls[i].input_sz};
    lq_block_ref_t block = {o->from_blk, o->block.hash};
    must("the read", lq_reads_submit(r, 1, &block, calls, o->call_cnt));
    lq_loop_run(p->loop, &program_stop);
    lq_reads_free(r);
    (void)printf("{");
}

int main(int argc, char **argv)
{
    static program_t p;
    program_begin(&p, argc, argv);
    if (strcmp(p.options.mode, "backfill") == 0)
        backfill(&p);
    else if (strcmp(p.options.mode, "mempool") == 0)
        mempool(&p);
    else if (strcmp(p.options.mode, "reads") == 0)
        reads(&p);
    else
        must(p.options.mode, LQ_ERR_INVAL);
    print_pool(p.pool);
    (void)printf("}\n");
    program_end(&p);
    return EXIT_SUCCESS;
}

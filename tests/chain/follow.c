/* Follows a chain through net, rpc and chain as the daemon does, and prints each event as a line,
   for the tests in this folder. Its log goes to standard error; SIGTERM ends it with its counters
   as a JSON object.

       liqd_test_follow --endpoint NAME,ROLES,URL... --chain-id N [--quorum K] [--window BLOCKS]
                        [--block-ms MS] [--from BLOCK] [--address A]... [--topic T]...

   ROLES are of the letters r (read) and s (subscribe). */

#include <stdlib.h>

#include "liqd/chain/chain.h"
#include "program.h"

static void on_event(void *ctx, const lq_event_t *event)
{
    (void)ctx;
    switch (event->kind) {
    case LQ_EVENT_HEAD:
        print_block("HEAD", &event->as.head->block);
        (void)fputs(" ", stdout);
        print_hex(event->as.head->parent_hash.b, sizeof(lq_hash_t));
        break;
    case LQ_EVENT_LOG:
        print_log(event->as.log);
        break;
    case LQ_EVENT_BLOCK:
        print_block("BLOCK", &event->as.block);
        break;
    case LQ_EVENT_UNDONE:
        print_block("UNDONE", &event->as.block);
        break;
    case LQ_EVENT_BROKEN:
        (void)fputs("BROKEN", stdout);
        break;
    default:
        LQ_BUG("the chain gives no event %d", (int)event->kind);
    }
    (void)fputs("\n", stdout);
    (void)fflush(stdout);
}

static void print_stat(const lq_chain_t *chain, const lq_pool_t *pool)
{
    lq_chain_stat_t stat = lq_chain_stat(chain);
    (void)printf("{");
    COUNT(&stat.tracker, head_cnt);
    COUNT(&stat.tracker, log_cnt);
    COUNT(&stat.tracker, double_cnt);
    COUNT(&stat.tracker, removed_cnt);
    COUNT(&stat.tracker, reorg_cnt);
    COUNT(&stat.tracker, reorg_depth_max);
    COUNT(&stat.tracker, undone_cnt);
    COUNT(&stat.tracker, broken_cnt);
    COUNT(&stat.tracker, gap_cnt);
    COUNT(&stat.tracker, gap_blk_cnt);
    COUNT(&stat.tracker, contradiction_cnt);
    COUNT(&stat.tracker, redone_cnt);
    COUNT(&stat.tracker, dropped_cnt);
    COUNT(&stat.tracker, unwatched_cnt);
    COUNT(&stat, poll_cnt);
    COUNT(&stat, missed_head_cnt);
    COUNT(&stat, garbage_cnt);
    COUNT(&stat, want_cnt);
    COUNT(&stat, unanswered_cnt);
    print_pool(pool);
    (void)printf("}\n");
}

static lq_chain_config_t chain_config(const options_t *o)
{
    uint64_t block_ns = o->block_ms * MS;
    return (lq_chain_config_t){
        .tracker = {.quorum = o->quorum,
                    .window_blk = o->window_blk,
                    .trust_bloom = true,
                    .gap_max_blk = 10000,
                    .retry_ns = 100 * MS,
                    .seed = 1,
                    .header_max = 4096,
                    .log_max = 16384,
                    .data_max = (size_t)16 << 20},
        .block_ns = block_ns,
        .poll_ns = block_ns / 2,
        .timeout_ns = 1500 * MS,
        .block_log_max = 4096,
        .block_data_max = (size_t)8 << 20,
    };
}

int main(int argc, char **argv)
{
    static program_t p;
    program_begin(&p, argc, argv);
    lq_chain_config_t config = chain_config(&p.options);
    lq_chain_start_t start = {.from_blk = p.options.from_blk};
    lq_chain_t *chain;
    must("the chain", lq_chain_new(&chain, &p.arena, p.loop, &p.log, p.pool, &config, &p.filter,
                                   start.from_blk ? &start : NULL, on_event, NULL));
    lq_loop_run(p.loop, &program_stop);
    print_stat(chain, p.pool);
    lq_chain_free(chain);
    program_end(&p);
    return EXIT_SUCCESS;
}

/* The transactions that a dry run asked for, read from its recording.

       liqd_test_takes RECORDING

   For each, in order, a line

       T intent account target_block target_sec tip_wei bid_wei gas net_usd_wad log_block log_index

   the last two of the newest log that was known, with one for each of its transactions behind it:

       X to input */

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "liqd/num/decimal.h"
#include "liqd/record/event_log.h"

static void fail(const char *what, lq_err_t err, const char *why)
{
    (void)fprintf(stderr, "%s: %s: %s\n", what, lq_err_str(err), why);
    exit(EXIT_FAILURE);
}

static const uint8_t *map_file(const char *path, size_t *sz)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    void *p = MAP_FAILED;
    if (fd >= 0 && fstat(fd, &st) == 0)
        p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (p == MAP_FAILED)
        fail(path, LQ_ERR_IO, "cannot be read");
    (void)close(fd);
    *sz = (size_t)st.st_size;
    return p;
}

static void print_hex(const uint8_t *p, size_t sz)
{
    (void)printf(" 0x");
    for (size_t i = 0; i < sz; i++)
        (void)printf("%02x", p[i]);
}

static void print_number(const lq_u256_t *v)
{
    char text[LQ_DECIMAL_SZ];
    if (lq_decimal_print(text, sizeof(text), v, 0))
        fail("a number", LQ_ERR_RANGE, "has no digits");
    (void)printf(" %s", text);
}

static void print_signed(const lq_i256_t *v)
{
    lq_u256_t abs = lq_i256_abs(v);
    char text[1 + LQ_DECIMAL_SZ] = "-";
    if (lq_decimal_print(text + 1, LQ_DECIMAL_SZ, &abs, 0))
        fail("a number", LQ_ERR_RANGE, "has no digits");
    (void)printf(" %s", lq_i256_is_neg(v) ? text : text + 1);
}

/* The newest log. */
typedef struct place {
    uint64_t blk;
    uint32_t log_idx;
} place_t;

static void print_take(const lq_action_take_t *take, const place_t *newest)
{
    (void)printf("T %" PRIu64, take->intent);
    print_hex(take->borrower.b, sizeof(take->borrower.b));
    (void)printf(" %" PRIu64 " %" PRIu64, take->target_blk, take->target_sec);
    print_number(&take->gas_price.tip_wei.raw);
    print_number(&take->bid_wei.raw);
    (void)printf(" %" PRIu32, take->plan->gas);
    print_signed(&take->plan->profit.net_usd);
    (void)printf(" %" PRIu64 " %" PRIu32 "\n", newest->blk, newest->log_idx);
    for (size_t i = 0; i < take->tx_cnt; i++) {
        (void)printf("X");
        print_hex(take->txs[i].to.b, sizeof(take->txs[i].to.b));
        print_hex(take->txs[i].input, take->txs[i].input_sz);
        (void)printf("\n");
    }
}

static void read_takes(const lq_recorded_action_t *actions, size_t cnt, const place_t *newest)
{
    static lq_action_room_t room;
    for (size_t i = 0; i < cnt; i++) {
        if (actions[i].kind != LQ_ACTION_TAKE)
            continue;
        lq_err_t err = lq_action_decode(&room, actions[i].bytes, actions[i].sz);
        if (err)
            fail("a transaction asked for", err, "it does not decode");
        print_take(room.action.as.take, newest);
    }
}

int main(int argc, char **argv)
{
    lq_err_msg_t msg = {""};
    lq_event_log_t *log;
    const lq_event_t *event;
    const lq_recorded_action_t *actions;
    size_t cnt;
    size_t sz;
    place_t newest = {0, 0};
    if (argc != 2)
        fail("usage: liqd_test_takes RECORDING", LQ_ERR_USAGE, "");
    const uint8_t *p = map_file(argv[1], &sz);
    lq_err_t err = lq_event_log_open(&log, &msg, p, sz);
    while (!err && !(err = lq_event_log_next(log, &msg, &event, &actions, &cnt))) {
        if (event->kind == LQ_EVENT_LOG)
            newest = (place_t){event->as.log->block.number, event->as.log->log_idx};
        read_takes(actions, cnt, &newest);
    }
    if (err != LQ_ERR_EMPTY || !lq_event_log_is_complete(log))
        fail(argv[1], err, msg.text);
    lq_event_log_close(log);
    return EXIT_SUCCESS;
}

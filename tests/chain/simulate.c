/* Simulates as the daemon does, for the tests in this folder.

       liqd_test_simulate --endpoint NAME,ROLES,URL... --chain-id N

   takes from standard input, a line each, what is to be asked

       parent NUMBER HASH                        of all that follows
       block NUMBER TIME GAS_LIMIT BASE_FEE MINER
       code|balance ADDRESS DATA|AMOUNT          overrides
       slot ADDRESS SLOT WORD
       tx FROM TO VALUE GAS MAX_FEE TIP DATA

   and asks, each by one of

       ask                                       and forgets overrides and transactions
       place TOKEN HOLDER SPENDER
       paid TX_HASH                              in the block, whose parent is its hash

   Numbers and amounts are quantities, all else is data. Prints what comes. */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "liqd/chain/simulate.h"
#include "liqd/codec/hex.h"
#include "program.h"

#define TX_MAX    8u
#define OVER_MAX  8u
#define SLOT_MAX  64u
#define BYTES_MAX ((size_t)64 << 10)
#define TEXT_MAX  ((size_t)128 << 10)
#define FIELD_MAX 8u

static lq_simulate_t *simulate;
static lq_simulate_ask_t question;
static lq_simulate_override_t overrides[OVER_MAX];
static lq_simulate_slot_t slots[OVER_MAX][SLOT_MAX];
static lq_simulate_tx_t txs[TX_MAX];
static uint8_t bytes[BYTES_MAX];
static size_t bytes_sz;
static bool done;

/* ---- input */

static void take_data(uint8_t *out, size_t out_sz, const char *text)
{
    must(text, lq_hex_decode_data(out, out_sz, NULL, text, strlen(text)));
}

static uint64_t take_u64(const char *text)
{
    uint64_t n = 0;
    must(text, lq_hex_decode_u64(&n, NULL, text, strlen(text)));
    return n;
}

static lq_wei_t take_wei(const char *text)
{
    lq_wei_t wei = {{{0}}};
    must(text, lq_hex_decode_u256(&wei.raw, NULL, text, strlen(text)));
    return wei;
}

static const uint8_t *take_bytes(size_t *sz, const char *text)
{
    uint8_t *at = bytes + bytes_sz;
    must(text, lq_hex_decode_data_max(at, sz, sizeof(bytes) - bytes_sz, NULL, text, strlen(text)));
    bytes_sz += *sz;
    return at;
}

static lq_simulate_override_t *override_of(const char *text)
{
    lq_address_t address;
    size_t i = 0;
    take_data(address.b, sizeof(address.b), text);
    while (i < question.override_cnt &&
           memcmp(&overrides[i].address, &address, sizeof(address)) != 0)
        i++;
    if (i == OVER_MAX)
        must(text, LQ_ERR_FULL);
    if (i == question.override_cnt) {
        overrides[i] = (lq_simulate_override_t){.address = address, .slots = slots[i]};
        question.override_cnt++;
    }
    return &overrides[i];
}

static void add_slot(char **f)
{
    lq_simulate_override_t *o = override_of(f[1]);
    lq_simulate_slot_t *slot = &slots[o - overrides][o->slot_cnt++];
    lq_hash_t word;
    if (o->slot_cnt == SLOT_MAX)
        must(f[1], LQ_ERR_FULL);
    take_data(slot->slot.b, sizeof(slot->slot.b), f[2]);
    take_data(word.b, sizeof(word.b), f[3]);
    slot->value = lq_u256_from_be(word.b);
}

static void add_tx(char **f)
{
    if (question.tx_cnt == TX_MAX)
        must(f[0], LQ_ERR_FULL);
    lq_simulate_tx_t *tx = &txs[question.tx_cnt++];
    take_data(tx->from.b, sizeof(tx->from.b), f[1]);
    take_data(tx->to.b, sizeof(tx->to.b), f[2]);
    tx->value_wei = take_wei(f[3]);
    tx->gas_limit = take_u64(f[4]);
    tx->max_fee_wei = take_wei(f[5]);
    tx->tip_wei = take_wei(f[6]);
    tx->input = take_bytes(&tx->input_sz, f[7]);
}

static void set_block(char **f)
{
    lq_header_t *b = &question.block;
    b->block.number = take_u64(f[1]);
    b->timestamp_sec = take_u64(f[2]);
    b->gas_limit = take_u64(f[3]);
    b->base_fee_wei = take_wei(f[4]);
    take_data(b->miner.b, sizeof(b->miner.b), f[5]);
}

/* ---- questions */

static void on_simulated(void *ctx, const lq_simulate_answer_t *answer)
{
    (void)ctx;
    (void)printf("SIMULATED %s %d %d %s\n", lq_err_name(answer->err), answer->by_call,
                 answer->in_parent, answer->why);
    for (size_t i = 0; i < answer->result_cnt; i++) {
        const lq_simulate_result_t *r = &answer->results[i];
        if (!r->known)
            continue;
        (void)printf("RESULT %zu %d %" PRIu32 " ", i, r->ok, r->gas);
        print_hex(r->data, r->data_sz);
        (void)fputs("\n", stdout);
        for (size_t k = 0; k < r->log_cnt; k++) {
            print_log(&r->logs[k]);
            (void)fputs("\n", stdout);
        }
    }
    done = true;
}

static void on_place(void *ctx, const lq_simulate_place_answer_t *answer)
{
    (void)ctx;
    (void)printf("PLACE %s ", lq_err_name(answer->err));
    print_hex(answer->contract.b, sizeof(answer->contract.b));
    (void)fputs(" ", stdout);
    print_hex(answer->slot.b, sizeof(answer->slot.b));
    (void)fputs("\n", stdout);
    done = true;
}

static void on_paid(void *ctx, uint64_t id, const lq_simulate_paid_t *paid)
{
    (void)ctx;
    (void)id;
    char payment[LQ_HEX_U256_MAX_SZ];
    char tip[LQ_HEX_U256_MAX_SZ];
    size_t payment_sz = lq_hex_encode_u256(payment, &paid->payment_wei.raw);
    size_t tip_sz = lq_hex_encode_u256(tip, &paid->tip_wei.raw);
    (void)printf("PAID %s %.*s %" PRIu32 " %d %.*s\n", lq_err_name(paid->err), (int)tip_sz, tip,
                 paid->gas, paid->has_payment, (int)payment_sz, payment);
    done = true;
}

static void ask_place(char **f)
{
    lq_simulate_place_t place;
    take_data(place.token.b, sizeof(place.token.b), f[1]);
    take_data(place.holder.b, sizeof(place.holder.b), f[2]);
    take_data(place.spender.b, sizeof(place.spender.b), f[3]);
    must("the place", lq_simulate_slot(simulate, &place, &question.parent, on_place, NULL));
}

static void ask_paid(char **f)
{
    lq_hash_t hash;
    lq_header_t block = question.block;
    take_data(hash.b, sizeof(hash.b), f[1]);
    block.block = question.parent;
    must("what was paid", lq_simulate_paid(simulate, 1, &hash, &block, on_paid, NULL));
}

static void ask_question(char **f)
{
    (void)f;
    question.txs = txs;
    question.overrides = overrides;
    must("the question", lq_simulate_ask(simulate, 1, &question));
    question.tx_cnt = question.override_cnt = 0;
    bytes_sz = 0;
}

static void take_line(program_t *p, char *line)
{
    static char empty[] = "";
    char *f[FIELD_MAX];
    char *rest = line;
    for (size_t i = 0; i < FIELD_MAX; i++) {
        f[i] = strsep(&rest, " ");
        f[i] = f[i] ? f[i] : empty;
    }
    done = true;
    if (strcmp(f[0], "parent") == 0) {
        question.parent.number = take_u64(f[1]);
        take_data(question.parent.hash.b, sizeof(question.parent.hash.b), f[2]);
    } else if (strcmp(f[0], "block") == 0) {
        set_block(f);
    } else if (strcmp(f[0], "code") == 0) {
        lq_simulate_override_t *o = override_of(f[1]);
        o->code = take_bytes(&o->code_sz, f[2]);
    } else if (strcmp(f[0], "balance") == 0) {
        lq_simulate_override_t *o = override_of(f[1]);
        o->balance = take_wei(f[2]);
        o->has_balance = true;
    } else if (strcmp(f[0], "slot") == 0) {
        add_slot(f);
    } else if (strcmp(f[0], "tx") == 0) {
        add_tx(f);
    } else {
        done = false;
        if (strcmp(f[0], "ask") == 0)
            ask_question(f);
        else if (strcmp(f[0], "place") == 0)
            ask_place(f);
        else if (strcmp(f[0], "paid") == 0)
            ask_paid(f);
        else
            must(f[0], LQ_ERR_INVAL);
    }
    while (!done && !program_stop)
        lq_loop_turn(p->loop, 100 * MS);
}

int main(int argc, char **argv)
{
    static program_t p;
    static char line[TEXT_MAX];
    program_begin(&p, argc, argv);
    lq_simulate_config_t config = {
        .max = 4,
        .tx_max = TX_MAX,
        .input_max = BYTES_MAX,
        .log_max = 1024,
        .output_max = (size_t)1 << 20,
        .timeout_ns = 10000 * MS,
    };
    must("the simulation",
         lq_simulate_new(&simulate, &p.arena, &p.log, p.pool, &config, on_simulated, NULL));
    while (!program_stop && fgets(line, sizeof(line), stdin)) {
        line[strcspn(line, "\n")] = '\0';
        take_line(&p, line);
    }
    lq_simulate_free(simulate);
    (void)printf("{");
    print_pool(p.pool);
    (void)printf("}\n");
    program_end(&p);
    return EXIT_SUCCESS;
}

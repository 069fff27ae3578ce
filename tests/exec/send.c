/* Sends as the daemon does, through the shell around the transaction manager, what it is told on
   standard input, and prints what it is told as lines of JSON; for the tests in this folder. Its
   log goes to standard error; SIGTERM ends it at once, "stop" when nothing is under way any more.

       liqd_test_send --endpoint NAME,ROLES,URL... --chain-id N --key HEX... --wal FILE [options]

   ROLES are of the letters r (read), s (subscribe) and t (send). --remote ADDRESS,URL[,CERT,KEY,CA]
   is a sender with a remote signer, --relay KIND,NAME,URL,SIGNS a relay, --call ADDRESS,SELECTOR
   what may be called, --relay-key HEX, --max-fee WEI, --gas-max N, --bump-blk N, --resend-ms N,
   --final-blk N, --quorum N, --simulate 1, --adopt-blk N, --allow-used 1, --executor A, --owner A,
   --token ADDRESS,PRICE,DECIMALS (of dollars, what plans move), --timeout-ms N.

   Commands: take INTENT TO VALUE GAS TIP MOST BLOCKS DATA, call USE TO VALUE GAS DATA, drop INTENT,
   pause, resume, stop, stat. */

#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "liqd/chain/chain.h"
#include "liqd/codec/hex.h"
#include "liqd/exec/exec.h"
#include "liqd/keys/secret.h"
#include "liqd/num/decimal.h"

#define ARENA_SZ   ((size_t)8 << 30) /* addresses, not memory */
#define MS         UINT64_C(1000000)
#define LINE_MAX_  (1u << 18)
#define SENDER_MAX 4u
#define WAY_MAX    16u
#define CALL_MAX   16u

static volatile bool ended;

static struct {
    lq_arena_t arena;
    lq_loop_t *loop;
    lq_log_t log;
    lq_pool_t *pool;
    lq_chain_t *chain;
    lq_wal_t *wal;
    lq_exec_t *exec;
    lq_url_t urls[2 * WAY_MAX + SENDER_MAX];
    size_t url_cnt;
    lq_pool_endpoint_t endpoints[WAY_MAX];
    size_t endpoint_cnt;
    lq_way_t ways[WAY_MAX];
    lq_exec_sender_t senders[SENDER_MAX];
    lq_policy_call_t calls[CALL_MAX];
    lq_tx_price_t prices[LQ_TX_RECORD_TOKEN_MAX];
    size_t price_cnt;
    lq_policy_t policy;
    const char *keys[SENDER_MAX];
    lq_exec_config_t config;
    lq_txman_start_t start;
    const char *wal_path;
    const char *relay_key;
    uint64_t head_blk;
    lq_wei_t next_fee_wei;
    bool stopping;
    lq_timer_t poll;
    char line[LINE_MAX_];
    size_t line_sz;
    char *words; /* what is left of them */
} t;

static void must(const char *what, lq_err_t err, const lq_err_msg_t *msg)
{
    if (!err)
        return;
    (void)fprintf(stderr, "%s: %s %s\n", what, lq_err_str(err), msg ? msg->text : "");
    exit(EXIT_FAILURE);
}

/* The words of a line or an option, one after the other; NULL behind the last. */
static char *next_word(const char *by)
{
    return strsep(&t.words, by);
}

static char *first_word(char *text, const char *by)
{
    t.words = text;
    return next_word(by);
}

static void on_signal(int number)
{
    (void)number;
    ended = true;
}

/* ---- options ---- */

static const lq_url_t *take_url(const char *text)
{
    lq_url_t *url = &t.urls[t.url_cnt++];
    must(text, lq_url_parse(url, NULL, text, strlen(text)), NULL);
    return url;
}

static void take_bytes(uint8_t *out, size_t sz, const char *text)
{
    must(text, lq_hex_decode_data(out, sz, NULL, text, strlen(text)), NULL);
}

static lq_wei_t take_wei(const char *text)
{
    lq_wei_t wei = {lq_u256_from_u64(strtoull(text, NULL, 10))};
    return wei;
}

static void add_endpoint(char *text)
{
    char *name = first_word(text, ",");
    char *roles = next_word(",");
    lq_pool_endpoint_t *e = &t.endpoints[t.endpoint_cnt];
    *e = (lq_pool_endpoint_t){.rpc = {.name = name,
                                      .call_max = 128,
                                      .sub_max = 4,
                                      .in_max = (size_t)8 << 20,
                                      .out_max = (size_t)1 << 20,
                                      .connect_ns = 2000 * MS,
                                      .ping_ns = 500 * MS,
                                      .pong_ns = 1000 * MS,
                                      .silence_ns = 2000 * MS,
                                      .backoff_min_ns = 10 * MS,
                                      .backoff_max_ns = 500 * MS}};
    e->rpc.url = take_url(next_word(","));
    e->roles |= strchr(roles, 'r') ? LQ_ROLE_READ : 0u;
    e->roles |= strchr(roles, 's') ? LQ_ROLE_SUBSCRIBE : 0u;
    if (strchr(roles, 't')) {
        e->roles |= LQ_ROLE_SEND;
        t.ways[t.config.ways.way_cnt++] = (lq_way_t){.kind = LQ_WAY_NODE,
                                                     .name = name,
                                                     .endpoint = (uint32_t)t.endpoint_cnt,
                                                     .timeout_ns = 2000 * MS};
    }
    t.endpoint_cnt++;
}

static void add_relay(char *text)
{
    lq_way_t *way = &t.ways[t.config.ways.way_cnt++];
    way->kind = strcmp(first_word(text, ","), "bundle") == 0 ? LQ_WAY_BUNDLE : LQ_WAY_PRIVATE;
    way->name = next_word(",");
    way->url = take_url(next_word(","));
    way->signs = strcmp(next_word(","), "1") == 0;
    way->timeout_ns = 2000 * MS;
}

static void add_remote(char *text)
{
    lq_exec_sender_t *s = &t.senders[t.config.sender_cnt++];
    take_bytes(s->address.b, sizeof(s->address.b), first_word(text, ","));
    s->url = take_url(next_word(","));
    s->cert_file = next_word(",");
    s->key_file = next_word(",");
    s->ca_file = next_word(",");
}

static void add_call(char *text)
{
    lq_policy_call_t *call = &t.calls[t.config.call_cnt++];
    take_bytes(call->to.b, sizeof(call->to.b), first_word(text, ","));
    take_bytes(call->selector, sizeof(call->selector), next_word(","));
}

static void add_token(char *text)
{
    lq_tx_price_t *price = &t.prices[t.price_cnt++];
    lq_u256_t wad = lq_u256_from_u64(1000000000000000000u);
    take_bytes(price->token.b, sizeof(price->token.b), first_word(text, ","));
    lq_u256_t usd = lq_u256_from_u64(strtoull(next_word(","), NULL, 10));
    price->quote.price_wad = lq_u256_mul_wrap(&usd, &wad);
    price->quote.decimals = (uint8_t)strtoul(next_word(","), NULL, 10);
}

static void take_option(int c, char *text)
{
    lq_exec_config_t *config = &t.config;
    uint64_t number = strtoull(text, NULL, 10);
    switch (c) {
    case 'e':
        add_endpoint(text);
        return;
    case 'R':
        add_relay(text);
        return;
    case 'k':
        t.keys[config->sender_cnt++] = text;
        return;
    case 'x':
        add_remote(text);
        return;
    case 'C':
        add_call(text);
        return;
    case 'T':
        add_token(text);
        return;
    case 'c':
        config->manager.chain_id = number;
        return;
    case 'w':
        t.wal_path = text;
        return;
    case 'K':
        t.relay_key = text;
        return;
    case 'm':
        config->manager.max_fee_wei = take_wei(text);
        return;
    case 'g':
        config->gas_max = number;
        return;
    case 'b':
        config->manager.bump_blk = (uint32_t)number;
        return;
    case 'r':
        config->manager.resend_ns = number * MS;
        return;
    case 'f':
        config->manager.final_blk = (uint32_t)number;
        return;
    case 'q':
        config->count_quorum = (uint32_t)number;
        return;
    case 's':
        config->manager.simulate = number;
        return;
    case 'a':
        t.start.adopt_blk = number;
        t.start.new_boot = true;
        return;
    case 'u':
        t.start.allow_used = number;
        return;
    case 'E':
        take_bytes(config->executor.b, sizeof(config->executor.b), text);
        return;
    case 'O':
        take_bytes(config->owner.b, sizeof(config->owner.b), text);
        return;
    case 't':
        config->timeout_ns = number * MS;
        return;
    default:
        exit(EXIT_FAILURE);
    }
}

static void parse(int argc, char **argv)
{
    static const struct option known[] = {
        {"endpoint", required_argument, NULL, 'e'},   {"relay", required_argument, NULL, 'R'},
        {"key", required_argument, NULL, 'k'},        {"remote", required_argument, NULL, 'x'},
        {"call", required_argument, NULL, 'C'},       {"token", required_argument, NULL, 'T'},
        {"chain-id", required_argument, NULL, 'c'},   {"wal", required_argument, NULL, 'w'},
        {"relay-key", required_argument, NULL, 'K'},  {"max-fee", required_argument, NULL, 'm'},
        {"gas-max", required_argument, NULL, 'g'},    {"bump-blk", required_argument, NULL, 'b'},
        {"resend-ms", required_argument, NULL, 'r'},  {"final-blk", required_argument, NULL, 'f'},
        {"quorum", required_argument, NULL, 'q'},     {"simulate", required_argument, NULL, 's'},
        {"adopt-blk", required_argument, NULL, 'a'},  {"allow-used", required_argument, NULL, 'u'},
        {"executor", required_argument, NULL, 'E'},   {"owner", required_argument, NULL, 'O'},
        {"timeout-ms", required_argument, NULL, 't'}, {NULL, 0, NULL, 0},
    };
    t.config =
        (lq_exec_config_t){.manager = {.base_fee = {2, 8},
                                       .intent_max = 64,
                                       .inflight_max = 16,
                                       .max_fee_wei = {lq_u256_from_u64(500000000000u)},
                                       .bump_bps = 2000,
                                       .bump_blk = 1,
                                       .resend_ns = 2000 * MS,
                                       .final_blk = 4},
                           .senders = t.senders,
                           .ways = {.ways = t.ways, .bundle_blk = 3, .raw_max = 32768, .max = 64},
                           .calls = t.calls,
                           .gas_margin_bps = 3000,
                           .gas_max = 5000000,
                           .count_quorum = 1,
                           .timeout_ns = 2000 * MS};
    for (int c = getopt_long(argc, argv, "", known, NULL); c != -1;
         c = getopt_long(argc, argv, "", known, NULL))
        take_option(c, optarg);
}

/* ---- keys ---- */

static lq_private_key_t *take_key(const char *hex)
{
    char path[] = "/tmp/liqd-send-XXXXXX";
    lq_private_key_t *key;
    lq_secret_t *secret;
    lq_err_msg_t msg = {""};
    int fd = mkstemp(path);
    if (fd < 0 || write(fd, hex + 2, strlen(hex + 2)) < 0 || close(fd))
        must(path, LQ_ERR_IO, NULL);
    must("key", lq_secret_read_file(&secret, &msg, path), &msg);
    (void)unlink(path);
    must("key", lq_private_key_parse(&key, &msg, secret), &msg);
    lq_secret_free(secret);
    return key;
}

static void set_policy(void)
{
    lq_policy_rule_t rule = {.gas_limit_max = t.config.gas_max,
                             .max_fee_per_gas_max = t.config.manager.max_fee_wei,
                             .value_max = {lq_u256_from_u64(1000000000000000000u)},
                             .rate_cnt = LQ_POLICY_RATE_MAX,
                             .rate_window_ns = 1000 * MS};
    memset(&rule.total_fee_max, 0xff, sizeof(rule.total_fee_max));
    t.policy.chain_id = t.config.manager.chain_id;
    t.policy.rules[LQ_PURPOSE_CANCEL] = rule;
    rule.calls = t.calls;
    rule.call_cnt = t.config.call_cnt;
    t.policy.rules[LQ_PURPOSE_LIQUIDATE] = rule;
}

static void open_signers(void)
{
    lq_err_msg_t msg = {""};
    for (size_t i = 0; i < t.config.sender_cnt; i++) {
        lq_exec_sender_t *s = &t.senders[i];
        if (t.keys[i]) {
            must("signer", lq_signer_open(&s->signer, &msg, take_key(t.keys[i]), &t.policy), &msg);
            s->address = lq_signer_address(s->signer);
        } else {
            must("remote", lq_remote_signer_new(&s->remote, &msg, &s->address, &t.policy), &msg);
        }
    }
    if (t.relay_key)
        must("relay key",
             lq_relay_key_open(&t.config.ways.relay_key, &msg, take_key(t.relay_key),
                               &t.senders[0].address),
             &msg);
}

/* ---- what is told ---- */

static void put_hex(const char *name, const uint8_t *p, size_t sz)
{
    char text[2 * 64 + 1] = "";
    lq_hex_encode(text, p, sz);
    text[2 * sz] = '\0';
    (void)printf(",\"%s\":\"0x%s\"", name, text);
}

static void put_u64(const char *name, uint64_t v)
{
    (void)printf(",\"%s\":%" PRIu64, name, v);
}

static void put_u256(const char *name, const lq_u256_t *v)
{
    char text[LQ_DECIMAL_SZ];
    must(name, lq_decimal_print(text, sizeof(text), v, 0), NULL);
    (void)printf(",\"%s\":\"%s\"", name, text);
}

static void put_i256(const char *name, const lq_i256_t *v)
{
    char text[LQ_DECIMAL_SZ];
    lq_u256_t abs = lq_i256_abs(v);
    must(name, lq_decimal_print(text, sizeof(text), &abs, 0), NULL);
    (void)printf(",\"%s\":\"%s%s\"", name, lq_i256_is_neg(v) ? "-" : "", text);
}

static void put_text(const char *name, const char *text)
{
    (void)printf(",\"%s\":\"", name);
    for (; *text; text++)
        (void)printf(*text == '"' || *text == '\\' || (unsigned char)*text < 32 ? "\\u%04x" : "%c",
                     (unsigned char)*text);
    (void)fputs("\"", stdout);
}

static void end_line(void)
{
    (void)fputs("}\n", stdout);
    (void)fflush(stdout);
}

static void put_attempt(const lq_tx_attempt_t *a)
{
    put_u64("intent", a->intent);
    put_hex("sender", a->sender.b, sizeof(a->sender.b));
    put_u64("nonce", a->nonce);
    put_u64("number", a->number);
    put_text("use", lq_tx_use_str(a->use));
    put_u64("gas_limit", a->gas_limit);
    put_u256("max_fee", &a->max_fee_wei.raw);
    put_u256("tip", &a->tip_wei.raw);
    put_hex("hash", a->hash.b, sizeof(a->hash.b));
}

static void put_receipt(const lq_tx_receipt_t *r)
{
    put_hex("hash", r->hash.b, sizeof(r->hash.b));
    put_u64("nonce", r->nonce);
    put_u64("block", r->block.number);
    put_u64("ok", r->ok);
    put_u64("gas", r->gas);
    put_u256("price", &r->gas_price_wei.raw);
    put_u256("paid", &r->paid_wei.raw);
    put_u256("repaid", &r->repaid);
    put_u256("seized", &r->seized);
    put_u64("gain_cnt", r->gain_cnt);
    for (size_t i = 0; i < r->gain_cnt; i++) {
        put_hex(i ? "gain_token2" : "gain_token", r->gains[i].token.b, 20);
        put_i256(i ? "gain2" : "gain", &r->gains[i].amount);
    }
    put_text("why", r->why);
}

static void put_ended(const lq_tx_ended_t *e)
{
    put_u64("intent", e->intent);
    put_u64("kind", e->kind);
    put_i256("net", &e->net_usd);
    put_text("why", e->why);
}

static void on_recorded(void *ctx, const lq_tx_record_t *r)
{
    (void)ctx;
    (void)printf("{\"what\":\"%s\"", lq_tx_record_kind_str(r->kind));
    switch (r->kind) {
    case LQ_TX_RECORD_INTENT:
        put_u64("id", r->as.intent->id);
        put_u64("engine", r->as.intent->engine_intent);
        break;
    case LQ_TX_RECORD_ATTEMPT:
        put_attempt(r->as.attempt);
        break;
    case LQ_TX_RECORD_ANSWER:
        put_hex("hash", r->as.answer->hash.b, sizeof(r->as.answer->hash.b));
        put_text("way", r->as.answer->way);
        put_u64("accepted", r->as.answer->accepted);
        put_text("class", r->as.answer->class_);
        put_text("text", r->as.answer->text);
        put_u64("target", r->as.answer->target_blk);
        break;
    case LQ_TX_RECORD_STATE:
        put_hex("sender", r->as.moved->sender.b, sizeof(r->as.moved->sender.b));
        put_u64("nonce", r->as.moved->nonce);
        put_text("state", lq_tx_state_str(r->as.moved->state));
        put_text("why", r->as.moved->why);
        break;
    case LQ_TX_RECORD_RECEIPT:
        put_receipt(r->as.receipt);
        break;
    case LQ_TX_RECORD_ENDED:
        put_ended(r->as.ended);
        break;
    case LQ_TX_RECORD_HALT:
        put_hex("sender", r->as.halt->sender.b, sizeof(r->as.halt->sender.b));
        put_u64("halted", r->as.halt->halted);
        put_text("why", r->as.halt->why);
        break;
    case LQ_TX_RECORD_RUN:
    case LQ_TX_RECORD_CANDIDATE:
    case LQ_TX_RECORD_KIND_CNT:
        break;
    }
    end_line();
}

static void on_outcome(void *ctx, const lq_outcome_t *o)
{
    static const char *const names[LQ_OUTCOME_CNT] = {
        "sent",    "refused", "simulation reverted", "mined", "won", "reverted",
        "unmined", "expired", "cancelled",           "final"};
    (void)ctx;
    (void)printf("{\"what\":\"outcome\"");
    put_u64("intent", o->intent);
    put_text("kind", names[o->kind]);
    put_u64("gas", o->gas);
    put_u256("price", &o->gas_price_wei.raw);
    put_u256("bid", &o->bid_wei.raw);
    put_u256("seized", &o->seized);
    end_line();
}

static void on_balance(void *ctx, const lq_wei_t *balance)
{
    (void)ctx;
    (void)printf("{\"what\":\"balance\"");
    put_u256("wei", &balance->raw);
    end_line();
}

static void on_ended(void *ctx, const lq_tx_ended_t *e)
{
    (void)ctx;
    (void)printf("{\"what\":\"own ended\"");
    put_ended(e);
    end_line();
}

static void on_ready(void *ctx)
{
    (void)ctx;
    (void)printf("{\"what\":\"ready\"");
    end_line();
}

static lq_u256_t word_of(const uint8_t *p)
{
    lq_u256_t v = {{0}};
    for (size_t i = 0; i < 32; i++)
        v.w[3 - i / 8] = v.w[3 - i / 8] << 8 | p[i];
    return v;
}

/* A stand-in for an adapter: what goes to the log's contract and comes from it is told by an event
   of two amounts, which the tests' contracts emit. */
static bool on_liquidated(void *ctx, uint32_t instance, const lq_evm_log_t *log, lq_u256_t *repaid,
                          lq_u256_t *seized)
{
    (void)ctx;
    (void)instance;
    if (log->topic_cnt != 1 || log->data_sz != 64 || log->topics[0].b[0] != 0x11)
        return false;
    *repaid = word_of(log->data);
    *seized = word_of(log->data + 32);
    return true;
}

/* ---- the chain ---- */

static void on_event(void *ctx, const lq_event_t *event)
{
    (void)ctx;
    if (event->kind == LQ_EVENT_HEAD) {
        t.head_blk = event->as.head->block.number;
        const lq_base_fee_rule_t rule = {2, 8};
        must("fee", lq_base_fee_next(&t.next_fee_wei, event->as.head, &rule), NULL);
        (void)printf("{\"what\":\"head\"");
        put_u64("block", t.head_blk);
        end_line();
    }
    lq_exec_event(t.exec, event);
}

/* ---- commands ---- */

static const uint8_t *take_data(size_t *sz, const char *text)
{
    static uint8_t data[LINE_MAX_ / 2];
    must(text, lq_hex_decode_data_max(data, sz, sizeof(data), NULL, text, strlen(text)), NULL);
    return data;
}

static void take(void)
{
    static lq_plan_t plan;
    static lq_action_take_t action;
    lq_read_call_t tx;
    lq_tx_step_t steps[LQ_PLAN_STEP_MAX];
    memset(&plan, 0, sizeof(plan));
    memset(&action, 0, sizeof(action));
    memset(steps, 0, sizeof(steps));
    action.intent = strtoull(next_word(" "), NULL, 10);
    action.borrower.b[19] = (uint8_t)action.intent;
    take_bytes(tx.to.b, sizeof(tx.to.b), next_word(" "));
    action.bid_wei = take_wei(next_word(" "));
    plan.gas = (uint32_t)strtoul(next_word(" "), NULL, 10);
    action.gas_price.tip_wei = take_wei(next_word(" "));
    action.most_fee_wei = take_wei(next_word(" "));
    uint64_t blocks = strtoull(next_word(" "), NULL, 10);
    tx.input = take_data(&tx.input_sz, next_word(" "));
    plan.step_cnt = 1;
    action.plan = &plan;
    action.txs = &tx;
    action.tx_cnt = 1;
    action.target_blk = t.head_blk + 1;
    action.last_blk = t.head_blk + blocks;
    action.gas_price.base_fee_wei = t.next_fee_wei;
    const lq_exec_take_t wanted = {.take = &action,
                                   .market = "test",
                                   .steps = steps,
                                   .prices = t.prices,
                                   .price_cnt = t.price_cnt,
                                   .coin = {lq_u256_from_u64(2000000000000000000u), 18}};
    lq_exec_take(t.exec, &wanted);
    lq_exec_settle(t.exec);
}

static void drop(uint64_t engine_intent)
{
    lq_exec_drop(t.exec, engine_intent);
    lq_exec_settle(t.exec);
}

static void call(void)
{
    lq_txman_take_t wanted;
    lq_txman_tx_t tx;
    uint64_t id = 0;
    memset(&wanted, 0, sizeof(wanted));
    memset(&tx, 0, sizeof(tx));
    const char *use = next_word(" ");
    for (unsigned i = 0; i < LQ_TX_USE_CNT; i++)
        if (!strcmp(use, lq_tx_use_str((lq_tx_use_t)i)))
            wanted.about.use = (lq_tx_use_t)i;
    take_bytes(tx.to.b, sizeof(tx.to.b), next_word(" "));
    tx.value_wei = take_wei(next_word(" "));
    tx.gas_limit = strtoull(next_word(" "), NULL, 10);
    tx.input = take_data(&tx.input_sz, next_word(" "));
    wanted.about.tx_cnt = 1;
    wanted.txs = &tx;
    wanted.tx_cnt = 1;
    wanted.tip_wei = (lq_wei_t){lq_u256_from_u64(1000000000)};
    wanted.most_fee_wei = t.config.manager.max_fee_wei;
    wanted.ways = 1;
    lq_err_t err = lq_exec_call(t.exec, &id, &wanted);
    (void)printf("{\"what\":\"called\"");
    put_text("err", lq_err_name(err));
    put_u64("id", id);
    end_line();
}

static void put_hist(const char *name, const lq_hist_t *hist)
{
    uint64_t p50 = 0;
    (void)!lq_hist_percentile(hist, &p50, 500000);
    (void)printf(",\"%s\":{\"cnt\":%" PRIu64 ",\"p50\":%" PRIu64 "}", name, hist->cnt, p50);
}

static void stat(void)
{
    const lq_exec_hists_t *h = lq_exec_hists(t.exec);
    (void)printf("{\"what\":\"stat\"");
    put_hist("signed", &h->signed_);
    put_hist("recorded", &h->recorded);
    put_hist("written", &h->written);
    put_hist("mined_blk", &h->mined_blk);
    for (uint32_t i = 0; i < t.config.ways.way_cnt; i++) {
        lq_ways_stat_t s = lq_ways_stat(lq_exec_ways(t.exec), i);
        (void)printf(",\"%s\":{\"sent\":%" PRIu64 ",\"accepted\":%" PRIu64 ",\"silent\":%" PRIu64
                     ",\"row\":%" PRIu32 "}",
                     t.ways[i].name, s.sent_cnt, s.accepted_cnt, s.silent_cnt, s.silent_row);
    }
    end_line();
}

static void obey(char *line)
{
    const char *word = first_word(line, " ");
    if (!word)
        return;
    if (!strcmp(word, "take"))
        take();
    else if (!strcmp(word, "call"))
        call();
    else if (!strcmp(word, "drop"))
        drop(strtoull(next_word(" "), NULL, 10));
    else if (!strcmp(word, "pause"))
        lq_exec_pause(t.exec);
    else if (!strcmp(word, "resume"))
        lq_exec_resume(t.exec);
    else if (!strcmp(word, "stat"))
        stat();
    else if (!strcmp(word, "stop")) {
        t.stopping = true;
        lq_exec_stop(t.exec);
    } else {
        must(word, LQ_ERR_SYNTAX, NULL);
    }
}

/* Commands are looked for every millisecond: nothing here is about speed. */
static void on_poll(void *ctx, lq_timer_t *timer)
{
    (void)ctx;
    ssize_t n = read(STDIN_FILENO, t.line + t.line_sz, sizeof(t.line) - 1 - t.line_sz);
    t.line_sz += n > 0 ? (size_t)n : 0;
    t.line[t.line_sz] = '\0';
    for (char *end; (end = memchr(t.line, '\n', t.line_sz));) {
        size_t sz = (size_t)(end - t.line) + 1;
        *end = '\0';
        obey(t.line);
        memmove(t.line, t.line + sz, t.line_sz - sz);
        t.line_sz -= sz;
        t.line[t.line_sz] = '\0';
    }
    lq_exec_work(t.exec);
    ended = ended || (t.stopping && lq_exec_is_idle(t.exec));
    lq_timer_set_in(t.loop, timer, MS);
}

/* ---- the world ---- */

static void write_log(void *ctx, lq_log_level_t level, const char *line, size_t line_sz)
{
    (void)ctx;
    (void)level;
    (void)fwrite(line, 1, line_sz, stderr);
}

static void make_chain(void)
{
    const lq_chain_config_t config = {
        .tracker = {.quorum = 1,
                    .window_blk = 64,
                    .trust_bloom = true,
                    .gap_max_blk = 10000,
                    .retry_ns = 100 * MS,
                    .seed = 1,
                    .header_max = 4096,
                    .log_max = 1024,
                    .data_max = (size_t)1 << 20},
        .block_ns = 1000 * MS,
        .poll_ns = 200 * MS,
        .timeout_ns = 1500 * MS,
        .block_log_max = 1024,
        .block_data_max = (size_t)1 << 20,
    };
    const lq_filter_t filter = {.addresses = &t.calls[0].to, .address_cnt = 1};
    must("the chain",
         lq_chain_new(&t.chain, &t.arena, t.loop, &t.log, t.pool, &config, &filter, NULL, on_event,
                      NULL),
         NULL);
}

static void make(void)
{
    static const lq_log_config_t log_config = {.level = LQ_LOG_INFO,
                                               .rate_per_sec = 100,
                                               .burst_cnt = 500,
                                               .line_max = 1024,
                                               .value_max = 256};
    const lq_exec_sink_t sink = {.outcome = on_outcome,
                                 .balance = on_balance,
                                 .ended = on_ended,
                                 .recorded = on_recorded,
                                 .ready = on_ready,
                                 .liquidated = on_liquidated};
    lq_wal_bind_t bind = {.chain_id = t.config.manager.chain_id};
    lq_err_msg_t msg = {""};
    bool found = false;
    must("memory", lq_arena_init(&t.arena, ARENA_SZ), NULL);
    must("log", lq_log_init(&t.log, &log_config, lq_clock_system(), write_log, NULL), NULL);
    must("loop", lq_loop_new(&t.loop, &t.arena, lq_clock_system(), 32768), NULL);
    lq_pool_config_t pool = {.endpoints = t.endpoints,
                             .endpoint_cnt = t.endpoint_cnt,
                             .chain_id = t.config.manager.chain_id,
                             .block_ns = 1000 * MS,
                             .lag_blk_max = 8,
                             .seed = 1};
    must("pool", lq_pool_new(&t.pool, &t.arena, t.loop, &t.log, &pool), NULL);
    must("write-ahead log", lq_wal_open(&t.wal, &msg, &found, t.wal_path, LQ_WAL_SZ_MIN, &bind, 1),
         &msg);
    must("exec",
         lq_exec_new(&t.exec, &msg, &t.arena, t.loop, &t.log, t.pool, t.wal, &t.config, &sink),
         &msg);
    t.start.has_journal = found;
}

/* What the log holds stands for a journal. */
static void restore(void)
{
    static lq_tx_record_room_t room;
    const uint8_t *p;
    size_t sz;
    uint64_t seq;
    while (lq_wal_next(t.wal, &seq, &p, &sz)) {
        must("record", lq_tx_record_decode(&room, p, sz), NULL);
        must("restore", lq_exec_restore(t.exec, &room.record), NULL);
    }
}

int main(int argc, char **argv)
{
    parse(argc, argv);
    (void)signal(SIGTERM, on_signal);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)fcntl(STDIN_FILENO, F_SETFL, fcntl(STDIN_FILENO, F_GETFL) | O_NONBLOCK);
    set_policy();
    open_signers();
    make();
    restore();
    make_chain();
    lq_exec_start(t.exec, &t.start);
    t.poll = (lq_timer_t){.fn = on_poll};
    lq_timer_set_in(t.loop, &t.poll, MS);
    lq_loop_run(t.loop, &ended);
    lq_timer_stop(t.loop, &t.poll);
    lq_exec_free(t.exec);
    lq_chain_free(t.chain);
    lq_pool_free(t.pool);
    lq_wal_close(t.wal);
    lq_loop_free(t.loop);
    lq_arena_fini(&t.arena);
    for (size_t i = 0; i < t.config.sender_cnt; i++) {
        lq_signer_close(t.senders[i].signer);
        lq_remote_signer_free(t.senders[i].remote);
    }
    lq_relay_key_close(t.config.ways.relay_key);
    return EXIT_SUCCESS;
}

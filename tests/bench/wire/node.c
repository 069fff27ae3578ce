/* liqd_bench_wire: the node's side of the benchmark from wire to wire, see wire.mjs.

     proxy PLACE UPSTREAM       stands before a real node at the socket UPSTREAM; prints what passed
                                between a price's log and the transaction that answers it
     play PLACE FILE COUNT GAP  plays that log of FILE to a peer, COUNT times, GAP ms apart
     echo PLACE FILE SIZE HOW   such a peer, that answers with SIZE bytes; HOW is spin or sleep
     sign                       what a bare signature takes

   Times are the node's: from right before it writes the log to right after it has read the whole
   transaction. It spins meanwhile, whoever the peer is, and sleeps otherwise. */

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <secp256k1.h>
#include <secp256k1_recovery.h>

#include "link.h"

#define LINK_MAX  8u
#define MS_NS     UINT64_C(1000000)
#define QUIET_NS  (8 * MS_NS)  /* between a head and its log: whoever waits sleeps again */
#define HELD_NS   (60 * MS_NS) /* that a log is waited for */
#define ANSWER_NS (500 * MS_NS)
#define SIGN_CNT  2000u
/* AnswerUpdated(int256,uint256,uint256) */
#define PRICE_TOPIC "0x0559884fd3a460db3073b7fc896cc77986f16e378210ded43186175bf646fc5f"
#define SEND        "eth_sendRawTransaction"
#define TOLD        "\"eth_subscription\""

typedef struct text {
    const char *at;
    size_t sz;
} text_t;

static bool has(text_t text, const char *what)
{
    return memmem(text.at, text.sz, what, strlen(what)) != NULL;
}

/* Writes what is packed, and waits until a text with SEND has come; *OTHERS has the rest. False: it
   has not come, or the peer has ended. */
static bool measure(wire_link_t *link, uint64_t *ns, text_t *sent, wire_buf_t *others, bool *ended)
{
    uint64_t start = wire_now_ns();
    wire_flush(link);
    while (!*ended && wire_now_ns() - start < ANSWER_NS) {
        if (!wire_read(link, ended))
            continue;
        uint64_t now = wire_now_ns();
        text_t text;
        while (wire_next(link, &text.at, &text.sz)) {
            if (has(text, SEND)) {
                *ns = now - start;
                *sent = text;
                return true;
            }
            wire_add(others, text.at, text.sz);
            wire_add(others, "\n", 1);
        }
    }
    return false;
}

/* ---- before a real node */

/* A client, and its own connection to the node behind. */
typedef struct pair {
    wire_link_t down;
    wire_link_t up;
    wire_buf_t held;   /* lines for the client, until the log has gone */
    wire_buf_t price;  /* the log */
    uint64_t since_ns; /* that something is held for; 0: nothing */
    bool headed;       /* since then a head has gone */
    bool ended;
} pair_t;

typedef struct proxy {
    int listener;
    bool ws;
    char upstream[128];
    pair_t pairs[LINK_MAX];
    size_t cnt;
} proxy_t;

static void open_pair(proxy_t *p)
{
    wire_need(p->cnt < LINK_MAX, "more connections than a client of ours has");
    pair_t *pair = &p->pairs[p->cnt++];
    *pair = (pair_t){0};
    wire_accept(&pair->down, p->listener, p->ws);
    wire_connect(&pair->up, p->upstream);
}

static void close_pair(proxy_t *p, size_t i)
{
    wire_close(&p->pairs[i].down);
    wire_close(&p->pairs[i].up);
    free(p->pairs[i].held.at);
    free(p->pairs[i].price.at);
    p->pairs[i] = p->pairs[--p->cnt];
}

static void pack_lines(wire_link_t *link, wire_buf_t *lines)
{
    for (size_t at = 0; at < lines->sz;) {
        const char *end = memchr(lines->at + at, '\n', lines->sz - at);
        wire_pack(link, lines->at + at, (size_t)(end - lines->at) - at);
        at = (size_t)(end - lines->at) + 1;
    }
    lines->sz = 0;
}

static void release(pair_t *pair)
{
    pack_lines(&pair->down, &pair->held);
    wire_flush(&pair->down);
    pair->since_ns = 0;
    pair->headed = false;
}

static void fire(pair_t *pair)
{
    wire_buf_t others = {0};
    text_t sent = {0};
    uint64_t ns = 0;
    wire_pack(&pair->down, pair->price.at, pair->price.sz);
    bool came = measure(&pair->down, &ns, &sent, &others, &pair->ended);
    if (came)
        (void)printf("answered %.3f us %zu bytes\n", (double)ns / 1e3, sent.sz);
    else
        (void)printf("unanswered\n");
    (void)printf("log %.*s\n", (int)pair->price.sz, pair->price.at);
    (void)fflush(stdout);
    pack_lines(&pair->up, &others);
    free(others.at);
    if (came)
        wire_pack(&pair->up, sent.at, sent.sz);
    wire_flush(&pair->up);
    pair->price.sz = 0;
    release(pair);
}

/* A head goes at once, and all else waits for the log of a price, which comes right behind it, as
   from geth: so nothing is under way when that comes. */
static void from_node(pair_t *pair, text_t text, uint64_t now_ns)
{
    bool told = has(text, TOLD);
    if (told && has(text, "\"parentHash\"")) {
        wire_pack(&pair->down, text.at, text.sz);
        wire_flush(&pair->down);
        pair->since_ns = now_ns;
        pair->headed = true;
    } else if (told && has(text, PRICE_TOPIC) && !pair->price.sz) {
        wire_add(&pair->price, text.at, text.sz);
        pair->since_ns = pair->since_ns ? pair->since_ns : now_ns;
    } else if (pair->since_ns) {
        wire_add(&pair->held, text.at, text.sz);
        wire_add(&pair->held, "\n", 1);
    } else {
        wire_pack(&pair->down, text.at, text.sz);
    }
}

static void pass(pair_t *pair)
{
    text_t text;
    uint64_t now_ns = wire_now_ns();
    (void)wire_read(&pair->up, &pair->ended);
    while (wire_next(&pair->up, &text.at, &text.sz))
        from_node(pair, text, now_ns);
    wire_flush(&pair->down);
    (void)wire_read(&pair->down, &pair->ended);
    while (wire_next(&pair->down, &text.at, &text.sz))
        wire_pack(&pair->up, text.at, text.sz);
    wire_flush(&pair->up);
    if (!pair->since_ns)
        return;
    uint64_t held_ns = wire_now_ns() - pair->since_ns;
    if (pair->price.sz && (held_ns >= HELD_NS || (pair->headed && held_ns >= QUIET_NS)))
        fire(pair);
    else if (held_ns >= HELD_NS)
        release(pair);
}

static _Noreturn void run_proxy(const char *place, const char *upstream)
{
    static proxy_t p;
    p.ws = wire_is_ws(place);
    p.listener = wire_listen(place);
    (void)snprintf(p.upstream, sizeof(p.upstream), "ipc:%s", upstream);
    for (;;) {
        struct pollfd fds[1 + 2 * LINK_MAX] = {{.fd = p.listener, .events = POLLIN}};
        bool holds = false;
        for (size_t i = 0; i < p.cnt; i++) {
            fds[1 + 2 * i] = (struct pollfd){.fd = p.pairs[i].down.fd, .events = POLLIN};
            fds[2 + 2 * i] = (struct pollfd){.fd = p.pairs[i].up.fd, .events = POLLIN};
            holds |= p.pairs[i].since_ns != 0;
        }
        wire_need(poll(fds, (nfds_t)(1 + 2 * p.cnt), holds ? 1 : -1) >= 0, "poll");
        for (size_t i = p.cnt; i-- > 0;) {
            pass(&p.pairs[i]);
            if (p.pairs[i].ended)
                close_pair(&p, i);
        }
        if (fds[0].revents)
            open_pair(&p);
    }
}

/* ---- before a peer */

static text_t read_file(const char *path)
{
    wire_buf_t buf = {0};
    char part[4096];
    FILE *f = fopen(path, "r");
    wire_need(f != NULL, path);
    for (size_t n; (n = fread(part, 1, sizeof(part), f)) > 0;)
        wire_add(&buf, part, n);
    (void)fclose(f);
    while (buf.sz && buf.at[buf.sz - 1] == '\n')
        buf.sz--;
    return (text_t){buf.at, buf.sz};
}

/* The value of KEY in TEXT as it is written, up to a comma or brace. */
static text_t value_of(text_t text, const char *key)
{
    const char *at = memmem(text.at, text.sz, key, strlen(key));
    wire_need(at != NULL, key);
    at += strlen(key);
    size_t left = text.sz - (size_t)(at - text.at);
    size_t sz = 0;
    while (sz < left && at[sz] != ',' && at[sz] != '}')
        sz++;
    return (text_t){at, sz};
}

static void answer(wire_link_t *link, text_t request, text_t result)
{
    char out[512];
    text_t id = value_of(request, "\"id\":");
    int sz = snprintf(out, sizeof(out), "{\"jsonrpc\":\"2.0\",\"id\":%.*s,\"result\":%.*s}",
                      (int)id.sz, id.at, (int)result.sz, result.at);
    wire_pack(link, out, (size_t)sz);
    wire_flush(link);
}

static void nap(unsigned ms)
{
    (void)poll(NULL, 0, (int)ms);
}

static int run_play(const char *place, const char *file, size_t cnt, unsigned gap_ms)
{
    wire_link_t link;
    text_t text;
    text_t log = read_file(file);
    text_t hash = {"\"0x"
                   "1111111111111111111111111111111111111111111111111111111111111111\"",
                   68};
    bool ended = false;
    wire_buf_t others = {0};
    wire_accept(&link, wire_listen(place), wire_is_ws(place));
    while (!wire_read(&link, &ended) || !wire_next(&link, &text.at, &text.sz)) {
        wire_need(!ended, "the peer has gone");
        nap(1);
    }
    answer(&link, text, value_of(log, "\"subscription\":"));
    for (size_t i = 0; i < cnt && !ended; i++) {
        uint64_t ns = 0;
        nap(gap_ms);
        wire_pack(&link, log.at, log.sz);
        if (measure(&link, &ns, &text, &others, &ended)) {
            (void)printf("answered %.3f us %zu bytes\n", (double)ns / 1e3, text.sz);
            answer(&link, text, hash);
        } else {
            (void)printf("unanswered\n");
        }
        others.sz = 0;
    }
    free(others.at);
    free((void *)log.at);
    wire_close(&link);
    return 0;
}

/* ---- a peer that does nothing */

static void wait_for(wire_link_t *link, bool spin)
{
    struct pollfd fd = {.fd = link->fd, .events = POLLIN};
    if (!spin)
        wire_need(poll(&fd, 1, -1) >= 0, "poll");
}

/* A request of SZ bytes that has the name of what is waited for. */
static wire_buf_t make_request(size_t sz)
{
    static const char head[] = "{\"id\":1,\"method\":\"" SEND "\",\"params\":[\"";
    wire_buf_t out = {0};
    wire_need(sz > sizeof(head) + 3, "the size of an answer");
    wire_add(&out, head, sizeof(head) - 1);
    while (out.sz < sz - 3)
        wire_add(&out, "0", 1);
    wire_add(&out, "\"]}", 3);
    return out;
}

static int run_echo(const char *place, const char *file, size_t sz, bool spin)
{
    static const char ask[] = "{\"id\":1,\"method\":\"eth_subscribe\"}";
    wire_link_t link;
    text_t text;
    bool ended = false;
    wire_buf_t out = make_request(sz);
    text_t log = read_file(file);
    wire_connect(&link, place);
    wire_pack(&link, ask, sizeof(ask) - 1);
    wire_flush(&link);
    while (!ended) {
        wait_for(&link, spin);
        if (!wire_read(&link, &ended))
            continue;
        while (wire_next(&link, &text.at, &text.sz)) {
            if (text.sz != log.sz)
                continue; /* an answer */
            wire_pack(&link, out.at, out.sz);
            wire_flush(&link);
        }
    }
    free(out.at);
    free((void *)log.at);
    wire_close(&link);
    return 0;
}

static int run_sign(void)
{
    secp256k1_context *secp = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
    secp256k1_ecdsa_recoverable_signature sig;
    secp256k1_pubkey key;
    uint8_t secret[32] = {1};
    uint8_t digest[32] = {2};
    for (unsigned i = 0; i < SIGN_CNT; i++) {
        digest[0]++;
        uint64_t start = wire_now_ns();
        wire_need(secp256k1_ecdsa_sign_recoverable(secp, &sig, digest, secret, NULL, NULL), "sign");
        uint64_t mid = wire_now_ns();
        wire_need(secp256k1_ecdsa_recover(secp, &key, &sig, digest), "recover");
        (void)printf("signed %.3f us recovered %.3f us\n", (double)(mid - start) / 1e3,
                     (double)(wire_now_ns() - mid) / 1e3);
    }
    secp256k1_context_destroy(secp);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "proxy") == 0)
        run_proxy(argv[2], argv[3]);
    if (argc == 6 && strcmp(argv[1], "play") == 0)
        return run_play(argv[2], argv[3], strtoul(argv[4], NULL, 10),
                        (unsigned)strtoul(argv[5], NULL, 10));
    if (argc == 6 && strcmp(argv[1], "echo") == 0)
        return run_echo(argv[2], argv[3], strtoul(argv[4], NULL, 10), strcmp(argv[5], "spin") == 0);
    if (argc == 2 && strcmp(argv[1], "sign") == 0)
        return run_sign();
    (void)fprintf(stderr, "liqd_bench_wire is run by tests/bench/wire/wire.mjs\n");
    return 2;
}

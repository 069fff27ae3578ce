#include "liqd/net/http.h"

#include <netdb.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "http_world.h"

/* What a peer, the network or the system may do to a client. */

/* Writes a zlib stream of CNT + 1 letters 'a', CNT a multiple of 258; returns its size. */
static size_t deflate_a(uint8_t *out, size_t cnt)
{
    size_t at = 16; /* in bits, behind the header */
    memset(out, 0, cnt / 258 * 13 / 8 + 64);
    out[0] = 0x78;
    out[1] = 0x01;
#define PUT(code, n)                        \
    for (unsigned i_ = (n); i_-- > 0; at++) \
    out[at / 8] |= (uint8_t)(((code) >> i_ & 1u) << at % 8)
    PUT(1u, 1);
    PUT(2u, 2); /* fixed codes: 01, low bit first */
    PUT(0x30u + 'a', 8);
    for (size_t i = 0; i < cnt; i += 258)
        PUT(0xc5u << 5, 13); /* length 258, distance 1 */
    PUT(0u, 7);
#undef PUT
    size_t sz = (at + 7) / 8;
    uint32_t a = 1;
    uint32_t b = 0;
    for (size_t i = 0; i <= cnt; i++) {
        a = (a + 'a') % 65521;
        b = (b + a) % 65521;
    }
    const uint8_t sum[] = {(uint8_t)(b >> 8), (uint8_t)b, (uint8_t)(a >> 8), (uint8_t)a};
    memcpy(out + sz, sum, sizeof(sum));
    return sz + sizeof(sum);
}

static void inflates_but_no_bomb(void **state)
{
    (void)state;
    world_t w;
    set_up(&w, "http://", &small);
    static const size_t cnts[] = {0, 258, 65532, 65790, 258 * 100000ul};
    uint8_t *out = malloc(258 * 100000ul / 100 + 4096);
    for (size_t i = 0; i < LQ_ARRAY_CNT(cnts); i++) {
        char head[128];
        int head_sz = snprintf(head, sizeof(head), OK_HEAD "Content-Encoding: deflate\r\n");
        uint8_t *z = malloc(cnts[i] / 100 + 4096);
        size_t z_sz = deflate_a(z, cnts[i]);
        head_sz += snprintf(head + head_sz, sizeof(head) - (size_t)head_sz,
                            "Content-Length: %zu\r\n\r\n", z_sz);
        memcpy(out, head, (size_t)head_sz);
        memcpy(out + head_sz, z, z_sz);
        free(z);
        w.server->answer = (const char *)out;
        w.server->answer_sz = (size_t)head_sz + z_sz;
        call_t call = ask(&w);
        assert_err(call.err, cnts[i] + 1 <= small.body_max ? LQ_OK : LQ_ERR_TOO_LONG);
        if (!call.err) {
            assert_int_equal(call.body_sz, cnts[i] + 1);
            assert_int_equal(call.body[0], 'a');
        }
        assert_true(call.sent);
    }
    server_drop_peers(w.server);
    server_answer(w.server, OK_HEAD "Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello");
    assert_err(ask(&w).err, LQ_ERR_IO);
    free(out);
    tear_down(&w);
}

static void bounds_bodies_and_headers(void **state)
{
    (void)state;
    world_t w;
    set_up(&w, "http://", &small);
    static char kb[1024];
    memset(kb, 'x', sizeof(kb));
    w.server->repeat = kb;
    w.server->repeat_sz = sizeof(kb);
    server_answer(w.server, OK_HEAD "Content-Length: 65536\r\n\r\n");
    w.server->repeat_cnt = 64;
    call_t call = ask(&w);
    assert_ok(call.err);
    assert_int_equal(call.body_sz, 65536);
    server_answer(w.server, OK_HEAD "Content-Length: 65537\r\n\r\ny");
    w.server->repeat_cnt = 64;
    call = ask(&w);
    assert_err(call.err, LQ_ERR_TOO_LONG);
    assert_int_equal(call.body_sz, 0);
    server_answer(w.server, OK_HEAD "Content-Length: 1073741824\r\n\r\n");
    w.server->repeat_cnt = 1 << 20;
    assert_err(ask(&w).err, LQ_ERR_TOO_LONG);
    server_answer(w.server, OK_HEAD "\r\n");
    w.server->repeat_cnt = 1 << 20;
    assert_err(ask(&w).err, LQ_ERR_TOO_LONG);
    static const char *const endless[] = {"A: b\r\n", "HTTP/1.1 100 Continue\r\n\r\n", "x"};
    for (size_t i = 0; i < LQ_ARRAY_CNT(endless); i++) {
        server_answer(w.server, i == 1 ? "" : OK_HEAD);
        w.server->repeat = endless[i];
        w.server->repeat_sz = strlen(endless[i]);
        w.server->repeat_cnt = 1 << 20;
        assert_err(ask(&w).err, LQ_ERR_IO);
    }
    char *long_text = calloc(1, small.send_max + 1);
    assert_err(
        lq_http_post(w.http, &call.id, long_text, small.send_max + 1, NULL, SEC, on_answer, &call),
        LQ_ERR_TOO_LONG);
    server_answer(w.server, OK_TEXT);
    assert_ok(
        lq_http_post(w.http, &call.id, long_text, small.send_max, NULL, SEC, on_answer, &call));
    wait_for(&w, &call, 2);
    assert_ok(call.err);
    assert_ok(lq_http_post(w.http, &call.id, NULL, 0, NULL, SEC, on_answer, &call));
    wait_for(&w, &call, 3);
    assert_ok(call.err);
    free(long_text);
    tear_down(&w);
}

/* libcurl joins a folded line to the header before it, which may be one of the last answer. */
static void bears_folded_headers_wherever_they_stand(void **state)
{
    (void)state;
    static const char *const answers[] = {OK_HEAD " a\r\n" OK_END,
                                          OK_HEAD "\ta\r\n b\r\n" OK_END,
                                          OK_HEAD "A: b\r\n c\r\n" OK_END,
                                          OK_HEAD "A: b\r\n\tc\r\n d\r\n" OK_END,
                                          OK_HEAD "A: b\n",
                                          OK_HEAD "A: b\nc",
                                          OK_HEAD "c\n",
                                          OK_HEAD "ccc:c\r\nA:b\nx",
                                          OK_HEAD "c",
                                          "c",
                                          OK_TEXT};
    const size_t cnt = LQ_ARRAY_CNT(answers);
    world_t w;
    set_up(&w, "http://", &small);
    for (size_t i = 0; i < 2 * cnt * cnt * cnt; i++) {
        const char *const turns[] = {answers[i % cnt], answers[i / cnt % cnt],
                                     answers[i / cnt / cnt % cnt]};
        w.server->close_after = i < cnt * cnt * cnt;
        for (size_t k = 0; k < LQ_ARRAY_CNT(turns); k++) {
            server_answer(w.server, turns[k]);
            if (!strstr(turns[k], "{}"))
                w.server->close_after = true;
            call_t call = ask(&w);
            assert_true(call.err || strcmp(call.body, "{}") == 0);
        }
    }
    tear_down(&w);
}

/* Pages of the body above LQ_HTTP_KEEP_SZ that are in memory. */
static size_t resident_above_keep(const char *body, size_t sz)
{
    size_t n = 0;
    size_t cnt = (sz - LQ_HTTP_KEEP_SZ) / 4096;
    unsigned char *map = malloc(cnt);
    assert_int_equal(mincore((char *)body + LQ_HTTP_KEEP_SZ, cnt * 4096, map), 0);
    for (size_t i = 0; i < cnt; i++)
        n += map[i] & 1;
    free(map);
    return n;
}

static void takes_a_large_body_and_gives_its_memory_back(void **state)
{
    (void)state;
    size_t mb = lq_test_cnt(32, 1024);
    world_t w;
    lq_http_config_t config = small;
    config.body_max = mb << 20;
    set_up(&w, "http://", &config);
    static char part[65536];
    memset(part, 'x', sizeof(part));
    char head[128];
    snprintf(head, sizeof(head), OK_HEAD "Content-Length: %zu\r\n\r\n", mb << 20);
    for (unsigned i = 0; i < 2; i++) {
        server_answer(w.server, head);
        w.server->repeat = part;
        w.server->repeat_sz = sizeof(part);
        w.server->repeat_cnt = mb * 16;
        call_t call = ask(&w);
        assert_ok(call.err);
        assert_int_equal(call.body_sz, mb << 20);
        assert_int_equal(resident_above_keep(call.body_at, call.body_sz), 0);
    }
    tear_down(&w);
}

/* Of four answers that never end, two have room at most, and one at least; what they had is there
   for others. */
static void bounds_what_answers_under_way_hold_together(void **state)
{
    (void)state;
    const size_t mb = 8;
    world_t w;
    lq_http_config_t config = small;
    config.body_max = mb << 20;
    set_up(&w, "http://", &config);
    static char part[65536];
    memset(part, 'x', sizeof(part));
    char head[128];
    snprintf(head, sizeof(head), OK_HEAD "Content-Length: %zu\r\n\r\n", mb << 20);
    for (unsigned round = 0; round < 2; round++) {
        server_answer(w.server, head);
        w.server->repeat = part;
        w.server->repeat_sz = sizeof(part);
        w.server->repeat_cnt = mb * 16 - 1;
        call_t calls[4] = {0};
        for (size_t i = 0; i < 4; i++)
            post(&w, &calls[i], "x");
        unsigned ended = 0;
        for (unsigned i = 0; i < 10000 && ended < 2; i++) {
            turn(&w, 1);
            ended = calls[0].cnt + calls[1].cnt + calls[2].cnt + calls[3].cnt;
        }
        assert_in_range(ended, 2, 3); /* what one has is free only at the end of its turn */
        turn(&w, 20);
        for (size_t i = 0; i < 4; i++) {
            ended -= calls[i].cnt;
            if (calls[i].cnt) {
                assert_err(calls[i].err, LQ_ERR_TOO_LONG);
                assert_non_null(strstr(calls[i].msg.text, "16777216 bytes at once"));
            }
            lq_http_cancel(w.http, calls[i].id);
        }
        assert_int_equal(ended, 0);
        server_drop_peers(w.server);
        turn(&w, 1);
        w.server->repeat_cnt = mb * 16;
        call_t others[2] = {0};
        for (size_t i = 0; i < 2; i++)
            post(&w, &others[i], "x");
        for (size_t i = 0; i < 2; i++) {
            wait_for(&w, &others[i], 1);
            assert_ok(others[i].err);
            assert_int_equal(others[i].body_sz, mb << 20);
        }
    }
    tear_down(&w);
}

static void bears_a_cut_at_each_byte(void **state)
{
    (void)state;
    static const char *const answers[] = {
        OK_HEAD "Content-Length: 5\r\nRetry-After: 3\r\n\r\nhello",
        OK_HEAD "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    };
    world_t w;
    set_up(&w, "http://", &small);
    w.server->close_after = true;
    for (size_t i = 0; i < LQ_ARRAY_CNT(answers); i++) {
        size_t whole_sz = strlen(answers[i]) - i; /* the last chunk's last "\n" is not missed */
        for (size_t cut = 0; cut < whole_sz; cut++) {
            server_answer(w.server, answers[i]);
            w.server->answer_sz = cut;
            call_t call = ask(&w);
            if (call.err != LQ_ERR_IO)
                fail_msg("%zu of %zu: %s", cut, i, lq_err_name(call.err));
            assert_true(call.sent);
            assert_int_equal(call.body_sz, 0);
        }
    }
    tear_down(&w);
}

/* Writes up to 200 bytes of any kind; returns their count. */
static size_t make_noise(lq_rng_t *rng, char *out)
{
    size_t sz = lq_rng_below(rng, 201);
    lq_rng_bytes(rng, out, sz);
    return sz;
}

/* Writes a status line and pieces of headers; returns the bytes written, at most 512. */
static size_t make_headers(lq_rng_t *rng, char *out)
{
    static const char pieces[][12] = {"A: b",     "\n",          "\r\n",       "\n ", "\n\t",
                                      "c",        ":",           " ",          "",    "\n\x01",
                                      "\n?f\x9a", "Location: x", "Set-Cookie:"};
    size_t sz = sizeof(OK_HEAD) - 1;
    memcpy(out, OK_HEAD, sz + 1);
    for (size_t i = lq_rng_below(rng, 12); i-- > 0;) {
        const char *piece = pieces[lq_rng_below(rng, LQ_ARRAY_CNT(pieces))];
        size_t piece_sz = piece[0] ? strlen(piece) : 1; /* "": a NUL */
        for (size_t k = 0; k < piece_sz; k++)
            out[sz++] = piece[k];
    }
    return sz;
}

static void bears_garbage(void **state)
{
    (void)state;
    world_t w;
    lq_rng_t rng = lq_test_rng();
    set_up(&w, "http://", &small);
    w.server->close_after = true;
    static const char *const bad[] = {"SECRET\r\n\r\n",
                                      "\r\n\r\n",
                                      "<html>SECRET</html>",
                                      "HTTP/1.1 SECRET\r\n\r\n",
                                      "HTTP/9.9 200 SECRET\r\n\r\n",
                                      "HTTP/1.1 000 SECRET\r\n\r\n",
                                      OK_HEAD "Content-Length: -1\r\n\r\n",
                                      OK_HEAD "Transfer-Encoding: chunked\r\n\r\nSECRET\r\n",
                                      OK_HEAD
                                      "Content-Encoding: SECRET\r\nContent-Length: 1\r\n\r\nx"};
    for (size_t i = 0; i < LQ_ARRAY_CNT(bad); i++) {
        server_answer(w.server, bad[i]);
        call_t call = ask(&w);
        if (call.err != LQ_ERR_IO)
            fail_msg("%s: %s %u", bad[i], lq_err_name(call.err), call.status);
    }
    for (size_t i = 0; i < lq_test_cnt(1000, 20000); i++) {
        char noise[512];
        size_t sz = i % 2 ? make_noise(&rng, noise) : make_headers(&rng, noise);
        w.server->answer = noise;
        w.server->answer_sz = sz;
        ask(&w);
    }
    tear_down(&w);
}

static void bears_a_shortage_of_descriptors(void **state)
{
    (void)state;
    world_t w;
    set_up(&w, "http://", &small);
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &(struct rlimit){0, limit.rlim_max}), 0);
    call_t call = ask(&w);
    assert_err(call.err, LQ_ERR_IO);
    assert_false(call.sent);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_ok(ask(&w).err);
    tear_down(&w);
}

/* libcurl's thread calls this in the place of the system's. */
static atomic_int resolver_state; /* 0: the system's; 1: hang; 2: hanging; 3: end */
int getaddrinfo(const char *name, const char *service, const struct addrinfo *req,
                struct addrinfo **pai)
{
    (void)name;
    (void)service;
    (void)req;
    (void)pai;
    atomic_store(&resolver_state, 2);
    for (unsigned i = 0; i < 3000 && atomic_load(&resolver_state) == 2; i++)
        usleep(1000);
    atomic_store(&resolver_state, 4);
    return EAI_AGAIN;
}

static void a_resolver_that_hangs_does_not_hold_the_loop(void **state)
{
    (void)state;
    world_t w;
    set_up(&w, "http://", &small);
    lq_url_t url;
    const char *text = "http://node.example/SECRET";
    assert_ok(lq_url_parse(&url, NULL, text, strlen(text)));
    lq_http_config_t config = small;
    config.url = &url;
    lq_http_t *http;
    assert_ok(lq_http_new(&http, &w.arena, w.loop, &config));
    call_t call = {0};
    assert_ok(lq_http_post(http, &call.id, "x", 1, NULL, SEC, on_answer, &call));
    while (atomic_load(&resolver_state) != 2)
        turn(&w, 1);
    lq_clock_manual_advance(&w.clock, SEC);
    wait_for(&w, &call, 1);
    assert_err(call.err, LQ_ERR_TIMEOUT);
    assert_false(call.sent);
    assert_int_equal(atomic_load(&resolver_state), 2);
    atomic_store(&resolver_state, 3);
    while (atomic_load(&resolver_state) != 4)
        usleep(100);
    lq_http_free(http);
    tear_down(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bears_folded_headers_wherever_they_stand),
        cmocka_unit_test(inflates_but_no_bomb),
        cmocka_unit_test(bounds_bodies_and_headers),
        cmocka_unit_test(takes_a_large_body_and_gives_its_memory_back),
        cmocka_unit_test(bounds_what_answers_under_way_hold_together),
        cmocka_unit_test(bears_a_cut_at_each_byte),
        cmocka_unit_test(bears_garbage),
        cmocka_unit_test(bears_a_shortage_of_descriptors),
        cmocka_unit_test(a_resolver_that_hangs_does_not_hold_the_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

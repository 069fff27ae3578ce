#include "ws_peer.h"

#include <fcntl.h>

#include "liqd/base/compiler.h"

#define FIN_TEXT 0x81

static int set_up(void **state)
{
    conn_world_t *w = calloc(1, sizeof(*w));
    assert_non_null(w);
    world_init(w);
    world_listen_tcp(w);
    world_conn(w);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    world_fini(*state);
    free(*state);
    return 0;
}

static int open_conn(conn_world_t *w)
{
    char request[8192];
    char answer[512];
    size_t up_cnt = w->up_cnt;
    lq_conn_open(w->conn);
    int peer = world_accept(w);
    peer_request(w, peer, request, sizeof(request));
    put_all(peer, answer, peer_answer(answer, sizeof(answer), request, ""));
    world_until(w, &w->up_cnt, up_cnt + 1);
    return peer;
}

static void put_frame(int peer, uint8_t first, const char *text)
{
    static char frame[65536 + 16]; /* whatever 16 bits of length can say, for the compiler */
    put_all(peer, frame, peer_frame(frame, first, text, strlen(text)));
}

/* Reads a frame of at most 125 bytes. */
static uint8_t get_frame(int peer, char out[126])
{
    char buf[256];
    uint8_t first = 0;
    char *data = buf;
    size_t sz = 0;
    get_all(peer, buf, 6);
    get_all(peer, buf + 6, buf[1] & 0x7f);
    size_t frame_sz = peer_unframe(&first, &data, &sz, buf, sizeof(buf));
    assert_true(frame_sz > 0);
    memcpy(out, data, sz);
    out[sz] = '\0';
    return first;
}

static void assert_texts(const conn_world_t *w, const char *want)
{
    assert_int_equal(w->texts_sz, strlen(want));
    assert_memory_equal(w->texts, want, w->texts_sz);
}

static void carries_texts_both_ways(void **state)
{
    conn_world_t *w = *state;
    w->config.busy_poll_us = 50;
    world_conn(w);
    int peer = open_conn(w);
    assert_ok(lq_conn_send(w->conn, "{\"a\":1}", 7));
    assert_true(lq_conn_drained(w->conn));
    char got[126];
    assert_int_equal(get_frame(peer, got), FIN_TEXT);
    assert_string_equal(got, "{\"a\":1}");
    w->clock.now.mono_ns += 7;
    put_frame(peer, FIN_TEXT, "[1]");
    put_frame(peer, FIN_TEXT, "");
    put_frame(peer, FIN_TEXT, "[\"2\"]");
    world_until(w, &w->text_cnt, 3);
    assert_texts(w, "[1]||[\"2\"]|");
    assert_int_equal(w->recv.mono_ns, w->clock.now.mono_ns);
    lq_conn_close(w->conn);
    assert_int_equal(get_frame(peer, got), 0x88);
    assert_memory_equal(got, "\x03\xe8", 3);
    assert_int_equal(read(peer, got, 1), 0);
    (void)close(peer);
}

static void asks_for_the_upgrade_with_all_that_proves_us(void **state)
{
    conn_world_t *w = *state;
    static const uint8_t secret[32] = {1, 2, 3};
    char text[64];
    lq_err_msg_t msg;
    (void)snprintf(text, sizeof(text), "ws://me:a%%3Ab@127.0.0.1:%u/key?a=b", w->url.port);
    assert_ok(lq_url_parse(&w->url, &msg, text, strlen(text)));
    w->config.auth = (lq_auth_t){.headers = {"X-Key: 1", "X-Other: 2"}};
    world_conn(w);
    char keys[2][64];
    for (size_t i = 0; i < 2; i++) {
        char request[8192];
        char v[512];
        lq_conn_open(w->conn);
        int peer = world_accept(w);
        peer_request(w, peer, request, sizeof(request));
        assert_non_null(strstr(request, "GET /key?a=b HTTP/1.1\r\nHost: 127.0.0.1:"));
        assert_true(header_of(v, sizeof(v), request, "Authorization"));
        assert_string_equal(v, i ? v : "Basic bWU6YTpi");
        assert_int_equal(!!strstr(request, "Authorization: Bearer ey"), i);
        assert_true(header_of(v, sizeof(v), request, "X-Other"));
        assert_string_equal(v, "2");
        assert_true(header_of(v, sizeof(v), request, "Sec-WebSocket-Version"));
        assert_string_equal(v, "13");
        assert_true(header_of(keys[i], sizeof(keys[i]), request, "Sec-WebSocket-Key"));
        assert_int_equal(strlen(keys[i]), 24);
        (void)close(peer);
        world_until(w, &w->down_cnt, i + 1);
        assert_null(strstr(w->msg.text, "key"));
        w->config.auth.jwt_secret = secret;
        world_conn(w);
    }
    assert_string_not_equal(keys[0], keys[1]);
}

static void headers_beyond_all_measure_are_told(void **state)
{
    conn_world_t *w = *state;
    char *header = malloc(20001);
    assert_non_null(header);
    memset(header, 'x', 20000);
    memcpy(header, "X: ", 3);
    header[20000] = '\0';
    w->config.auth.headers[0] = header;
    world_conn(w);
    lq_conn_open(w->conn);
    world_until(w, &w->down_cnt, 1);
    assert_int_equal(w->why, LQ_ERR_TOO_LONG);
    free(header);
}

/* The same answer and frames, cut at each byte: the first frame comes with the header. */
static void comes_up_however_the_answer_is_cut(void **state)
{
    conn_world_t *w = *state;
    size_t step = lq_test_cnt(3, 1);
    for (size_t cut = 0;; cut += step) {
        char request[8192];
        char data[1024];
        w->text_cnt = w->texts_sz = 0;
        size_t up_cnt = w->up_cnt;
        lq_conn_open(w->conn);
        int peer = world_accept(w);
        peer_request(w, peer, request, sizeof(request));
        size_t sz = peer_answer(data, sizeof(data), request, "X-Y:\r\n");
        sz += peer_frame(data + sz, 0x01, "[\"", 2);
        sz += peer_frame(data + sz, 0x89, "ping", 4);
        sz += peer_frame(data + sz, 0x00, "", 0);
        sz += peer_frame(data + sz, 0x80, "\"]", 2);
        sz += peer_frame(data + sz, FIN_TEXT, "[]", 2);
        if (cut > sz) {
            lq_conn_close(w->conn);
            (void)close(peer);
            break;
        }
        put_all(peer, data, cut);
        world_turn(w, 2);
        put_all(peer, data + cut, sz - cut);
        world_until(w, &w->text_cnt, 2);
        assert_texts(w, "[\"\"]|[]|");
        assert_int_equal(w->up_cnt, up_cnt + 1);
        assert_int_equal(get_frame(peer, data), 0x8a);
        assert_string_equal(data, "ping");
        lq_conn_close(w->conn);
        (void)close(peer);
    }
    assert_int_equal(w->down_cnt, 0);
}

static void refused_upgrades_are_told(void **state)
{
    conn_world_t *w = *state;
    static const struct {
        const char *answer;
        lq_err_t why;
        const char *text;
    } cases[] = {
        {"HTTP/1.1 401 Unauthorized\r\n\r\n", LQ_ERR_PERM, "401 \"Unauthorized\""},
        {"HTTP/1.1 403\r\nA: b\r\n\r\nbody", LQ_ERR_PERM, "403 \"\""},
        {"HTTP/1.0 503 \x1b[31m\r\n\r\n", LQ_ERR_SYNTAX, "status line"},
        {"HTTP/1.1 429 Too \xff Many\r\n\r\n", LQ_ERR_IO, "429 \"Too \\xff Many\""},
        {"HTTP/1.1 200 OK\r\n\r\n", LQ_ERR_IO, "200"},
        {"HTTP/1.1 1010 x\r\n\r\n", LQ_ERR_SYNTAX, "status line"},
        {"HTTP/1.1 101 x\r\n\r\n", LQ_ERR_SYNTAX, "does not upgrade"},
        {"HTTP/1.0 101 x\r\n\r\n", LQ_ERR_SYNTAX, "1.0"},
        {"HTTP/2 101", LQ_ERR_SYNTAX, "no HTTP"},
        {"SSH-2.0", LQ_ERR_SYNTAX, "no HTTP"},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        char request[8192];
        lq_conn_open(w->conn);
        int peer = world_accept(w);
        peer_request(w, peer, request, sizeof(request));
        put_all(peer, cases[i].answer, strlen(cases[i].answer));
        world_until(w, &w->down_cnt, i + 1);
        assert_err(w->why, cases[i].why);
        if (!strstr(w->msg.text, cases[i].text))
            fail_msg("%s", w->msg.text);
        (void)close(peer);
    }
    assert_int_equal(w->up_cnt, 0);
}

static void answers_to_another_request_are_refused(void **state)
{
    conn_world_t *w = *state;
    static const char *const more[] = {
        "Sec-WebSocket-Extensions: permessage-deflate\r\n",
        "Sec-WebSocket-Protocol: x\r\n",
        "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n",
        "Upgrade: h2c\r\n",
        "Upgrade: websocket\r\n",
        " folded\r\n",
        "Bad Name: x\r\n",
        "no colon\r\n",
        "X: a\nb\r\n",
        "X: a\rb\r\n",
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(more) + 2; i++) {
        char request[8192];
        char answer[20000];
        lq_conn_open(w->conn);
        int peer = world_accept(w);
        peer_request(w, peer, request, sizeof(request));
        size_t sz =
            peer_answer(answer, sizeof(answer), request, i < LQ_ARRAY_CNT(more) ? more[i] : "");
        if (i == LQ_ARRAY_CNT(more)) { /* endless */
            memset(answer + sz - 2, 'x', sizeof(answer) - sz + 2);
            sz = sizeof(answer);
        } else if (i > LQ_ARRAY_CNT(more)) { /* the accept of the same key in other case */
            char *at = strstr(answer, "Accept: ") + 8;
            while (!(*at >= 'a' && *at <= 'z'))
                at++;
            *at = (char)(*at - 'a' + 'A');
        }
        put_all(peer, answer, sz);
        world_until(w, &w->down_cnt, i + 1);
        if (w->why != LQ_ERR_SYNTAX)
            fail_msg("case %zu: %s", i, w->msg.text);
        (void)close(peer);
    }
    assert_int_equal(w->up_cnt, 0);
}

static void broken_frames_end_it(void **state)
{
    conn_world_t *w = *state;
    static const struct {
        const char *bytes;
        size_t sz;
        lq_err_t why;
    } cases[] = {
        {"\x81\x80", 2, LQ_ERR_SYNTAX},                                  /* masked */
        {"\xc1\x00", 2, LQ_ERR_SYNTAX},                                  /* reserved bits */
        {"\xa1\x00", 2, LQ_ERR_SYNTAX},                                  /* the same */
        {"\x91\x00", 2, LQ_ERR_SYNTAX},                                  /* the same */
        {"\x82\x00", 2, LQ_ERR_SYNTAX},                                  /* binary */
        {"\x83\x00", 2, LQ_ERR_SYNTAX},                                  /* unknown */
        {"\x8b\x00", 2, LQ_ERR_SYNTAX},                                  /* unknown, control */
        {"\x09\x00", 2, LQ_ERR_SYNTAX},                                  /* fragment of a ping */
        {"\x89\x7e\x00\x7e", 4, LQ_ERR_SYNTAX},                          /* long ping */
        {"\x80\x00", 2, LQ_ERR_SYNTAX},                                  /* continues nothing */
        {"\x01\x01[\x81\x01]", 6, LQ_ERR_SYNTAX},                        /* text within a text */
        {"\x81\x7e\x00\x7d", 4, LQ_ERR_SYNTAX},                          /* length not shortest */
        {"\x81\x7f\x00\x00\x00\x00\x00\x00\xff\xff", 10, LQ_ERR_SYNTAX}, /* the same */
        {"\x81\x7f\x80\x00\x00\x00\x00\x00\x00\x00", 10, LQ_ERR_SYNTAX}, /* beyond 2^63 */
        {"\x81\x7f\x7f\xff\xff\xff\xff\xff\xff\xff", 10, LQ_ERR_TOO_LONG},
        {"\x81\x7f\x00\x00\x00\x00\x00\x10\x00\x01", 10, LQ_ERR_TOO_LONG},
        {"\x88\x01x", 3, LQ_ERR_SYNTAX},        /* half a code */
        {"\x88\x02\x03\xed", 4, LQ_ERR_SYNTAX}, /* 1005 is never sent */
        {"\x88\x02\x03\xe7", 4, LQ_ERR_SYNTAX}, /* 999 */
        {"\x88\x00", 2, LQ_ERR_IO},
        {"\x88\x05\x03\xe9"
         "b\x1b!",
         7, LQ_ERR_IO},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        int peer = open_conn(w);
        put_all(peer, cases[i].bytes, cases[i].sz);
        world_until(w, &w->down_cnt, i + 1);
        if (w->why != cases[i].why)
            fail_msg("case %zu: %s", i, w->msg.text);
        if (cases[i].why == LQ_ERR_IO) { /* the close frame is answered */
            char got[126];
            assert_int_equal(get_frame(peer, got), 0x88);
            assert_memory_equal(got, cases[i].bytes + 2, cases[i].sz > 2 ? 2 : 0);
        }
        (void)close(peer);
    }
    assert_non_null(strstr(w->msg.text, "1001 \"b\\x1b!\""));
    assert_int_equal(w->text_cnt, 0);
}

static void a_cut_or_reset_peer_is_told(void **state)
{
    conn_world_t *w = *state;
    for (size_t i = 0; i < 6; i++) {
        int peer;
        if (i < 2) { /* before the request is answered */
            lq_conn_open(w->conn);
            peer = world_accept(w);
        } else {
            peer = open_conn(w);
            put_all(peer, "\x81\x05[1", i < 4 ? 4 : 0);
            world_turn(w, 2);
        }
        if (i % 2) {
            struct linger linger = {1, 0};
            assert_int_equal(setsockopt(peer, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)), 0);
        }
        (void)close(peer);
        world_until(w, &w->down_cnt, i + 1);
        assert_int_equal(w->why, LQ_ERR_IO);
    }
    (void)close(w->listener);
    w->listener = -1;
    lq_conn_open(w->conn);
    world_until(w, &w->down_cnt, 7);
    assert_int_equal(w->why, LQ_ERR_IO);
    assert_non_null(strstr(w->msg.text, "refused"));
    assert_null(strstr(w->msg.text, "/key"));
}

static void an_upgrade_that_does_not_come_times_out(void **state)
{
    conn_world_t *w = *state;
    lq_conn_open(w->conn);
    int peer = world_accept(w);
    put_all(peer, "HTTP/1.1 101 ", 13);
    world_turn(w, 5);
    assert_int_equal(w->down_cnt, 0);
    w->clock.now.mono_ns += w->config.connect_ns;
    world_until(w, &w->down_cnt, 1);
    assert_int_equal(w->why, LQ_ERR_TIMEOUT);
    (void)close(peer);
    lq_conn_open(w->conn);
    lq_conn_close(w->conn); /* while libcurl connects */
    world_turn(w, 3);
    assert_int_equal(w->down_cnt, 1);
}

static void time_spent_before_it_is_opened_does_not_count(void **state)
{
    conn_world_t *w = *state;
    world_turn(w, 1);
    w->clock.now.mono_ns += 2 * w->config.connect_ns; /* no turn sees it before */
    (void)close(open_conn(w));
    assert_int_equal(w->down_cnt, 0);
}

static void pings_and_waits_for_the_answer(void **state)
{
    conn_world_t *w = *state;
    w->config.ping_ns = 10 * SEC_NS;
    w->config.pong_ns = 3 * SEC_NS;
    world_conn(w);
    int peer = open_conn(w);
    for (size_t i = 0; i < 3; i++) {
        w->clock.now.mono_ns += 10 * SEC_NS;
        world_turn(w, 1);
        char ping[126];
        char frame[140];
        assert_int_equal(get_frame(peer, ping), 0x89);
        put_frame(peer, 0x8a, "another's");
        world_turn(w, 2);
        if (i == 2)
            break;
        put_all(peer, frame, peer_frame(frame, 0x8a, ping, 8));
        world_turn(w, 2);
        assert_int_equal(w->down_cnt, 0);
    }
    w->clock.now.mono_ns += 2 * SEC_NS;
    put_all(peer, "\x81\x04[", 3); /* a text that is coming puts it off */
    world_turn(w, 2);
    w->clock.now.mono_ns += 2 * SEC_NS;
    world_turn(w, 2);
    assert_int_equal(w->down_cnt, 0);
    w->clock.now.mono_ns += 2 * SEC_NS;
    world_until(w, &w->down_cnt, 1);
    assert_int_equal(w->why, LQ_ERR_TIMEOUT);
    assert_non_null(strstr(w->msg.text, "3000 ms"));
    (void)close(peer);
}

static void take_long(conn_world_t *w)
{
    w->clock.now.mono_ns += 5 * SEC_NS;
}

static void our_own_slowness_is_not_the_peer_s(void **state)
{
    conn_world_t *w = *state;
    w->config.ping_ns = 10 * SEC_NS;
    w->config.pong_ns = 3 * SEC_NS;
    world_conn(w);
    int peer = open_conn(w);
    w->on_text = take_long;
    put_frame(peer, FIN_TEXT, "[]");
    w->clock.now.mono_ns += 10 * SEC_NS;
    world_until(w, &w->text_cnt, 1); /* and in the same turn the ping is due */
    char ping[126];
    assert_int_equal(get_frame(peer, ping), 0x89);
    world_turn(w, 2);
    assert_int_equal(w->down_cnt, 0);
    w->clock.now.mono_ns += 3 * SEC_NS;
    world_turn(w, 2);
    assert_err(w->why, LQ_ERR_TIMEOUT);
    (void)close(peer);
}

static void a_peer_that_pings_and_does_not_read_costs_no_memory(void **state)
{
    conn_world_t *w = *state;
    w->config.out_max = 1000;
    world_conn(w);
    int small = 4096;
    assert_int_equal(setsockopt(w->listener, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
    int peer = open_conn(w);
    char ping[127];
    char data[125] = {0};
    size_t sz = peer_frame(ping, 0x89, data, sizeof(data));
    /* First until nothing more goes out, then until there is no room for an answer either. */
    for (size_t i = 0, waiting_cnt = 0; i < 1000000 && waiting_cnt < 1000; i++) {
        put_all(peer, ping, sz);
        world_turn(w, 1);
        waiting_cnt = lq_conn_drained(w->conn) ? 0 : waiting_cnt + 1;
    }
    assert_int_equal(w->down_cnt, 0);
    assert_err(lq_conn_send(w->conn, "[]", 2), LQ_ERR_FULL);
    (void)close(peer);
    world_until(w, &w->down_cnt, 1);
}

/* Pings that come together get one answer. */
static void many_pings_at_once_are_cheap(void **state)
{
    conn_world_t *w = *state;
    int peer = open_conn(w);
    char got[126];
    for (size_t i = 0; i < 3; i++) {
        char wire[1000];
        size_t sz = 0;
        for (size_t k = 0; k < 300; k++)
            sz += peer_frame(wire + sz, 0x89, "?", k % 2);
        sz += peer_frame(wire + sz, 0x89, "last", i);
        put_all(peer, wire, sz);
        put_frame(peer, FIN_TEXT, "[]");
        world_until(w, &w->text_cnt, i + 1);
        world_turn(w, 2);
        assert_ok(lq_conn_send(w->conn, "[]", 2));
        size_t pong_cnt = 0;
        while (get_frame(peer, got) == 0x8a)
            if (++pong_cnt && !strncmp(got, "last", i) && strlen(got) == i)
                break;
        assert_true(pong_cnt >= 1 && pong_cnt <= 3); /* reads may cut what was sent as one */
        assert_int_equal(get_frame(peer, got), FIN_TEXT);
    }
    (void)close(peer);
}

/* Texts of every size at which the header changes, in random fragments, both ways. */
static void texts_of_any_size_pass_in_any_fragments(void **state)
{
    conn_world_t *w = *state;
    lq_rng_t rng = lq_test_rng();
    static const size_t sizes[] = {0, 1, 7, 8, 125, 126, 127, 65535, 65536, 1000000};
    w->config.out_max = 2 << 20;
    world_conn(w);
    int peer = open_conn(w);
    assert_int_equal(fcntl(peer, F_SETFL, O_NONBLOCK), 0);
    char *text = malloc(1000000);
    char *wire = malloc(3000000);
    assert_true(text && wire);
    for (size_t i = 0; i < 1000000; i++)
        text[i] = (char)('a' + i % 23);
    for (size_t i = 0; i < 3 * LQ_ARRAY_CNT(sizes); i++) {
        size_t sz = sizes[i % LQ_ARRAY_CNT(sizes)];
        size_t wire_sz = 0;
        bool whole = i < LQ_ARRAY_CNT(sizes);
        for (size_t at = 0, first = 1; first || at < sz; first = 0) {
            size_t piece = whole ? sz : lq_rng_below(&rng, sz / 3 + 2);
            if (piece > sz - at)
                piece = sz - at;
            bool last = at + piece == sz;
            wire_sz += peer_frame(wire + wire_sz, (uint8_t)((first ? 1 : 0) | (last ? 0x80 : 0)),
                                  text + at, piece);
            at += piece;
            if (lq_rng_below(&rng, 2))
                wire_sz += peer_frame(wire + wire_sz, 0x8a, "pong", 4);
        }
        w->text_cnt = w->texts_sz = 0;
        for (size_t at = 0; at < wire_sz;) {
            ssize_t n = send(peer, wire + at, wire_sz - at, MSG_NOSIGNAL);
            at += n > 0 ? (size_t)n : 0;
            world_turn(w, 1);
        }
        world_until(w, &w->text_cnt, 1);
        assert_int_equal(w->texts_sz, sz + 1);
        assert_memory_equal(w->texts, text, sz);
        assert_ok(lq_conn_send(w->conn, text, sz));
        uint8_t first = 0;
        char *data = NULL;
        size_t data_sz = 0;
        size_t want = sz + (sz <= 125 ? 6 : sz <= 0xffff ? 8 : 14);
        for (size_t at = 0; at < want;) {
            ssize_t n = read(peer, wire + at, want - at);
            at += n > 0 ? (size_t)n : 0;
            world_turn(w, 1);
        }
        assert_int_equal(peer_unframe(&first, &data, &data_sz, wire, want), want);
        assert_int_equal(first, FIN_TEXT);
        assert_int_equal(data_sz, sz);
        assert_memory_equal(data, text, sz);
    }
    assert_int_equal(w->down_cnt, 0);
    free(text);
    free(wire);
    (void)close(peer);
}

static void close_and_open(conn_world_t *w)
{
    lq_conn_close(w->conn);
    lq_conn_open(w->conn);
}

static void handlers_may_close_and_open(void **state)
{
    conn_world_t *w = *state;
    char request[8192];
    char answer[512];
    w->on_text = close_and_open;
    int peer = open_conn(w);
    put_all(peer, "\x81\x02[]\x81\x02[]", 8);
    world_until(w, &w->text_cnt, 1);
    (void)close(peer);
    w->on_text = NULL;
    w->on_up = close_and_open;
    peer = world_accept(w);
    peer_request(w, peer, request, sizeof(request));
    size_t sz = peer_answer(answer, sizeof(answer), request, "");
    sz += peer_frame(answer + sz, FIN_TEXT, "[]", 2);
    put_all(peer, answer, sz);
    world_until(w, &w->up_cnt, 2);
    world_turn(w, 2);
    assert_int_equal(w->text_cnt, 1);
    assert_int_equal(w->down_cnt, 0);
    (void)close(peer);
}

static void descriptors_and_memory_stay_flat_over_reconnects(void **state)
{
    conn_world_t *w = *state;
    lq_rng_t rng = lq_test_rng();
    size_t fds = 0;
    size_t pages = 0;
    size_t cnt = lq_test_cnt(400, 10000);
    for (size_t i = 0; i < cnt; i++) {
        if (i == cnt / 2) {
            fds = count_fds();
            pages = count_pages();
        }
        size_t down_cnt = w->down_cnt;
        int peer = -1;
        switch (lq_rng_below(&rng, 4)) {
        case 0: /* we close, connecting or open */
            lq_conn_open(w->conn);
            peer = world_accept(w);
            lq_conn_close(w->conn);
            break;
        case 1:
            peer = open_conn(w);
            lq_conn_close(w->conn);
            break;
        case 2:
            lq_conn_open(w->conn);
            peer = world_accept(w);
            (void)close(peer);
            world_until(w, &w->down_cnt, down_cnt + 1);
            continue;
        default:
            peer = open_conn(w);
            put_all(peer, "\x81\x02[]\xff", 5);
            world_until(w, &w->down_cnt, down_cnt + 1);
            break;
        }
        (void)close(peer);
        w->texts_sz = 0;
    }
    assert_int_equal(count_fds(), fds);
    if (PAGES_ARE_OURS)
        assert_true(count_pages() <= pages + 256);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(carries_texts_both_ways),
        CASE(asks_for_the_upgrade_with_all_that_proves_us),
        CASE(headers_beyond_all_measure_are_told),
        CASE(comes_up_however_the_answer_is_cut),
        CASE(refused_upgrades_are_told),
        CASE(answers_to_another_request_are_refused),
        CASE(broken_frames_end_it),
        CASE(a_cut_or_reset_peer_is_told),
        CASE(an_upgrade_that_does_not_come_times_out),
        CASE(time_spent_before_it_is_opened_does_not_count),
        CASE(pings_and_waits_for_the_answer),
        CASE(our_own_slowness_is_not_the_peer_s),
        CASE(a_peer_that_pings_and_does_not_read_costs_no_memory),
        CASE(many_pings_at_once_are_cheap),
        CASE(texts_of_any_size_pass_in_any_fragments),
        CASE(handlers_may_close_and_open),
        CASE(descriptors_and_memory_stay_flat_over_reconnects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "liqd/net/url.h"

#include "lq_test.h"

static lq_url_t parse(const char *text)
{
    lq_url_t url;
    lq_err_msg_t msg;
    lq_err_t err = lq_url_parse(&url, &msg, text, strlen(text));
    if (err)
        fail_msg("%s: %s", text, msg.text);
    return url;
}

static void takes_a_url_apart(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        lq_url_scheme_t scheme;
        unsigned port;
        const char *text, *shown, *host, *target, *user;
    } cases[] = {
        {"ws://n", LQ_URL_WS, 80, "ws://n", "ws://n:80", "n", "/", ""},
        {"wss://n/", LQ_URL_WSS, 443, "wss://n/", "wss://n:443", "n", "/", ""},
        {"HTTP://Node.Example:8545", LQ_URL_HTTP, 8545, "http://Node.Example:8545",
         "http://node.example:8545", "node.example", "/", ""},
        {"https://n/v3/KEY", LQ_URL_HTTPS, 443, "https://n/v3/KEY", "https://n:443/...", "n",
         "/v3/KEY", ""},
        {"https://n?key=KEY", LQ_URL_HTTPS, 443, "https://n?key=KEY", "https://n:443/...", "n",
         "/?key=KEY", ""},
        {"https://n/?a=/b@c:1", LQ_URL_HTTPS, 443, "https://n/?a=/b@c:1", "https://n:443/...", "n",
         "/?a=/b@c:1", ""},
        {"https://u:p@n:1/%2f", LQ_URL_HTTPS, 1, "https://n:1/%2f", "https://n:1/...", "n", "/%2f",
         "u:p"},
        {"https://u%40v:p%3A%25q:r@n:65535", LQ_URL_HTTPS, 65535, "https://n:65535",
         "https://n:65535", "n", "/", "u@v:p:%q:r"},
        {"https://KEY@n", LQ_URL_HTTPS, 443, "https://n", "https://n:443", "n", "/", "KEY:"},
        {"https://:p@n", LQ_URL_HTTPS, 443, "https://n", "https://n:443", "n", "/", ":p"},
        {"ws://[::1]:8546/x", LQ_URL_WS, 8546, "ws://[::1]:8546/x", "ws://[::1]:8546/...", "::1",
         "/x", ""},
        {"ws://[2001:DB8::a]", LQ_URL_WS, 80, "ws://[2001:DB8::a]", "ws://[2001:db8::a]:80",
         "2001:db8::a", "/", ""},
        {"http://127.0.0.1:08545", LQ_URL_HTTP, 8545, "http://127.0.0.1:08545",
         "http://127.0.0.1:8545", "127.0.0.1", "/", ""},
        {"ipc:///run/geth.ipc", LQ_URL_IPC, 0, "/run/geth.ipc", "/run/geth.ipc", "", "/", ""},
        {"IPC://./geth.ipc", LQ_URL_IPC, 0, "./geth.ipc", "./geth.ipc", "", "/", ""},
        {"/a#%b?@", LQ_URL_IPC, 0, "/a#%b?@", "/a#%b?@", "", "/", ""},
        {"./n\xc3\xa9", LQ_URL_IPC, 0, "./n\xc3\xa9", "./n\xc3\xa9", "", "/", ""},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        lq_url_t url = parse(cases[i].in);
        assert_int_equal(url.scheme, cases[i].scheme);
        assert_int_equal(url.port, cases[i].port);
        assert_string_equal(url.text, cases[i].text);
        assert_string_equal(url.shown, cases[i].shown);
        assert_string_equal(url.host, cases[i].host);
        assert_string_equal(url.target, cases[i].target);
        assert_string_equal(url.user, cases[i].user);
    }
}

/* Asserts that the SZ bytes at TEXT end in WANT, change nothing, and are not quoted: TEXT holds
   SECRET wherever it may. */
static void refuse_sized(const char *text, size_t sz, lq_err_t want)
{
    lq_url_t url;
    lq_url_t before;
    memset(&url, 0xa5, sizeof(url));
    before = url;
    lq_err_msg_t msg = {""};
    lq_err_t err = lq_url_parse(&url, &msg, text, sz);
    if (err != want)
        fail_msg("%.*s: %s, not %s", (int)sz, text, lq_err_name(err), lq_err_name(want));
    assert_memory_equal(&url, &before, sizeof(url));
    assert_string_not_equal(msg.text, "");
    assert_null(strstr(msg.text, "SECRET"));
    assert_null(strstr(msg.text, "secret"));
    assert_int_equal(lq_url_parse(&url, NULL, text, sz), want);
}

static void refuse(const char *text)
{
    refuse_sized(text, strlen(text), LQ_ERR_SYNTAX);
}

static const char *const bad_urls[] = {
    "",
    "SECRET",
    "SECRET.example/x",
    ".",
    ".SECRET",
    "ws:",
    "ws:/",
    "ws:/SECRET",
    "://SECRET",
    "ftp://SECRET",
    "file:///SECRET",
    "1ws://SECRET",
    "SECRET@ws://n",
    "ws ://n",
    " ws://n",
    "waytoolongasascheme://n",
    "ws://",
    "ws:///SECRET",
    "ws://?SECRET",
    "ws://:80",
    "ws://SECRET@",
    "ws://SECRET@/",
    "ws://SECRET@:80",
    "ws://@n",
    "ws://n:",
    "ws://n:0",
    "ws://n:65536",
    "ws://n:99999999999999999999",
    "ws://n:8x",
    "ws://n:-1",
    "ws://n:+1",
    "ws://n:80:80",
    "ws://[::1",
    "ws://[::1]x",
    "ws://[::1]SECRET:80",
    "ws://[::1]:",
    "ws://[]",
    "ws://[n]",
    "ws://[1.2.3.4]",
    "ws://[fe80::1%25eth0]",
    "ws://::1",
    "ws://n%41",
    "ws://n/SECRET#x",
    "ws://n#SECRET",
    "ws://n/SECRET x",
    "ws://n/SECRET\t",
    "ws://n/\n",
    "ws://n/SECRET\x7f",
    "ws://n/\xc3\xa9",
    "ws://\xc3\xa9",
    "ws://n\\@SECRET",
    "ws://n/SECRET\\",
    "ws://n/SECRET\"",
    "ws://n/<",
    "ws://n/{SECRET}",
    "ws://n/SECRET%",
    "ws://n/%4",
    "ws://n/%4g",
    "ws://n/%g4",
    "ws://SECRET:x@y@n",
    "ws://SECRET%00@n",
    "ws://SECRET:%0d%0aX@n",
    "ws://SECRET:%7f@n",
    "ws://u%3aSECRET@n",
    "ws://u%3av:SECRET@n",
    "ws://n!",
    "ws://n*",
    "ws://n,m",
    "ipc://",
    "ipc://SECRET",
    "ipc://.SECRET",
    "ipc://n/SECRET",
    "ipc:/SECRET",
    "/SECRET x",
    "/SECRET\n",
    "/SECRET\x1b[1m",
    "/SECRET\xff",
    "/SECRET\xe2\x80\x8b",
};

static void refuses_what_is_no_url_without_quoting_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < LQ_ARRAY_CNT(bad_urls); i++)
        refuse(bad_urls[i]);
    refuse_sized("ws://n/SECRET\0", sizeof("ws://n/SECRET\0") - 1, LQ_ERR_SYNTAX);
    refuse_sized("/SECRET\0x", sizeof("/SECRET\0x") - 1, LQ_ERR_SYNTAX);
    refuse_sized("\0", 1, LQ_ERR_SYNTAX);
}

/* Writes PREFIX, as many 'a' as make SZ bytes in all, and SUFFIX. */
static const char *filled(char *out, const char *prefix, size_t sz, const char *suffix)
{
    size_t a = strlen(prefix);
    size_t b = strlen(suffix);
    memcpy(out, prefix, a);
    memset(out + a, 'a', sz - a - b);
    snprintf(out + sz - b, b + 1, "%s", suffix);
    return out;
}

static void bounds_each_part(void **state)
{
    (void)state;
    char in[LQ_URL_MAX + 2];
    lq_url_t url = parse(filled(in, "wss://n/", LQ_URL_MAX, ""));
    assert_int_equal(strlen(url.text), LQ_URL_MAX);
    assert_int_equal(strlen(url.target), LQ_URL_MAX - 7);
    refuse_sized(filled(in, "wss://n/", LQ_URL_MAX + 1, ""), LQ_URL_MAX + 1, LQ_ERR_TOO_LONG);
    url = parse(filled(in, "wss://", LQ_URL_MAX, "@n"));
    assert_int_equal(strlen(url.user), LQ_URL_MAX - 7); /* and its colon */
    url = parse(filled(in, "https://", 8 + 255 + 7, ":65535/"));
    assert_int_equal(strlen(url.host), 255);
    url = parse(filled(in, "https://", 8 + 255 + 2, "/x"));
    assert_int_equal(strlen(url.host), 255);
    assert_int_equal(strlen(url.shown), 8 + 255 + 4 + 4);
    refuse_sized(filled(in, "https://", 8 + 256, ""), 8 + 256, LQ_ERR_TOO_LONG);
    url = parse(filled(in, "ipc:///", 6 + 107, ""));
    assert_int_equal(strlen(url.text), 107);
    refuse_sized(filled(in, "/", 108, ""), 108, LQ_ERR_TOO_LONG);
}

static void tells_what_stays_on_this_machine(void **state)
{
    (void)state;
    static const char *const local[] = {"/run/x",         "ws://localhost",   "ws://LocalHost:1/x",
                                        "ws://127.0.0.1", "ws://127.255.0.9", "ws://[::1]",
                                        "ws://[0:0::0:1]"};
    static const char *const far[] = {"ws://n",          "ws://128.0.0.1",  "ws://126.0.0.1",
                                      "ws://127.a.com",  "ws://0.0.0.0",    "ws://127.1",
                                      "ws://[::2]",      "ws://[::]",       "ws://localhost.a",
                                      "ws://alocalhost", "ws://127.0.0.1.a"};
    for (size_t i = 0; i < LQ_ARRAY_CNT(local); i++) {
        lq_url_t url = parse(local[i]);
        assert_true(lq_url_is_local(&url));
    }
    for (size_t i = 0; i < LQ_ARRAY_CNT(far); i++) {
        lq_url_t url = parse(far[i]);
        assert_false(lq_url_is_local(&url));
    }
}

static void checks_headers(void **state)
{
    (void)state;
    static const char *const good[] = {"Authorization: Bearer x",
                                       "X-A:b",
                                       "x-!#$%&'*+-.^_`|~9: v",
                                       "A: \tb\t",
                                       "A: \xc3\xa9",
                                       "Hosts: x",
                                       "Content: x",
                                       "Expectation: x",
                                       "X-Host: x"};
    static const char *const bad[] = {
        "",        "SECRET",           ":SECRET",      "A SECRET: b",
        " A: b",   "A : SECRET",       "A:",           "A: ",
        "A: \t",   "A: SECRET\n",      "A: b\r\nC: d", "A: SECRET\x7f",
        "A: \x01", "\xc3\xa9: SECRET", "A;",           "(A): SECRET"};
    static const char *const ours[] = {"Host: SECRET",
                                       "hOST:SECRET",
                                       "Connection: SECRET",
                                       "UPGRADE: SECRET",
                                       "Content-Type: a",
                                       "content-: SECRET",
                                       "Sec-WebSocket-Key: SECRET",
                                       "Transfer-Encoding: SECRET",
                                       "Expect: SECRET"};
    lq_err_msg_t msg;
    for (size_t i = 0; i < LQ_ARRAY_CNT(good); i++)
        assert_ok(lq_auth_header_check(&msg, good[i]));
    for (size_t i = 0; i < LQ_ARRAY_CNT(bad); i++) {
        assert_err(lq_auth_header_check(&msg, bad[i]), LQ_ERR_SYNTAX);
        assert_null(strstr(msg.text, "SECRET"));
    }
    for (size_t i = 0; i < LQ_ARRAY_CNT(ours); i++) {
        assert_err(lq_auth_header_check(&msg, ours[i]), LQ_ERR_INVAL);
        assert_null(strstr(msg.text, "SECRET"));
    }
    char name[70] = "";
    memset(name, 'n', 65);
    memcpy(name + 64, ": v", 4);
    assert_ok(lq_auth_header_check(&msg, name));
    memcpy(name + 64, "n: v", 5);
    assert_err(lq_auth_header_check(&msg, name), LQ_ERR_SYNTAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_a_url_apart),
        cmocka_unit_test(refuses_what_is_no_url_without_quoting_it),
        cmocka_unit_test(bounds_each_part),
        cmocka_unit_test(tells_what_stays_on_this_machine),
        cmocka_unit_test(checks_headers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

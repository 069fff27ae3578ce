/* The keys of senders, relays, the journal and what else a live run has. */

#include "liqd/app/config.h"

#include <stdlib.h>
#include <string.h>

#include "lq_test.h"
#include "memory_io.h"

#define ONE    "\"0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266\""
#define ONE_LC "\"0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266\""
#define NODES  "nodes: {a: {url: ws://127.0.0.1:1}}\n"
#define LIVE   NODES "senders: {main: {keystore: /k}}\njournal: {file: /j}\n"
#define MARKET                                      \
    "markets: {aave: {protocol: aave_v3, address: " \
    "\"0x87870Bca3F3fD6335C3F4ce8392D69350B4fA4E2\", funding: "

static lq_config_t config;
static lq_schema_doc_t doc;

static void load(const char *rest, const char *want)
{
    char yaml[4096];
    char text[4096];
    (void)snprintf(yaml, sizeof(yaml), "chain: {id: 1}\n%s\n", rest);
    memory_io_t files = {.files = {{"c.yaml", yaml}}, .modes = {0600}};
    lq_schema_io_t io = memory_io(&files);
    lq_err_t err = lq_schema_load(&doc, &config, &lq_config_schema, &io, "c.yaml");
    memory_io_problems(text, sizeof(text), &doc);
    assert_string_equal(text, want);
    assert_err(err, want[0] ? LQ_ERR_CONFIG : LQ_OK);
}

static void assert_problem(const char *rest, const char *want)
{
    char line[1024];
    (void)snprintf(line, sizeof(line), "c.yaml:%s\n", want);
    load(rest, line);
    lq_schema_free(&doc);
}

static void assert_good(const char *rest)
{
    load(rest, "");
    lq_schema_free(&doc);
}

/* What lq_config_check_live says of REST. */
static void assert_live(const char *rest, const char *want)
{
    char text[4096];
    load(rest, "");
    assert_int_equal(lq_config_check_live(&doc, &config), !want[0]);
    memory_io_problems(text, sizeof(text), &doc);
    assert_string_equal(text, want);
    lq_schema_free(&doc);
}

static void a_sender_has_a_key_or_a_remote_signer(void **state)
{
    (void)state;
    load("senders: {a: {keystore: k.json, passphrase_file: /p, address: " ONE "}, b: {remote: "
         "'https://signer:9000/', address: \"0x70997970C51812dc3A010C7d01b50e0d17dc79C8\","
         " client_cert: /c, client_key: /d, ca_file: /e}}",
         "");
    assert_int_equal(config.sender_cnt, 2);
    assert_string_equal(config.senders[0].name, "a");
    assert_string_equal(config.senders[0].keystore, "k.json");
    assert_string_equal(config.senders[0].remote, "");
    assert_string_equal(config.senders[1].remote, "https://signer:9000/");
    assert_string_equal(config.senders[1].client_key, "/d");
    lq_schema_free(&doc);
    assert_problem("senders: {a: {address: " ONE "}}",
                   " senders.a.keystore: is missing: name the file with the key, or set remote");
    assert_problem("senders: {a: {keystore: /k, remote: 'https://h', address: " ONE "}}",
                   "2:25: senders.a.keystore: contradicts remote: one of them signs, remove the "
                   "other");
    assert_problem("senders: {a: {keystore: /k, address: '0x12'}}",
                   "2:38: senders.a.address: 2 hex digits: 20 bytes take exactly 40");
    assert_problem("senders: {a: {keystore: /k, ca_file: /c}}",
                   "2:38: senders.a.ca_file: has no meaning without remote: remove it");
    assert_problem("senders: {a: {keystore: /k, client_cert: /c}}",
                   "2:42: senders.a.client_cert: has no meaning without remote: remove it");
    assert_problem("senders: {a: {keystore: /k, client_key: /c}}",
                   "2:41: senders.a.client_key: has no meaning without remote: remove it");
}

static void a_remote_signer_is_known_and_asked_in_secret(void **state)
{
    (void)state;
#define REMOTE "senders: {a: {remote: 'https://h', address: " ONE
    assert_good(REMOTE "}}");
    assert_good("senders: {a: {remote: 'http://127.0.0.1:9000', address: " ONE "}}");
    assert_problem("senders: {a: {remote: 'http://h', address: " ONE "}}",
                   "2:23: senders.a.remote: is http:// to another machine, which anybody between "
                   "could read and change: use https://");
    assert_problem("senders: {a: {remote: 'wss://h', address: " ONE "}}",
                   "2:23: senders.a.remote: is not https://, as it has to be");
    assert_problem("senders: {a: {remote: 'https://h'}}",
                   " senders.a.address: is missing: name the account that the remote signer is to "
                   "sign for");
    assert_problem(REMOTE ", passphrase_file: /p}}",
                   "2:108: senders.a.passphrase_file: has no meaning without keystore: remove it");
    assert_problem(REMOTE ", client_cert: /p}}",
                   "2:104: senders.a.client_cert: is set without client_key: set both, or none");
    assert_problem(REMOTE ", client_key: /p}}",
                   "2:103: senders.a.client_key: is set without client_cert: set both, or none");
}

static void no_two_senders_are_one(void **state)
{
    (void)state;
    assert_problem("senders: {a: {keystore: /k}, b: {keystore: /k}}",
                   "2:44: senders.b.keystore: is that of senders.a too: remove one of them");
    assert_problem("senders: {a: {keystore: /k, address: " ONE
                   "}, b: {keystore: /l, address: " ONE_LC "}}",
                   "2:112: senders.b.address: is that of senders.a too: remove one of them");
    assert_good("senders: {a: {keystore: /k}, b: {keystore: /l}}");
}

static void relays_are_asked_in_secret_and_signed_for(void **state)
{
    (void)state;
    load("send: {relay_key: /r}\nrelays: {a: {kind: bundle, url: 'https://h/KEY'},"
         " b: {kind: private, url: 'http://localhost:1', sign: false, timeout: 1 s}}",
         "");
    assert_int_equal(config.relay_cnt, 2);
    assert_int_equal(config.relays[0].kind, LQ_RELAY_BUNDLE);
    assert_int_equal(config.relays[0].sign, 1);
    assert_int_equal(config.relays[1].kind, LQ_RELAY_PRIVATE);
    assert_int_equal(config.relays[1].timeout_ns, 1000000000);
    lq_schema_free(&doc);
    assert_problem("relays: {a: {kind: bundle, url: 'https://h'}}",
                   " relays.a.sign: is true, and there is no key to sign with: set send.relay_key, "
                   "or false");
#define RELAY "relays: {a: {kind: bundle, sign: false, url: "
    assert_problem(RELAY "'http://h'}}",
                   "2:46: relays.a.url: is http:// to another machine, which anybody between could "
                   "read and change: use https://");
    assert_problem(RELAY "'/ipc'}}", "2:46: relays.a.url: is not https://, as it has to be");
    assert_problem(RELAY "'https://h', header: 'Host: x'}}",
                   "2:67: relays.a.header: the header Host is set by liqd itself");
    assert_problem("send: {relay_passphrase_file: /p}",
                   "2:31: send.relay_passphrase_file: has no meaning without send.relay_key: "
                   "remove it");
}

static void the_rest_contradicts_nothing(void **state)
{
    (void)state;
    assert_problem("journal: {wal_size: 3 MiB}",
                   "2:21: journal.wal_size: is not a power of two, such as 32 MiB or 64 MiB");
    assert_problem("seized: {cold: " ONE "}",
                   "2:16: seized.cold: has no meaning unless seized.action is sweep: remove one of "
                   "them");
    assert_problem("seized: {cold: '0x1'}",
                   "2:16: seized.cold: 1 hex digits: 20 bytes take exactly 40");
    static const char pin[] = " cpu.pin: is neither the number of a core, from 0, nor -1";
    char want[128];
    static const char *const bad[] = {"x", "-2", "1.5", "1024", "' 1'"};
    for (size_t i = 0; i < LQ_ARRAY_CNT(bad); i++) {
        char text[64];
        (void)snprintf(text, sizeof(text), "cpu: {pin: %s}", bad[i]);
        (void)snprintf(want, sizeof(want), "2:12:%s", pin);
        assert_problem(text, want);
    }
}

#define TWO      "\"0x70997970C51812dc3A010C7d01b50e0d17dc79C8\""
#define TOKENS   "tokens: {t: {address: " ONE ", sources: " TWO "}}\n"
#define EXECUTOR "executor: {address: " TWO "}\n"
#define POOLS    "venues: {v: {kind: uniswap_v2, pools: [" ONE "]}}\n"
#define COIN     "inventory: {gas: {token: coin, amount: 1}}\n"
#define USDC     "inventory: {gas: {token: coin, amount: 1}, usdc: {token: " ONE ", amount: 1}}\n"

/* What would never be moved, although that is asked for, is refused before it is waited for. */
static void what_is_seized_can_be_moved(void **state)
{
    (void)state;
    assert_problem(TOKENS "seized: {action: sweep}",
                   "3:18: seized.action: is sweep, and there is no address to send to: set "
                   "seized.cold");
    assert_problem("seized: {action: sweep, cold: " ONE "}",
                   "2:18: seized.action: is not hold, and only what is named under tokens is "
                   "moved: name there what may be seized");
    assert_problem(TOKENS
                   "seized: {action: sweep, cold: '0x0000000000000000000000000000000000000000'}",
                   "3:31: seized.cold: is nobody's: what is sent there is lost");
    assert_good(TOKENS "seized: {action: sweep, cold: " ONE "}");
    assert_problem(TOKENS POOLS USDC "seized: {action: swap}",
                   "5:18: seized.action: is swap, and the executor does that: set "
                   "executor.address (see liqd executor deploy), or hold or sweep");
    assert_problem(TOKENS EXECUTOR USDC "seized: {action: swap}",
                   "5:18: seized.action: is swap, and there are no pools to swap in: name some "
                   "under venues, or set hold or sweep");
    assert_problem(TOKENS EXECUTOR POOLS COIN "seized: {action: swap}",
                   "6:18: seized.action: is swap, and there is no token to swap into: name it "
                   "under inventory, or set hold or sweep");
    assert_problem(EXECUTOR POOLS USDC "seized: {action: swap}",
                   "5:18: seized.action: is not hold, and only what is named under tokens is "
                   "moved: name there what may be seized");
    assert_good(TOKENS EXECUTOR POOLS USDC "seized: {action: swap}");
}

static void what_they_come_to(void **state)
{
    (void)state;
    unsigned cpu = 7;
    load("", "");
    assert_false(lq_config_cpu(&cpu, &config));
    assert_int_equal(cpu, 7);
    assert_int_equal(lq_config_confirmations(&config), 0);
    lq_schema_free(&doc);
    load("cpu: {pin: 1023}", "");
    assert_true(lq_config_cpu(&cpu, &config));
    assert_int_equal(cpu, 1023);
    lq_schema_free(&doc);
    char yaml[] = "chain: {id: 1, finality: none}\nsend: {confirmations: 12}";
    memory_io_t files = {.files = {{"c.yaml", yaml}}, .modes = {0600}};
    lq_schema_io_t io = memory_io(&files);
    assert_ok(lq_schema_load(&doc, &config, &lq_config_schema, &io, "c.yaml"));
    assert_int_equal(lq_config_confirmations(&config), 12);
    lq_schema_free(&doc);
}

static void the_control_socket_is_named_by_chain_and_sender(void **state)
{
    (void)state;
    char path[LQ_CONFIG_SOCKET_MAX + 1] = "before";
    lq_err_msg_t msg;
    load("", "");
    assert_err(lq_config_socket(path, &msg, &config), LQ_ERR_NOT_FOUND);
    assert_string_equal(msg.text,
                        "there is no control socket: set control.socket, or name a sender");
    assert_string_equal(path, "before");
    lq_schema_free(&doc);
    load("senders: {main: {keystore: /k}, other: {keystore: /l}}", "");
    assert_ok(lq_config_socket(path, &msg, &config));
    assert_string_equal(path, "/run/liqd/1-main.sock");
    lq_schema_free(&doc);
    load("control: {socket: /s}", "");
    assert_ok(lq_config_socket(path, &msg, &config));
    assert_string_equal(path, "/s");
    lq_schema_free(&doc);
    char text[256];
    for (size_t sz = 96; sz <= 97; sz++) { /* "/1-main.sock" is 12 more */
        (void)snprintf(text, sizeof(text),
                       "senders: {main: {keystore: /k}}\njournal: {run_dir: /%0*d}", (int)sz - 2,
                       0);
        load(text, "");
        assert_err(lq_config_socket(path, &msg, &config), sz == 96 ? LQ_OK : LQ_ERR_TOO_LONG);
        lq_schema_free(&doc);
    }
    assert_int_equal(strlen(path), LQ_CONFIG_SOCKET_MAX);
}

static void a_live_run_says_what_it_lacks(void **state)
{
    (void)state;
    assert_live(LIVE, "");
    assert_live(NODES,
                "c.yaml: senders: names none, and a live run sends: name one with its keystore "
                "(see liqd keys), or add --dry-run\n"
                "c.yaml: journal.file: is empty, and a live run needs a journal: name a file on a "
                "disk that stays, or add --dry-run\n");
    assert_live(LIVE MARKET "flash}}",
                "c.yaml: executor.address: is empty, and flash loans need an executor: deploy one "
                "with liqd executor deploy, or set each market's funding to inventory\n");
    assert_live(LIVE MARKET "flash}}\nexecutor: {address: " ONE "}", "");
    static const char several[] =
        NODES "senders: {a: {keystore: /k}, b: {keystore: /l}}\njournal: {file: /j}\n";
    char text[1024];
    assert_live(several,
                "c.yaml: executor.address: is empty, and several senders need an executor, which "
                "holds what they spend: deploy one with liqd executor deploy, or keep one "
                "sender\n");
    (void)snprintf(text, sizeof(text), "%sexecutor: {address: " ONE "}", several);
    assert_live(text, "");
}

static void a_live_run_has_a_way_to_send(void **state)
{
    (void)state;
    assert_live(LIVE "send: {public: false}",
                "c.yaml:5:16: send.public: is false, and there are no relays: nothing could be "
                "sent; name some under relays, or set true\n");
    static const char relay[] = "relays: {a: {kind: private, url: 'https://h', sign: false}}\n";
    char text[1024];
    (void)snprintf(text, sizeof(text), "%ssend: {public: false}\n%s", LIVE, relay);
    assert_live(text, "");
    static const char mute[] = "nodes: {a: {url: ws://127.0.0.1:1, roles: read}}\n"
                               "senders: {main: {keystore: /k}}\njournal: {file: /j}\n";
    assert_live(mute, "c.yaml: send.public: is true, and no node has the role send: add it to one, "
                      "or set false\n");
    (void)snprintf(text, sizeof(text), "%ssend: {public: false}\n%s", mute, relay);
    assert_live(text, "");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sender_has_a_key_or_a_remote_signer),
        cmocka_unit_test(a_remote_signer_is_known_and_asked_in_secret),
        cmocka_unit_test(no_two_senders_are_one),
        cmocka_unit_test(relays_are_asked_in_secret_and_signed_for),
        cmocka_unit_test(the_rest_contradicts_nothing),
        cmocka_unit_test(what_is_seized_can_be_moved),
        cmocka_unit_test(what_they_come_to),
        cmocka_unit_test(the_control_socket_is_named_by_chain_and_sender),
        cmocka_unit_test(a_live_run_says_what_it_lacks),
        cmocka_unit_test(a_live_run_has_a_way_to_send),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

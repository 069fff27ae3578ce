/* What liqd check says in words. */

#include "explain.h"

#include <stdlib.h>

#include "lq_test.h"
#include "memory_io.h"

#define POOL   "\"0x87870Bca3F3fD6335C3F4ce8392D69350B4fA4E2\""
#define MORPHO "\"0xBBBBBbbBBb9cC5e90e3b3Af64bdAF62C37EEFFCb\""
#define WETH   "\"0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2\""
#define USDC   "\"0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48\""
#define FEED   "\"0x5f4eC3Df9cbd43714FE2740f5E3616155c5b8419\""

#define NODES "nodes: {own: {url: /geth.ipc}, far: {url: \"http://127.0.0.1:1\"}}\n"
#define FLASH                                                                  \
    "markets: {aave: {protocol: aave_v3, address: " POOL "},\n"                \
    "  old: {protocol: morpho_blue, address: " MORPHO ", liquidate: false}}\n" \
    "lenders: {morpho: {kind: morpho_blue, address: " MORPHO "}}\n"            \
    "venues: {v3: {kind: uniswap_v3, pools: [" WETH ", " USDC "]}}\n"
#define LIVE                                                       \
    "senders: {main: {keystore: k.json}}\njournal: {file: j.db}\n" \
    "executor: {address: " FEED "}\n"
#define OWN                                                                         \
    "markets: {aave: {protocol: aave_v3, address: " POOL ", funding: inventory}}\n" \
    "inventory: {usdc: {token: " USDC ", amount: \"1500.25\"}, gas: {token: coin, amount: 3}}\n"

static char *said; /* a line each: topic|text|keys */
static size_t said_sz;

static void add_line(void *ctx, const lq_explain_line_t *line)
{
    (void)fprintf(ctx, "%s|%s|%s\n", line->topic, line->text, line->keys);
}

/* Explains the sections YAML behind a chain; LOOK looks at what was loaded, NULL: nobody. */
static void explain(const char *yaml, void (*look)(const lq_schema_doc_t *doc, const lq_config_t *))
{
    char text[8192];
    lq_config_t config;
    lq_schema_doc_t doc;
    (void)snprintf(text, sizeof(text), "chain: {id: 1, name: main, coin_token: %s}\n%s", WETH,
                   yaml);
    memory_io_t files = {.files = {{"c.yaml", text}}, .modes = {0600}};
    lq_schema_io_t io = memory_io(&files);
    lq_err_t err = lq_schema_load(&doc, &config, &lq_config_schema, &io, "c.yaml");
    memory_io_problems(text, sizeof(text), &doc);
    assert_string_equal(text, "");
    assert_ok(err);
    free(said);
    FILE *out = open_memstream(&said, &said_sz);
    assert_non_null(out);
    lq_explain(&config, add_line, out);
    (void)fclose(out);
    if (look)
        look(&doc, &config);
    lq_schema_free(&doc);
}

static void assert_said(const char *line)
{
    if (!strstr(said, line))
        fail_msg("not said: %s\nbut:\n%s", line, said);
}

static void assert_unsaid(const char *words)
{
    if (strstr(said, words))
        fail_msg("said: %s\n%s", words, said);
}

static void a_default_configuration_is_explained(void **state)
{
    (void)state;
    explain(NODES FLASH, NULL);
    static const char *const lines[] = {
        "watch|The chain main: a node whose chain id is not 1 is not used.|chain.id, chain.name\n",
        "watch|It asks 2 nodes, and goes on with the others when one fails: own, far.|nodes\n",
        "|Over HTTP there are no subscriptions: far is asked for new blocks twice a block time.|",
        ("watch|aave: aave_v3 at 0x87870Bca3F3fD6335C3F4ce8392D69350B4fA4E2. Its accounts would be "
         "liquidated with flash loans.|markets.aave.liquidate, markets.aave.funding\n"),
        ("watch|old: morpho_blue at 0xBBBBBbbBBb9cC5e90e3b3Af64bdAF62C37EEFFCb. It is only watched: "
         "nothing of it is ever liquidated.|markets.old.liquidate, markets.old.funding\n"),
        "|An account would be liquidated as soon as that earns at least 5 USD, net of",
        ("|Debt of aave would be repaid with a flash loan of the cheapest that has enough (morpho), "
         "and the loan by swapping a part of what is seized in the 2 pools of v3. "),
        "|What the pools of v3 say of themselves is believed: ",
        "|Gas would cost the block's base fee and a tip of 0.1 gwei a unit.|gas.tip\n",
        ("|Of the profit before it 50 % would be offered to whoever builds the block, never more "
         "than 90 %.|bid.share, bid.cap\n"),
        "|No executor is named: a dry run does as if one were deployed.|executor.address\n",
        "by more than 0.3 % of what is gained and swapped together",
        "would go to the executor's owner in the same transaction.|executor.sweep\n",
        "|Each attempt would be meant for the next 3 blocks, behind which it reverts, and up to 32 ",
        "|What would bring gas above 0.1 ETH in an hour is not sent, ",
        "|What would bring gas above 0.5 ETH in a day is not sent, ",
        "|When 250 USD were lost in a day nothing more would be sent until it has passed. ",
        "|At most 100000 USD would be under way at once: ",
        "|A restart forgets what limits have counted: ",
        "up to 16 accounts are compared with what the contracts say of them. Until 1000 such ",
        "|After more than 3 audits of a market that did not match nothing more of it would be ",
        "|Our own prices come from the protocols' own oracles alone, ",
        "|A source counts for 1 min: no feed is named with its heartbeat, ",
        "are within 2 % of their median",
        "are more than 3 % apart",
        "base fee of the next block is above 1000 gwei nothing would be sent.|limits.base_fee\n",
        "|What would leave the senders less than 0.02 ETH for gas is not sent.|limits.gas_balance\n",
        "|While the newest block is more than 1 min old nothing would be sent.|limits.stale_head\n",
        ("|When more than 50 % of the newest 10 transactions reverted nothing would be sent for "
         "10 min.|"),
        "|An account for which 3 transactions reverted within 1 h would be left alone until ",
        "What it will never do|Send a transaction: ",
        "What it will never do|Hold a key: ",
        "What it will never do|Liquidate anything of old.|markets.*.liquidate\n",
        "What it will never do|Repay a debt of aave with own tokens.|",
        "What it will never do|Swap what it has not seized, or in a pool that ",
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(lines); i++)
        assert_said(lines[i]);
    assert_unsaid("There is no limit");
    assert_unsaid("which the executor holds");
}

static void own_tokens_are_named_with_their_amounts(void **state)
{
    (void)state;
    explain(OWN, NULL);
    assert_said("|Nothing: no node is named.|nodes\n");
    assert_said("|Debt of aave would be repaid with own tokens, which the sender holds. What is "
                "seized is kept, not sold.|inventory\n");
    assert_said("|There is no executor: each call would be a transaction of its own, ");
    assert_said("|Of usdc (0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48) at most 1500.25 would be in "
                "transactions under way at once.|inventory.usdc.amount\n");
    assert_said(
        "|A dry run takes 3 of the chain's coin to be there for gas.|inventory.gas.amount\n");
    assert_said("never do|Swap anything: ");
    assert_unsaid("flash loan of");
    assert_unsaid("executor reverts");
    assert_unsaid("behind which it reverts");
    explain(OWN "executor: {address: " FEED "}", NULL);
    assert_said("which the executor holds");
    assert_said(
        "|All would go through the executor at 0x5f4eC3Df9cbd43714FE2740f5E3616155c5b8419.|");
    explain(NODES FLASH "inventory: {usdc: {token: " USDC ", amount: 7}}\n", NULL);
    assert_said("|Of usdc (0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48) nothing would be spent: ");
    assert_said("|The inventory does not name the chain's coin: a dry run takes enough of it ");
}

static void a_limit_that_is_off_is_said(void **state)
{
    (void)state;
    static const char *const keys[] = {
        "gas_hour",    "gas_day",    "loss_day",     "exposure",          "base_fee",
        "gas_balance", "stale_head", "revert_ratio", "borrower_failures", "gap"};
    char line[64];
    explain(NODES FLASH "limits: {gas_hour: 0 ETH, gas_day: 0 ETH, loss_day: 0, exposure: 0, "
                        "base_fee: 0 ETH, gas_balance: 0 ETH, stale_head: 0 s, "
                        "revert_ratio: 10000, borrower_failures: 0, gap: 0}\n",
            NULL);
    size_t cnt = 0;
    for (const char *at = said; (at = strstr(at, "|There is no limit ")); at++)
        cnt++;
    assert_int_equal(cnt, LQ_ARRAY_CNT(keys));
    for (size_t i = 0; i < LQ_ARRAY_CNT(keys); i++) {
        (void)snprintf(line, sizeof(line), ".|limits.%s\n", keys[i]);
        assert_said(line);
    }
}

/* What sends says "will", and what it never signs; nothing of it is said of what does not. */
static void who_sends_is_told_how(void **state)
{
    (void)state;
    explain(NODES FLASH LIVE, NULL);
    static const char *const lines[] = {
        "Its accounts will be liquidated with flash loans.|",
        "do|liqd run will sign for main, which pays the gas, and send. With --dry-run nothing is ",
        ("do|Each transaction will go to own, far, where the public sees it before it is mined.|"
         "send.public, relays\n"),
        "|Before that a node runs it on the newest state: what reverts there is not sent. ",
        ("|One that is not mined 1 block after it was sent will be replaced, at fees higher by "
         "20 %.|send.bump_blocks, send.bump\n"),
        "|Each is recorded before it leaves, below /run/liqd and then in j.db. ",
        "|What the executor holds stays there.|seized.action\n",
        ("never do|Sign anything but calls of the executor, and a sender's cancellations, which "
         "send nothing to itself.|executor.address\n"),
        "never do|Pay more than 500 gwei for a unit of gas, whatever for.|send.max_fee\n",
        "While the base fee of the next block is above 1000 gwei nothing will be sent.|",
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(lines); i++)
        assert_said(lines[i]);
    assert_unsaid("Send a transaction");
    assert_unsaid("Hold a key");
    explain(NODES FLASH LIVE "relays: {r: {kind: private, url: \"https://r\", sign: false}}\n"
                             "send: {simulate: false, bump_blocks: 0}\n",
            NULL);
    assert_said(
        "|Each transaction will go to own, far, where the public sees it before it is mined, "
        "and to r.|");
    assert_said("|No node runs it before that: one that reverts is paid for.|send.simulate\n");
    assert_said("|One that is not mined is never replaced at higher fees.|send.bump_blocks\n");
    explain(NODES FLASH LIVE "relays: {r: {kind: private, url: \"https://r\", sign: false}}\n"
                             "send: {public: false}\n",
            NULL);
    assert_said("|Each transaction will go to r alone: no node shows it to the public.|");
    explain(NODES FLASH "journal: {file: j.db}\nexecutor: {address: " FEED "}\n"
                        "senders: {a: {keystore: k.json}, b: {remote: \"https://s\", address: " USDC
                        "}}\n",
            NULL);
    assert_said("|liqd run will sign for a, b, each at nonces of its own, which pay the gas, and ");
    assert_said("|The key of b is with a signer elsewhere, whose answers are verified.|");
    explain(NODES OWN "senders: {main: {keystore: k.json}}\njournal: {file: j.db}\n", NULL);
    assert_said(
        "never do|Sign anything but liquidations by the markets' own contracts, approvals of "
        "the inventory's tokens for these, and a sender's cancellations, ");
}

static void what_a_live_run_lacks_is_said(void **state)
{
    (void)state;
    explain(NODES FLASH "senders: {main: {keystore: k.json}}\n", NULL);
    assert_said(
        "never do|Send a transaction, as it stands: a live run lacks a journal, an executor.");
    assert_said("Its accounts would be liquidated");
    explain("nodes: {own: {url: /geth.ipc, roles: read subscribe}}\n" FLASH LIVE, NULL);
    assert_said("a live run lacks a node or relay to send to.");
    explain(NODES OWN "senders: {a: {keystore: k}, b: {keystore: l}}\njournal: {file: j.db}\n",
            NULL);
    assert_said("a live run lacks an executor.");
}

static void what_becomes_of_what_is_seized_is_said(void **state)
{
    (void)state;
    explain(NODES FLASH LIVE "tokens: {weth: {address: " WETH ", sources: " FEED "}}\n"
                             "inventory: {usdc: {token: " USDC ", amount: 7}}\n"
                             "seized: {action: swap}\n",
            NULL);
    assert_said("|What the executor holds of weth beyond the inventory will be swapped into usdc, "
                "where it is worth at least 50 USD and 20 times the gas, ");
    assert_said("never do|Swap what the inventory is to have, or in a pool that ");
    assert_unsaid("Swap what it has not seized");
    explain(NODES OWN "tokens: {weth: {address: " WETH ", sources: " FEED "}}\n"
                      "senders: {main: {keystore: k.json}}\njournal: {file: j.db}\n"
                      "seized: {action: sweep, min: 9, cold: " POOL "}\n",
            NULL);
    assert_said("|What the sender holds of weth beyond the inventory will be sent to "
                "0x87870Bca3F3fD6335C3F4ce8392D69350B4fA4E2, where it is worth at least 9 USD ");
    assert_said(" for these, transfers to seized.cold, and ");
}

static void who_only_watches_is_told_of_no_limits(void **state)
{
    (void)state;
    explain(NODES "markets: {old: {protocol: morpho_blue, address: " MORPHO
                  ", liquidate: false}}\n",
            NULL);
    assert_said("|It will watch, and liquidate nothing: no market is to be liquidated.|");
    assert_unsaid("What it can spend");
    assert_unsaid("What stops it");
    assert_unsaid("would");
    explain("", NULL);
    assert_said("|No market: none is named.|markets\n");
}

/* What is said is said of the values: each that bears on money changes it. */
static void each_value_changes_what_is_said(void **state)
{
    (void)state;
    static const char *const changes[] = {
        "", /* the default */
        "profit: {min: 0}",
        "profit: {min: 6.5}",
        "profit: {min_return: 25}",
        "profit: {min: 0, min_return: 25}",
        "gas: {tip: 0 gwei}",
        "gas: {tip: 2 gwei}",
        "bid: {share: 1000}",
        "bid: {share: 0}",
        "bid: {cap: 9500}",
        "bid: {kind: fixed, amount: 1 gwei}",
        "bid: {kind: fixed}",
        "executor: {slippage: 31}",
        "executor: {sweep: false}",
        ("executor: {address: " FEED "}"),
        "liquidation: {atomic: false}",
        "liquidation: {blocks: 1}",
        "liquidation: {in_flight: 1}",
        "limits: {gas_hour: 0.2 ETH}",
        "limits: {gas_day: 0.6 ETH}",
        "limits: {loss_day: 251}",
        "limits: {exposure: 1}",
        "limits: {base_fee: 900 gwei}",
        "limits: {gas_balance: 1 ETH}",
        "limits: {stale_head: 61 s}",
        "limits: {revert_ratio: 5001}",
        "limits: {revert_window: 11}",
        "limits: {revert_hold: 11 min}",
        "limits: {borrower_failures: 1}",
        "limits: {borrower_window: 2 h}",
        "limits: {gap: 301}",
        "audit: {accounts: 9}",
        "audit: {riskiest: 10}",
        "audit: {mismatch_max: 1}",
        "value: {grace: 2 min}",
        "value: {deviation: 201}",
        ("tokens: {weth: {address: " WETH ", sources: " FEED "}}"),
        ("feeds: {eth: {address: " FEED ", heartbeat: 1 h}}"),
        "snapshot: {file: a.snapshot}",
        "snapshot: {file: a.snapshot, max_age: 2 h}",
        "memory: {file: a.memory}",
        ("inventory: {usdc: {token: " USDC ", amount: 7}}"),
    };
    char yaml[4096];
    char *all[LQ_ARRAY_CNT(changes)];
    for (size_t i = 0; i < LQ_ARRAY_CNT(changes); i++) {
        (void)snprintf(yaml, sizeof(yaml), NODES FLASH "%s\n", changes[i]);
        explain(yaml, NULL);
        all[i] = strdup(said);
        assert_non_null(all[i]);
        for (size_t k = 0; k < i; k++)
            if (strcmp(all[i], all[k]) == 0)
                fail_msg("\"%s\" says what \"%s\" says", changes[i], changes[k]);
    }
    for (size_t i = 0; i < LQ_ARRAY_CNT(changes); i++)
        free(all[i]);
    explain(NODES FLASH "value: {protocol_prices: false}\n"
                        "tokens: {weth: {address: " WETH ", sources: " FEED "}}\n",
            NULL);
    assert_said("|Our own prices come from the sources of weth alone: ");
}

/* Whether KEY, of SZ characters, is a key or a section of DOC or of the table. */
static bool is_key(const lq_schema_doc_t *doc, const char *key, size_t sz)
{
    const lq_schema_t *of[] = {doc->schema, &lq_config_schema};
    for (size_t i = 0; i < LQ_ARRAY_CNT(of); i++)
        for (size_t k = 0; k < of[i]->key_cnt; k++) {
            const char *path = of[i]->keys[k].path;
            if (strncmp(path, key, sz) == 0 && (path[sz] == '\0' || path[sz] == '.'))
                return true;
        }
    return false;
}

static void look_at_keys(const lq_schema_doc_t *doc, const lq_config_t *config)
{
    (void)config;
    for (const char *at = said; *at; at = strchr(at, '\n') + 1) {
        const char *text = strchr(at, '|') + 1;
        const char *keys = strchr(text, '|') + 1;
        assert_int_equal(keys[-2], '.');
        for (size_t sz; *keys != '\n'; keys += keys[sz] == ',' ? sz + 2 : sz) {
            sz = strcspn(keys, ",\n");
            if (!is_key(doc, keys, sz))
                fail_msg("%.*s is no key", (int)sz, keys);
        }
    }
}

static void every_key_named_is_one(void **state)
{
    (void)state;
    explain(NODES FLASH, look_at_keys);
    explain(NODES OWN "memory: {file: a.memory}\nsnapshot: {file: a.snapshot}\n", look_at_keys);
    explain(NODES FLASH LIVE, look_at_keys);
    explain(NODES OWN "senders: {main: {keystore: k.json}}\n", look_at_keys);
    explain("", look_at_keys);
}

static void look_at_page(const lq_schema_doc_t *doc, const lq_config_t *config)
{
    (void)doc;
    char *page;
    size_t page_sz;
    FILE *out = open_memstream(&page, &page_sz);
    assert_non_null(out);
    lq_explain_print(out, config);
    (void)fclose(out);
    for (const char *at = page; *at; at = strchr(at, '\n') + 1) {
        size_t sz = strcspn(at, "\n");
        assert_true(sz <= LQ_EXPLAIN_WIDTH);
        assert_true(!sz || at[sz - 1] != ' ');
        assert_true(at[0] != ' ' || strncmp(at, "  - ", 4) == 0 || strncmp(at, "    ", 4) == 0);
    }
    static const char *const topics[] = {"What it will watch\n  - ", "\n\nWhat it will do\n  - ",
                                         "\n\nWhat it can spend at most\n  - ",
                                         "\n\nWhat stops it\n  - ",
                                         "\n\nWhat it will never do\n  - "};
    const char *at = page;
    for (size_t i = 0; i < LQ_ARRAY_CNT(topics); i++) {
        at = strstr(at, topics[i]);
        assert_non_null(at);
    }
    assert_null(strstr(page, "\n    % "));
    json_t *lines = lq_explain_json(config);
    size_t cnt = 0;
    for (const char *line = said; *line; line = strchr(line, '\n') + 1)
        cnt++;
    assert_int_equal(json_array_size(lines), cnt);
    const json_t *first = json_array_get(lines, 0);
    assert_string_equal(json_string_value(json_object_get(first, "topic")), "What it will watch");
    assert_string_equal(json_string_value(json_object_get(first, "keys")), "chain.id, chain.name");
    json_decref(lines);
    free(page);
}

static void a_page_is_no_wider_than_it_may_be(void **state)
{
    (void)state;
    explain(NODES FLASH, look_at_page);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_default_configuration_is_explained),
        cmocka_unit_test(own_tokens_are_named_with_their_amounts),
        cmocka_unit_test(a_limit_that_is_off_is_said),
        cmocka_unit_test(who_sends_is_told_how),
        cmocka_unit_test(what_a_live_run_lacks_is_said),
        cmocka_unit_test(what_becomes_of_what_is_seized_is_said),
        cmocka_unit_test(who_only_watches_is_told_of_no_limits),
        cmocka_unit_test(each_value_changes_what_is_said),
        cmocka_unit_test(every_key_named_is_one),
        cmocka_unit_test(a_page_is_no_wider_than_it_may_be),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    free(said);
    return failed;
}

/* What markets, feeds, tokens and the book come to, and what in them contradicts what. */

#include <string.h>

#include "config_internal.h"
#include "liqd/base/text.h"
#include "liqd/codec/hex.h"
#include "liqd/keys/address.h"
#include "liqd/market/value.h"
#include "liqd/protocol/adapter.h"

#define AAVE_ASSETS   128u
#define MORPHO_ASSETS 4096u
#define PROBE         "probe"

static const lq_adapter_t *adapter_of(const lq_config_market_t *market)
{
    const lq_adapter_t *adapter = lq_adapter_find(lq_config_protocols[market->protocol]);
    LQ_ASSERT(adapter);
    return adapter;
}

static bool is_isolated(const lq_config_market_t *market)
{
    return strcmp(lq_config_protocols[market->protocol], "morpho_blue") == 0;
}

lq_address_t lq_config_address(const char *text)
{
    lq_address_t out;
    if (lq_address_parse(&out, NULL, text, strlen(text)))
        LQ_BUG("an address was loaded that is none");
    return out;
}

const char *lq_config_word(size_t *sz, const char **at)
{
    const char *word = *at;
    *sz = strcspn(word, " ");
    *at = word + *sz + (word[*sz] == ' ');
    return *sz ? word : NULL;
}

size_t lq_config_word_cnt(const char *list)
{
    size_t cnt = 0;
    size_t sz;
    while (lq_config_word(&sz, &list))
        cnt++;
    return cnt;
}

lq_err_t lq_config_id(lq_hash_t *out, const char *text, size_t sz)
{
    if (sz != 2 + 2 * sizeof(out->b) || memcmp(text, "0x", 2) != 0)
        return LQ_ERR_SYNTAX;
    return lq_hex_decode(out->b, sizeof(out->b), NULL, text + 2, sz - 2);
}

bool lq_config_find_market(const lq_config_t *config, uint32_t *market, const char *name)
{
    for (uint32_t i = 0; i < config->market_cnt; i++) {
        if (strcmp(config->markets[i].name, name) == 0) {
            *market = i;
            return true;
        }
    }
    return false;
}

size_t lq_config_assets(const lq_config_market_t *market)
{
    if (market->assets)
        return market->assets;
    if (!is_isolated(market))
        return AAVE_ASSETS;
    return market->ids[0] ? lq_config_word_cnt(market->ids) : MORPHO_ASSETS;
}

lq_err_t lq_config_version(unsigned *version, const lq_config_market_t *market)
{
    const char *const *names = adapter_of(market)->version_names;
    if (strcmp(market->version, PROBE) == 0) {
        *version = LQ_ADAPTER_PROBE;
        return LQ_OK;
    }
    for (unsigned i = 0; names[i]; i++) {
        if (strcmp(names[i], market->version) == 0) {
            *version = i;
            return LQ_OK;
        }
    }
    return LQ_ERR_NOT_FOUND;
}

const char *lq_config_path(lq_config_path_t *out, const char *section, const char *name,
                           const char *key)
{
    (void)snprintf(out->text, sizeof(out->text), "%s.%s.%s", section, name, key);
    return out->text;
}

bool lq_config_check_address(lq_schema_doc_t *doc, const char *key, const char *text, size_t sz,
                             lq_address_t *out)
{
    lq_err_msg_t msg;
    if (!lq_address_parse(out, &msg, text, sz))
        return true;
    lq_schema_problem(doc, key, "%s", msg.text);
    return false;
}

bool lq_config_is_nobody(const char *text)
{
    return lq_config_same_address(text, "0x0000000000000000000000000000000000000000");
}

bool lq_config_same_address(const char *a, const char *b)
{
    lq_address_t x;
    lq_address_t y;
    return !lq_address_parse(&x, NULL, a, strlen(a)) && !lq_address_parse(&y, NULL, b, strlen(b)) &&
           memcmp(&x, &y, sizeof(x)) == 0;
}

bool lq_config_check_address_or_none(lq_schema_doc_t *doc, const char *key, const char *text)
{
    lq_address_t address;
    return !text[0] || lq_config_check_address(doc, key, text, strlen(text), &address);
}

/* Element I's member at OFFSET; its name is at 0. */
static const char *text_of(const lq_config_named_t *of, size_t i, size_t offset)
{
    const char *text;
    memcpy(&text, (const char *)of->elems + i * of->elem_sz + offset, sizeof(text));
    return text;
}

void lq_config_check_addresses(lq_schema_doc_t *doc, const lq_config_named_t *of)
{
    lq_config_path_t path;
    lq_address_t address;
    for (size_t i = 0; i < of->cnt; i++) {
        const char *text = text_of(of, i, of->address_offset);
        const char *key = lq_config_path(&path, of->section, text_of(of, i, 0), "address");
        if (!lq_config_check_address(doc, key, text, strlen(text), &address))
            continue;
        for (size_t k = 0; k < i; k++)
            if (lq_config_same_address(text_of(of, k, of->address_offset), text))
                lq_schema_problem(doc, key, "is that of %s.%s too: %s", of->section,
                                  text_of(of, k, 0), of->remedy);
    }
}

void lq_config_check_market_addresses(lq_schema_doc_t *doc, const void *values)
{
    const lq_config_t *config = values;
    lq_config_check_addresses(
        doc, &(lq_config_named_t){"markets", config->markets, config->market_cnt,
                                  sizeof(config->markets[0]), offsetof(lq_config_market_t, address),
                                  "remove one of them"});
}

void lq_config_check_versions(lq_schema_doc_t *doc, const void *values)
{
    const lq_config_t *config = values;
    lq_config_path_t path;
    char known[256];
    char quoted[LQ_TEXT_QUOTE_SZ];
    for (size_t i = 0; i < config->market_cnt; i++) {
        const lq_config_market_t *market = &config->markets[i];
        const char *const *names = adapter_of(market)->version_names;
        unsigned version;
        if (!lq_config_version(&version, market))
            continue;
        size_t sz = (size_t)snprintf(known, sizeof(known), PROBE);
        for (; *names && sz < sizeof(known); names++)
            sz += (size_t)snprintf(known + sz, sizeof(known) - sz, ", %s", *names);
        lq_schema_problem(doc, lq_config_path(&path, "markets", market->name, "version"),
                          "%s is none of %s's: %s", lq_text_quote(quoted, market->version),
                          lq_config_protocols[market->protocol], known);
    }
}

/* The word at WORD as a string that can be shown. */
static const char *quote_word(char out[LQ_TEXT_QUOTE_SZ], const char *word, size_t sz)
{
    char text[LQ_TEXT_SHOWN_MAX + 8];
    (void)snprintf(text, sizeof(text), "%.*s", (int)sz, word);
    return lq_text_quote(out, text);
}

static void check_market_ids(lq_schema_doc_t *doc, const lq_config_market_t *market)
{
    lq_config_path_t path;
    char quoted[LQ_TEXT_QUOTE_SZ];
    const char *key = lq_config_path(&path, "markets", market->name, "ids");
    const char *at = market->ids;
    size_t sz;
    lq_hash_t id;
    for (const char *word; (word = lq_config_word(&sz, &at));) {
        if (lq_config_id(&id, word, sz)) {
            lq_schema_problem(doc, key, "%s is not 64 hexadecimal digits behind 0x",
                              quote_word(quoted, word, sz));
            return;
        }
        const char *rest = at;
        size_t other_sz;
        lq_hash_t other;
        for (const char *next; (next = lq_config_word(&other_sz, &rest));) {
            if (!lq_config_id(&other, next, other_sz) && memcmp(&id, &other, sizeof(id)) == 0) {
                lq_schema_problem(doc, key, "names %s twice: remove one of them",
                                  quote_word(quoted, word, sz));
                return;
            }
        }
    }
}

void lq_config_check_ids(lq_schema_doc_t *doc, const void *values)
{
    const lq_config_t *config = values;
    lq_config_path_t path;
    for (size_t i = 0; i < config->market_cnt; i++) {
        const lq_config_market_t *market = &config->markets[i];
        if (!market->ids[0])
            continue;
        if (!is_isolated(market)) {
            lq_schema_problem(doc, lq_config_path(&path, "markets", market->name, "ids"),
                              "has no meaning for %s, which has no isolated markets: remove it",
                              lq_config_protocols[market->protocol]);
            continue;
        }
        check_market_ids(doc, market);
        if (market->assets && market->assets < lq_config_word_cnt(market->ids))
            lq_schema_problem(doc, lq_config_path(&path, "markets", market->name, "assets"),
                              "is less than the %zu markets that ids names: remove it",
                              lq_config_word_cnt(market->ids));
    }
}

void lq_config_check_feeds(lq_schema_doc_t *doc, const void *values)
{
    const lq_config_t *config = values;
    lq_config_check_addresses(doc, &(lq_config_named_t){"feeds", config->feeds, config->feed_cnt,
                                                        sizeof(config->feeds[0]),
                                                        offsetof(lq_config_feed_t, address),
                                                        "remove one of them"});
}

static void check_sources(lq_schema_doc_t *doc, const lq_config_token_t *token)
{
    lq_config_path_t path;
    lq_address_t address;
    const char *key = lq_config_path(&path, "tokens", token->name, "sources");
    const char *at = token->sources;
    size_t sz;
    size_t cnt = lq_config_word_cnt(token->sources);
    if (cnt > LQ_VALUE_SOURCE_MAX)
        lq_schema_problem(doc, key, "names %zu sources: at most %d", cnt, LQ_VALUE_SOURCE_MAX);
    for (const char *word; (word = lq_config_word(&sz, &at));) {
        lq_address_t other;
        size_t other_sz;
        const char *rest = at;
        if (!lq_config_check_address(doc, key, word, sz, &address))
            return;
        for (const char *next; (next = lq_config_word(&other_sz, &rest));) {
            if (!lq_address_parse(&other, NULL, next, other_sz) &&
                memcmp(&address, &other, sizeof(other)) == 0) {
                lq_schema_problem(doc, key, "names %.*s twice, which would count twice: remove one",
                                  (int)sz, word);
                return;
            }
        }
    }
}

void lq_config_check_tokens(lq_schema_doc_t *doc, const void *values)
{
    const lq_config_t *config = values;
    for (size_t i = 0; i < config->token_cnt; i++)
        check_sources(doc, &config->tokens[i]);
    lq_config_check_addresses(doc, &(lq_config_named_t){"tokens", config->tokens, config->token_cnt,
                                                        sizeof(config->tokens[0]),
                                                        offsetof(lq_config_token_t, address),
                                                        "name all sources in one"});
}

void lq_config_check_legs(lq_schema_doc_t *doc, const void *values)
{
    const lq_config_t *config = values;
    if (config->book_legs && config->book_legs < 2 * config->book_accounts)
        lq_schema_problem(doc, "book.legs",
                          "is less than two for each of book.accounts, which a borrower has at "
                          "least: raise it, or set 0");
}

void lq_config_check_audits(lq_schema_doc_t *doc, const void *values)
{
    const lq_config_t *config = values;
    if (!config->audit_accounts && !config->audit_riskiest)
        lq_schema_problem(doc, "audit.accounts",
                          "is 0, and audit.riskiest too: no market would ever be trusted; raise "
                          "one of them");
}

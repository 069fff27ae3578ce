/* simdjson on demand takes the same fields out of the same texts as bench_json.c, by the same hex
   decoder: the text is indexed once, then walked; strings are taken as they stand, unchecked and
   not copied, which is the fastest that it offers. */

#include <simdjson.h>

#include <cstdlib>

extern "C" {
#include "bench_json.h"
}

using namespace simdjson;

namespace
{
struct peer {
    ondemand::parser parser;
    padded_string text;
};

void need(bool ok)
{
    if (!ok)
        std::abort();
}

std::string_view raw(simdjson_result<ondemand::value> v)
{
    need(v.error() == SUCCESS);
    std::string_view token = v.value_unsafe().raw_json_token();
    need(token[0] == '"');
    while (token.back() != '"')
        token.remove_suffix(1); /* white space */
    return token.substr(1, token.size() - 2);
}

void data(uint8_t *out, size_t out_sz, simdjson_result<ondemand::value> v)
{
    std::string_view s = raw(v);
    need(lq_hex_decode_data(out, out_sz, nullptr, s.data(), s.size()) == LQ_OK);
}

void data_max(uint8_t *out, size_t *out_sz, size_t out_max, simdjson_result<ondemand::value> v)
{
    std::string_view s = raw(v);
    need(lq_hex_decode_data_max(out, out_sz, out_max, nullptr, s.data(), s.size()) == LQ_OK);
}

void quantity(uint64_t *out, simdjson_result<ondemand::value> v)
{
    std::string_view s = raw(v);
    need(lq_hex_decode_u64(out, nullptr, s.data(), s.size()) == LQ_OK);
}

void quantity(lq_u256_t *out, simdjson_result<ondemand::value> v)
{
    std::string_view s = raw(v);
    need(lq_hex_decode_u256(out, nullptr, s.data(), s.size()) == LQ_OK);
}

ondemand::document begin(peer *p)
{
    ondemand::document doc;
    need(p->parser.iterate(p->text).get(doc) == SUCCESS);
    return doc;
}

void take_log(ondemand::object log, bench_log_t *out)
{
    data(out->address, 20, log.find_field_unordered("address"));
    ondemand::array topics;
    need(log.find_field_unordered("topics").get(topics) == SUCCESS);
    out->topic_cnt = 0;
    for (auto topic : topics) {
        need(out->topic_cnt < 4);
        data(out->topic[out->topic_cnt++], 32, topic);
    }
    data_max(out->data, &out->data_sz, sizeof(out->data), log.find_field_unordered("data"));
    quantity(&out->block_number, log.find_field_unordered("blockNumber"));
    data(out->tx_hash, 32, log.find_field_unordered("transactionHash"));
    quantity(&out->tx_idx, log.find_field_unordered("transactionIndex"));
    data(out->block_hash, 32, log.find_field_unordered("blockHash"));
    quantity(&out->log_idx, log.find_field_unordered("logIndex"));
    need(log.find_field_unordered("removed").get(out->removed) == SUCCESS);
}
} // namespace

extern "C" {
void *peer_simdjson_new(const char *text, size_t text_sz)
{
    return new peer{ondemand::parser(), padded_string(text, text_sz)};
}

void peer_simdjson_free(void *p)
{
    delete static_cast<peer *>(p);
}

size_t peer_simdjson_head(void *p, bench_fields_t *fields, size_t)
{
    bench_head_t *out = &fields->head;
    ondemand::document doc = begin(static_cast<peer *>(p));
    ondemand::object head;
    need(doc["params"]["result"].get(head) == SUCCESS);
    data(out->parent_hash, 32, head.find_field_unordered("parentHash"));
    data(out->miner, 20, head.find_field_unordered("miner"));
    data(out->logs_bloom, 256, head.find_field_unordered("logsBloom"));
    quantity(&out->number, head.find_field_unordered("number"));
    quantity(&out->gas_limit, head.find_field_unordered("gasLimit"));
    quantity(&out->gas_used, head.find_field_unordered("gasUsed"));
    quantity(&out->timestamp_sec, head.find_field_unordered("timestamp"));
    quantity(&out->base_fee_wei, head.find_field_unordered("baseFeePerGas"));
    data(out->hash, 32, head.find_field_unordered("hash"));
    return 1;
}

size_t peer_simdjson_log(void *p, bench_fields_t *out, size_t)
{
    ondemand::document doc = begin(static_cast<peer *>(p));
    ondemand::object log;
    need(doc["params"]["result"].get(log) == SUCCESS);
    take_log(log, &out->log);
    return 1;
}

size_t peer_simdjson_tx(void *p, bench_fields_t *fields, size_t)
{
    bench_tx_t *out = &fields->tx;
    ondemand::document doc = begin(static_cast<peer *>(p));
    ondemand::object tx;
    need(doc["params"]["result"].get(tx) == SUCCESS);
    data(out->from, 20, tx.find_field_unordered("from"));
    quantity(&out->gas, tx.find_field_unordered("gas"));
    quantity(&out->max_fee_wei, tx.find_field_unordered("maxFeePerGas"));
    quantity(&out->max_priority_wei, tx.find_field_unordered("maxPriorityFeePerGas"));
    data(out->hash, 32, tx.find_field_unordered("hash"));
    data_max(out->input, &out->input_sz, sizeof(out->input), tx.find_field_unordered("input"));
    quantity(&out->nonce, tx.find_field_unordered("nonce"));
    data(out->to, 20, tx.find_field_unordered("to"));
    quantity(&out->value_wei, tx.find_field_unordered("value"));
    quantity(&out->type, tx.find_field_unordered("type"));
    return 1;
}

size_t peer_simdjson_logs(void *p, bench_fields_t *out, size_t stride)
{
    ondemand::document doc = begin(static_cast<peer *>(p));
    ondemand::array logs;
    need(doc["result"].get(logs) == SUCCESS);
    size_t cnt = 0;
    for (auto log : logs) {
        take_log(log.get_object().value(), &out[cnt * stride].log);
        cnt++;
    }
    return cnt;
}
}

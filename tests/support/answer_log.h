#ifndef ANSWER_LOG_H
#define ANSWER_LOG_H

/* Chainlink's AnswerUpdated as a node sends it. */

#include "liqd/codec/abi_chainlink.h"
#include "liqd/events.h"
#include "liqd/num/u256.h"

/* AGGREGATOR answers ANSWER in ROUND at SEC; of no block yet. DATA is the log's. */
static inline lq_evm_log_t answer_log(uint8_t data[32], lq_address_t aggregator,
                                      const lq_u256_t *answer, uint64_t round, uint64_t sec)
{
    lq_u256_t round_word = lq_u256_from_u64(round);
    lq_u256_t sec_word = lq_u256_from_u64(sec);
    lq_evm_log_t log = {.address = aggregator, .topic_cnt = 3, .data = data, .data_sz = 32};
    log.topics[0] = lq_abi_chainlink_answer_updated_event_topic;
    lq_u256_to_be(log.topics[1].b, answer);
    lq_u256_to_be(log.topics[2].b, &round_word);
    lq_u256_to_be(data, &sec_word);
    return log;
}

#endif

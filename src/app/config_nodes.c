/* What the chain, the nodes and the log come to, and what in them contradicts what. */

#include <string.h>

#include "config_internal.h"
#include "liqd/codec/hex.h"
#include "liqd/net/url.h"

void lq_config_check_log_sizes(lq_schema_doc_t *doc, const void *values)
{
    const lq_config_t *config = values;
    if (config->log_value_max_sz > config->log_line_max_sz / 2) {
        bool value = lq_schema_is_set(doc, "log.value_max");
        lq_schema_problem(doc, value ? "log.value_max" : "log.line_max",
                          "contradicts %s: a value may take half of its line at most",
                          value ? "log.line_max" : "log.value_max");
    }
}

void lq_config_check_log_burst(lq_schema_doc_t *doc, const void *values)
{
    const lq_config_t *config = values;
    if (config->log_rate == 0 && lq_schema_is_set(doc, "log.burst"))
        lq_schema_problem(doc, "log.burst",
                          "has no meaning while log.rate is 0: remove one of them");
}

void lq_config_check_base_fee(lq_schema_doc_t *doc, const void *values)
{
    const lq_config_t *config = values;
    if (!config->elasticity != !config->base_fee_denominator)
        lq_schema_problem(doc,
                          config->elasticity ? "chain.base_fee_denominator" : "chain.elasticity",
                          "is 0, but %s is not: both are, or none",
                          config->elasticity ? "chain.elasticity" : "chain.base_fee_denominator");
}

void lq_config_check_multicall(lq_schema_doc_t *doc, const void *values)
{
    const lq_config_t *config = values;
    (void)lq_config_check_address_or_none(doc, "chain.multicall", config->multicall);
}

void lq_config_check_headers(lq_schema_doc_t *doc, const void *values)
{
    const lq_config_t *config = values;
    lq_config_path_t path;
    lq_err_msg_t msg;
    for (size_t i = 0; i < config->node_cnt; i++) {
        const lq_config_node_t *node = &config->nodes[i];
        if (node->header[0] && lq_auth_header_check(&msg, node->header))
            lq_schema_problem(doc, lq_config_path(&path, "nodes", node->name, "header"), "%s",
                              msg.text);
    }
}

void lq_config_check_jwt_secrets(lq_schema_doc_t *doc, const void *values)
{
    const lq_config_t *config = values;
    lq_config_path_t path;
    uint8_t secret[LQ_JWT_SECRET_SZ];
    for (size_t i = 0; i < config->node_cnt; i++) {
        const lq_config_node_t *node = &config->nodes[i];
        if (node->jwt_secret[0] && lq_config_jwt_secret(secret, node))
            lq_schema_problem(doc, lq_config_path(&path, "nodes", node->name, "jwt_secret"),
                              "is not 64 hexadecimal digits, with 0x before them or not");
    }
}

void lq_config_check_roles(lq_schema_doc_t *doc, const void *values)
{
    const lq_config_t *config = values;
    lq_config_path_t path;
    for (size_t i = 0; i < config->node_cnt; i++)
        if (config->nodes[i].roles & LQ_ROLE_READ)
            return;
    if (config->node_cnt)
        lq_schema_problem(doc, lq_config_path(&path, "nodes", config->nodes[0].name, "roles"),
                          "leaves no node to read from: add read to it or to another's");
}

void lq_config_check_rates(lq_schema_doc_t *doc, const void *values)
{
    const lq_config_t *config = values;
    lq_config_path_t path;
    for (size_t i = 0; i < config->node_cnt; i++) {
        const lq_config_node_t *node = &config->nodes[i];
        if (node->send_reserve && node->send_reserve >= node->rate)
            lq_schema_problem(doc, lq_config_path(&path, "nodes", node->name, "send_reserve"), "%s",
                              node->rate ? "leaves nothing of the node's rate for the rest"
                                         : "has no meaning while the node's rate is 0");
    }
}

lq_err_t lq_config_jwt_secret(uint8_t out[LQ_JWT_SECRET_SZ], const lq_config_node_t *node)
{
    const char *hex = node->jwt_secret;
    hex += strncmp(hex, "0x", 2) == 0 ? 2 : 0;
    if (strlen(hex) != (size_t)2 * LQ_JWT_SECRET_SZ)
        return LQ_ERR_SYNTAX;
    return lq_hex_decode(out, LQ_JWT_SECRET_SZ, NULL, hex, (size_t)2 * LQ_JWT_SECRET_SZ);
}

lq_log_config_t lq_config_log(const lq_config_t *config)
{
    /* the table's ranges fit */
    return (lq_log_config_t){
        .level = (lq_log_level_t)config->log_level,
        .format = (lq_log_format_t)config->log_format,
        .rate_per_sec = (uint32_t)config->log_rate,
        .burst_cnt = (uint32_t)config->log_burst,
        .line_max = (uint32_t)config->log_line_max_sz,
        .value_max = (uint32_t)config->log_value_max_sz,
    };
}

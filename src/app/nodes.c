#include "nodes.h"

#include <string.h>

/* A request over HTTP reserves an answer's address space, and answer_max may be large. */
#define CALL_MAX      256u
#define CALL_MAX_HTTP 32u
/* Heads, logs, pending transactions; and one while a filter changes. */
#define SUB_MAX 4u
/* A batch of reads with much calldata; sends are a hundredth of it. */
#define OUT_MAX (4u << 20)

/* Address space of one, beside what its answers take. */
#define NODE_SZ ((size_t)1 << 30)

#define SEC_NS 1000000000u

static uint64_t max_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static void init_endpoint(lq_endpoint_config_t *rpc, const lq_config_node_t *node,
                          const lq_config_t *config)
{
    *rpc = (lq_endpoint_config_t){
        .name = node->name,
        .auth = {.headers = {node->header[0] ? node->header : NULL}},
        .call_max = CALL_MAX,
        .sub_max = SUB_MAX,
        .in_max = node->answer_max_sz,
        .out_max = OUT_MAX,
        .connect_ns = node->timeout_ns,
        .ping_ns = 10 * (uint64_t)SEC_NS,
        .pong_ns = node->timeout_ns,
        /* a chain that stands still is no reason to reconnect at every ping */
        .silence_ns = max_u64(30 * (uint64_t)SEC_NS, 5 * config->block_ns),
        .backoff_min_ns = SEC_NS / 10,
        .backoff_max_ns = 10 * (uint64_t)SEC_NS,
        .ca_file = node->ca_file[0] ? node->ca_file : NULL,
    };
}

void lq_nodes_init(lq_nodes_t *nodes, const lq_config_t *config)
{
    nodes->cnt = config->node_cnt;
    for (size_t i = 0; i < config->node_cnt; i++) {
        const lq_config_node_t *node = &config->nodes[i];
        lq_pool_endpoint_t *endpoint = &nodes->endpoints[i];
        if (lq_url_parse(&nodes->urls[i], NULL, node->url, strlen(node->url)))
            LQ_BUG("a URL was loaded that is none");
        init_endpoint(&endpoint->rpc, node, config);
        endpoint->rpc.url = &nodes->urls[i];
        if (lq_url_is_http(&nodes->urls[i]))
            endpoint->rpc.call_max = CALL_MAX_HTTP;
        endpoint->roles = node->roles;
        endpoint->rate_per_sec = (uint32_t)node->rate;
        endpoint->send_reserve = (uint32_t)node->send_reserve;
        if (node->jwt_secret[0]) {
            if (lq_config_jwt_secret(nodes->jwt_secrets[i], node))
                LQ_BUG("a secret was loaded that is none");
            endpoint->rpc.auth.jwt_secret = nodes->jwt_secrets[i];
        }
    }
}

size_t lq_nodes_timer_cnt(const lq_nodes_t *nodes)
{
    size_t cnt = 64;
    for (size_t i = 0; i < nodes->cnt; i++)
        cnt += LQ_ENDPOINT_TIMER_CNT(nodes->endpoints[i].rpc.call_max,
                                     nodes->endpoints[i].rpc.sub_max) +
               nodes->endpoints[i].rpc.call_max;
    return cnt;
}

size_t lq_nodes_sz(const lq_nodes_t *nodes)
{
    size_t sz = 0;
    for (size_t i = 0; i < nodes->cnt; i++)
        sz += NODE_SZ + 16 * nodes->endpoints[i].rpc.in_max;
    return sz;
}

/* Puts stars for the SECRET_SZ bytes at SECRET wherever they stand in TEXT. */
static void hide(char *text, const char *secret, size_t secret_sz)
{
    size_t text_sz = strlen(text);
    if (secret_sz < LQ_NODES_SECRET_MIN)
        return;
    for (char *at = text; (at = memmem(at, text_sz - (size_t)(at - text), secret, secret_sz));)
        memset(at, '*', secret_sz);
}

/* Hides each word of SECRET; SIGNS stand between them. */
static void hide_words(char *text, const char *secret, const char *signs)
{
    while (*secret) {
        size_t sz = strcspn(secret, signs);
        hide(text, secret, sz);
        secret += sz;
        secret += strspn(secret, signs);
    }
}

void lq_nodes_hide(char *text, const lq_nodes_t *nodes, size_t i)
{
    lq_nodes_hide_access(text, &nodes->urls[i], &nodes->endpoints[i].rpc.auth);
}

void lq_nodes_hide_access(char *text, const lq_url_t *url, const lq_auth_t *auth)
{
    if (url->scheme != LQ_URL_IPC)
        hide_words(text, url->target, "/?&=");
    hide(text, url->user, strlen(url->user));
    hide_words(text, url->user, ":");
    for (size_t k = 0; k < LQ_AUTH_HEADER_CNT && auth->headers[k]; k++) {
        const char *value = strchr(auth->headers[k], ':');
        const char *token = value ? strrchr(value, ' ') : NULL; /* behind "Bearer" */
        if (value)
            hide(text, value + 1, strlen(value + 1));
        if (token)
            hide(text, token + 1, strlen(token + 1));
    }
}

#ifndef LQ_TEST_NODE_H
#define LQ_TEST_NODE_H

/* A node played by the test itself: it listens on a Unix socket in a folder of its own, or on
   127.0.0.1 for HTTP, takes JSON-RPC requests and answers by script. Nothing runs by itself: the
   test calls lq_test_node_poll between turns of its loop. On the Unix socket it has one connection
   at a time; a new one takes the old one's place. It trusts its peer, which is our own code, and
   fails the test where that errs. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct lq_test_node lq_test_node_t;

/* One request as it came; valid during the call. */
typedef struct lq_test_request {
    uint64_t id;
    const char *method; /* NUL-terminated */
    const char *params; /* JSON text, NUL-terminated */
    size_t idx;         /* its place in its batch */
    size_t cnt;         /* of the batch; 1 where it came alone */
} lq_test_request_t;

/* Called for each request that comes. Returns whether it took care of it; else the script does.
   What is answered from within to a request of a batch is gathered into one array. */
typedef bool lq_test_node_fn_t(void *ctx, lq_test_node_t *node, const lq_test_request_t *request);

/* lq_test_node_new returns a node that listens on a Unix socket, lq_test_node_new_http one that
 * does on HTTP, where it can only answer, at once and in its callback. End both with
 * lq_test_node_free. */
lq_test_node_t *lq_test_node_new(void);
lq_test_node_t *lq_test_node_new_http(void);
void lq_test_node_free(lq_test_node_t *node);

/* lq_test_node_path returns the path of its socket, which may stand as a URL, or its URL,
   whose path and query say SECRET: no log may. */
const char *lq_test_node_path(const lq_test_node_t *node);

/* lq_test_node_http has requests on HTTP answered with STATUS and HEADERS ("Retry-After: 3\r\n", ""
   allowed), and with BODY in place of what the script says unless it is NULL. At first 200, "",
   NULL. The strings are borrowed. */
void lq_test_node_http(lq_test_node_t *node, unsigned status, const char *headers,
                       const char *body);

/* lq_test_node_handle has FN see each request first; NULL: the script alone. */
void lq_test_node_handle(lq_test_node_t *node, lq_test_node_fn_t *fn, void *ctx);

/* lq_test_node_script has requests of METHOD answered with the JSON text RESULT; a text that begins
   with '!' is an error object behind it ("!{\"code\":-32000,...}"), NULL no answer at all. Both are
   copied. Before any script: eth_subscribe gets "0x1", "0x2", ..., eth_unsubscribe true,
   eth_chainId "0x1", and what has no script the error -32601. */
void lq_test_node_script(lq_test_node_t *node, const char *method, const char *result);

/* lq_test_node_poll accepts, reads and answers what has come; never waits. Returns the requests
   handled. */
size_t lq_test_node_poll(lq_test_node_t *node);

/* lq_test_node_result and lq_test_node_error answer the request ID, at any time. */
void lq_test_node_result(lq_test_node_t *node, uint64_t id, const char *json);
void lq_test_node_error(lq_test_node_t *node, uint64_t id, int code, const char *message);

/* lq_test_node_notify sends a notification of SUB ("0x1") with the JSON text RESULT. */
void lq_test_node_notify(lq_test_node_t *node, const char *sub, const char *result);

/* lq_test_node_send sends bytes as they are; false where there is no connection, or its peer has
 * closed it or takes no more. */
bool lq_test_node_send(lq_test_node_t *node, const void *bytes, size_t sz);

/* lq_test_node_cut closes the connections; lq_test_node_listen opens and closes the door for new
 * ones. */
void lq_test_node_cut(lq_test_node_t *node);
void lq_test_node_listen(lq_test_node_t *node, bool on);

bool lq_test_node_is_connected(const lq_test_node_t *node); /* on the Unix socket */

/* lq_test_node_connect_cnt returns the connections accepted so far; lq_test_node_request_cnt the
   requests of METHOD, of all where it is NULL; lq_test_node_params the parameters of the last one
   of METHOD, "" before it. */
size_t lq_test_node_connect_cnt(const lq_test_node_t *node);
size_t lq_test_node_request_cnt(const lq_test_node_t *node, const char *method);
const char *lq_test_node_params(const lq_test_node_t *node, const char *method);

/* lq_test_node_sub returns the id that the last eth_subscribe got from the script, "" before it. */
const char *lq_test_node_sub(const lq_test_node_t *node);

#endif

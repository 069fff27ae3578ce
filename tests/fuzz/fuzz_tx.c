/* Transactions: what the decoder takes is a transaction in every way that we look at one. */

#include "fuzz.h"

#include <string.h>

#include "liqd/base/err.h"
#include "liqd/keys/tx.h"

#define RAW_MAX 4096

/* A type 2 transaction has one encoding: writing what was read gives the same bytes. */
static void check_round_trip(const lq_tx_decoded_t *d, const uint8_t *data, size_t sz)
{
    uint8_t raw[RAW_MAX];
    size_t raw_sz = 0;
    if (d->type != LQ_TX_EIP1559 || sz > sizeof(raw))
        return;
    LQ_ASSERT(lq_tx_encode(raw, &raw_sz, sizeof(raw), NULL, &d->tx, &d->sig) == LQ_OK);
    LQ_ASSERT(raw_sz == sz && memcmp(raw, data, sz) == 0);
    LQ_ASSERT(lq_tx_encode(raw, &raw_sz, sz - 1, NULL, &d->tx, &d->sig) == LQ_ERR_FULL);
}

static void check_decoded(const lq_tx_decoded_t *d, const uint8_t *data, size_t sz)
{
    lq_err_msg_t msg = {{0}};
    lq_address_t sender;
    LQ_ASSERT(d->signed_items >= data && d->signed_items + d->signed_items_sz <= data + sz);
    LQ_ASSERT(d->tx.data_sz == 0 ||
              (d->tx.data >= data && d->tx.data + d->tx.data_sz <= data + sz));
    LQ_ASSERT((d->tx.chain_id == 0) == (d->type == LQ_TX_LEGACY));
    LQ_ASSERT(d->tx.chain_id <= LQ_TX_CHAIN_ID_MAX);
    LQ_ASSERT(d->sig.y_parity <= 1);
    LQ_ASSERT(lq_tx_intrinsic_gas(&d->tx) >= 21000);
    lq_err_t err = lq_tx_check(&msg, &d->tx);
    LQ_ASSERT(err == LQ_OK || (err == LQ_ERR_RANGE && msg.text[0]));
    err = lq_tx_sender(&sender, d);
    LQ_ASSERT(err == LQ_OK || err == LQ_ERR_SIGNATURE);
    check_round_trip(d, data, sz);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t sz)
{
    lq_tx_decoded_t d;
    lq_tx_decoded_t before;
    lq_err_msg_t msg = {{0}};
    memset(&d, 0xa5, sizeof(d));
    memcpy(&before, &d, sizeof(d));
    lq_err_t err = lq_tx_decode(&d, &msg, data, sz);
    if (err) {
        LQ_ASSERT(err == LQ_ERR_SYNTAX || err == LQ_ERR_RANGE);
        LQ_ASSERT(strncmp(msg.text, "transaction: ", 13) == 0);
        LQ_ASSERT(memcmp(&d, &before, sizeof(d)) == 0);
        LQ_ASSERT(lq_tx_decode(&d, NULL, data, sz) == err);
    } else {
        check_decoded(&d, data, sz);
    }
    return 0;
}

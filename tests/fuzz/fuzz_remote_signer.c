/* What a remote signer answers: nothing is taken but the transaction that was asked for. The bytes
   are an answer's text; a text of "R" and raw bytes is these as data, so that the search gets far.
 */

#include "fuzz.h"

#include <string.h>

#include "liqd/codec/hex.h"
#include "liqd/keys/remote_signer.h"

#define TEXT_MAX 8192u
#define RAW_MAX  2048u

static const uint8_t calldata[] = {1, 2, 3, 4};

static lq_remote_signer_t *make(void)
{
    static const lq_address_t account = {{0x9d, 0x8a, 0x62, 0xf6, 0x56, 0xa8, 0xd1,
                                          0x61, 0x5c, 0x12, 0x94, 0xfd, 0x71, 0xe9,
                                          0xcf, 0xb3, 0xe4, 0x85, 0x5a, 0x4f}};
    static const lq_policy_t policy = {.chain_id = 1};
    lq_remote_signer_t *signer;
    LQ_ASSERT(!lq_remote_signer_new(&signer, NULL, &account, &policy));
    return signer;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t sz)
{
    static lq_remote_signer_t *signer;
    static lq_tx_signed_t *out;
    static lq_json_tok_t tok[TEXT_MAX];
    static char text[TEXT_MAX + 8];
    const lq_json_limits_t limits = {TEXT_MAX, 8};
    const lq_tx_t tx = {
        .chain_id = 1, .gas_limit = 100000, .data = calldata, .data_sz = sizeof(calldata)};
    lq_json_t doc;
    lq_err_msg_t msg = {""};
    if (!signer) {
        signer = make();
        LQ_ASSERT(!lq_tx_signed_new(&out, RAW_MAX));
    }
    if (sz > TEXT_MAX / 2 - 8)
        return 0;
    size_t text_sz = sz;
    if (sz && data[0] == 'R') {
        text[0] = '"';
        text[1] = '0';
        text[2] = 'x';
        lq_hex_encode(text + 3, data + 1, sz - 1);
        text_sz = 3 + 2 * (sz - 1);
        text[text_sz++] = '"';
    } else if (sz) {
        memcpy(text, data, sz);
    }
    if (lq_json_parse(&doc, tok, TEXT_MAX, NULL, text, text_sz, &limits))
        return 0;
    lq_err_t err = lq_remote_signer_take(signer, out, &msg, &tx, &doc, lq_json_root(&doc));
    LQ_ASSERT(err == LQ_OK || err == LQ_ERR_SYNTAX || err == LQ_ERR_INVAL ||
              err == LQ_ERR_SIGNATURE || err == LQ_ERR_FULL);
    LQ_ASSERT((err == LQ_OK) == (msg.text[0] == '\0'));
    if (!err) {
        lq_tx_raw_t raw = lq_tx_signed_raw(out);
        LQ_ASSERT(!lq_tx_signed_verify(out) && raw.sz);
    }
    return 0;
}

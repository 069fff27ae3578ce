#include "liqd/codec/calls.h"

lq_err_t lq_calls_add(lq_calls_t *calls, uint8_t **input, const lq_address_t *to, size_t input_sz)
{
    if (calls->call_cnt == calls->call_max || input_sz > calls->data_max - calls->data_sz)
        return LQ_ERR_FULL;
    *input = calls->data + calls->data_sz;
    calls->calls[calls->call_cnt++] = (lq_read_call_t){*to, *input, input_sz};
    calls->data_sz += input_sz;
    return LQ_OK;
}

lq_err_t lq_calls_add_view(lq_calls_t *calls, const lq_address_t *to, uint32_t selector)
{
    uint8_t *input;
    lq_err_t err = lq_calls_add(calls, &input, to, 4);
    if (err)
        return err;
    for (unsigned i = 0; i < 4; i++)
        input[i] = (uint8_t)(selector >> (24 - 8 * i));
    return LQ_OK;
}

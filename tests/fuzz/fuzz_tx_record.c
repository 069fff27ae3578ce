#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "liqd/record/tx_record.h"

/* The law: bytes are refused, or the record read from them is written as they are. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t sz)
{
    static lq_tx_record_room_t room;
    lq_err_t err = lq_tx_record_decode(&room, data, sz);
    LQ_ASSERT(!err || err == LQ_ERR_SYNTAX);
    if (err)
        return 0;
    LQ_ASSERT(sz <= LQ_TX_RECORD_SZ_MAX && lq_tx_record_sz(&room.record) == sz);
    uint8_t *p = malloc(sz);
    LQ_ASSERT(p && lq_tx_record_encode(p, &room.record) == sz && memcmp(p, data, sz) == 0);
    free(p);
    return 0;
}

/* Addresses as text: whatever is read prints with its checksum, and that reads as the same. */

#include "fuzz.h"

#include <string.h>

#include "liqd/base/err.h"
#include "liqd/keys/address.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t sz)
{
    lq_address_t a;
    lq_address_t again;
    lq_err_msg_t msg = {{0}};
    char text[LQ_ADDRESS_TEXT_SZ + 1];
    memset(&a, 0xa5, sizeof(a));
    if (lq_address_parse(&a, &msg, (const char *)data, sz)) {
        LQ_ASSERT(msg.text[0] && a.b[0] == 0xa5 && a.b[19] == 0xa5);
        return 0;
    }
    lq_address_print(text, &a);
    LQ_ASSERT(sz == LQ_ADDRESS_TEXT_SZ && strlen(text) == sz);
    LQ_ASSERT(lq_address_parse(&again, NULL, text, sz) == LQ_OK);
    LQ_ASSERT(memcmp(&a, &again, sizeof(a)) == 0);
    for (size_t i = 0; i < sz; i++)
        LQ_ASSERT((text[i] | 0x20) == (data[i] | 0x20));
    return 0;
}

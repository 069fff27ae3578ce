#include "fuzz.h"

#include "../support/ledger_damage.h"

/* The law: pieces with anything in them are refused, or make a ledger that is sound. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t sz)
{
    (void)ledger_damage_run(data, sz);
    return 0;
}

#include "fuzz.h"

#include "../support/undo_model.h"

/* The law: the journal does what a model does that copies the whole state for each block. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t sz)
{
    undo_model_run(data, sz);
    return 0;
}

#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "liqd/base/digest.h"
#include "liqd/record/code.h"

/* The law: bytes are refused, or the event or action read from them is written as they are.
   Besides, an action has the digest of its bytes, and a text. */

#define RESULT_MAX 64u
#define TEXT_SZ    256u

static void check_event(const uint8_t *data, size_t sz)
{
    lq_read_result_t results[RESULT_MAX];
    lq_event_room_t room = {.results = results, .result_max = RESULT_MAX};
    lq_err_t err = lq_event_decode(&room, data, sz);
    LQ_ASSERT(!err || err == LQ_ERR_SYNTAX || err == LQ_ERR_FULL);
    if (err == LQ_ERR_FULL)
        LQ_ASSERT(room.of.read.result_cnt > RESULT_MAX && room.of.read.result_cnt <= sz / 2);
    if (err)
        return;
    LQ_ASSERT(lq_event_sz(&room.event) == sz);
    uint8_t *p = malloc(sz);
    LQ_ASSERT(p && lq_event_encode(p, &room.event) == sz && memcmp(p, data, sz) == 0);
    free(p);
}

static void check_action(const uint8_t *data, size_t sz)
{
    static lq_action_room_t room;
    char text[TEXT_SZ];
    lq_err_t err = lq_action_decode(&room, data, sz);
    LQ_ASSERT(!err || err == LQ_ERR_SYNTAX);
    if (err)
        return;
    LQ_ASSERT(lq_action_sz(&room.action) == sz);
    LQ_ASSERT(lq_action_digest(&room.action) == lq_digest(data, sz));
    uint8_t *p = malloc(sz);
    LQ_ASSERT(p && lq_action_encode(p, &room.action) == sz && memcmp(p, data, sz) == 0);
    free(p);
    size_t len = lq_action_text(text, sizeof(text), &room.action);
    LQ_ASSERT(strlen(text) == (len < sizeof(text) ? len : sizeof(text) - 1));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t sz)
{
    check_event(data, sz);
    check_action(data, sz);
    return 0;
}

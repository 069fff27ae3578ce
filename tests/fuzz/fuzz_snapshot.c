#include "fuzz.h"

#include "../support/fake_sync.h"

/* The law: whatever the bytes, the sync is as after a snapshot of its own, which it saves again as
   it was, or it is empty; or its venues alone are.

   The first byte says what the others are: a file (bit 0), with its checksums made right (bit 1);
   else changes of a good one: four bytes each, where (two), how (0: set, else add) and by what. */

static void change(fake_file_t *f, const uint8_t *data, size_t sz)
{
    for (; sz >= 4; data += 4, sz -= 4) {
        size_t at = (data[0] | (size_t)data[1] << 8) % f->sz;
        f->data[at] = (uint8_t)((data[2] ? f->data[at] : 0) + data[3]);
    }
    if (sz) /* and cut */
        f->sz -= data[0];
}

static void check_loaded(lq_sync_t *sync, fake_file_t *f)
{
    LQ_ASSERT(f->data); /* nothing is no snapshot */
    ledger_check(sync->rig.ledger);
    fake_file_t again = fake_save(sync);
    if (*sync->venues.table.cnt == 1) { /* no more than their mark */
        free(again.data);
        return;
    }
    for (size_t i = 0; i < FAKE_SYNC_INSTANCES; i++) /* from_blk: an earlier one is as good */
        memcpy(f->data + 120 + i * 128 + 88, again.data + 120 + i * 128 + 88, 8);
    fake_sign(f->data, f->sz);
    LQ_ASSERT(again.sz == f->sz && memcmp(again.data, f->data, again.sz) == 0);
    free(again.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t sz)
{
    if (!sz)
        return 0;
    fake_sync_config_t config = fake_sync_config();
    lq_sync_t *sync = fake_sync_new(&config);
    uint64_t empty = lq_undo_digest(sync->rig.undo);
    fake_file_t f = {.max = SIZE_MAX};
    if (data[0] & 1) {
        if (sz > 1)
            LQ_ASSERT(!fake_write(&f, data + 1, sz - 1));
    } else {
        lq_sync_t *from = fake_sync_new(&config);
        fake_sync_fill(from);
        f = fake_save(from);
        fake_sync_free(from);
        change(&f, data + 1, sz - 1);
    }
    if (data[0] & 2)
        fake_sign(f.data, f.sz);
    lq_err_msg_t msg = {""};
    lq_snapshot_info_t info;
    lq_err_t err = lq_snapshot_load(sync, &msg, f.data, f.sz);
    if (err) {
        LQ_ASSERT(err == LQ_ERR_SYNTAX || err == LQ_ERR_INVAL || err == LQ_ERR_FULL ||
                  err == LQ_ERR_RANGE);
        LQ_ASSERT(msg.text[0] && lq_undo_digest(sync->rig.undo) == empty);
        LQ_ASSERT(sync->place.phase == LQ_SYNC_IDLE);
    } else {
        check_loaded(sync, &f);
        LQ_ASSERT(!lq_snapshot_info(&info, &msg, f.data, f.sz));
    }
    free(f.data);
    fake_sync_free(sync);
    return 0;
}

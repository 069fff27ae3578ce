#include "snapshot_file.h"

#include <inttypes.h>

#define WHAT "snapshot"

lq_err_t lq_snapshot_lock(lq_kept_lock_t *lock, lq_err_msg_t *msg, const char *path)
{
    return lq_kept_lock(lock, msg, WHAT, path);
}

/* ---- reading */

lq_err_t lq_snapshot_file_read(lq_kept_bytes_t *bytes, lq_err_msg_t *msg, const char *path)
{
    return lq_kept_read(bytes, msg, WHAT, path);
}

lq_err_t lq_snapshot_file_take(lq_sync_t *sync, lq_snapshot_info_t *info, lq_err_msg_t *msg,
                               const char *path, const lq_kept_bytes_t *bytes, uint64_t now_sec,
                               uint64_t max_age_sec)
{
    lq_err_msg_t why = {"is refused"};
    lq_snapshot_info_t found;
    lq_err_t err = lq_snapshot_info(&found, &why, bytes->p, bytes->sz);
    if (err)
        return lq_kept_fail(msg, err, WHAT, path, why.text);
    uint64_t age_sec = now_sec > found.block_sec ? now_sec - found.block_sec : 0;
    if (max_age_sec && age_sec > max_age_sec) {
        (void)!lq_err_msg_set(&why, LQ_ERR_EMPTY,
                              "its block is %" PRIu64 " min old, and snapshot.max_age is %" PRIu64
                              " min",
                              age_sec / 60, max_age_sec / 60);
        return lq_kept_fail(msg, LQ_ERR_EMPTY, WHAT, path, why.text);
    }
    err = lq_snapshot_load(sync, &why, bytes->p, bytes->sz);
    if (err)
        return lq_kept_fail(msg, err, WHAT, path, why.text);
    *info = found;
    return LQ_OK;
}

lq_err_t lq_snapshot_file_load(lq_sync_t *sync, lq_snapshot_info_t *info, lq_err_msg_t *msg,
                               const char *path, uint64_t now_sec, uint64_t max_age_sec)
{
    lq_kept_bytes_t bytes = {NULL, 0};
    lq_err_t err = lq_snapshot_file_read(&bytes, msg, path);
    if (!err)
        err = lq_snapshot_file_take(sync, info, msg, path, &bytes, now_sec, max_age_sec);
    lq_kept_free(&bytes);
    return err;
}

/* ---- writing */

static lq_err_t write_snapshot(void *ctx, lq_kept_put_fn_t *put, void *to)
{
    return lq_snapshot_save(ctx, put, to);
}

lq_err_t lq_snapshot_file_save(lq_sync_t *sync, lq_err_msg_t *msg, const char *path)
{
    size_t sz = lq_snapshot_sz(sync);
    if (!path[0])
        return lq_err_msg_set(msg, LQ_ERR_INVAL, "the " WHAT " has no name");
    if (!sz)
        return lq_kept_fail(msg, LQ_ERR_EMPTY, WHAT, path, "there is no state to keep yet");
    return lq_kept_write(msg, WHAT, path, sz, write_snapshot, sync);
}

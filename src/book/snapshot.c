#include "liqd/book/snapshot.h"

#include <string.h>

#include "liqd/base/digest.h"
#include "liqd/base/text.h"
#include "liqd/codec/hex.h"

#include "snapshot_internal.h"

#define ANEW "everything is read from the chain anew"

/* ---- saving ---- */

/* The bytes that the pieces of OWNER have. */
static uint64_t outline_owner(snapshot_header_t *h, const lq_sync_t *sync, uint32_t owner)
{
    lq_undo_piece_t pieces[LQ_LEDGER_PIECE_MAX];
    size_t cnt = lq_snapshot_pieces(sync, owner, pieces);
    uint64_t sz = 0;
    for (uint32_t i = 0; i < cnt; i++) {
        h->sections[h->section_cnt++] =
            (snapshot_section_t){.owner = owner, .piece = i, .sz = pieces[i].sz};
        sz += pieces[i].sz;
    }
    return sz;
}

/* All but the checksums of the sections. */
static lq_err_t outline(snapshot_header_t *h, const lq_sync_t *sync)
{
    memset(h, 0, sizeof(*h));
    lq_err_t err = lq_sync_place(sync, &h->place);
    if (err)
        return err;
    lq_snapshot_bindings(h, sync);
    h->account_cnt = lq_ledger_cnt(lq_sync_ledger(sync));
    uint64_t sz = 0;
    for (uint32_t owner = 0; owner < SNAPSHOT_OWNER_CNT; owner++)
        sz += outline_owner(h, sync, owner);
    sz += outline_owner(h, sync, SNAPSHOT_OWNER_VENUES);
    h->sz = (uint32_t)(SNAPSHOT_FIXED_SZ + h->place.instance_cnt * SNAPSHOT_INSTANCE_SZ +
                       h->section_cnt * SNAPSHOT_SECTION_SZ + sizeof(uint64_t));
    h->total_sz = h->sz + sz;
    return LQ_OK;
}

size_t lq_snapshot_sz(const lq_sync_t *sync)
{
    snapshot_header_t h;
    return outline(&h, sync) == LQ_OK ? (size_t)h.total_sz : 0;
}

/* The bytes of a section as they are now. */
static lq_undo_piece_t piece_of(const lq_sync_t *sync, const snapshot_section_t *section)
{
    lq_undo_piece_t pieces[LQ_LEDGER_PIECE_MAX];
    size_t cnt = lq_snapshot_pieces(sync, section->owner, pieces);
    LQ_ASSERT(section->piece < cnt);
    return pieces[section->piece];
}

lq_err_t lq_snapshot_save(const lq_sync_t *sync, lq_snapshot_write_fn_t *write, void *ctx)
{
    snapshot_header_t h;
    lq_err_t err = outline(&h, sync);
    if (err)
        return err;
    for (size_t i = 0; i < h.section_cnt; i++)
        h.sections[i].digest = lq_digest(piece_of(sync, &h.sections[i]).data, h.sections[i].sz);
    uint8_t bytes[SNAPSHOT_HEADER_MAX];
    err = write(ctx, bytes, lq_snapshot_write_header(bytes, &h));
    for (size_t i = 0; i < h.section_cnt && !err; i++)
        if (h.sections[i].sz)
            err = write(ctx, piece_of(sync, &h.sections[i]).data, h.sections[i].sz);
    return err;
}

/* ---- whether it is ours ---- */

#define CONTRACT_SZ (2 + 2 * sizeof(lq_address_t) + 1)

static const char *show_contract(char out[CONTRACT_SZ], const lq_address_t *contract)
{
    out[0] = '0';
    out[1] = 'x';
    lq_hex_encode(out + 2, contract->b, sizeof(contract->b));
    out[CONTRACT_SZ - 1] = 0;
    return out;
}

static lq_err_t check_version(const lq_sync_instance_t *here, uint32_t i, uint32_t saved,
                              lq_err_msg_t *msg)
{
    unsigned wanted = here->config.version;
    if (wanted == LQ_ADAPTER_PROBE || wanted == saved)
        return LQ_OK;
    const char *of_it = "a version to be found out";
    for (unsigned k = 0; here->adapter->version_names[k]; k++)
        if (k == saved)
            of_it = here->adapter->version_names[k];
    return lq_err_msg_set(msg, LQ_ERR_INVAL,
                          "instance %u (%s): is of %s, and the configuration says %s; " ANEW, i,
                          here->name, of_it, here->adapter->version_names[wanted]);
}

static lq_err_t check_instance(const snapshot_header_t *h, const snapshot_header_t *here,
                               const lq_sync_t *sync, uint32_t i, lq_err_msg_t *msg)
{
    const snapshot_instance_t *a = &h->instances[i];
    const snapshot_instance_t *b = &here->instances[i];
    const char *name = lq_sync_instance(sync, i)->name;
    if (strcmp(a->name, b->name) != 0 ||
        memcmp(&a->contract, &b->contract, sizeof(a->contract)) != 0) {
        char quoted[LQ_TEXT_QUOTE_SZ], theirs[CONTRACT_SZ], ours[CONTRACT_SZ];
        return lq_err_msg_set(msg, LQ_ERR_INVAL,
                              "instance %u is %s at %s, and here (%s) %s at %s; " ANEW, i,
                              lq_text_quote(quoted, a->name), show_contract(theirs, &a->contract),
                              name, b->name, show_contract(ours, &b->contract));
    }
    if (a->layout != b->layout)
        return lq_err_msg_set(
            msg, LQ_ERR_INVAL,
            "instance %u (%s): %s is of layout %u, and this program reads %u; " ANEW, i, name,
            b->name, a->layout, b->layout);
    if (a->id_cnt != b->id_cnt || memcmp(&a->ids, &b->ids, sizeof(a->ids)) != 0)
        return lq_err_msg_set(
            msg, LQ_ERR_INVAL,
            "instance %u (%s): keeps %llu markets, and here %llu, or others; " ANEW, i, name,
            (unsigned long long)a->id_cnt, (unsigned long long)b->id_cnt);
    if (b->from_blk < a->from_blk)
        return lq_err_msg_set(msg, LQ_ERR_INVAL,
                              "instance %u (%s): begins at block %llu, and here at %llu, before "
                              "it; " ANEW,
                              i, name, (unsigned long long)a->from_blk,
                              (unsigned long long)b->from_blk);
    return check_version(lq_sync_instance(sync, i), i, h->place.instances[i].version, msg);
}

static lq_err_t check_bindings(const snapshot_header_t *h, const lq_sync_t *sync, lq_err_msg_t *msg)
{
    snapshot_header_t here;
    memset(&here, 0, sizeof(here));
    lq_snapshot_bindings(&here, sync);
    if (h->chain_id != here.chain_id)
        return lq_err_msg_set(msg, LQ_ERR_INVAL,
                              "is of chain %llu, and this is chain %llu; " ANEW
                              ", or name another file",
                              (unsigned long long)h->chain_id, (unsigned long long)here.chain_id);
    if (h->ledger_layout != here.ledger_layout || h->oracles_layout != here.oracles_layout)
        return lq_err_msg_set(
            msg, LQ_ERR_INVAL, "is of layouts %u and %u, and this program reads %u and %u; " ANEW,
            h->ledger_layout, h->oracles_layout, here.ledger_layout, here.oracles_layout);
    if (h->place.instance_cnt != lq_sync_instance_cnt(sync))
        return lq_err_msg_set(msg, LQ_ERR_INVAL,
                              "is of %u instances, and %zu are configured; " ANEW,
                              h->place.instance_cnt, lq_sync_instance_cnt(sync));
    for (uint32_t i = 0; i < h->place.instance_cnt; i++) {
        lq_err_t err = check_instance(h, &here, sync, i, msg);
        if (err)
            return err;
    }
    return LQ_OK;
}

/* ---- whether it is whole ---- */

static lq_err_t check_sections(const snapshot_header_t *h, lq_err_msg_t *msg, const uint8_t *p,
                               size_t sz)
{
    if (sz < h->total_sz)
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "is cut off after %zu of %llu bytes; " ANEW, sz,
                              (unsigned long long)h->total_sz);
    size_t at = h->sz;
    for (size_t i = 0; i < h->section_cnt; i++) {
        const snapshot_section_t *section = &h->sections[i];
        if (section->sz > sz - at)
            return lq_err_msg_set(
                msg, LQ_ERR_SYNTAX,
                "is damaged: section %zu is of %llu bytes, and %zu are left; " ANEW, i,
                (unsigned long long)section->sz, sz - at);
        if (lq_digest(p + at, (size_t)section->sz) != section->digest)
            return lq_err_msg_set(msg, LQ_ERR_SYNTAX,
                                  "is damaged: the checksum of section %zu, the %llu bytes from "
                                  "%zu on, does not fit; " ANEW,
                                  i, (unsigned long long)section->sz, at);
        at += (size_t)section->sz;
    }
    if (at != sz || sz != h->total_sz)
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX,
                              "is damaged: its sections end at %zu of %zu bytes; " ANEW, at, sz);
    return LQ_OK;
}

static const char *owner_name(const lq_sync_t *sync, uint32_t owner)
{
    if (owner == SNAPSHOT_OWNER_LEDGER)
        return "accounts";
    return owner == SNAPSHOT_OWNER_ORACLES ? "oracles" : lq_sync_instance(sync, owner - 2)->name;
}

/* Where the venues' sections begin, which stand behind all others. */
static size_t venues_at(const snapshot_header_t *h)
{
    size_t at = h->section_cnt;
    while (at && h->sections[at - 1].owner == SNAPSHOT_OWNER_VENUES)
        at--;
    return at;
}

/* Each piece that is here has its section, in order, and room for it. */
static lq_err_t check_room(const snapshot_header_t *h, const lq_sync_t *sync, lq_err_msg_t *msg)
{
    size_t at = 0;
    for (uint32_t owner = 0; owner < SNAPSHOT_OWNER_CNT; owner++) {
        lq_undo_piece_t pieces[LQ_LEDGER_PIECE_MAX];
        size_t cnt = lq_snapshot_pieces(sync, owner, pieces);
        for (uint32_t i = 0; i < cnt; i++, at++) {
            const snapshot_section_t *section = &h->sections[at];
            if (at == h->section_cnt || section->owner != owner || section->piece != i)
                return lq_err_msg_set(msg, LQ_ERR_RANGE,
                                      "has not the sections that belong to %s; " ANEW,
                                      owner_name(sync, owner));
            if (section->sz > pieces[i].max)
                return lq_err_msg_set(
                    msg, LQ_ERR_FULL,
                    "%s: section %zu is of %llu bytes, and there is room for %zu: raise the "
                    "limits (it has %llu accounts), else " ANEW,
                    owner_name(sync, owner), at, (unsigned long long)section->sz, pieces[i].max,
                    (unsigned long long)h->account_cnt);
        }
    }
    size_t own_cnt = venues_at(h);
    if (at != own_cnt)
        return lq_err_msg_set(msg, LQ_ERR_RANGE, "has %zu sections instead of %zu; " ANEW, own_cnt,
                              at);
    return LQ_OK;
}

/* ---- loading ---- */

/* The ledger first: instances as they were made may have pools there. */
static void clear(lq_sync_t *sync)
{
    lq_undo_forget(lq_sync_undo(sync), 0);
    lq_ledger_clear(lq_sync_ledger(sync));
    lq_oracles_clear(lq_sync_oracles(sync));
    lq_venues_clear(lq_sync_venues(sync));
    for (uint32_t i = 0; i < lq_sync_instance_cnt(sync); i++)
        lq_sync_instance(sync, i)->adapter->clear(lq_sync_self(sync, i));
}

static lq_err_t restore(lq_sync_t *sync, uint32_t owner)
{
    if (owner == SNAPSHOT_OWNER_LEDGER)
        return lq_ledger_restored(lq_sync_ledger(sync));
    if (owner == SNAPSHOT_OWNER_ORACLES)
        return lq_oracles_restored(lq_sync_oracles(sync));
    if (owner == SNAPSHOT_OWNER_VENUES)
        return lq_venues_restored(lq_sync_venues(sync));
    return lq_sync_instance(sync, owner - 2)->adapter->restored(lq_sync_self(sync, owner - 2));
}

/* Fills the pieces of OWNER, which are found before anything stands in them, and has him judge
   them. *AT and *SECTION go on. */
static lq_err_t fill_owner(lq_sync_t *sync, const snapshot_header_t *h, uint32_t owner,
                           const uint8_t **at, size_t *section)
{
    lq_undo_piece_t pieces[LQ_LEDGER_PIECE_MAX];
    size_t cnt = lq_snapshot_pieces(sync, owner, pieces);
    for (size_t i = 0; i < cnt; i++) {
        size_t sz = (size_t)h->sections[(*section)++].sz;
        if (sz)
            memcpy(pieces[i].data, *at, sz);
        memset((uint8_t *)pieces[i].data + sz, 0, pieces[i].max - sz);
        *at += sz;
    }
    return restore(sync, owner);
}

/* Whether the sections from the one of number SECTION on are the venues' of this program, with room
   for them. */
static bool has_venues(const lq_sync_t *sync, const snapshot_header_t *h, size_t section)
{
    lq_undo_piece_t pieces[LQ_LEDGER_PIECE_MAX];
    size_t cnt = lq_snapshot_pieces(sync, SNAPSHOT_OWNER_VENUES, pieces);
    if (h->venues_layout != LQ_VENUES_LAYOUT || h->section_cnt - section != cnt)
        return false;
    for (uint32_t i = 0; i < cnt; i++)
        if (h->sections[section + i].piece != i || h->sections[section + i].sz > pieces[i].max)
            return false;
    return true;
}

/* Pools are read anew within minutes: they are no reason to do so with the rest. */
static void fill_venues(lq_sync_t *sync, const snapshot_header_t *h, const uint8_t *at,
                        size_t section)
{
    if (!has_venues(sync, h, section))
        return;
    bool filled = !fill_owner(sync, h, SNAPSHOT_OWNER_VENUES, &at, &(size_t){section});
    for (; filled && section < h->section_cnt; section++)
        filled = piece_of(sync, &h->sections[section]).sz == h->sections[section].sz;
    if (!filled)
        lq_venues_clear(lq_sync_venues(sync));
}

/* The ledger first, since others refer to it. A section of another size than what was made of it
   held more or less than it counts. */
static lq_err_t fill(lq_sync_t *sync, const snapshot_header_t *h, const uint8_t *p,
                     lq_err_msg_t *msg)
{
    clear(sync);
    const uint8_t *at = p + h->sz;
    size_t section = 0;
    for (uint32_t owner = 0; owner < 2 + lq_sync_instance_cnt(sync); owner++)
        if (fill_owner(sync, h, owner, &at, &section) != LQ_OK)
            return lq_err_msg_set(msg, LQ_ERR_RANGE, "%s: what it says cannot be; " ANEW,
                                  owner_name(sync, owner));
    fill_venues(sync, h, at, section);
    for (size_t i = 0; i < section; i++)
        if (piece_of(sync, &h->sections[i]).sz != h->sections[i].sz)
            return lq_err_msg_set(msg, LQ_ERR_RANGE,
                                  "%s: section %zu is not of the size that it counts; " ANEW,
                                  owner_name(sync, h->sections[i].owner), i);
    if (h->account_cnt != lq_ledger_cnt(lq_sync_ledger(sync)))
        return lq_err_msg_set(
            msg, LQ_ERR_RANGE, "has %zu accounts, and its header says %llu; " ANEW,
            lq_ledger_cnt(lq_sync_ledger(sync)), (unsigned long long)h->account_cnt);
    if (lq_sync_place_restored(sync, &h->place) != LQ_OK)
        return lq_err_msg_set(msg, LQ_ERR_RANGE, "is of no place that one can go on from; " ANEW);
    return LQ_OK;
}

lq_err_t lq_snapshot_load(lq_sync_t *sync, lq_err_msg_t *msg, const void *p, size_t sz)
{
    LQ_ASSERT(lq_sync_stat(sync).phase == LQ_SYNC_IDLE);
    snapshot_header_t h;
    lq_err_t err = lq_snapshot_read_header(&h, msg, p, sz);
    if (!err)
        err = check_bindings(&h, sync, msg);
    if (!err)
        err = check_sections(&h, msg, p, sz);
    if (!err)
        err = check_room(&h, sync, msg);
    if (!err)
        err = fill(sync, &h, p, msg);
    if (err) {
        clear(sync);
        lq_book_rebuild(lq_sync_book(sync)); /* of nothing: it is empty as well */
    }
    return err;
}

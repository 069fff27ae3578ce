#include <string.h>

#include "liqd/base/digest.h"
#include "liqd/codec/keccak.h"

#include "snapshot_internal.h"

/* One array takes the pieces of any. */
_Static_assert(LQ_LEDGER_PIECE_MAX >= LQ_ADAPTER_PIECE_MAX, "an instance's");
_Static_assert(LQ_LEDGER_PIECE_MAX >= LQ_ORACLES_PIECE_MAX, "the oracles'");
_Static_assert(LQ_LEDGER_PIECE_MAX >= LQ_VENUES_PIECE_MAX, "the venues'");

static const char magic[8] = {'L', 'I', 'Q', 'D', 'S', 'N', 'A', 'P'};

#define BYTE_ORDER_MARK 0x01020304u
#define ANEW            "everything is read from the chain anew"

/* ---- both ways: a cursor over the bytes, which are either written or read ---- */

typedef struct cursor {
    bool writes;
    uint8_t *out;
    const uint8_t *in;
    size_t at;
} cursor_t;

static void pass(cursor_t *c, void *field, size_t sz)
{
    if (c->writes)
        memcpy(c->out + c->at, field, sz);
    else
        memcpy(field, c->in + c->at, sz);
    c->at += sz;
}

#define PASS(cursor, field) pass((cursor), &(field), sizeof(field))

static void pass_fixed(cursor_t *c, snapshot_header_t *h)
{
    char begin[sizeof(magic)];
    uint32_t order = BYTE_ORDER_MARK;
    uint32_t zero = 0;
    memcpy(begin, magic, sizeof(magic));
    PASS(c, begin);
    PASS(c, h->version);
    PASS(c, order);
    PASS(c, h->sz);
    PASS(c, h->place.instance_cnt);
    PASS(c, h->section_cnt);
    PASS(c, h->place.phase);
    PASS(c, h->total_sz);
    PASS(c, h->chain_id);
    PASS(c, h->place.block.number);
    PASS(c, h->place.block.hash);
    PASS(c, h->place.block_sec);
    PASS(c, h->account_cnt);
    PASS(c, h->ledger_layout);
    PASS(c, h->oracles_layout);
    if (h->version == 1)
        return;
    PASS(c, h->venues_layout);
    PASS(c, zero);
    LQ_ASSERT(c->at == SNAPSHOT_FIXED_SZ);
}

static void pass_instance(cursor_t *c, snapshot_header_t *h, size_t i)
{
    snapshot_instance_t *it = &h->instances[i];
    PASS(c, it->name);
    PASS(c, it->contract);
    PASS(c, it->layout);
    PASS(c, it->ids);
    PASS(c, it->from_blk);
    PASS(c, h->place.instances[i].searched_blk);
    PASS(c, h->place.instances[i].audit_cnt);
    PASS(c, h->place.instances[i].trust);
    PASS(c, h->place.instances[i].version);
    PASS(c, it->id_cnt);
}

static void pass_section(cursor_t *c, snapshot_section_t *section)
{
    PASS(c, section->owner);
    PASS(c, section->piece);
    PASS(c, section->sz);
    PASS(c, section->digest);
}

static void pass_tables(cursor_t *c, snapshot_header_t *h)
{
    for (size_t i = 0; i < h->place.instance_cnt; i++)
        pass_instance(c, h, i);
    for (size_t i = 0; i < h->section_cnt; i++)
        pass_section(c, &h->sections[i]);
}

size_t lq_snapshot_write_header(uint8_t out[SNAPSHOT_HEADER_MAX], const snapshot_header_t *h)
{
    snapshot_header_t copy = *h;
    copy.version = LQ_SNAPSHOT_VERSION;
    cursor_t c = {.writes = true, .out = out};
    pass_fixed(&c, &copy);
    pass_tables(&c, &copy);
    uint64_t digest = lq_digest(out, c.at);
    PASS(&c, digest);
    LQ_ASSERT(c.at == h->sz && c.at <= SNAPSHOT_HEADER_MAX);
    return c.at;
}

/* ---- reading ---- */

static lq_err_t damaged(lq_err_msg_t *msg, const char *what)
{
    return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "is damaged: %s; " ANEW, what);
}

static size_t fixed_sz(uint32_t version)
{
    return version == 1 ? SNAPSHOT_FIXED_1_SZ : SNAPSHOT_FIXED_SZ;
}

/* What can be said before the checksum is known to be right. */
static lq_err_t read_begin(snapshot_header_t *h, lq_err_msg_t *msg, const uint8_t *p, size_t sz)
{
    if (sz < sizeof(magic) || memcmp(p, magic, sizeof(magic)) != 0)
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX,
                              "does not begin with LIQDSNAP: it is no snapshot; name another file");
    if (sz < SNAPSHOT_FIXED_1_SZ)
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "is cut off after %zu bytes; " ANEW, sz);
    uint32_t version, order;
    memcpy(&version, p + 8, sizeof(version));
    memcpy(&order, p + 12, sizeof(order));
    if (order == __builtin_bswap32(BYTE_ORDER_MARK))
        return lq_err_msg_set(msg, LQ_ERR_INVAL, "is of a machine of the other byte order; " ANEW);
    if (order != BYTE_ORDER_MARK)
        return damaged(msg, "its byte order mark");
    if (version != LQ_SNAPSHOT_VERSION && version != 1)
        return lq_err_msg_set(msg, LQ_ERR_INVAL,
                              "is of version %u, and this program reads %u; " ANEW, version,
                              LQ_SNAPSHOT_VERSION);
    if (sz < fixed_sz(version))
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "is cut off after %zu bytes; " ANEW, sz);
    cursor_t c = {.in = p};
    h->version = version;
    pass_fixed(&c, h);
    return LQ_OK;
}

/* Zeros alone behind its end, so that equal names are equal bytes. */
static bool is_name(const char name[SNAPSHOT_NAME_SZ])
{
    const char *end = memchr(name, 0, SNAPSHOT_NAME_SZ);
    while (end && end < name + SNAPSHOT_NAME_SZ)
        if (*end++)
            return false;
    return end;
}

lq_err_t lq_snapshot_read_header(snapshot_header_t *h, lq_err_msg_t *msg, const uint8_t *p,
                                 size_t sz)
{
    memset(h, 0, sizeof(*h));
    lq_err_t err = read_begin(h, msg, p, sz);
    if (err)
        return err;
    if (h->place.instance_cnt > LQ_SYNC_INSTANCE_MAX || h->section_cnt > SNAPSHOT_SECTION_MAX)
        return damaged(msg, "its header counts more than there can be");
    size_t want = fixed_sz(h->version) + h->place.instance_cnt * (size_t)SNAPSHOT_INSTANCE_SZ +
                  h->section_cnt * (size_t)SNAPSHOT_SECTION_SZ + sizeof(uint64_t);
    if (h->sz != want)
        return damaged(msg, "its header is not of the size that it says");
    if (sz < want)
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "is cut off after %zu of %llu bytes; " ANEW, sz,
                              (unsigned long long)h->total_sz);
    cursor_t c = {.in = p, .at = fixed_sz(h->version)};
    pass_tables(&c, h);
    uint64_t digest;
    memcpy(&digest, p + c.at, sizeof(digest));
    if (digest != lq_digest(p, c.at))
        return damaged(msg, "the checksum of its header does not fit");
    for (size_t i = 0; i < h->place.instance_cnt; i++)
        if (!is_name(h->instances[i].name))
            return damaged(msg, "the name of an adapter");
    return LQ_OK;
}

/* ---- what it is bound to ---- */

static lq_hash_t digest_of_ids(const lq_instance_config_t *config)
{
    lq_hash_t out;
    lq_keccak256(out.b, config->ids, config->id_cnt * sizeof(config->ids[0]));
    return out;
}

void lq_snapshot_bindings(snapshot_header_t *h, const lq_sync_t *sync)
{
    h->chain_id = lq_sync_chain_id(sync);
    h->ledger_layout = LQ_LEDGER_LAYOUT;
    h->oracles_layout = LQ_ORACLES_LAYOUT;
    h->venues_layout = LQ_VENUES_LAYOUT;
    for (uint32_t i = 0; i < lq_sync_instance_cnt(sync); i++) {
        const lq_sync_instance_t *from = lq_sync_instance(sync, i);
        snapshot_instance_t *to = &h->instances[i];
        size_t name_sz = strlen(from->adapter->name);
        LQ_ASSERT(name_sz < SNAPSHOT_NAME_SZ);
        *to = (snapshot_instance_t){.contract = from->config.contract,
                                    .layout = from->adapter->layout,
                                    .ids = digest_of_ids(&from->config),
                                    .from_blk = from->from_blk,
                                    .id_cnt = from->config.id_cnt};
        memcpy(to->name, from->adapter->name, name_sz);
    }
}

size_t lq_snapshot_pieces(const lq_sync_t *sync, uint32_t owner,
                          lq_undo_piece_t out[LQ_LEDGER_PIECE_MAX])
{
    if (owner == SNAPSHOT_OWNER_LEDGER)
        return lq_ledger_pieces(lq_sync_ledger(sync), out);
    if (owner == SNAPSHOT_OWNER_ORACLES)
        return lq_oracles_pieces(lq_sync_oracles(sync), out);
    if (owner == SNAPSHOT_OWNER_VENUES)
        return lq_venues_pieces(lq_sync_venues(sync), out);
    uint32_t i = owner - 2;
    if (i >= lq_sync_instance_cnt(sync))
        return 0;
    return lq_sync_instance(sync, i)->adapter->pieces(lq_sync_self(sync, i), out);
}

lq_err_t lq_snapshot_info(lq_snapshot_info_t *out, lq_err_msg_t *msg, const void *p, size_t sz)
{
    snapshot_header_t h;
    lq_err_t err = lq_snapshot_read_header(&h, msg, p, sz);
    if (err)
        return err;
    *out = (lq_snapshot_info_t){.version = h.version,
                                .chain_id = h.chain_id,
                                .block = h.place.block,
                                .block_sec = h.place.block_sec,
                                .instance_cnt = h.place.instance_cnt,
                                .account_cnt = h.account_cnt};
    return LQ_OK;
}

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "journal_internal.h"

/* What is read back comes from the records' own bytes, each checked, and what is restored is found
   by them too: no column of a table and no index, which nothing checks, says which records there
   are. */

static lq_err_t damaged(const lq_journal_t *j, lq_err_msg_t *msg, uint64_t seq)
{
    (void)!lq_err_msg_set(
        msg, LQ_ERR_SYNTAX,
        "journal %s: damaged (record %" PRIu64
        "): restore it from a copy, or move it away and start with --accept-used-nonce",
        j->path, seq);
    return LQ_ERR_SYNTAX;
}

lq_err_t journal_read_record(const lq_journal_t *j, lq_err_msg_t *msg, lq_tx_record_room_t *room,
                             sqlite3_stmt *stmt, unsigned kinds)
{
    uint64_t seq = (uint64_t)sqlite3_column_int64(stmt, 0);
    const void *p = sqlite3_column_blob(stmt, 1);
    size_t sz = (size_t)sqlite3_column_bytes(stmt, 1);
    if (!p || journal_digest(seq, p, sz) != (uint64_t)sqlite3_column_int64(stmt, 2) ||
        lq_tx_record_decode(room, p, sz) != LQ_OK || !(kinds >> room->record.kind & 1))
        return damaged(j, msg, seq);
    return LQ_OK;
}

lq_err_t journal_for_each(lq_journal_t *j, lq_err_msg_t *msg, const journal_query_t *query,
                          journal_each_fn_t *fn, void *ctx)
{
    lq_tx_record_room_t room;
    sqlite3_stmt *stmt = NULL;
    lq_err_t err = journal_prepare(j, msg, &stmt, query->sql);
    if (!err && sqlite3_bind_parameter_count(stmt))
        (void)sqlite3_bind_int64(stmt, 1, (sqlite3_int64)query->param);
    while (!err) {
        int rc = sqlite3_step(stmt);
        if (rc == SQLITE_DONE)
            break;
        if (rc != SQLITE_ROW) {
            err = journal_fail(j->db, msg, j->path, rc);
            break;
        }
        err = journal_read_record(j, msg, &room, stmt, query->kinds);
        if (!err)
            err = fn(ctx, (uint64_t)sqlite3_column_int64(stmt, 0), &room.record);
    }
    (void)sqlite3_finalize(stmt);
    return err;
}

void lq_journal_boot_id(const lq_journal_t *j, char out[LQ_TX_RECORD_NAME_SZ])
{
    lq_tx_record_room_t room;
    sqlite3_stmt *stmt = NULL;
    out[0] = '\0';
    lq_err_t err = journal_prepare(j, NULL, &stmt,
                                   "SELECT t.seq, r.bytes, r.digest FROM runs t"
                                   " LEFT JOIN records r ON r.seq = t.seq"
                                   " ORDER BY t.seq DESC LIMIT 1");
    if (!err && sqlite3_step(stmt) == SQLITE_ROW &&
        journal_read_record(j, NULL, &room, stmt, 1u << LQ_TX_RECORD_RUN) == LQ_OK)
        memcpy(out, room.of.run.boot_id, sizeof(room.of.run.boot_id));
    (void)sqlite3_finalize(stmt);
}

/* ---- lists that grow */

typedef struct list {
    void *items;
    size_t cnt;
    size_t max;
} list_t;

/* Makes room for one more of SZ bytes and returns it, all zero; NULL: there is no memory. */
static void *list_add(list_t *list, size_t sz)
{
    if (list->cnt == list->max) {
        size_t max = list->max ? 2 * list->max : 64;
        void *items = realloc(list->items, max * sz);
        if (!items)
            return NULL;
        list->items = items;
        list->max = max;
    }
    uint8_t *item = (uint8_t *)list->items + sz * list->cnt++;
    memset(item, 0, sz);
    return item;
}

/* ---- restoring */

typedef struct nonce {
    lq_address_t sender;
    uint64_t nonce;
    lq_tx_state_t state;
    uint64_t first_seq;
} nonce_t;

typedef struct restore {
    list_t nonces;  /* nonce_t: not FINAL; in the end what is wanted */
    list_t tops;    /* nonce_t: of each sender the highest that is */
    list_t hashes;  /* lq_hash_t: of the wanted nonces' attempts, sorted */
    list_t intents; /* uint64_t: those without an end, then also the wanted nonces' and the highest;
                       sorted where they are looked for */
    list_t halts;   /* halt_t */
    list_t seqs;    /* uint64_t: of what is given */
    uint64_t highest_id;
    bool has_id;
} restore_t;

typedef struct halt {
    lq_address_t sender;
    uint64_t seq; /* 0: it goes on */
} halt_t;

static nonce_t *find_nonce(const list_t *nonces, const lq_address_t *sender, uint64_t nonce)
{
    nonce_t *n = nonces->items;
    for (size_t i = nonces->cnt; i-- > 0;) /* the last are asked for most */
        if (n[i].nonce == nonce && memcmp(&n[i].sender, sender, sizeof(*sender)) == 0)
            return &n[i];
    return NULL;
}

static nonce_t *find_top(const list_t *tops, const lq_address_t *sender)
{
    nonce_t *n = tops->items;
    for (size_t i = 0; i < tops->cnt; i++)
        if (memcmp(&n[i].sender, sender, sizeof(*sender)) == 0)
            return &n[i];
    return NULL;
}

/* N is FINAL: it is forgotten, but where no other of its sender is above it. */
static lq_err_t close_nonce(restore_t *r, nonce_t *n)
{
    nonce_t *top = find_top(&r->tops, &n->sender);
    bool is_first = !top;
    if (!top)
        top = list_add(&r->tops, sizeof(*top));
    if (!top)
        return LQ_ERR_NOMEM;
    if (is_first || n->nonce >= top->nonce)
        *top = *n;
    nonce_t *items = r->nonces.items;
    size_t at = (size_t)(n - items);
    memmove(n, n + 1, (--r->nonces.cnt - at) * sizeof(*n));
    return LQ_OK;
}

static lq_err_t follow_nonce(restore_t *r, uint64_t seq, const lq_tx_record_t *record)
{
    bool is_attempt = record->kind == LQ_TX_RECORD_ATTEMPT;
    const lq_address_t *sender =
        is_attempt ? &record->as.attempt->sender : &record->as.moved->sender;
    uint64_t nonce = is_attempt ? record->as.attempt->nonce : record->as.moved->nonce;
    nonce_t *n = find_nonce(&r->nonces, sender, nonce);
    if (!n) {
        n = list_add(&r->nonces, sizeof(*n));
        if (!n)
            return LQ_ERR_NOMEM;
        *n = (nonce_t){*sender, nonce, LQ_TX_RESERVED, seq};
    }
    if (!is_attempt)
        n->state = record->as.moved->state;
    else if (n->state == LQ_TX_RELEASED) /* it is used again */
        n->state = LQ_TX_RESERVED;
    return n->state == LQ_TX_FINAL ? close_nonce(r, n) : LQ_OK;
}

/* Leaves in NONCES what is wanted: no RELEASED ones, and of each sender the highest. */
static lq_err_t choose_nonces(restore_t *r)
{
    nonce_t *n = r->nonces.items;
    const nonce_t *tops = r->tops.items;
    size_t cnt = 0;
    for (size_t i = 0; i < r->nonces.cnt; i++)
        if (n[i].state != LQ_TX_RELEASED)
            n[cnt++] = n[i];
    r->nonces.cnt = cnt;
    for (size_t i = 0; i < r->tops.cnt; i++) {
        bool is_top = true;
        n = r->nonces.items;
        for (size_t k = 0; k < cnt && is_top; k++)
            is_top = memcmp(&n[k].sender, &tops[i].sender, sizeof(n[k].sender)) != 0 ||
                     n[k].nonce < tops[i].nonce;
        nonce_t *added = is_top ? list_add(&r->nonces, sizeof(*added)) : NULL;
        if (is_top && !added)
            return LQ_ERR_NOMEM;
        if (added)
            *added = tops[i];
    }
    return LQ_OK;
}

static lq_err_t want_seq(restore_t *r, uint64_t seq)
{
    uint64_t *added = list_add(&r->seqs, sizeof(*added));
    if (!added)
        return LQ_ERR_NOMEM;
    *added = seq;
    return LQ_OK;
}

static lq_err_t want_attempt(restore_t *r, const lq_tx_attempt_t *a)
{
    lq_hash_t *hash = list_add(&r->hashes, sizeof(*hash));
    uint64_t *intent = list_add(&r->intents, sizeof(*intent));
    if (!hash || !intent)
        return LQ_ERR_NOMEM;
    *hash = a->hash;
    *intent = a->intent;
    return LQ_OK;
}

/* Of a wanted nonce: its attempts, states and receipts. */
static lq_err_t want_of_nonce(void *ctx, uint64_t seq, const lq_tx_record_t *record)
{
    restore_t *r = ctx;
    const lq_tx_attempt_t *attempt =
        record->kind == LQ_TX_RECORD_ATTEMPT ? record->as.attempt : NULL;
    const nonce_t *n =
        attempt ? find_nonce(&r->nonces, &attempt->sender, attempt->nonce)
        : record->kind == LQ_TX_RECORD_STATE
            ? find_nonce(&r->nonces, &record->as.moved->sender, record->as.moved->nonce)
        : record->kind == LQ_TX_RECORD_RECEIPT
            ? find_nonce(&r->nonces, &record->as.receipt->sender, record->as.receipt->nonce)
            : NULL;
    if (!n)
        return LQ_OK;
    lq_err_t err = attempt ? want_attempt(r, attempt) : LQ_OK;
    return err ? err : want_seq(r, seq);
}

static int compare_hashes(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(lq_hash_t));
}

static lq_err_t want_answer(void *ctx, uint64_t seq, const lq_tx_record_t *record)
{
    restore_t *r = ctx;
    bool wanted = r->hashes.cnt && bsearch(&record->as.answer->hash, r->hashes.items, r->hashes.cnt,
                                           sizeof(lq_hash_t), compare_hashes);
    return wanted ? want_seq(r, seq) : LQ_OK;
}

static int compare_u64s(const void *a, const void *b)
{
    const uint64_t *x = a;
    const uint64_t *y = b;
    return (*x > *y) - (*x < *y);
}

static size_t sort_u64s(list_t *list)
{
    uint64_t *items = list->items;
    size_t cnt = 0;
    if (list->cnt)
        qsort(items, list->cnt, sizeof(*items), compare_u64s);
    for (size_t i = 0; i < list->cnt; i++)
        if (!i || items[i] != items[cnt - 1])
            items[cnt++] = items[i];
    return list->cnt = cnt;
}

/* ---- the passes over the records */

static lq_err_t follow_halt(restore_t *r, uint64_t seq, const lq_tx_halt_t *told)
{
    halt_t *halts = r->halts.items;
    size_t i = 0;
    while (i < r->halts.cnt && memcmp(&halts[i].sender, &told->sender, sizeof(told->sender)) != 0)
        i++;
    halt_t *halt = i < r->halts.cnt ? &halts[i] : list_add(&r->halts, sizeof(*halt));
    if (!halt)
        return LQ_ERR_NOMEM;
    *halt = (halt_t){told->sender, told->halted ? seq : 0};
    return LQ_OK;
}

/* Whether ID has no end (any more): what a reorg gave back has none. */
static lq_err_t follow_intent(restore_t *r, uint64_t id, bool is_open)
{
    uint64_t *ids = r->intents.items;
    size_t i = r->intents.cnt;
    while (i > 0 && ids[i - 1] != id)
        i--;
    if (i && !is_open)
        memmove(&ids[i - 1], &ids[i], (r->intents.cnt-- - i) * sizeof(*ids));
    if (i || !is_open)
        return LQ_OK;
    uint64_t *added = list_add(&r->intents, sizeof(*added));
    if (!added)
        return LQ_ERR_NOMEM;
    *added = id;
    return LQ_OK;
}

static lq_err_t follow_end(restore_t *r, const lq_tx_ended_t *ended)
{
    bool is_known = ended->intent && ended->intent <= r->highest_id;
    return follow_intent(r, ended->intent, is_known && ended->kind == LQ_OUTCOME_UNMINED);
}

static lq_err_t follow(void *ctx, uint64_t seq, const lq_tx_record_t *record)
{
    restore_t *r = ctx;
    switch (record->kind) {
    case LQ_TX_RECORD_ATTEMPT:
    case LQ_TX_RECORD_STATE:
        return follow_nonce(r, seq, record);
    case LQ_TX_RECORD_INTENT:
        if (!r->has_id || record->as.intent->id > r->highest_id)
            r->highest_id = record->as.intent->id;
        r->has_id = true;
        return follow_intent(r, record->as.intent->id, true);
    case LQ_TX_RECORD_ENDED:
        return follow_end(r, record->as.ended);
    case LQ_TX_RECORD_HALT:
        return follow_halt(r, seq, record->as.halt);
    case LQ_TX_RECORD_RECEIPT:
    case LQ_TX_RECORD_RUN:
    case LQ_TX_RECORD_ANSWER:
    case LQ_TX_RECORD_CANDIDATE:
    case LQ_TX_RECORD_KIND_CNT:
        break;
    }
    return LQ_OK;
}

static bool is_wanted_id(const restore_t *r, uint64_t id)
{
    return r->intents.cnt &&
           bsearch(&id, r->intents.items, r->intents.cnt, sizeof(id), compare_u64s);
}

/* A nonce that is done with carried one of several transactions of an intent that is not, or of one
   whose end was not recorded. */
static lq_err_t want_part(void *ctx, uint64_t seq, const lq_tx_record_t *record)
{
    restore_t *r = ctx;
    (void)seq;
    const lq_tx_attempt_t *a = record->kind == LQ_TX_RECORD_ATTEMPT ? record->as.attempt : NULL;
    if (!a || !a->intent || !is_wanted_id(r, a->intent) ||
        find_nonce(&r->nonces, &a->sender, a->nonce))
        return LQ_OK;
    nonce_t *added = list_add(&r->nonces, sizeof(*added));
    if (!added)
        return LQ_ERR_NOMEM;
    *added =
        (nonce_t){a->sender, a->nonce, LQ_TX_FINAL, 0}; /* what it carried before is not known */
    return LQ_OK;
}

/* With how each has ended: who does not know it would end it once more, as something else. */
static lq_err_t want_intent(void *ctx, uint64_t seq, const lq_tx_record_t *record)
{
    restore_t *r = ctx;
    bool is_wanted =
        (record->kind == LQ_TX_RECORD_INTENT && is_wanted_id(r, record->as.intent->id)) ||
        (record->kind == LQ_TX_RECORD_ENDED && is_wanted_id(r, record->as.ended->intent));
    return is_wanted ? want_seq(r, seq) : LQ_OK;
}

/* The kind of a record is a column as well: of what is left out here by it no other kind can become
   by a bit, and what is not left out any more is none of these. */
#define TOLD_SQL                                                                              \
    "SELECT seq, bytes, digest FROM records WHERE kind NOT IN ('run', 'answer', 'candidate')" \
    " AND seq >= ?1 ORDER BY seq"
#define TOLD_KINDS \
    (UINT32_MAX &  \
     ~(1u << LQ_TX_RECORD_RUN | 1u << LQ_TX_RECORD_ANSWER | 1u << LQ_TX_RECORD_CANDIDATE))

static lq_err_t pass(lq_journal_t *j, lq_err_msg_t *msg, restore_t *r, uint64_t from,
                     journal_each_fn_t *fn)
{
    const journal_query_t query = {.sql = TOLD_SQL, .kinds = TOLD_KINDS, .param = from};
    return journal_for_each(j, msg, &query, fn, r);
}

/* The first record of what is wanted of nonces. */
static uint64_t first_seq(const restore_t *r)
{
    uint64_t from = INT64_MAX;
    const nonce_t *n = r->nonces.items;
    for (size_t i = 0; i < r->nonces.cnt; i++)
        from = n[i].first_seq < from ? n[i].first_seq : from;
    return from;
}

/* What has to be known of nonces, and of the nonces of intents that are not done with. */
static lq_err_t collect_nonces(lq_journal_t *j, lq_err_msg_t *msg, restore_t *r)
{
    lq_err_t err = choose_nonces(r);
    size_t cnt = r->nonces.cnt;
    if (!err && cnt)
        err = pass(j, msg, r, first_seq(r), want_of_nonce);
    size_t id_cnt = sort_u64s(&r->intents);
    if (!err && id_cnt)
        err = pass(j, msg, r, 0, want_part);
    if (!err && r->nonces.cnt > cnt) /* their first record may be of another intent */
        err = pass(j, msg, r, 0, want_of_nonce);
    return err;
}

static lq_err_t collect_answers(lq_journal_t *j, lq_err_msg_t *msg, restore_t *r)
{
    const journal_query_t query = {
        .sql = "SELECT seq, bytes, digest FROM records WHERE kind = 'answer' AND seq >= ?1",
        .kinds = 1u << LQ_TX_RECORD_ANSWER,
        .param = first_seq(r)};
    if (!r->hashes.cnt)
        return LQ_OK;
    qsort(r->hashes.items, r->hashes.cnt, sizeof(lq_hash_t), compare_hashes);
    return journal_for_each(j, msg, &query, want_answer, r);
}

static lq_err_t collect_intents(lq_journal_t *j, lq_err_msg_t *msg, restore_t *r)
{
    uint64_t *id = r->has_id ? list_add(&r->intents, sizeof(*id)) : NULL;
    if (r->has_id && !id)
        return LQ_ERR_NOMEM;
    if (id)
        *id = r->highest_id;
    return sort_u64s(&r->intents) ? pass(j, msg, r, 0, want_intent) : LQ_OK;
}

static lq_err_t collect(lq_journal_t *j, lq_err_msg_t *msg, restore_t *r)
{
    lq_err_t err = pass(j, msg, r, 0, follow);
    if (!err)
        err = collect_nonces(j, msg, r);
    if (!err)
        err = collect_answers(j, msg, r);
    if (!err)
        err = collect_intents(j, msg, r);
    const halt_t *halts = r->halts.items;
    for (size_t i = 0; i < r->halts.cnt && !err; i++)
        if (halts[i].seq)
            err = want_seq(r, halts[i].seq);
    return err;
}

typedef struct giver {
    lq_err_t (*fn)(void *ctx, const lq_tx_record_t *record);
    void *ctx;
} giver_t;

static lq_err_t give(void *ctx, uint64_t seq, const lq_tx_record_t *record)
{
    const giver_t *giver = ctx;
    (void)seq;
    return giver->fn(giver->ctx, record);
}

lq_err_t lq_journal_restore(lq_journal_t *j, lq_err_msg_t *msg,
                            lq_err_t (*fn)(void *ctx, const lq_tx_record_t *record), void *ctx)
{
    restore_t r = {0};
    giver_t giver = {fn, ctx};
    journal_query_t query = {.sql = "SELECT seq, bytes, digest FROM records WHERE seq = ?1",
                             .kinds = UINT32_MAX};
    if (msg)
        msg->text[0] = '\0';
    lq_err_t err = collect(j, msg, &r);
    const uint64_t *seqs = r.seqs.items;
    size_t cnt = !err && seqs ? sort_u64s(&r.seqs) : 0;
    for (size_t i = 0; i < cnt && !err; i++) {
        query.param = seqs[i];
        err = journal_for_each(j, msg, &query, give, &giver);
    }
    free(r.nonces.items);
    free(r.tops.items);
    free(r.hashes.items);
    free(r.intents.items);
    free(r.halts.items);
    free(r.seqs.items);
    if (err && msg && !msg->text[0])
        return lq_err_msg_set(msg, err, "journal %s: %s", j->path, lq_err_str(err));
    return err;
}

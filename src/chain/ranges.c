#include "ranges_internal.h"

#include <string.h>

#include "liqd/base/clock.h"
#include "liqd/base/compiler.h"

#define PATIENCE      8u
#define CAP_ANSWERS   64u
#define PAUSE_MIN_NS  ((uint64_t)100000000)    /* 0.1 s */
#define PAUSE_MAX_NS  ((uint64_t)30000000000)  /* 30 s */
#define TOLD_MAX_NS   ((uint64_t)600000000000) /* 10 min: what a node may tell us to wait */
#define ROUND_NS      ((uint64_t)1000000000)   /* 1 s, doubled with each round */
#define RATE_NS       ((uint64_t)1000000000)   /* between samples of the rate */
#define ROUND_CNT_MIN 100u

/* What to do about a refusal. */
typedef enum reaction {
    REACT_SHRINK,
    REACT_ELSEWHERE,
    REACT_WAIT,
    REACT_BROKEN,  /* again; the second time it was perhaps too long for us: shrink */
    REACT_UNCLEAR, /* perhaps a limit whose text nobody knows: shrink while that is possible */
    REACT_AGAIN,
} reaction_t;

static reaction_t reaction_to(lq_rpc_class_t c)
{
    switch (c) {
    case LQ_RPC_RANGE:
    case LQ_RPC_ROWS:
    case LQ_RPC_TIMEOUT:
        return REACT_SHRINK;
    case LQ_RPC_ABSENT:
    case LQ_RPC_SYNCING:
    case LQ_RPC_QUOTA:
    case LQ_RPC_FORBIDDEN:
    case LQ_RPC_METHOD:
        return REACT_ELSEWHERE;
    case LQ_RPC_RATE:
    case LQ_RPC_SEQUENCER:
    case LQ_RPC_POOL_FULL:
    case LQ_RPC_UNSENT:
        return REACT_WAIT;
    case LQ_RPC_BROKEN:
        return REACT_BROKEN;
    case LQ_RPC_FILTER:
        return REACT_AGAIN;
    case LQ_RPC_KNOWN:
    case LQ_RPC_OCCUPIED:
    case LQ_RPC_NONCE_LOW:
    case LQ_RPC_NONCE_HIGH:
    case LQ_RPC_REPLACEMENT:
    case LQ_RPC_UNDERPRICED:
    case LQ_RPC_FUNDS:
    case LQ_RPC_FEE_CAP:
    case LQ_RPC_MALFORMED:
    case LQ_RPC_REVERT:
    case LQ_RPC_GAS:
    case LQ_RPC_PARAMS:
    case LQ_RPC_UNKNOWN:
        return REACT_UNCLEAR;
    case LQ_RPC_OK:
    case LQ_RPC_CLASS_CNT:
        break;
    }
    LQ_BUG("class %d is no refusal", (int)c);
}

static uint64_t min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t blocks_of(const lq_piece_t *p)
{
    return p->to_blk - p->from_blk + 1;
}

lq_err_t lq_ranges_init(lq_ranges_t *r, const lq_ranges_config_t *config, uint64_t now_ns)
{
    if (config->from_blk > config->to_blk || config->to_blk == UINT64_MAX || !config->range_blk ||
        config->range_blk > config->range_max_blk || !config->parallel ||
        config->parallel > LQ_RANGES_PARALLEL_MAX || !config->hold_max || !config->endpoint_cnt ||
        config->endpoint_cnt > 32)
        return LQ_ERR_RANGE;
    *r = (lq_ranges_t){
        .config = *config,
        .piece_cnt = 1,
        .next_blk = config->from_blk,
        .range_blk = config->range_blk,
        .calm_blk = UINT64_MAX,
        .cap_blk = UINT64_MAX,
        .pause_ns = PAUSE_MIN_NS,
        .rate_mono_ns = now_ns,
        .rate_blk = config->from_blk,
    };
    r->pieces[0] = (lq_piece_t){.from_blk = config->from_blk, .to_blk = config->to_blk};
    return LQ_OK;
}

static void remove_piece(lq_ranges_t *r, size_t i)
{
    r->piece_cnt--;
    memmove(&r->pieces[i], &r->pieces[i + 1], (r->piece_cnt - i) * sizeof(r->pieces[0]));
}

static bool is_plain(const lq_piece_t *p)
{
    return p->state == LQ_PIECE_OPEN && !p->set_aside;
}

/* Makes piece I plainly open, one with its neighbours that are: so there is at most one plain piece
   for each that is not, and one more. */
static void open_piece(lq_ranges_t *r, size_t i)
{
    lq_piece_t *p = &r->pieces[i];
    *p = (lq_piece_t){.from_blk = p->from_blk, .to_blk = p->to_blk};
    r->slot_cnt--;
    if (i + 1 < r->piece_cnt && is_plain(&r->pieces[i + 1])) {
        p->to_blk = r->pieces[i + 1].to_blk;
        remove_piece(r, i + 1);
    }
    if (i > 0 && is_plain(&r->pieces[i - 1])) {
        r->pieces[i - 1].to_blk = p->to_blk;
        remove_piece(r, i);
    }
}

/* Opens piece I, but keeps its bounds. */
static void set_aside(lq_piece_t *p)
{
    p->state = LQ_PIECE_OPEN;
    p->set_aside = true;
    p->sz = 0;
}

static size_t find(const lq_ranges_t *r, uint32_t id)
{
    for (size_t i = 0; i < r->piece_cnt; i++)
        if (r->pieces[i].id == id && r->pieces[i].state != LQ_PIECE_OPEN)
            return i;
    LQ_BUG("no range %u is under way", (unsigned)id);
}

/* The piece that was sent as ID, which is so no more. */
static size_t take_back(lq_ranges_t *r, uint32_t id)
{
    size_t i = find(r, id);
    LQ_ASSERT(r->pieces[i].state == LQ_PIECE_SENT);
    r->sent_cnt--;
    r->sent_sz -= r->pieces[i].sz;
    return i;
}

static size_t expected_sz(const lq_ranges_t *r, uint64_t blocks)
{
    lq_u128_t sz = (lq_u128_t)blocks * r->bytes_per_kblk / 1024;
    return sz < r->config.hold_max ? (size_t)sz : r->config.hold_max;
}

/* The most blocks that leave room for as many answers as are to be under way. */
static uint64_t fair_size(const lq_ranges_t *r)
{
    if (!r->bytes_per_kblk)
        return UINT64_MAX;
    lq_u128_t size = (lq_u128_t)(r->config.hold_max / r->config.parallel) * 1024;
    size /= r->bytes_per_kblk;
    return size > UINT64_MAX ? UINT64_MAX : size ? (uint64_t)size : 1;
}

static uint64_t per_kblk(size_t sz, uint64_t blocks)
{
    lq_u128_t n = (lq_u128_t)sz * 1024 / blocks;
    return n > UINT64_MAX ? UINT64_MAX : (uint64_t)n;
}

/* Whether piece I may be asked for before all below it are there. */
static bool may_go_ahead(const lq_ranges_t *r, const lq_piece_t *p, size_t sz)
{
    if (!p->set_aside && r->slot_cnt == LQ_RANGES_SLOT_MAX)
        return false;
    return r->held_sz + r->sent_sz + sz <= r->config.hold_max;
}

/* Makes two of piece I, alike but for their bounds; the lower has SIZE blocks. */
static void split(lq_ranges_t *r, size_t i, uint64_t size)
{
    lq_piece_t *p = &r->pieces[i];
    LQ_ASSERT(r->piece_cnt < LQ_RANGES_PIECE_MAX);
    memmove(p + 1, p, (r->piece_cnt - i) * sizeof(*p));
    r->piece_cnt++;
    p->to_blk = p->from_blk + size - 1;
    p[1].from_blk = p->to_blk + 1;
}

/* Sends SIZE blocks at the beginning of piece I. */
static void send(lq_ranges_t *r, lq_range_t *range, size_t i, uint64_t size)
{
    lq_piece_t *p = &r->pieces[i];
    if (size < blocks_of(p))
        split(r, i, size);
    if (!p->set_aside)
        r->slot_cnt++;
    LQ_ASSERT(r->slot_cnt <= LQ_RANGES_SLOT_MAX);
    p->set_aside = false;
    p->state = LQ_PIECE_SENT;
    p->sz = expected_sz(r, size);
    p->epoch = r->epoch;
    if (++r->last_id == 0)
        r->last_id = 1;
    p->id = r->last_id;
    r->sent_cnt++;
    r->sent_sz += p->sz;
    r->stat.request_cnt++;
    r->stat.receipts_cnt += p->receipts;
    *range = (lq_range_t){p->from_blk, p->to_blk, p->id, p->not_mask, p->receipts};
}

bool lq_ranges_next(lq_ranges_t *r, lq_range_t *range, uint64_t *wake_ns, uint64_t now_ns)
{
    *wake_ns = UINT64_MAX;
    if (r->sent_cnt == r->config.parallel)
        return false;
    if (now_ns < r->wait_until_ns) {
        *wake_ns = r->wait_until_ns;
        return false;
    }
    uint64_t wake = UINT64_MAX;
    for (size_t i = 0; i < r->piece_cnt; i++) {
        lq_piece_t *p = &r->pieces[i];
        if (p->state != LQ_PIECE_OPEN)
            continue;
        if (p->not_before_ns > now_ns) {
            wake = min_u64(wake, p->not_before_ns);
            continue;
        }
        uint64_t size = blocks_of(p);
        if (!p->set_aside)
            size = min_u64(size, min_u64(r->range_blk, fair_size(r)));
        if (i > 0 && !may_go_ahead(r, p, expected_sz(r, size)))
            break;
        send(r, range, i, size);
        return true;
    }
    *wake_ns = wake;
    return false;
}

bool lq_ranges_is_round(uint64_t cnt)
{
    if (cnt < ROUND_CNT_MIN)
        return false;
    while (cnt % 10 == 0)
        cnt /= 10;
    return cnt == 1 || cnt == 2 || cnt == 5;
}

/* Makes ranges smaller than SIZE, which, sent in EPOCH, was too much. WANT is what the node says
 * would do; 0: it says nothing. */
static void shrink(lq_ranges_t *r, uint32_t epoch, uint64_t size, uint64_t want)
{
    if (epoch != r->epoch && r->range_blk < size)
        return; /* ranges have become smaller since: no news */
    bool told = want && want < size;
    if (!told || (want > size / 2 && r->shrinking && size == r->told_blk))
        want = size / 2; /* also where it told us so much just before: it may be lying */
    if (!want)
        want = 1;
    r->told_blk = told ? want : 0;
    if (!r->shrinking)
        r->calm_blk = r->range_blk / 2; /* not of SIZE, which may be a remnant's */
    r->shrinking = true;
    r->range_blk = min_u64(r->range_blk, want);
    r->patience_cnt = 0;
    r->epoch++;
}

/* What a range that was too wide (of SIZE blocks) tells about the limit; returns the size that will
   do, 0 where nothing is known. */
static uint64_t learn_limit(lq_ranges_t *r, uint64_t size, const lq_rpc_hint_t *hint)
{
    uint64_t told = hint->range_max < size ? hint->range_max : 0;
    uint64_t good = r->good_blk;
    r->cap_blk = told ? told : size > 1 ? size - 1 : 1;
    r->cap_cnt = 0;
    if (good >= size)
        r->good_blk = good = 0;
    return told ? told : good >= size / 2 ? good : 0;
}

/* The size that a hint of a range names. */
static uint64_t hinted_size(const lq_rpc_hint_t *hint)
{
    if (!hint->to || hint->to < hint->from || hint->to - hint->from == UINT64_MAX)
        return 0;
    return hint->to - hint->from + 1;
}

static void grow(lq_ranges_t *r, uint64_t size, uint64_t row_cnt)
{
    if (r->cap_blk != UINT64_MAX && ++r->cap_cnt >= CAP_ANSWERS)
        r->cap_blk = UINT64_MAX;
    if (size > r->good_blk)
        r->good_blk = size;
    bool sparse = r->rows_bound && row_cnt < r->rows_max / 4;
    if (row_cnt > r->rows_max)
        r->rows_max = row_cnt;
    if (size < r->range_blk)
        return;
    r->shrinking = false;
    uint64_t more = 0;
    if (sparse)
        more = size;
    else if (size < r->calm_blk)
        more = min_u64(size, r->calm_blk - size);
    else if (++r->patience_cnt >= PATIENCE)
        more = size / 8 ? size / 8 : 1;
    if (more)
        r->patience_cnt = 0;
    uint64_t max = min_u64(r->cap_blk, r->config.range_max_blk);
    r->range_blk = size >= max || more > max - size ? max : size + more;
}

/* Has piece I, whose answer may have been cut off, asked for again. Mostly that is chance: ranges
   become smaller only where a half is in doubt too. */
static void doubt(lq_ranges_t *r, size_t i)
{
    lq_piece_t *p = &r->pieces[i];
    uint64_t size = blocks_of(p);
    r->stat.doubt_cnt++;
    set_aside(p);
    if (size == 1) {
        p->receipts = true;
    } else if (!p->doubted && r->slot_cnt + 1 < LQ_RANGES_SLOT_MAX) {
        p->doubted = true;
        split(r, i, size / 2);
        r->slot_cnt++;
    } else {
        r->rows_bound = true;
        shrink(r, p->epoch, size, 0);
        open_piece(r, i);
    }
}

lq_ranges_verdict_t lq_ranges_answered(lq_ranges_t *r, uint32_t id, uint64_t row_cnt, bool round,
                                       size_t sz)
{
    size_t i = take_back(r, id);
    lq_piece_t *p = &r->pieces[i];
    uint64_t size = blocks_of(p);
    r->pause_ns = PAUSE_MIN_NS;
    uint64_t kblk = per_kblk(sz, size);
    if (kblk > r->bytes_per_kblk)
        r->bytes_per_kblk += (kblk - r->bytes_per_kblk) / 4;
    else
        r->bytes_per_kblk -= (r->bytes_per_kblk - kblk) / 4;
    if (round && !p->receipts) {
        doubt(r, i);
        return LQ_RANGES_DOUBT;
    }
    if (!p->receipts && p->epoch == r->epoch)
        grow(r, size, row_cnt);
    p->state = LQ_PIECE_HELD;
    p->sz = sz;
    r->held_sz += sz;
    return LQ_RANGES_HOLD;
}

/* Sets P aside after all endpoints refused it. */
static lq_err_t end_round(lq_piece_t *p, uint64_t now_ns)
{
    if (++p->round_cnt == LQ_RANGES_ROUND_MAX)
        return p->err;
    p->not_mask = 0;
    p->not_before_ns = lq_time_after(now_ns, ROUND_NS << p->round_cnt);
    return LQ_OK;
}

static lq_err_t go_elsewhere(lq_ranges_t *r, lq_piece_t *p, lq_rpc_class_t class_,
                             uint32_t endpoint, uint64_t now_ns)
{
    set_aside(p);
    bool absent = class_ == LQ_RPC_ABSENT && p->err != LQ_ERR_REMOTE;
    p->err = absent ? LQ_ERR_NOT_FOUND : LQ_ERR_REMOTE;
    uint32_t all = (uint32_t)(((uint64_t)1 << r->config.endpoint_cnt) - 1);
    if (endpoint < r->config.endpoint_cnt)
        p->not_mask |= (uint32_t)1 << endpoint;
    return p->not_mask == all ? end_round(p, now_ns) : LQ_OK;
}

/* Has all wait as long as told, else longer each time. */
static void pause_all(lq_ranges_t *r, uint64_t told_ns, uint64_t now_ns)
{
    bool waits = now_ns < r->wait_until_ns; /* several refusals at once are one */
    uint64_t until = lq_time_after(now_ns, told_ns ? min_u64(told_ns, TOLD_MAX_NS) : r->pause_ns);
    if (until > r->wait_until_ns && (told_ns || !waits))
        r->wait_until_ns = until;
    if (!waits)
        r->pause_ns = min_u64(2 * r->pause_ns, PAUSE_MAX_NS);
}

static lq_err_t refused_whole(lq_ranges_t *r, size_t i, lq_rpc_class_t class_,
                              const lq_rpc_hint_t *hint, uint32_t endpoint, uint64_t now_ns)
{
    lq_piece_t *p = &r->pieces[i];
    uint64_t size = blocks_of(p);
    if (class_ == LQ_RPC_RANGE && !p->receipts)
        shrink(r, p->epoch, size, learn_limit(r, size, hint));
    else if (size > 1)
        shrink(r, p->epoch, size, hinted_size(hint));
    r->rows_bound = class_ == LQ_RPC_ROWS;
    if (size > 1) {
        open_piece(r, i);
        return LQ_OK;
    }
    if (class_ == LQ_RPC_TIMEOUT) {
        pause_all(r, 0, now_ns);
        set_aside(p);
        return LQ_OK;
    }
    if (p->receipts || (class_ != LQ_RPC_ROWS && class_ != LQ_RPC_RANGE))
        return go_elsewhere(r, p, class_, endpoint, now_ns);
    p->receipts = true;
    p->not_mask = 0;
    set_aside(p);
    return LQ_OK;
}

lq_err_t lq_ranges_refused(lq_ranges_t *r, uint32_t id, lq_rpc_class_t class_,
                           const lq_rpc_hint_t *hint, uint32_t endpoint, uint64_t retry_after_ns,
                           uint64_t now_ns)
{
    reaction_t reaction = reaction_to(class_);
    size_t i = take_back(r, id);
    lq_piece_t *p = &r->pieces[i];
    r->stat.refused_cnt++;
    if (reaction == REACT_BROKEN && blocks_of(p) > 1 && p->broken_cnt++ > 0)
        reaction = REACT_SHRINK;
    switch (reaction) {
    case REACT_SHRINK:
    case REACT_UNCLEAR:
        return refused_whole(r, i, class_, hint, endpoint, now_ns);
    case REACT_ELSEWHERE:
        return go_elsewhere(r, p, class_, endpoint, now_ns);
    case REACT_WAIT:
        pause_all(r, retry_after_ns, now_ns);
        set_aside(p);
        /* nobody but those who refused it is there */
        return class_ == LQ_RPC_UNSENT && p->not_mask ? end_round(p, now_ns) : LQ_OK;
    case REACT_BROKEN:
        pause_all(r, retry_after_ns, now_ns);
        set_aside(p);
        return LQ_OK;
    case REACT_AGAIN:
        set_aside(p);
        return LQ_OK;
    }
    LQ_BUG("no such reaction");
}

void lq_ranges_dropped(lq_ranges_t *r, uint32_t id, size_t sz)
{
    size_t i = find(r, id);
    lq_piece_t *p = &r->pieces[i];
    uint64_t size = blocks_of(p);
    if (p->state == LQ_PIECE_SENT)
        (void)take_back(r, id);
    else
        r->held_sz -= p->sz;
    if (per_kblk(sz, size) > r->bytes_per_kblk)
        r->bytes_per_kblk = per_kblk(sz, size);
    r->stat.dropped_cnt++;
    if (p->receipts)
        set_aside(p);
    else
        open_piece(r, i);
}

bool lq_ranges_is_head(const lq_ranges_t *r, uint32_t id)
{
    return find(r, id) == 0;
}

bool lq_ranges_last_held(const lq_ranges_t *r, uint32_t *id)
{
    for (size_t i = r->piece_cnt; i-- > 1;) {
        if (r->pieces[i].state == LQ_PIECE_HELD) {
            *id = r->pieces[i].id;
            return true;
        }
    }
    return false;
}

/* Takes the rate at each RATE_NS: a quarter of the new one, three of the old. */
static void sample_rate(lq_ranges_t *r, uint64_t now_ns)
{
    uint64_t ns = now_ns - r->rate_mono_ns;
    if (now_ns < r->rate_mono_ns || (ns < RATE_NS && r->rate_mblk_per_sec))
        return;
    lq_u128_t rate = (lq_u128_t)(r->next_blk - r->rate_blk) * 1000 * 1000000000 / (ns ? ns : 1);
    uint64_t now = rate > UINT64_MAX / 4 ? UINT64_MAX / 4 : (uint64_t)rate;
    uint64_t old = r->rate_mblk_per_sec;
    r->rate_mblk_per_sec = old ? (3 * old + now) / 4 : now;
    r->rate_mono_ns = now_ns;
    r->rate_blk = r->next_blk;
}

bool lq_ranges_deliver(lq_ranges_t *r, lq_range_t *range, uint64_t now_ns)
{
    if (!r->piece_cnt || r->pieces[0].state != LQ_PIECE_HELD)
        return false;
    const lq_piece_t *p = &r->pieces[0];
    *range = (lq_range_t){p->from_blk, p->to_blk, p->id, 0, p->receipts};
    r->held_sz -= p->sz;
    r->slot_cnt--;
    r->next_blk = p->to_blk + 1;
    remove_piece(r, 0);
    sample_rate(r, now_ns);
    return true;
}

bool lq_ranges_is_done(const lq_ranges_t *r)
{
    return r->piece_cnt == 0;
}

uint64_t lq_ranges_eta_ns(const lq_ranges_t *r)
{
    uint64_t left = r->config.to_blk - r->next_blk + 1;
    if (!left)
        return 0;
    if (!r->rate_mblk_per_sec)
        return UINT64_MAX;
    lq_u128_t ns = (lq_u128_t)left * 1000 * 1000000000 / r->rate_mblk_per_sec;
    return ns >= UINT64_MAX ? UINT64_MAX - 1 : (uint64_t)ns;
}

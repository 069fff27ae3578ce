#include "dry_purse.h"

#include <string.h>

static const lq_address_t coin;

static lq_dry_stock_t *find(lq_dry_purse_t *p, const lq_address_t *token)
{
    for (size_t i = 0; i < p->cnt; i++)
        if (memcmp(&p->stocks[i].token, token, sizeof(*token)) == 0)
            return &p->stocks[i];
    return NULL;
}

static lq_dry_stock_t *add(lq_dry_purse_t *p, const lq_address_t *token)
{
    lq_dry_stock_t *stock = find(p, token);
    if (stock || p->cnt == LQ_DRY_PURSE_TOKEN_MAX)
        return stock;
    stock = &p->stocks[p->cnt++];
    *stock = (lq_dry_stock_t){.token = *token};
    return stock;
}

/* Nobody has 2^255 units. */
static lq_i256_t widen(const lq_u256_t *amount)
{
    lq_i256_t most = {{{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX >> 1}}};
    if (lq_i256_from_u256(&most, amount))
        return most;
    return most;
}

void lq_dry_purse_set(lq_dry_purse_t *p, const lq_funds_t *funds)
{
    lq_dry_stock_t *stock = add(p, &funds->token);
    if (stock)
        stock->amount = widen(&funds->amount);
}

static void move(lq_dry_purse_t *p, const lq_address_t *token, const lq_i256_t *amount, bool less)
{
    lq_dry_stock_t *stock = add(p, token);
    if (!stock)
        return;
    stock->amount =
        less ? lq_i256_sub_wrap(&stock->amount, amount) : lq_i256_add_wrap(&stock->amount, amount);
    stock->moved = true;
}

static void book_gains(lq_dry_purse_t *p, const lq_dry_row_t *row, bool back)
{
    for (size_t i = 0; i < row->gain_cnt; i++)
        if (lq_i256_is_neg(&row->gains[i].amount) || !p->swept)
            move(p, &row->gains[i].token, &row->gains[i].amount, back);
}

static void book_moves(lq_dry_purse_t *p, const lq_dry_moves_t *moves, bool back)
{
    for (size_t i = 0; i < moves->cnt; i++) {
        const lq_dry_move_t *m = &moves->moves[i];
        lq_i256_t amount = widen(&m->amount);
        if (m->spent || !p->swept)
            move(p, &m->token, &amount, m->spent != back);
    }
}

void lq_dry_purse_book(lq_dry_purse_t *p, const lq_dry_row_t *row, const lq_dry_moves_t *moves,
                       bool back)
{
    lq_i256_t gas = {row->gas_wei.raw};
    lq_i256_t bid = {row->bid_wei.raw};
    if (find(p, &coin)) { /* else there is enough of it, whatever is spent */
        move(p, &coin, &gas, !back);
        move(p, &coin, &bid, !back);
    }
    if (row->has_gains)
        book_gains(p, row, back);
    else if (moves)
        book_moves(p, moves, back);
}

static lq_u256_t told(const lq_dry_stock_t *stock)
{
    return lq_i256_is_neg(&stock->amount) ? lq_u256_from_u64(0) : stock->amount.bits;
}

bool lq_dry_purse_next(lq_dry_purse_t *p, lq_funds_t *funds)
{
    for (size_t i = 0; i < p->cnt; i++) {
        lq_dry_stock_t *stock = &p->stocks[i];
        if (!stock->moved)
            continue;
        stock->moved = false;
        *funds = (lq_funds_t){stock->token, told(stock)};
        return true;
    }
    return false;
}

lq_u256_t lq_dry_purse_amount(const lq_dry_purse_t *p, const lq_address_t *token)
{
    for (size_t i = 0; i < p->cnt; i++)
        if (memcmp(&p->stocks[i].token, token, sizeof(*token)) == 0)
            return told(&p->stocks[i]);
    return lq_u256_from_u64(0);
}

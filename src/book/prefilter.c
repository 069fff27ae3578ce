#include "book_internal.h"
#include "prefilter_internal.h"

/* Puts the values of INSTANCE's factors under VIEW into the table. */
static void put_instance(const lq_book_t *book, uint32_t instance, const lq_book_view_t *view)
{
    const lq_ledger_t *ledger = book->ground.ledger;
    lq_prefilter_t *p = book->prefilter;
    lq_health_view_t under = {.now_sec = view->now_sec, .shifts = book->shifts};
    under.shift_cnt = lq_book_shifts(book, instance, view);
    bool as_now =
        under.shift_cnt == 0 && (view->now_sec == 0 || view->now_sec == lq_book_now(book));
    size_t cnt = lq_ledger_factor_cnt(ledger);
    for (size_t i = 0; i < cnt; i++) {
        uint16_t factor = (uint16_t)i;
        const lq_factor_t *about = lq_ledger_factor(ledger, factor);
        if (lq_ledger_pool(ledger, about->pool).instance != instance)
            continue;
        if (as_now || about->side == LQ_SIDE_IDLE) {
            lq_prefilter_put(p, factor, about, lq_ledger_value(ledger, factor));
            continue;
        }
        lq_factor_value_t value = book->ground.adapters[instance]->shifted_value(
            book->ground.instances[instance], factor, &under);
        lq_prefilter_put(p, factor, about, &value);
    }
}

size_t lq_book_prefilter(const lq_book_t *book, uint32_t *out, size_t max,
                         const lq_book_view_t *view)
{
    lq_prefilter_t *p = book->prefilter;
    lq_prefilter_begin(p);
    for (size_t i = 0; i < book->ground.instance_cnt; i++)
        put_instance(book, (uint32_t)i, view);
    lq_prefilter_end(p, book->ground.ledger, lq_ledger_factor_cnt(book->ground.ledger));
    return lq_prefilter_run(p, book->ground.ledger, out, max);
}

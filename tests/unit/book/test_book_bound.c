#include "book_internal.h"
#include "book_rig.h"

/* A search that tries to break the bound of book/book.h: one account of a contract that rounds as
   badly as the losses allow, valued at one time and compared at another. It climbs to where the
   bound is nearest to the exact health; above it is the end of the proof. */

enum {
    LEG_MAX = 3
};

typedef struct trial {
    uint64_t amounts[2][LEG_MAX]; /* collateral, debt; 0: no leg */
    uint64_t before[RIG_ASSETS];  /* answers: collateral has the first half of the feeds */
    uint64_t after[RIG_ASSETS];
    uint32_t losses[RIG_ASSETS][3]; /* amount, value, health */
} trial_t;

static uint64_t any_width(rig_t *r, unsigned bits_max)
{
    return rig_below(r, (uint64_t)1 << (1 + rig_below(r, bits_max)));
}

static void random_trial(rig_t *r, trial_t *t)
{
    for (size_t side = 0; side < 2; side++) {
        for (size_t i = 0; i < LEG_MAX; i++)
            t->amounts[side][i] = i == 0 || rig_below(r, 2) ? 1 + any_width(r, 36) : 0;
    }
    for (size_t i = 0; i < RIG_ASSETS; i++) {
        t->before[i] = 1 + any_width(r, 26);
        t->after[i] = 1 + t->before[i] * rig_below(r, 64) / 32;
        t->losses[i][0] = (uint32_t)rig_below(r, 4);
        t->losses[i][1] = 1 + (uint32_t)any_width(r, 6);
        t->losses[i][2] = (uint32_t)any_width(r, 20);
    }
}

static uint64_t nudged(rig_t *r, uint64_t v)
{
    switch (rig_below(r, 4)) {
    case 0:
        return v + 1;
    case 1:
        return v > 2 ? v - 1 : 1;
    case 2:
        return v + v / (1 + rig_below(r, 16));
    default:
        return v - v / (2 + rig_below(r, 16));
    }
}

static void nudge(rig_t *r, trial_t *t)
{
    size_t i = rig_below(r, RIG_ASSETS);
    uint64_t *amount = &t->amounts[rig_below(r, 2)][rig_below(r, LEG_MAX)];
    switch (rig_below(r, 5)) {
    case 0:
        *amount = *amount && *amount < (uint64_t)1 << 37 ? nudged(r, *amount) : *amount;
        break;
    case 1:
        t->before[i] = t->before[i] < 1u << 28 ? nudged(r, t->before[i]) : 1;
        break;
    case 2:
        t->after[i] = t->after[i] < 1u << 28 ? nudged(r, t->after[i]) : 1;
        break;
    case 3: /* all together, as a loop's do */
        for (size_t k = 0; k < RIG_ASSETS; k++)
            t->after[k] = t->after[k] - t->after[k] / (2 + i);
        break;
    default:
        t->losses[i][1] = 1 + (uint32_t)rig_below(r, 100);
        break;
    }
    for (size_t k = 0; k < RIG_ASSETS; k++)
        t->after[k] += t->after[k] == 0;
}

static void set_answers(rig_t *r, const uint64_t *answers)
{
    for (uint32_t i = 0; i < RIG_ASSETS; i++)
        fake_set_answer(r->oracles, i, answers[i]);
}

static void set_reference(rig_t *r, const trial_t *t)
{
    for (size_t i = 0; i < RIG_ASSETS; i++) {
        uint16_t factor = i < LEG_MAX ? r->collateral[0][i] : r->debt[i];
        fake_factor_t f = r->instances[0]->s->factors[factor];
        f.amount_loss = t->losses[i][0];
        f.value_loss = t->losses[i][1];
        f.health_loss = t->losses[i][2];
        fake_set_factor(r->instances[0], factor, f);
    }
    lq_ledger_clear_legs(r->ledger, 0);
    for (size_t i = 0; i < LEG_MAX; i++) {
        rig_set(r, 0, r->collateral[0][i], t->amounts[0][i]);
        rig_set(r, 0, r->debt[LEG_MAX + i], t->amounts[1][i]);
    }
    set_answers(r, t->before);
    memset(r->told, 0, sizeof(r->told));
    lq_book_rebuild(r->book);
}

/* Bound over exact health; 0 where the references do not serve. */
static double closeness(rig_t *r, const trial_t *t)
{
    set_reference(r, t);
    set_answers(r, t->after);
    lq_book_take_prices(r->book);
    size_t cnt;
    const uint16_t *factors = lq_ledger_changed_factors(r->ledger, &cnt);
    r->book->look_stamp++;
    r->book->look_cnt = 0;
    for (size_t i = 0; i < cnt; i++)
        lq_book_take_factor(r->book, factors[i]);
    lq_book_group_t *g = &r->book->groups[r->book->slots[0].group];
    lq_book_drift_t d = lq_book_drift(r->book, g);
    if (d.worn_out)
        return 0;
    double bound = (double)lq_book_at(r->book, g, 0)->key * d.g;
    lq_health_t health = rig_health(r, 0);
    double exact = lq_u256_to_double(&health.factor_wad) * 1e-18;
    if (bound > exact + 2e-18)
        print_message("bound %.17g, health %.17g, least r %.6f, most %.6f\n", bound, exact, d.least,
                      d.most);
    assert_true(bound <= exact + 2e-18);
    return exact > 0 ? bound / exact : 0;
}

static void no_search_finds_a_health_below_the_bound(void **state)
{
    (void)state;
    rig_t *r = rig_new(lq_test_rng(), 16, FAKE_WORST);
    r->oracles->feeds[1] = 1;
    (void)rig_add_account(r, r->pools[0]);
    double best = 0;
    for (size_t n = lq_test_cnt(150, 3000); n-- > 0;) {
        trial_t t;
        random_trial(r, &t);
        double last = closeness(r, &t);
        for (size_t i = 0; i < 150; i++) {
            trial_t near = t;
            nudge(r, &near);
            double now = closeness(r, &near);
            if (now >= last) {
                t = near;
                last = now;
            }
        }
        best = last > best ? last : best;
    }
    print_message("nearest: %.9f of the exact health\n", best);
    assert_true(best > 0.999); /* a bound of 0 would never break */
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_search_finds_a_health_below_the_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

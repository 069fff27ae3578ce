#ifndef LIQD_DECIDE_REASON_H
#define LIQD_DECIDE_REASON_H

/* Why an opportunity was not taken, or what became of it when it was. A candidate is an account
   from the moment it can be liquidated until it no longer can; each ends in exactly one of these,
   and has one at every moment in between. */

/* X(name, string): LQ_REASON_<name>. The string is what logs, journal and metrics call it. */
#define LQ_REASON_TABLE(X)                                                                      \
    X(NEW, "new")                 /* not looked at yet */                                       \
    X(TAKEN, "taken")             /* ours was mined */                                          \
    X(IN_FLIGHT, "in_flight")     /* ours is on its way */                                      \
    X(BLOCKED, "blocked")         /* the protocol takes no call: paused, in grace, by its       \
                                     sentinel */                                                \
    X(UNTRUSTED, "untrusted")     /* the market is audited only, or its audits did not match */ \
    X(NO_PRICE, "no_price")       /* no price of ours for a token of the pair, or the coin */   \
    X(STALE_PRICE, "stale_price") /* it is too old */                                           \
    X(DEVIATING_PRICE, "deviating_price") /* its sources disagree, or it is too far from the    \
                                             protocol's */                                      \
    X(STALE_HEAD, "stale_head")           /* the chain stands still, or we do */                \
    X(NO_ROUTE, "no_route")               /* nobody swaps what is seized into what is owed */   \
    X(NO_FUNDS, "no_funds")               /* the inventory has too little of any debt */        \
    X(UNPROFITABLE, "unprofitable")       /* every plan costs more than it earns */             \
    X(BELOW_MINIMUM, "below_minimum")     /* it earns, but less than what is asked for */       \
    X(CONFLICT, "conflict")               /* a better one took the account, funds or depth */   \
    X(LIMIT, "limit")                     /* a limit is reached (limits.h) */                   \
    X(BREAKER, "breaker")                 /* a breaker is open (limits.h) */                    \
    X(SIMULATION_REVERTED, "simulation_reverted")                                               \
    X(OUTBID, "outbid")               /* another got it in the block that ours was for */       \
    X(LOST, "lost")                   /* another liquidated it */                               \
    X(HEALED, "healed")               /* price, repayment or new collateral */                  \
    X(REVERTED, "reverted")           /* ours was mined and failed */                           \
    X(EXPIRED, "expired")             /* ours was not mined in time */                          \
    X(CANCELLED, "cancelled")         /* by us, before it was mined */                          \
    X(REFUSED, "refused")             /* no node or relay took it */                            \
    X(UNDONE, "undone")               /* the block that made it a candidate is no more */       \
    X(NOT_ENCODABLE, "not_encodable") /* its plan cannot be written as transactions */

typedef enum lq_reason {
#define LQ_REASON_ENUM(name, string) LQ_REASON_##name,
    LQ_REASON_TABLE(LQ_REASON_ENUM)
#undef LQ_REASON_ENUM
    LQ_REASON_CNT
} lq_reason_t;

/* lq_reason_str returns its string; static. */
const char *lq_reason_str(lq_reason_t reason);

#endif

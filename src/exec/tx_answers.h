#ifndef LIQD_EXEC_TX_ANSWERS_H
#define LIQD_EXEC_TX_ANSWERS_H

/* What an answer to a send means for its nonce. Which texts make a class is rpc/failure.h's. */

#include <stdbool.h>

#include "liqd/rpc/failure.h"

/* The most urgent first: what several ways said is as much as the most urgent of it. */
typedef enum txm_reaction {
    TXM_STOP,     /* our bug or the wrong chain: the sender stops, if all say so */
    TXM_LOOK,     /* is it mined already? ask of every hash, and count; never just increment */
    TXM_OCCUPANT, /* find what is there; raise both fees */
    TXM_FUNDS,    /* hold the queue until the balance suffices */
    TXM_LOWER,    /* the lower nonces again */
    TXM_REPRICE,  /* replace it within what it is worth */
    TXM_AGAIN,    /* outcome unknown: the same bytes again */
    TXM_WAIT,     /* not now, or not there: the same bytes later */
    TXM_GIVE_UP,  /* refused for good; what was sent may live somewhere: cancel */
    TXM_ACCEPTED,
} txm_reaction_t;

typedef struct txm_answer_rule {
    txm_reaction_t reaction;
    bool is_severe; /* beside an acceptance it is an alarm */
    bool is_noted;  /* an operator wants to know, each time */
} txm_answer_rule_t;

/* txm_answer_rule returns what class C asks for. */
txm_answer_rule_t txm_answer_rule(lq_rpc_class_t c);

#endif

#ifndef LIQD_PROTOCOL_AAVE_V3_ADAPTER_H
#define LIQD_PROTOCOL_AAVE_V3_ADAPTER_H

/* The adapter of Aave v3, 3.0 to 3.7: what adapter.h does not say of it.

   Versions are told apart by the views that a pool answers (abi/aave_v3/README.md); 3.4 and 3.5,
   which answer the same ones, by how the tokens round totalSupply. Until one reserve has told that,
   lq_adapter_t.version says 3.5, accounts have no health, and an event whose meaning depends on it
   quarantines its account.

   Not followed, and left to audits: GHO's discounts (to 3.3). Prices of a fallback oracle are no
   prices: unknown. A collateral flag that is on while there is nothing to flag is kept as an idle
   leg of amount 1, whose token_amount is 0: what comes in later counts.

   Only borrowers are accounts: whoever borrowed stays one. */

#include "liqd/protocol/aave_v3_rules.h"
#include "liqd/protocol/adapter.h"

/* lq_aave_v3_adapter_set_version has SELF be taken for VERSION from now on, as if configured: what
   to do when audits do not match. All factors are valued anew; accounts are quarantined where the
   meaning of events changes with it (3.4 and 3.5), and reserves and categories marked where the
   views to read do. Journaled. */
void lq_aave_v3_adapter_set_version(lq_instance_t *self, lq_aave_v3_version_t version);

#endif

// An account as the book has it beside what the contracts say of it.
import assert from 'node:assert/strict';

const figures = ({ verdict, collateral, debt, threshold, health }) => ({ verdict, collateral, debt, threshold, health });

/** Throws where they differ. Returns what was compared: 'all', 'nothing' (no debt), or why the contract's
 *  figures count for nothing: 'refused' (liqd does not compute such an account), 'reverts'. */
export function compareAccount(ours, theirs, number) {
  const where = `${theirs.protocol} ${theirs.market ?? ''} ${theirs.address} at block ${number}`;
  if (!ours) {
    assert.ok(['no debt', 'reverts'].includes(theirs.verdict), `${where}: the book does not know it: ${theirs.verdict}`);
    return 'nothing';
  }
  if (ours.state === 'refused') return 'refused';
  if (theirs.verdict === 'reverts') {
    assert.ok(['unknown', 'reverts', 'no debt'].includes(ours.verdict), `${where}: it reverts, and is not ${ours.verdict}`);
    return 'reverts';
  }
  if (theirs.verdict === 'no debt' && ours.verdict === 'no debt') {
    assert.equal(ours.collateral, theirs.collateral, `${where}: collateral`);
    return 'nothing';
  }
  assert.deepEqual(figures(ours), figures(theirs), `${where}: ${ours.state}`);
  return 'all';
}

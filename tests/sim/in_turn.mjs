// Transactions that stand in a block in the order in which they were sent.

/** Sends calls [method, params] one after the other: what a batch holds anvil takes up at once, and of more than some sixty
 *  not in their order. Returns their results. */
export async function sendInTurn(rpc, calls) {
  const hashes = [];
  for (const [method, params] of calls) hashes.push(await rpc.call(method, params));
  return hashes;
}

// The stub of Multicall3 at the address that the real one has on every chain.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { decodeFunctionResult, encodeFunctionData, parseAbi } from 'viem';
import { chain } from './support.mjs';

const { rpc, state } = await chain();

const ABI = parseAbi([
  'function aggregate3((address target, bool allowFailure, bytes callData)[]) payable returns ((bool success, bytes returnData)[])',
  'function decimals() view returns (uint8)',
  'function symbol() view returns (string)',
  'function transfer(address, uint256)',
]);
const encode = (functionName, args) => encodeFunctionData({ abi: ABI, functionName, args });
const { WETH, USDC } = state.tokens;

function call3(target, functionName, args, allowFailure = true) {
  return { target: target.address, allowFailure, callData: encode(functionName, args) };
}

async function aggregate(calls) {
  const data = await rpc.call('eth_call', [{ to: state.multicall, data: encode('aggregate3', [calls]) }, 'latest']);
  return decodeFunctionResult({ abi: ABI, functionName: 'aggregate3', data });
}

test('many calls are answered in their order, each as it is alone', async () => {
  const calls = [call3(USDC, 'decimals'), call3(WETH, 'decimals'), call3(USDC, 'symbol'), call3(WETH, 'symbol')];
  const results = await aggregate(calls);
  for (const [i, { target: to, callData: data }] of calls.entries()) {
    assert.deepEqual(results[i], { success: true, returnData: await rpc.call('eth_call', [{ to, data }, 'latest']) });
  }
  assert.deepEqual(await aggregate([]), []);
});

test('a call that reverts is a result where that is allowed, and reverts all where not', async () => {
  const tooMuch = [state.accounts.oracle.address, 2n ** 255n];
  const [failed, fine] = await aggregate([call3(USDC, 'transfer', tooMuch), call3(USDC, 'decimals')]);
  assert.equal(failed.success, false);
  assert.equal(fine.success, true);
  await assert.rejects(aggregate([call3(USDC, 'transfer', tooMuch, false)]), /Multicall3: call failed/);
});

test('it has the address that it has everywhere', () => {
  assert.equal(state.multicall, '0xcA11bde05977b3631167028862bE2a173976CA11');
});

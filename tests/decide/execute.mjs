// Executes plans as they are: an account of its own with an inventory sends each step's call, with consecutive
// nonces, into one block of the time that was foreseen.
import { decodeEventLog, encodeFunctionData, parseAbi, privateKeyToAccount } from '../devnet/viem.mjs';

const GAS = 2_000_000n;
const ABI = parseAbi([
  'function balanceOf(address) view returns (uint256)',
  'event LiquidationCall(address indexed collateralAsset, address indexed debtAsset, address indexed user, uint256 debtToCover, uint256 liquidatedCollateralAmount, address liquidator, bool receiveAToken)',
  'event Liquidate(bytes32 indexed id, address indexed caller, address indexed borrower, uint256 repaidAssets, uint256 repaidShares, uint256 seizedAssets, uint256 badDebtAssets, uint256 badDebtShares)',
]);
const hex = (n) => `0x${BigInt(n).toString(16)}`;

/** What a receipt's logs say of the liquidation: {repaid, seized}. */
function told({ logs }) {
  for (const log of logs) {
    try {
      const { args } = decodeEventLog({ abi: ABI, ...log });
      return { repaid: args.debtToCover ?? args.repaidAssets, seized: args.liquidatedCollateralAmount ?? args.seizedAssets };
    } catch {
      // another event
    }
  }
  return undefined;
}

async function holdings(rpc, owner, tokens) {
  const data = encodeFunctionData({ abi: ABI, functionName: 'balanceOf', args: [owner] });
  const [coin, ...held] = await rpc.batch([['eth_getBalance', [owner, 'latest']], ...tokens.map((to) => ['eth_call', [{ to, data }, 'latest']])]);
  return { coin: BigInt(coin), held: new Map(tokens.map((token, i) => [token, BigInt(held[i])])) };
}

/** Mines a block of the time `sec` with a plan's steps from the account {address, key} at a tip in wei and a base fee, which
 *  is set unless `isOwn`: the chain's own.
 *  Returns {steps: [{repaid, seized, gas, told}], coin: wei spent, moved: Map of what each token's holding changed by}. */
export async function execute({ rpc, state }, { address, key }, plan, { sec, baseFee, tip, isOwn }) {
  const account = privateKeyToAccount(key);
  const tokens = [...new Set(plan.steps.flatMap(({ collateral, debt }) => [collateral, debt]))];
  const before = await holdings(rpc, address, tokens);
  const nonce = Number(await rpc.call('eth_getTransactionCount', [address, 'latest']));
  const hashes = [];
  if (!isOwn) await rpc.call('anvil_setNextBlockBaseFeePerGas', [hex(baseFee)]);
  for (const [i, { to, data }] of plan.steps.entries()) {
    const raw = await account.signTransaction({
      type: 'eip1559', chainId: state.chainId, nonce: nonce + i, to, data, gas: GAS, maxPriorityFeePerGas: tip, maxFeePerGas: baseFee + tip,
    });
    hashes.push(await rpc.call('eth_sendRawTransaction', [raw]));
  }
  await rpc.call('evm_setNextBlockTimestamp', [sec]);
  await rpc.call('evm_mine');
  const receipts = await rpc.batch(hashes.map((hash) => ['eth_getTransactionReceipt', [hash]]));
  const after = await holdings(rpc, address, tokens);
  return {
    steps: receipts.map((receipt) => ({ passed: receipt.status === '0x1', gas: Number(receipt.gasUsed), price: BigInt(receipt.effectiveGasPrice), ...told(receipt) })),
    coin: before.coin - after.coin,
    moved: new Map(tokens.map((token) => [token, after.held.get(token) - before.held.get(token)])),
  };
}

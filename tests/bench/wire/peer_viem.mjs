// The peer of the benchmark from wire to wire: a minimal liquidator of viem, which does what liqd does between a price's
// log and its eth_sendRawTransaction, for one account with one collateral and one debt, and no more.
// Arguments: ws://... or the path of a socket.
import { createClient, decodeEventLog, encodeFunctionData, parseAbi, privateKeyToAccount, webSocket } from '../../devnet/viem.mjs';
import { ipc } from '../../devnet/viem_node.mjs';

const [, , place] = process.argv;
const FEED_ABI = parseAbi(['event AnswerUpdated(int256 indexed current, uint256 indexed roundId, uint256 updatedAt)']);
const POOL_ABI = parseAbi(['function liquidationCall(address collateral, address debt, address user, uint256 debtToCover, bool receiveAToken)']);
const POOL = '0x87870Bca3F3fD6335C3F4ce8392D69350B4fA4E2';
const WETH = '0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2';
const USDC = '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48';
const WAD = 10n ** 18n;
const RAY = 10n ** 27n;
const account = privateKeyToAccount(`0x${'b2'.repeat(32)}`);

const borrower = {
  address: '0x000000000000000000000000000000000000bEEF',
  collateral: { scaled: 600_000_000_000_000_000n, index: 1_000_012_345_678_901_234_567_890_123n, unit: 10n ** 18n, threshold: 8300n },
  debt: { scaled: 1_300_000_000n, index: 1_000_023_456_789_012_345_678_901_234n, unit: 10n ** 6n, price: 10n ** 8n },
};
const rayMul = (a, b) => (a * b + RAY / 2n) / RAY;

function healthFactor({ collateral, debt }, price) {
  const collateralBase = (rayMul(collateral.scaled, collateral.index) * price) / collateral.unit;
  const debtBase = (rayMul(debt.scaled, debt.index) * debt.price) / debt.unit;
  return (((collateralBase * collateral.threshold) / 10_000n) * WAD) / debtBase;
}

let nonce = 0;
async function onLog(client, log) {
  const { args } = decodeEventLog({ abi: FEED_ABI, data: log.data, topics: log.topics });
  // the log's price is another each day: what is looked at stays liquidatable, and its arithmetic the same
  const health = healthFactor(borrower, args.current);
  if (health > 10n * WAD) return;
  const data = encodeFunctionData({
    abi: POOL_ABI, functionName: 'liquidationCall', args: [WETH, USDC, borrower.address, rayMul(borrower.debt.scaled, borrower.debt.index), false],
  });
  const raw = await account.signTransaction({
    type: 'eip1559', chainId: 31337, nonce: nonce++, to: POOL, data, gas: 900_000n, maxPriorityFeePerGas: 10n ** 9n, maxFeePerGas: 30n * 10n ** 9n,
  });
  await client.request({ method: 'eth_sendRawTransaction', params: [raw] });
}

const options = { retryCount: 0, timeout: 60_000 };
const transport = place.startsWith('ws:') ? webSocket(place, { ...options, keepAlive: false, reconnect: false }) : ipc(place, { ...options, reconnect: false });
const client = createClient({ transport });
await client.transport.subscribe({
  params: ['logs', { topics: ['0x0559884fd3a460db3073b7fc896cc77986f16e378210ded43183175bf646fc5f'] }],
  onData: ({ result }) => onLog(client, result).catch(() => process.exit(1)),
  onError: () => process.exit(0),
});

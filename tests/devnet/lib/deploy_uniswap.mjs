// Uniswap v3 and v2 with liquidity around the feeds' prices.
import { zeroAddress } from 'viem';
import { worth } from './deploy_tokens.mjs';
import { V2_POOLS, V3_POOLS } from './world.mjs';

const DEADLINE = 2n ** 64n;
const TICK_SPACING = { 500: 10, 3000: 60 };
const Q192 = 2n ** 192n;

function squareRoot(value) {
  let root = value;
  for (let next = (root + 1n) / 2n; next < root; next = (root + value / root) / 2n) root = next;
  return root;
}

function sortPair({ tokens: symbols, value }, tokens) {
  const [a, b] = symbols.map((symbol) => ({ ...tokens[symbol], amount: worth(symbol, value) }));
  return BigInt(a.address) < BigInt(b.address) ? [a, b] : [b, a];
}

function ticksAround(token0, token1, fee, width) {
  const center = Math.log(Number(token1.amount) / Number(token0.amount)) / Math.log(1.0001);
  const reach = Math.log(width) / Math.log(1.0001);
  const align = (tick) => Math.round(tick / TICK_SPACING[fee]) * TICK_SPACING[fee];
  return { tickLower: align(center - reach), tickUpper: align(center + reach) };
}

function addV3Pool({ accounts, state }, positions, pool) {
  const [token0, token1] = sortPair(pool, state.tokens);
  const sqrtPriceX96 = squareRoot((token1.amount * Q192) / token0.amount);
  positions.send(accounts.whale, 'createAndInitializePoolIfNecessary', [token0.address, token1.address, pool.fee, sqrtPriceX96]);
  positions.send(accounts.whale, 'mint', [{
    token0: token0.address,
    token1: token1.address,
    fee: pool.fee,
    ...ticksAround(token0, token1, pool.fee, pool.width),
    amount0Desired: token0.amount,
    amount1Desired: token1.amount,
    amount0Min: 0n,
    amount1Min: 0n,
    recipient: accounts.whale,
    deadline: DEADLINE,
  }]);
}

/** Deploys the contracts of v3; addV3Liquidity fills its pools once the whale is funded. */
export function deployV3({ builder, accounts, state }) {
  const { deployer } = accounts;
  const weth = state.tokens.WETH.address;
  const factory = builder.deploy(deployer, 'UniswapV3Factory').address;
  const router = builder.deploy(deployer, 'SwapRouter', [factory, weth]).address;
  const quoter = builder.deploy(deployer, 'QuoterV2', [factory, weth]).address;
  const positions = builder.deploy(deployer, 'NonfungiblePositionManager', [factory, weth, zeroAddress]).address;
  return { factory, router, quoter, positionManager: positions };
}

/** Creates v3's pools and describes them in the state. */
export async function addV3Liquidity(context) {
  const { builder, state } = context;
  const v3 = state.protocols['uniswap-v3'];
  const positions = builder.at(v3.positionManager, 'NonfungiblePositionManager');
  V3_POOLS.forEach((pool) => addV3Pool(context, positions, pool));
  await builder.flush();
  const factory = builder.at(v3.factory, 'UniswapV3Factory');
  v3.pools = [];
  for (const pool of V3_POOLS) {
    const [token0, token1] = sortPair(pool, state.tokens);
    const address = await factory.read('getPool', [token0.address, token1.address, pool.fee]);
    v3.pools.push({ address, token0: token0.symbol, token1: token1.symbol, fee: pool.fee });
  }
}

/** Deploys the contracts of v2; addV2Liquidity fills its pairs. */
export function deployV2({ builder, accounts, state }) {
  const { deployer } = accounts;
  const factory = builder.deploy(deployer, 'UniswapV2Factory', [deployer]).address;
  const router = builder.deploy(deployer, 'UniswapV2Router02', [factory, state.tokens.WETH.address]).address;
  return { factory, router };
}

/** Creates v2's pairs and describes them in the state. */
export async function addV2Liquidity({ builder, accounts, state }) {
  const v2 = state.protocols['uniswap-v2'];
  const router = builder.at(v2.router, 'UniswapV2Router02');
  const pairs = V2_POOLS.map((pool) => sortPair(pool, state.tokens));
  for (const [token0, token1] of pairs) {
    const amounts = [token0.amount, token1.amount, 0n, 0n];
    router.send(accounts.whale, 'addLiquidity', [token0.address, token1.address, ...amounts, accounts.whale, DEADLINE]);
  }
  await builder.flush();
  const factory = builder.at(v2.factory, 'UniswapV2Factory');
  v2.pairs = [];
  for (const [token0, token1] of pairs) {
    const address = await factory.read('getPair', [token0.address, token1.address]);
    v2.pairs.push({ address, token0: token0.symbol, token1: token1.symbol });
  }
}

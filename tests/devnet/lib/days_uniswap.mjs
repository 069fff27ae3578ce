// What traders and liquidity providers send to Uniswap's pools of a development chain, drawn from a seed. Some
// of it the contracts refuse.
import { encodeFunctionData, parseAbi } from 'viem';
import { TOKENS, startPrice } from './world.mjs';

const FAR = 2n ** 60n; // a deadline
const SPACINGS = { 500: 10, 3000: 60 };
const TICK_MAX = 887272;
const ABI = parseAbi([
  'function exactInputSingle((address tokenIn, address tokenOut, uint24 fee, address recipient, uint256 deadline, uint256 amountIn, uint256 amountOutMinimum, uint160 sqrtPriceLimitX96))',
  'function exactOutputSingle((address tokenIn, address tokenOut, uint24 fee, address recipient, uint256 deadline, uint256 amountOut, uint256 amountInMaximum, uint160 sqrtPriceLimitX96))',
  'function mint((address token0, address token1, uint24 fee, int24 tickLower, int24 tickUpper, uint256 amount0Desired, uint256 amount1Desired, uint256 amount0Min, uint256 amount1Min, address recipient, uint256 deadline))',
  'function decreaseLiquidity((uint256 tokenId, uint128 liquidity, uint256 amount0Min, uint256 amount1Min, uint256 deadline))',
  'function setFeeProtocol(uint8, uint8)',
  'function swapExactTokensForTokens(uint256, uint256, address[], address, uint256)',
  'function swapTokensForExactTokens(uint256, uint256, address[], address, uint256)',
  'function addLiquidity(address, address, uint256, uint256, uint256, uint256, address, uint256)',
  'function removeLiquidity(address, address, uint256, uint256, uint256, address, uint256)',
  'function approve(address, uint256)',
  'function transfer(address, uint256)',
  'function sync()',
]);
const encode = (functionName, args) => encodeFunctionData({ abi: ABI, functionName, args });

const units = (symbol, usd) => (BigInt(Math.round(usd * 1e8)) * 10n ** BigInt(TOKENS[symbol].decimals)) / startPrice(symbol);
const between = ({ float }, low, high) => low * (high / low) ** float();

function ticksOf({ float, uint }, fee, centre) {
  const spacing = SPACINGS[fee];
  const align = (tick) => Math.max(-1, Math.min(1, tick / TICK_MAX)) * Math.floor(TICK_MAX / spacing) * spacing;
  if (float() < 0.05) return { tickLower: align(-TICK_MAX), tickUpper: align(TICK_MAX) };
  const lower = Math.round((centre + (float() - 0.5) * 4000) / spacing) * spacing;
  return { tickLower: lower, tickUpper: lower + spacing * (1 + uint(30)) };
}

function tradeV3(random, state) {
  const { pick, float, uint } = random;
  const { router, positionManager, pools } = state.protocols['uniswap-v3'];
  const { whale, deployer } = state.accounts;
  const { token0, token1, fee, address } = pick(pools);
  const [from, to] = float() < 0.5 ? [token0, token1] : [token1, token0];
  const send = (what, at, name, args, sender = whale) => [{ what: `v3 ${what}`, from: sender.address, to: at, data: encode(name, args) }];
  const usd = between(random, 0.01, float() < 0.1 ? 30_000_000 : 300_000);
  const single = [state.tokens[from].address, state.tokens[to].address, fee, whale.address, FAR];
  const params = (amount, limit) => ({ tokenIn: single[0], tokenOut: single[1], fee, recipient: single[3], deadline: FAR, ...amount, ...limit, sqrtPriceLimitX96: 0n });
  const turn = float();
  if (turn < 0.4) return send('swap in', router, 'exactInputSingle', [params({ amountIn: units(from, usd) }, { amountOutMinimum: 0n })]);
  if (turn < 0.6) return send('swap out', router, 'exactOutputSingle', [params({ amountOut: units(to, usd) }, { amountInMaximum: 2n ** 200n })]);
  if (turn < 0.85) {
    const parity = (symbol) => Number(startPrice(symbol)) / 10 ** TOKENS[symbol].decimals;
    const centre = Math.log(parity(token0) / parity(token1)) / Math.log(1.0001);
    return send('mint', positionManager, 'mint', [{
      token0: state.tokens[token0].address, token1: state.tokens[token1].address, fee, ...ticksOf(random, fee, centre),
      amount0Desired: units(token0, usd), amount1Desired: units(token1, usd), amount0Min: 0n, amount1Min: 0n, recipient: whale.address, deadline: FAR,
    }]);
  }
  if (turn < 0.97) {
    const liquidity = BigInt(Math.round(between(random, 1, 1e15)));
    return send('burn', positionManager, 'decreaseLiquidity', [{ tokenId: BigInt(1 + uint(30)), liquidity, amount0Min: 0n, amount1Min: 0n, deadline: FAR }]);
  }
  return send('protocol fee', address, 'setFeeProtocol', [4 + uint(6), 0], deployer);
}

function tradeV2(random, state) {
  const { pick, float } = random;
  const { router, pairs } = state.protocols['uniswap-v2'];
  const { whale } = state.accounts;
  const { token0, token1, address } = pick(pairs);
  const [from, to] = float() < 0.5 ? [token0, token1] : [token1, token0];
  const path = [state.tokens[from].address, state.tokens[to].address];
  const usd = between(random, 0.01, 1_000_000);
  const send = (what, at, name, args) => ({ what: `v2 ${what}`, from: whale.address, to: at, data: encode(name, args) });
  const turn = float();
  if (turn < 0.4) return [send('swap in', router, 'swapExactTokensForTokens', [units(from, usd), 0n, path, whale.address, FAR])];
  if (turn < 0.6) return [send('swap out', router, 'swapTokensForExactTokens', [units(to, usd), 2n ** 200n, path, whale.address, FAR])];
  if (turn < 0.75) return [send('mint', router, 'addLiquidity', [...path, units(from, usd), units(to, usd), 0n, 0n, whale.address, FAR])];
  if (turn < 0.9) {
    const shares = BigInt(Math.round(between(random, 1, 1e15)));
    return [send('approve', address, 'approve', [router, 2n ** 256n - 1n]), send('burn', router, 'removeLiquidity', [...path, shares, 0n, 0n, whale.address, FAR])];
  }
  return [send('gift', path[0], 'transfer', [address, units(from, usd / 1000)]), send('sync', address, 'sync', [])];
}

/** The transactions of a block, as Days gives them. */
export function tradesOf(random, state) {
  const calls = [];
  for (let i = random.uint(5); i > 0; i -= 1) calls.push(...(random.float() < 0.7 ? tradeV3(random, state) : tradeV2(random, state)));
  return calls;
}

// The world that is deployed: tokens, feeds, reserves, markets and swap pools. Prices are decimal strings.

export const PROTOCOLS = ['aave-v3.6', 'aave-v3.0.2', 'morpho', 'uniswap-v3', 'uniswap-v2'];

/** price: what the feed starts with, USD; ratio: of a wrapped token to the one whose feed it follows. */
export const TOKENS = {
  WETH: { name: 'Wrapped Ether', decimals: 18, feed: 'ETH / USD', price: '2500' },
  wstETH: { name: 'Wrapped staked Ether', decimals: 18, follows: 'WETH', ratio: '1.18' },
  WBTC: { name: 'Wrapped Bitcoin', decimals: 8, feed: 'BTC / USD', price: '60000' },
  USDC: { name: 'USD Coin', decimals: 6, feed: 'USDC / USD', price: '1' },
  DAI: { name: 'Dai Stablecoin', decimals: 18, feed: 'DAI / USD', price: '1' },
  LINK: { name: 'Chainlink Token', decimals: 18, feed: 'LINK / USD', price: '15' },
};

export const FEED_DECIMALS = 8;
export const ANSWER_MAX = 10n ** 18n; // FluxAggregator takes from 1 to this

/** The price of a token at the start, in the feed's 8 decimals. */
export function startPrice(symbol) {
  const { follows, ratio, price } = TOKENS[symbol];
  if (follows) return (startPrice(follows) * toUnits(ratio, 18)) / 10n ** 18n;
  return toUnits(price, FEED_DECIMALS);
}

/** A decimal string in base units; throws a RangeError when it is none or has too many places. */
export function toUnits(text, decimals) {
  const match = /^(\d+)(?:\.(\d+))?$/.exec(text);
  const fraction = match?.[2] ?? '';
  if (!match || fraction.length > decimals) throw new RangeError(`"${text}" is not a number with up to ${decimals} places`);
  return BigInt(match[1] + fraction.padEnd(decimals, '0'));
}

/** Aave's reserves, all in bps; rate: optimal usage, base, slope 1, slope 2. fee: of the bonus. */
export const RESERVES = {
  WETH: { ltv: 8050, threshold: 8300, bonus: 10500, fee: 1000, factor: 1500, rate: [9000, 0, 270, 8000] },
  wstETH: { ltv: 7850, threshold: 8100, bonus: 10600, fee: 1000, factor: 500, rate: [8000, 100, 1300, 30000] },
  WBTC: { ltv: 7300, threshold: 7800, bonus: 10700, fee: 1000, factor: 2000, rate: [8000, 100, 400, 30000] },
  USDC: { ltv: 7500, threshold: 7800, bonus: 10450, fee: 1000, factor: 1000, rate: [9200, 0, 550, 4000] },
  DAI: { ltv: 6300, threshold: 7700, bonus: 10500, fee: 1000, factor: 2500, rate: [9200, 0, 550, 4000] },
  LINK: { ltv: 6600, threshold: 7100, bonus: 11000, fee: 2000, factor: 2000, rate: [4500, 100, 900, 30000] },
};

/** Aave's e-mode categories by number. In v3.0.2 an asset belongs to one; these have no common asset. */
export const EMODES = {
  1: { label: 'ETH correlated', ltv: 9300, threshold: 9500, bonus: 10100, collateral: ['wstETH', 'WETH'], borrow: ['WETH', 'wstETH'] },
  2: { label: 'Stablecoins', ltv: 9000, threshold: 9300, bonus: 10200, collateral: ['USDC', 'DAI'], borrow: ['USDC', 'DAI'] },
};

/** Morpho's markets; irm: "mock" is the package's, "adaptive" the stub with state. */
export const MORPHO_MARKETS = {
  'wstETH/WETH': { collateral: 'wstETH', loan: 'WETH', lltv: '0.945', irm: 'adaptive' },
  'WETH/USDC': { collateral: 'WETH', loan: 'USDC', lltv: '0.86', irm: 'mock' },
  'WBTC/USDC': { collateral: 'WBTC', loan: 'USDC', lltv: '0.86', irm: 'adaptive' },
  'LINK/DAI': { collateral: 'LINK', loan: 'DAI', lltv: '0.625', irm: 'mock' },
};

/** Uniswap's pools: value is what each side holds, USD; width, for v3, how far the range reaches either way. */
export const V3_POOLS = [
  { tokens: ['WETH', 'USDC'], fee: 500, value: 40_000_000, width: 2 },
  { tokens: ['WETH', 'USDC'], fee: 3000, value: 20_000_000, width: 4 },
  { tokens: ['WBTC', 'WETH'], fee: 3000, value: 30_000_000, width: 2 },
  { tokens: ['wstETH', 'WETH'], fee: 500, value: 50_000_000, width: 1.1 },
  { tokens: ['USDC', 'DAI'], fee: 500, value: 50_000_000, width: 1.05 },
  { tokens: ['LINK', 'WETH'], fee: 3000, value: 5_000_000, width: 4 },
];
export const V2_POOLS = [
  { tokens: ['WETH', 'USDC'], value: 10_000_000 },
  { tokens: ['WETH', 'DAI'], value: 5_000_000 },
  { tokens: ['WBTC', 'WETH'], value: 8_000_000 },
];

// The accounts of the mnemonic "test test test test test test test test test test test junk", which anvil
// funds and whose keys everybody knows.
export const ACCOUNTS = {
  deployer: '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80',
  oracle: '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d',
  transmitter: '0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a',
  keeper: '0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6',
  rival: '0x47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a',
  whale: '0x8b3a350cf5c34c9194ca85829a2df0ec3153be0318b5e2d3348e872092edffba',
  user: '0x92db14e403b83dfe3df233f83dfa3a0d7096f21ca9b0d6d6b8d88b2b4ec1564e',
};

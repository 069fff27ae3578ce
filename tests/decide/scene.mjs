// A market with small accounts that a seed draws, each as near to a rule's border as that may be: around a health
// factor of 1 and 0.95, around 2000 dollars, with bad debt, with several collaterals and debts, and of tokens
// so coarse that amounts are a few units.
import { encodeAbiParameters, encodeDeployData, encodeFunctionData, getContractAddress, keccak256, parseAbi, stringToBytes, zeroAddress } from '../devnet/viem.mjs';
import { loadArtifacts } from '../devnet/lib/artifacts.mjs';
import { implementationsOf, listing } from '../devnet/lib/days_aave.mjs';
import { marketId } from '../devnet/lib/deploy_morpho.mjs';
import { RESERVES, startPrice, toUnits } from '../devnet/lib/world.mjs';

const UINT_MAX = 2n ** 256n - 1n;
const BASE = 10n ** 8n; // a dollar, to feeds and Aave
const LIFT = 3n; // what feeds of collaterals are multiplied with while accounts are opened
const RICH = 10n ** 30n;
const TREASURY = 1000n; // fees come there: the first would make a slot, which on any chain is made
const OWN_SUPPLY = 10n ** 12n;
const POCKET_MONEY = '0x21e19e0c9bab2400000';
const GAS = '0xb71b00';
const LLTV = '0.86';

/** Tokens of which a unit is worth dollars: Aave v3.6 wants 6 decimals, so the price is high. And one of the textbook. */
const RESERVE = { threshold: 7500, bonus: 11000 };
const OWN = {
  UNIT: { decimals: 6, price: '9000000', ...RESERVE }, // 9 dollars a unit
  SLAB: { decimals: 6, price: '170000000', ...RESERVE }, // 170
  ROCK: { decimals: 6, price: '31000000', ...RESERVE }, // 31
  PLAIN: { decimals: 18, price: '1', threshold: 8250, bonus: 11500, fee: 0 },
};
const FINE_COLLATERALS = ['WETH', 'WBTC', 'LINK', 'wstETH'];
const FINE_DEBTS = ['USDC', 'DAI'];
const LIFTED = ['WETH', 'WBTC', 'LINK', 'SLAB', 'ROCK', 'PLAIN'];
const MORPHO_FINE = ['WETH/USDC', 'WBTC/USDC', 'LINK/DAI'];

const MARKET = '(address, address, address, address, uint256)';
const ABI = parseAbi([
  'function mint(address, uint256)',
  'function approve(address, uint256)',
  'function submit(uint256, int256)',
  'function latestRound() view returns (uint256)',
  'function changeOracles(address[], address[], address[], uint32, uint32, uint32)',
  'function setAssetSources(address[], address[])',
  'function configureReserveAsCollateral(address, uint256, uint256, uint256)',
  'function setReserveBorrowing(address, bool)',
  'function setLiquidationProtocolFee(address, uint256)',
  'function supply(address, uint256, address, uint16)',
  'function borrow(address, uint256, uint256, uint16, address)',
  `function createMarket(${MARKET})`,
]);
const MORPHO = parseAbi([
  `function supply(${MARKET}, uint256, uint256, address, bytes)`,
  `function supplyCollateral(${MARKET}, uint256, address, bytes)`,
  `function borrow(${MARKET}, uint256, uint256, address, address)`,
]);
const encode = (functionName, args, abi = ABI) => encodeFunctionData({ abi, functionName, args });
const isAave = (protocol) => protocol.startsWith('aave');

export class Scene {
  #random;
  #rpc;
  #state;
  #artifacts;
  #count = 0;
  #palette;
  /** Each {protocol, address, market (of Morpho's), collaterals, debts (symbols), kind, coarse}. */
  accounts = [];
  /** {symbol: {address, decimals, price (8 decimals), feed, receipts: {protocol: {aToken, debt}}}}. */
  tokens = {};

  /** palette: what is drawn from, {collaterals, debts (of Aave's), markets (of Morpho's), coarse: every so many}. */
  constructor(random, { rpc, state }, protocols, palette = {}) {
    this.#palette = { collaterals: FINE_COLLATERALS, debts: FINE_DEBTS, markets: MORPHO_FINE, coarse: 3, ...palette };
    this.#random = random;
    this.#rpc = rpc;
    this.#state = state;
    this.protocols = protocols;
  }

  async #send(from, to, data, what) {
    const hash = await this.#rpc.call('eth_sendTransaction', [{ from, to, data, gas: GAS, gasPrice: '0x174876e800' }]);
    await this.#rpc.call('evm_mine');
    const receipt = await this.#rpc.call('eth_getTransactionReceipt', [hash]);
    if (receipt?.status !== '0x1') throw new Error(`${what} failed: ${from} ${to} ${data}`);
    return receipt;
  }

  #by(who, to, name, args, abi) {
    return this.#send(this.#state.accounts[who].address, to, encode(name, args, abi), name);
  }

  async #deploy(name, args) {
    const { abi, bytecode } = this.#artifacts(name);
    const from = this.#state.accounts.deployer.address;
    const nonce = BigInt(await this.#rpc.call('eth_getTransactionCount', [from, 'latest']));
    await this.#send(from, undefined, encodeDeployData({ abi, bytecode, args }), `deploy ${name}`);
    return getContractAddress({ from, nonce });
  }

  /** Sets a feed to a price in its 8 decimals. */
  async setFeed(symbol, price) {
    const feed = this.tokens[symbol].feed;
    const round = BigInt(await this.#rpc.call('eth_call', [{ to: feed, data: encode('latestRound') }, 'latest']));
    await this.#by('oracle', feed, 'submit', [round + 1n, price]);
  }

  async #makeToken(symbol, { decimals, price }) {
    const { deployer, oracle, whale, keeper } = this.#state.accounts;
    const address = await this.#deploy('TestnetERC20', [symbol, symbol, decimals, deployer.address]);
    const feed = await this.#deploy('FluxAggregator', [this.#state.tokens.LINK.address, 0n, 3600, zeroAddress, 1n, 10n ** 18n, 8, `${symbol} / USD`]);
    await this.#by('deployer', feed, 'changeOracles', [[], [oracle.address], [deployer.address], 1, 1, 0]);
    const source = await this.#deploy('EACAggregatorProxy', [feed, zeroAddress]);
    this.tokens[symbol] = { address, decimals, price: toUnits(price, 8), feed, source, receipts: {} };
    await this.setFeed(symbol, this.tokens[symbol].price);
    for (const { address: owner } of [whale, keeper]) {
      await this.#by('deployer', address, 'mint', [owner, RICH]);
      for (const protocol of this.protocols) {
        const { pool, morpho } = this.#state.protocols[protocol];
        await this.#send(owner, address, encode('approve', [pool ?? morpho, UINT_MAX]), 'approve');
      }
    }
  }

  async #list(protocol, symbol) {
    const venue = this.#state.protocols[protocol];
    const { address: asset, decimals, source } = this.tokens[symbol];
    const { deployer, whale } = this.#state.accounts;
    const configurator = venue.poolConfigurator;
    await this.#send(deployer.address, configurator, listing(protocol, venue, { asset, decimals }, deployer.address), 'listing');
    await this.#by('deployer', venue.oracle, 'setAssetSources', [[asset], [source]]);
    const { threshold, bonus, fee = this.#random.pick([0, 1000]) } = OWN[symbol];
    await this.#by('deployer', configurator, 'configureReserveAsCollateral', [asset, BigInt(threshold), BigInt(threshold), BigInt(bonus)]);
    await this.#by('deployer', configurator, 'setReserveBorrowing', [asset, true]);
    await this.#by('deployer', configurator, 'setLiquidationProtocolFee', [asset, BigInt(fee)]);
    await this.#send(whale.address, venue.pool, encode('supply', [asset, OWN_SUPPLY, whale.address, 0]), 'supply');
    await this.#send(whale.address, venue.pool, encode('supply', [asset, TREASURY, deployer.address, 0]), 'supply');
    const data = await this.#rpc.call('eth_call', [{ to: venue.pool, data: `0x35ea6a75${asset.slice(2).padStart(64, '0')}` }, 'latest']);
    const word = (i) => `0x${data.slice(2 + 64 * i + 24, 66 + 64 * i)}`;
    return { aToken: word(8), debt: word(10) };
  }

  async #coarseMarket() {
    const { morpho, irmMock, markets } = this.#state.protocols.morpho;
    const { ROCK, UNIT } = this.tokens;
    const oracle = await this.#deploy('MorphoChainlinkOracleStub', [ROCK.source, zeroAddress, ROCK.decimals, UNIT.source, zeroAddress, UNIT.decimals]);
    const params = { loanToken: UNIT.address, collateralToken: ROCK.address, oracle, irm: irmMock, lltv: String(toUnits(LLTV, 18)) };
    await this.#by('deployer', morpho, 'createMarket', [Object.values(params)]);
    markets['ROCK/UNIT'] = { id: marketId(params), collateral: 'ROCK', loan: 'UNIT', params };
    await this.#by('whale', morpho, 'supply', [Object.values(params), OWN_SUPPLY, 0n, this.#state.accounts.whale.address, '0x'], MORPHO);
  }

  /** Tokens, feeds, listings, and a ltv that lets accounts be opened near their threshold. */
  async prepare() {
    await this.#rpc.call('evm_setAutomine', [false]);
    this.#artifacts = await loadArtifacts();
    const { tokens, feeds, protocols } = this.#state;
    for (const [symbol, { address, decimals, feed }] of Object.entries(tokens)) {
      this.tokens[symbol] = { address, decimals, price: startPrice(symbol), feed: feeds[feed].fluxAggregator, receipts: {} };
    }
    for (const [symbol, about] of Object.entries(OWN)) await this.#makeToken(symbol, about);
    for (const protocol of this.protocols.filter(isAave)) {
      const venue = protocols[protocol];
      venue.implementations = await implementationsOf(this.#rpc, venue);
      for (const [symbol, { threshold, bonus }] of Object.entries(RESERVES)) {
        const { asset, aToken, variableDebtToken: debt } = venue.reserves[symbol];
        await this.#send(this.#state.accounts.whale.address, venue.pool, encode('supply', [asset, TREASURY, this.#state.accounts.deployer.address, 0]), 'supply');
        await this.#by('deployer', venue.poolConfigurator, 'configureReserveAsCollateral', [asset, BigInt(threshold), BigInt(threshold), BigInt(bonus)]);
        this.tokens[symbol].receipts[protocol] = { aToken, debt };
      }
      for (const symbol of Object.keys(OWN)) this.tokens[symbol].receipts[protocol] = await this.#list(protocol, symbol);
    }
    if (this.protocols.includes('morpho')) await this.#coarseMarket();
  }

  #dollars(symbol, usd) {
    const { decimals, price } = this.tokens[symbol];
    return (usd * 10n ** BigInt(decimals)) / price;
  }

  /** A health factor in millionths: near 1, near 0.95, low, or so low that debt is bad. */
  #health() {
    const { pick, uint } = this.#random;
    return pick([
      () => ['near 1', 999_990 - uint(3_000)],
      () => ['near 0.95', 950_000 - 1_000 + uint(2_000)],
      () => ['between', 950_000 + uint(49_000)],
      () => ['low', 800_000 + uint(150_000)],
      () => ['bad debt', 450_000 + uint(350_000)],
    ])();
  }

  /** What all collateral is worth in 1e-8 dollars. */
  #size(coarse) {
    const { pick, uint, float } = this.#random;
    if (coarse) return BigInt(400 + uint(6_000)) * BASE;
    return pick([
      () => BigInt(Math.round((1_990 + 20 * float()) * 1e8)),
      () => BigInt(Math.round((2_000 + 3_000 * float()) * 1e8)),
      () => BigInt(Math.round((3_900 + 300 * float()) * 1e8)),
      () => BigInt(20 + uint(1_500)) * BASE,
      () => BigInt(5_000 + uint(40_000)) * BASE,
    ])();
  }

  #split(total, symbols) {
    const weights = symbols.map(() => BigInt(100 + this.#random.uint(900)));
    const sum = weights.reduce((a, b) => a + b);
    return weights.map((weight) => (total * weight) / sum);
  }

  #address() {
    this.#count += 1;
    return `0x${keccak256(stringToBytes(`small account ${this.#random.uint(2 ** 32)} ${this.#count}`)).slice(26)}`;
  }

  /** Opens an account with these {symbol, amount}. */
  async openAave(protocol, supplies, borrows, about) {
    const { pool } = this.#state.protocols[protocol];
    const { whale } = this.#state.accounts;
    const address = this.#address();
    await this.#rpc.call('anvil_setBalance', [address, POCKET_MONEY]);
    const asset = (symbol) => this.tokens[symbol].address;
    for (const { symbol, amount } of supplies) await this.#send(whale.address, pool, encode('supply', [asset(symbol), amount, address, 0]), 'supply');
    for (const { symbol, amount } of borrows) await this.#send(address, pool, encode('borrow', [asset(symbol), amount, 2n, 0, address]), `borrow ${symbol}`);
    const account = { protocol, address, collaterals: supplies.map(({ symbol }) => symbol), debts: borrows.map(({ symbol }) => symbol), ...about };
    this.accounts.push(account);
    return account;
  }

  async #drawAave(protocol, coarse) {
    const { shuffle, uint } = this.#random;
    const [kind, health] = this.#health();
    const collaterals = shuffle(coarse ? ['SLAB', 'ROCK'] : this.#palette.collaterals).slice(0, 1 + uint(2));
    const debts = coarse ? ['UNIT', ...shuffle(FINE_DEBTS).slice(0, uint(2))] : shuffle(this.#palette.debts).slice(0, 1 + uint(2));
    const values = this.#split(this.#size(coarse), collaterals);
    const supplies = collaterals.map((symbol, i) => ({ symbol, amount: this.#dollars(symbol, values[i]) })).filter(({ amount }) => amount > 0n);
    const weighted = supplies.reduce((sum, { symbol, amount }) => {
      const { decimals, price } = this.tokens[symbol];
      return sum + ((amount * price) / 10n ** BigInt(decimals)) * BigInt((RESERVES[symbol] ?? OWN[symbol]).threshold);
    }, 0n);
    const owed = this.#split((weighted * 100n) / BigInt(health), debts);
    const borrows = debts.map((symbol, i) => ({ symbol, amount: this.#dollars(symbol, owed[i]) + BigInt(coarse) })).filter(({ amount }) => amount > 0n);
    if (supplies.length && borrows.length) await this.openAave(protocol, supplies, borrows, { kind, coarse });
  }

  async #drawMorpho(coarse) {
    const { morpho, markets } = this.#state.protocols.morpho;
    const name = coarse ? 'ROCK/UNIT' : this.#random.pick(this.#palette.markets);
    const { collateral, loan, params } = markets[name];
    const [kind, health] = this.#health();
    const amount = this.#dollars(collateral, this.#size(coarse));
    const { decimals, price } = this.tokens[collateral];
    const most = (((amount * price) / 10n ** BigInt(decimals)) * BigInt(params.lltv)) / 10n ** 18n;
    const owed = this.#dollars(loan, (most * 1_000_000n) / BigInt(health)) + BigInt(coarse);
    const address = this.#address();
    await this.#rpc.call('anvil_setBalance', [address, POCKET_MONEY]);
    const { whale } = this.#state.accounts;
    await this.#send(whale.address, morpho, encode('supplyCollateral', [Object.values(params), amount, address, '0x'], MORPHO), 'supplyCollateral');
    await this.#send(address, morpho, encode('borrow', [Object.values(params), owed, 0n, address, address], MORPHO), 'borrow');
    this.accounts.push({ protocol: 'morpho', address, market: name, collaterals: [collateral], debts: [loan], kind, coarse });
  }

  /** Runs `open` while collaterals are worth more, and lets their prices fall back. */
  async lifted(open) {
    for (const symbol of LIFTED) await this.setFeed(symbol, this.tokens[symbol].price * LIFT);
    await open();
    for (const symbol of LIFTED) await this.setFeed(symbol, this.tokens[symbol].price);
  }

  /** Opens so many accounts of each protocol, some of them of coarse tokens. */
  async open(count) {
    const { coarse } = this.#palette;
    await this.lifted(async () => {
      for (const protocol of this.protocols) {
        for (let i = 0; i < count; i += 1) {
          const isCoarse = i % coarse === coarse - 1;
          if (protocol === 'morpho') await this.#drawMorpho(isCoarse);
          else await this.#drawAave(protocol, isCoarse);
        }
      }
    });
  }
}

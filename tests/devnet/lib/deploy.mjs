// Deploys the world on a fresh anvil and describes it: the order of the steps stands here.
import { privateKeyToAccount } from 'viem/accounts';
import { planBorrowers, openBorrowers } from './borrowers.mjs';
import { Builder } from './builder.mjs';
import { closeMarket, deployAave30, deployAave36 } from './deploy_aave.mjs';
import { deployMorpho } from './deploy_morpho.mjs';
import { deployFeeds, deploySources, deployTokens, fund, worth } from './deploy_tokens.mjs';
import { addV2Liquidity, addV3Liquidity, deployV2, deployV3 } from './deploy_uniswap.mjs';
import { ACCOUNTS, RESERVES, TOKENS } from './world.mjs';

// The first block of every chain, so that the same seed makes the same blocks on every machine.
export const GENESIS_SEC = 1_735_689_600;

// https://www.multicall3.com
const MULTICALL = '0xcA11bde05977b3631167028862bE2a173976CA11';

const WHALE_USD = 4_000_000_000;
const SUPPLY_USD = 500_000_000;
const LIQUIDATOR_USD = 100_000_000;
// Borrowed by the whale, so that there are interest rates from the start.
const BORROW_USD = { WETH: 300_000_000, USDC: 300_000_000, DAI: 250_000_000, wstETH: 50_000_000, LINK: 20_000_000 };
const isAave36 = (protocol) => protocol === 'aave-v3.6';
const isAave = (protocol) => protocol.startsWith('aave');

const DEPLOYERS = {
  'aave-v3.6': deployAave36,
  'aave-v3.0.2': deployAave30,
  morpho: deployMorpho,
  'uniswap-v3': deployV3,
  'uniswap-v2': deployV2,
};

function spenders({ protocols }) {
  return Object.values(protocols).flatMap(({ pool, morpho, router, positionManager }) =>
    [pool, morpho, router, positionManager].filter(Boolean));
}

function lendToAave({ builder, accounts, state }, protocol) {
  const pool = builder.at(state.protocols[protocol].pool, isAave36(protocol) ? 'PoolInstance' : 'Pool30');
  const { whale } = accounts;
  for (const symbol of Object.keys(RESERVES)) {
    pool.send(whale, 'supply', [state.tokens[symbol].address, worth(symbol, SUPPLY_USD), whale, 0]);
  }
  for (const [symbol, usd] of Object.entries(BORROW_USD)) {
    pool.send(whale, 'borrow', [state.tokens[symbol].address, worth(symbol, usd), 2n, 0, whale]);
  }
}

function lendToMorpho({ builder, accounts, state }) {
  const { morpho: address, markets } = state.protocols.morpho;
  const morpho = builder.at(address, 'Morpho');
  const { whale } = accounts;
  for (const { collateral, loan, params } of Object.values(markets)) {
    morpho.send(whale, 'supply', [params, worth(loan, SUPPLY_USD), 0n, whale, '0x']);
    morpho.send(whale, 'supplyCollateral', [params, worth(collateral, SUPPLY_USD), whale, '0x']);
    morpho.send(whale, 'borrow', [params, worth(loan, SUPPLY_USD / 4), 0n, whale, whale]);
  }
}

async function addLiquidity(context, protocols) {
  for (const protocol of protocols.filter(isAave)) lendToAave(context, protocol);
  if (protocols.includes('morpho')) lendToMorpho(context);
  await context.builder.flush();
  if (protocols.includes('uniswap-v3')) await addV3Liquidity(context);
  if (protocols.includes('uniswap-v2')) await addV2Liquidity(context);
}

/** Puts the stub of Multicall3 where the real one stands on every chain. */
async function placeMulticall({ builder, accounts, state }) {
  const { address } = builder.deploy(accounts.deployer, 'Multicall3Stub');
  await builder.flush();
  await builder.rpc.call('anvil_setCode', [MULTICALL, await builder.rpc.call('eth_getCode', [address, 'latest'])]);
  state.multicall = MULTICALL;
}

function describeAccounts(addresses) {
  return Object.fromEntries(Object.entries(addresses).map(([name, address]) => [name, { address, key: ACCOUNTS[name] }]));
}

/** Deploys {protocols, seed, borrowers} through rpc; returns the state, without endpoints. */
export async function deployWorld(rpc, artifacts, { protocols, seed, borrowers: count }) {
  const accounts = Object.fromEntries(Object.entries(ACCOUNTS).map(([name, key]) => [name, privateKeyToAccount(key).address]));
  const builder = new Builder(rpc, artifacts, GENESIS_SEC);
  const state = { seed: String(seed), accounts: describeAccounts(accounts), protocols: {} };
  const context = { builder, accounts, state };
  state.tokens = deployTokens(context);
  await deployFeeds(context);
  deploySources(context);
  await placeMulticall(context);
  for (const protocol of protocols) state.protocols[protocol] = await DEPLOYERS[protocol](context);
  for (const [account, usd] of [['whale', WHALE_USD], ['keeper', LIQUIDATOR_USD], ['rival', LIQUIDATOR_USD]]) {
    await fund(context, accounts[account], Object.keys(TOKENS), usd, spenders(state));
  }
  await builder.flush();
  await addLiquidity(context, protocols);
  const borrowers = planBorrowers(seed, count, protocols);
  await openBorrowers(context, borrowers);
  protocols.filter(isAave).forEach((protocol) => closeMarket(context, protocol));
  await builder.flush();
  state.borrowers = borrowers.map(({ address, protocol, kind, emode, market }) => ({ address, protocol, kind, emode, market }));
  return state;
}

// A configuration of liqd for a running chain.

/** What each protocol is called there, and its version. */
const MARKETS = {
  'aave-v3.6': { name: 'aave_v36', protocol: 'aave_v3', address: 'pool' },
  'aave-v3.0.2': { name: 'aave_v302', protocol: 'aave_v3', address: 'pool' },
  morpho: { name: 'morpho', protocol: 'morpho_blue', address: 'morpho' },
};

/** A name that a section may have, of "ETH / USD" and the like. */
const sectionName = (text) => text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_');

const marketText = ([key, { name, protocol, address }], { protocols, fromBlock = 0 }, funding) =>
  [`  ${name}:`, `    protocol: ${protocol}`, `    address: "${protocols[key][address]}"`, `    from_block: ${fromBlock}`, `    funding: ${funding}`].join('\n');

const poolsText = (name, factory, pools) =>
  [`  ${name}:`, `    kind: ${name}`, `    factory: "${factory}"`, '    pools:', ...pools.map(({ address }) => `      - "${address}"`)].join('\n');

function venuesText({ protocols }) {
  const { 'uniswap-v3': v3, 'uniswap-v2': v2 } = protocols;
  const parts = [v3 && poolsText('uniswap_v3', v3.factory, v3.pools), v2 && poolsText('uniswap_v2', v2.factory, v2.pairs)];
  return parts.filter(Boolean).join('\n');
}

/** Who lends: each market that does. */
const lenderText = ([key, { name, protocol, address }], { protocols }) =>
  [`  ${name}:`, `    kind: ${protocol}`, `    address: "${protocols[key][address]}"`].join('\n');

const feedText = ({ description, proxy }) =>
  [`  ${sectionName(description)}:`, `    address: "${proxy}"`, '    heartbeat: 1 h'].join('\n');

const tokenText = ([symbol, { address, source }]) =>
  [`  ${sectionName(symbol)}:`, `    address: "${address}"`, `    sources: "${source}"`].join('\n');

const inventoryText = (amount) => ([symbol, { address }]) =>
  [`  ${sectionName(symbol)}:`, `    token: "${address}"`, `    amount: "${amount}"`].join('\n');

/** The text of a liqd.yaml; options: url of a node (the chain's IPC by default), funding (inventory by default), snapshot and memory, files to keep the state in; inventory, how much of each token. */
export function liqdConfig(state, { url = state.ipc, funding = 'inventory', snapshot, memory, inventory = 1_000_000 } = {}) {
  const markets = Object.entries(MARKETS).filter(([key]) => state.protocols[key]);
  const tokens = Object.entries(state.tokens).filter(([, { source }]) => source);
  const venues = venuesText(state);
  const parts = [
    '# For the development chain of devnet up; made by devnet config.',
    `chain:\n  id: ${state.chainId}\n  name: devnet\n  block_time: 1 s\n  finality: none\n  coin_token: "${state.tokens.WETH.address}"`,
    `nodes:\n  devnet:\n    url: "${url}"`,
    `markets:\n${markets.map((market) => marketText(market, state, funding)).join('\n')}`,
    `feeds:\n${Object.values(state.feeds).map(feedText).join('\n')}`,
    `tokens:\n${tokens.map(tokenText).join('\n')}`,
    `inventory:\n${Object.entries(state.tokens).map(inventoryText(inventory)).join('\n')}\n  gas:\n    token: coin\n    amount: "10"`,
    // blocks come when something happens, and borrowers owe a lot
    'limits:\n  stale_head: 10 min\n  exposure: 100000000',
    'book:\n  accounts: 20000',
    'audit:\n  accounts: 256', // so that markets are trusted soon
  ];
  if (venues) parts.push(`venues:\n${venues}`, `lenders:\n${markets.map((market) => lenderText(market, state)).join('\n')}`);
  if (state.executor) parts.push(`executor:\n  address: "${state.executor}"`);
  if (snapshot) parts.push(`snapshot:\n  file: "${snapshot}"\n  every: 1 s`);
  if (memory) parts.push(`memory:\n  file: "${memory}"`);
  return `${parts.join('\n\n')}\n`;
}

// What addresses have on a chain: tokens that are minted for them, or that stand in storage since they were put there.
import assert from 'node:assert/strict';
import { compile } from '../devnet/lib/compile.mjs';
import { sendSigned, waitSuccess } from '../devnet/lib/send.mjs';
import { encodeAbiParameters, encodeFunctionData, keccak256, parseAbi } from '../devnet/viem.mjs';

const APPROVED = 2n ** 128n - 1n; // what a dry run takes to be approved
const SLOT_MAX = 16n; // where the tokens here keep their mappings
const GAS = 200_000n;
const GAS_MAX = 10_000_000n; // of a transaction of ours
const RICH = 10_000_000n; // whole tokens
const COINS = 10n ** 24n;
const INVENTORY = 1_000_000n; // whole tokens: liqdConfig's
const OWNER_SLOT = 0n; // @src src/contracts/Executor.sol: storage, which a dry run overrides
const OPERATORS_SLOT = 2n;
const ABI = parseAbi([
  'function mint(address, uint256)',
  'function transfer(address, uint256)',
  'function balanceOf(address) view returns (uint256)',
  'function allowance(address, address) view returns (uint256)',
]);
const encode = (functionName, args) => encodeFunctionData({ abi: ABI, functionName, args });
const hex = (n) => `0x${BigInt(n).toString(16)}`;
export const word = (n) => `0x${BigInt(n).toString(16).padStart(64, '0')}`;
const slotOf = (key, slot) => keccak256(encodeAbiParameters([{ type: 'address' }, { type: 'uint256' }], [key, BigInt(slot)]));
const unitOf = ({ decimals }) => 10n ** BigInt(decimals);

/** Gives a contract so many whole tokens of each; mines. */
export async function fundContract({ rpc, state }, contract, cnt = RICH) {
  const { deployer, whale } = state.accounts;
  await rpc.call('anvil_setBalance', [whale.address, hex(BigInt(await rpc.call('eth_getBalance', [whale.address, 'latest'])) + cnt * 10n ** 18n)]);
  const tokens = Object.values(state.tokens);
  const ether = tokens.find(({ symbol }) => symbol === 'WETH');
  const call = (token, name) => ({ to: token.address, data: encode(name, [contract, cnt * unitOf(token)]), gas: GAS });
  await waitSuccess(rpc, await sendSigned(rpc, deployer.key, tokens.filter((one) => one !== ether).map((one) => call(one, 'mint'))), 'mint');
  const deposit = { to: ether.address, value: cnt * unitOf(ether), data: '0xd0e30db0', gas: GAS };
  await waitSuccess(rpc, await sendSigned(rpc, whale.key, [deposit, call(ether, 'transfer')]), 'transfer');
}

/** The slots of a token's mappings {balances, allowances}: where what the whale has and allows stands. */
async function slotsOf(rpc, { address }, whale, spender) {
  const [balance, allowance] = await rpc.batch([encode('balanceOf', [whale]), encode('allowance', [whale, spender])]
    .map((data) => ['eth_call', [{ to: address, data }, 'latest']]));
  const places = Array.from({ length: Number(SLOT_MAX) }, (_, i) => [slotOf(whale, i), slotOf(spender, slotOf(whale, i))]);
  const words = await rpc.batch(places.flat().map((place) => ['eth_getStorageAt', [address, place, 'latest']]));
  const balances = places.findIndex((_, i) => BigInt(words[2 * i]) === BigInt(balance));
  const allowances = places.findIndex((_, i) => BigInt(words[2 * i + 1]) === BigInt(allowance));
  assert.ok(BigInt(balance) && BigInt(allowance) && balances >= 0 && allowances >= 0, `the slots of ${address}`);
  return { balances, allowances };
}

/** The inventory of liqdConfig: a Map of units by token, in lower case. */
export const inventoryOf = ({ tokens }) => new Map(Object.values(tokens).map((token) => [token.address.toLowerCase(), INVENTORY * unitOf(token)]));

/** Puts an inventory (as above) before `owner`, which `spenders` may take all of. */
async function putInventory(rpc, state, owner, spenders, inventory) {
  const { whale } = state.accounts;
  for (const token of Object.values(state.tokens)) {
    const { balances, allowances } = await slotsOf(rpc, token, whale.address, spenders[0]);
    await rpc.batch([
      ['anvil_setStorageAt', [token.address, slotOf(owner, balances), word(inventory.get(token.address.toLowerCase()))]],
      ...spenders.map((spender) => ['anvil_setStorageAt', [token.address, slotOf(spender, slotOf(owner, allowances)), word(APPROVED)]]),
    ]);
  }
}

/** Puts the executor at an address, with its owner and an operator. */
async function putExecutor(rpc, address, owner, operator) {
  const { Executor: { runtime } } = await compile(['executor']);
  await rpc.batch([
    ['anvil_setCode', [address, runtime]],
    ['anvil_setStorageAt', [address, word(OWNER_SLOT), word(owner)]],
    ['anvil_setStorageAt', [address, slotOf(operator, OPERATORS_SLOT), word(1n)]],
  ]);
}

/** How the transactions of `takes` are sent on the parallel chain, by a sender who has what they need: see Replica's
 *  `instead`. `ours`: {sender, owner, inventory} of the dry run. */
export function giveOurs(state, funding, takes, { sender, owner, inventory }) {
  const spenders = Object.values(state.protocols).map(({ pool, morpho }) => pool ?? morpho).filter(Boolean);
  const executor = takes[0].txs[0].to;
  const txs = takes.flatMap(({ tip, bid, txs: calls }) => calls.map(({ to, data }, i) => ({
    from: sender, to, data, gas: hex(GAS_MAX), tip, value: hex(funding === 'flash' && i === 0 ? bid : 0n),
  })));
  return {
    txs,
    owners: [...new Set(funding === 'flash' ? [sender, owner, executor] : [sender])],
    tokens: Object.values(state.tokens).map(({ address }) => address),
    prepare: async (rpc) => {
      await rpc.call('anvil_setBalance', [sender, hex(COINS)]);
      if (funding === 'flash') await putExecutor(rpc, executor, owner, sender);
      else await putInventory(rpc, state, sender, spenders, inventory);
    },
  };
}

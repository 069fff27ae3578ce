import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeAbiParameters, encodeFunctionData, keccak256, parseAbi } from 'viem';
import { encodeProgram } from '../lib/program.mjs';
import { NOBODY, Yard } from './executor_yard.mjs';
import { eventsOf } from './support.mjs';

const yard = await Yard.start();
const { executor, tokenIn, tokenOut, venue, keeper, owner, stranger, rpc } = yard;
const own = (name, args = []) => yard.encode('Executor', name, args);
const tell = (name, args, options) => yard.send('Executor', executor, name, args, options);
const aside = (name, work) => test(name, () => yard.aside(work));

aside('the owner and operators execute, nobody else', async () => {
  assert.equal(await yard.failureOf({}), undefined);
  assert.equal(await yard.failureOf({}, { from: owner }), undefined);
  assert.equal(await yard.failureOf({}, { from: stranger }), 'NotOperator()');
  await tell('setOperator', [stranger.address, true], { from: owner });
  await tell('setOperator', [keeper.address, false], { from: owner });
  assert.equal(await yard.failureOf({}, { from: stranger }), undefined);
  assert.equal(await yard.failureOf({}), 'NotOperator()');
});

aside('only the owner rules, an operator no more than a stranger', async () => {
  for (const from of [keeper, stranger]) {
    assert.equal(await yard.failure(own('transferOwnership', [from.address]), { from }), 'NotOwner()');
    assert.equal(await yard.failure(own('acceptOwnership'), { from }), 'NotOwner()');
    assert.equal(await yard.failure(own('setOperator', [from.address, true]), { from }), 'NotOwner()');
    assert.equal(await yard.failure(own('rescue', [tokenIn, from.address, 1n]), { from }), 'NotOwner()');
  }
});

aside('ownership changes in two steps', async () => {
  const [started] = eventsOf(await tell('transferOwnership', [stranger.address], { from: owner }),
    'OwnershipTransferStarted(address indexed owner, address indexed pendingOwner)', executor);
  assert.deepEqual([started.owner, started.pendingOwner], [owner.address, stranger.address]);
  assert.equal(await yard.read('Executor', executor, 'owner'), owner.address);
  assert.equal(await yard.failure(own('setOperator', [stranger.address, true]), { from: stranger }), 'NotOwner()');
  assert.equal(await yard.failure(own('acceptOwnership'), { from: owner }), 'NotOwner()');
  const [done] = eventsOf(await tell('acceptOwnership', [], { from: stranger }),
    'OwnershipTransferred(address indexed previousOwner, address indexed owner)', executor);
  assert.deepEqual([done.previousOwner, done.owner], [owner.address, stranger.address]);
  assert.equal(await yard.read('Executor', executor, 'owner'), stranger.address);
  assert.equal(await yard.read('Executor', executor, 'pendingOwner'), NOBODY);
  assert.equal(await yard.failure(own('acceptOwnership'), { from: stranger }), 'NotOwner()');
  assert.equal(await yard.failureOf({}, { from: owner }), 'NotOperator()');
  assert.equal(await yard.failure(own('rescue', [tokenIn, owner.address, 1n]), { from: owner }), 'NotOwner()');
});

aside('a pending owner is replaced, or none', async () => {
  await tell('transferOwnership', [stranger.address], { from: owner });
  await tell('transferOwnership', [NOBODY], { from: owner });
  assert.equal(await yard.failure(own('acceptOwnership'), { from: stranger }), 'NotOwner()');
});

aside('owner, pending owner and operators stand in slots 0, 1 and 2', async () => {
  const word = (address) => `0x${address.slice(2).toLowerCase().padStart(64, '0')}`;
  await tell('transferOwnership', [stranger.address], { from: owner });
  assert.equal(await rpc.call('eth_getStorageAt', [executor, '0x0', 'latest']), word(owner.address));
  assert.equal(await rpc.call('eth_getStorageAt', [executor, '0x1', 'latest']), word(stranger.address));
  const slot = keccak256(encodeAbiParameters([{ type: 'address' }, { type: 'uint256' }], [keeper.address, 2n]));
  assert.equal(BigInt(await rpc.call('eth_getStorageAt', [executor, slot, 'latest'])), 1n);
});

aside('what stands on the chain is the code of abi/executor, and an override of it and its owner executes', async () => {
  const code = await rpc.call('eth_getCode', [executor, 'latest']);
  assert.equal(code, yard.artifacts.Executor.runtime);
  const elsewhere = '0x00000000000000000000000000000000000e0e0e';
  const call = { from: stranger.address, to: elsewhere, data: yard.executeData({}) };
  const override = { [elsewhere]: { code, stateDiff: { [`0x${'0'.repeat(64)}`]: `0x${stranger.address.slice(2).padStart(64, '0')}` } } };
  assert.equal(await rpc.call('eth_call', [call, 'latest', override]), '0x');
});

aside('the owner rescues tokens and coins', async () => {
  const balance = async (account) => BigInt(await rpc.call('eth_getBalance', [account, 'latest']));
  await yard.execute({}, { value: 7n });
  const to = '0x00000000000000000000000000000000000000aa';
  const receipt = await tell('rescue', [NOBODY, to, 7n], { from: owner });
  assert.equal(await balance(to), 7n);
  const [rescued] = eventsOf(receipt, 'Rescued(address indexed token, address indexed to, uint256 amount)', executor);
  assert.deepEqual([rescued.token, rescued.to.toLowerCase(), rescued.amount], [NOBODY, to, 7n]);
  await tell('rescue', [tokenIn, to, 1000n], { from: owner });
  assert.equal(await yard.held(tokenIn, to), 1000n);
  assert.equal(await yard.held(tokenIn), 0n);
  assert.match(await yard.failure(own('rescue', [NOBODY, to, 1n]), { from: owner }), /^CallFailed\(.*nothing\)$/);
  assert.match(await yard.failure(own('rescue', [tokenIn, to, 1n]), { from: owner }), /^TokenFailed\(tokenIn, Panic\(17\)\)$/);
});

aside('the last block is the last', async () => {
  const next = Number(await rpc.call('eth_blockNumber')) + 1;
  assert.equal((await yard.attempt({ lastBlock: next })).status, '0x1');
  assert.equal((await yard.attempt({ lastBlock: next })).status, '0x0');
  assert.equal(await yard.failureOf({ lastBlock: next - 1 }), `Expired(${Number(await rpc.call('eth_blockNumber'))}, ${next - 1})`);
});

aside('a guard tells whether the account is what it was', async () => {
  const fails = (...guards) => yard.failureOf({ guards });
  assert.equal(await fails(yard.guard(1000n)), undefined);
  assert.equal(await fails(yard.guard(1001n)), 'AccountChanged(tokenIn, 1000, 1001)');
  assert.equal(await fails(yard.guard(1000n), yard.guard(1001n)), 'AccountChanged(tokenIn, 1000, 1001)');
  assert.match(await fails(yard.guard(0n, { word: 1 })), /^GuardFailed\(tokenIn, 0x0+3e8\)$/);
  assert.equal(await fails(yard.guard(0n, { contract: stranger.address })), `GuardFailed(${stranger.address}, nothing)`);
  assert.equal(await fails(yard.guard(0n, { input: '0x12345678' })), 'GuardFailed(tokenIn, nothing)');
  // a guard is a static call: it can do nothing
  assert.match(await fails(yard.guard(0n, { input: yard.encode('HostileToken', 'mint', [executor, 1n]) })), /^GuardFailed/);
  // the second word of three
  const reserves = { contract: venue, word: 1, input: yard.encode('HostileVenue', 'getReserves') };
  assert.equal(await fails(yard.guard(10n ** 30n, reserves)), undefined);
  assert.equal(await fails(yard.guard(10n ** 30n + 1n, reserves)), `AccountChanged(venue, ${10n ** 30n}, ${10n ** 30n + 1n})`);
});

aside('a lost race reverts before anything is borrowed', async () => {
  const program = { guards: [yard.guard(1001n)], operations: [yard.flash('morpho', { lender: stranger.address })] };
  assert.equal(await yard.failureOf(program), 'AccountChanged(tokenIn, 1000, 1001)');
});

aside('what is gained is asserted, and that nothing is lost', async () => {
  const mint = (amount) => ({ call: { contract: tokenOut, token: NOBODY, input: yard.encode('HostileToken', 'mint', [executor, amount]) } });
  const lose = { call: { contract: tokenOut, token: NOBODY, input: yard.encode('HostileToken', 'transfer', [venue, 1n]) } };
  const fails = (minimum, ...operations) => yard.failureOf({ gains: [{ token: tokenOut, minimum }], operations });
  assert.equal(await fails(5n, mint(5n)), undefined);
  assert.equal(await fails(6n, mint(5n)), 'BelowMinimum(tokenOut, 5, 6)');
  assert.equal(await fails(0n), undefined);
  assert.equal(await fails(0n, lose), 'BelowMinimum(tokenOut, 0, 0)');
  assert.equal(await yard.failureOf({ gains: [{ token: stranger.address }] }), `TokenFailed(${stranger.address}, nothing)`);
});

aside('what is gained is swept to the owner or stays, what was held before stays', async () => {
  const mint = (token, amount) => ({ call: { contract: token, token: NOBODY, input: yard.encode('HostileToken', 'mint', [executor, amount]) } });
  const program = { gains: [{ token: tokenOut, minimum: 5n }, { token: tokenIn }], operations: [mint(tokenOut, 9n), mint(tokenIn, 3n)] };
  await yard.execute({ ...program, sweep: true });
  assert.deepEqual([await yard.held(tokenOut), await yard.held(tokenOut, owner.address)], [1000n, 9n]);
  assert.deepEqual([await yard.held(tokenIn), await yard.held(tokenIn, owner.address)], [1000n, 3n]);
  await yard.execute(program);
  assert.deepEqual([await yard.held(tokenOut), await yard.held(tokenOut, owner.address)], [1009n, 9n]);
});

aside('a call that reverts is named with what it said', async () => {
  const call = (contract, input) => yard.failureOf({ operations: [{ call: { contract, token: NOBODY, input } }] });
  await yard.behave(tokenOut, { refuses: true });
  assert.equal(await call(tokenOut, yard.encode('HostileToken', 'transfer', [venue, 1n])), 'CallFailed(tokenOut, Error(refused))');
  assert.equal(await call(stranger.address, '0x12345678'), `CallFailed(${stranger.address}, nothing)`);
});

aside('what is not taken of an allowance is taken back', async () => {
  const program = (allowance, amount) => ({
    operations: [{ call: { contract: venue, token: tokenIn, allowance, input: yard.encode('HostileVenue', 'take', [tokenIn, executor, amount]) } }],
  });
  await yard.behave(tokenIn, { wantsZero: true, answer: '0x' });
  await yard.execute(program(100n, 60n));
  assert.equal(await yard.held(tokenIn), 940n);
  assert.equal(await yard.allowance(tokenIn), 0n);
  await yard.execute(program(100n, 100n));
  assert.equal(await yard.held(tokenIn), 840n);
  assert.match(await yard.failureOf(program(100n, 101n)), /^CallFailed\(venue, Panic/);
  assert.match(await yard.failureOf(program(0n, 1n)), /^CallFailed\(venue, Panic/);
});

aside('a program that is none is refused', async () => {
  const whole = encodeProgram({ gains: [{ token: tokenIn }], operations: [yard.swap('out', 'v3')] });
  const withoutOperations = encodeProgram({ gains: [{ token: tokenIn }] }).length; // is one too
  for (let end = 2; end < whole.length; end += 2) {
    if (end !== withoutOperations) assert.notEqual(await yard.failureOf(whole.slice(0, end)), undefined, `cut at ${end}`);
  }
  const refused = async (program, why) => assert.equal(await yard.failureOf(program), 'BadProgram()', why);
  await refused('0x', 'empty');
  await refused('0x0200000000000000', 'an unknown flag');
  await refused({ operations: [{ raw: '0x00' }] }, 'no operation');
  await refused({ operations: [{ raw: '0x07' }] }, 'an operation too far');
  await refused({ operations: [{ raw: '0x0621' }] }, 'an amount of 33 bytes');
  await refused({ operations: [{ raw: '0x060200' }] }, 'an amount that ends too early');
  await refused({ operations: [yard.flash(4)] }, 'no lender');
  await refused({ operations: [yard.flash('morpho', { nested: [{ raw: '0x07' }] })] }, 'nested');
  const pool = venue.slice(2).toLowerCase();
  await refused({ operations: [{ raw: `0x030201${pool}0000000164${'0000'}` }] }, 'no venue');
  await refused({ operations: [{ raw: `0x030101${pool}0000000164${'ffff'}` }] }, 'more than there is');
});

aside('every callback is refused that nobody waits for', async () => {
  const callbacks = parseAbi([
    'function executeOperation(address, uint256, uint256, address, bytes) returns (bool)',
    'function onMorphoFlashLoan(uint256, bytes)',
    'function uniswapV3FlashCallback(uint256, uint256, bytes)',
    'function uniswapV3SwapCallback(int256, int256, bytes)',
  ]);
  const data = `${tokenIn}0164`; // pay 100 of it
  const inputs = [
    encodeFunctionData({ abi: callbacks, functionName: 'executeOperation', args: [tokenIn, 1n, 0n, executor, data] }),
    encodeFunctionData({ abi: callbacks, functionName: 'executeOperation', args: [tokenIn, 1n, 0n, stranger.address, data] }),
    encodeFunctionData({ abi: callbacks, functionName: 'onMorphoFlashLoan', args: [1n, data] }),
    encodeFunctionData({ abi: callbacks, functionName: 'uniswapV3FlashCallback', args: [0n, 0n, data] }),
    encodeFunctionData({ abi: callbacks, functionName: 'uniswapV3SwapCallback', args: [1n, -1n, data] }),
  ];
  for (const input of inputs) {
    for (const from of [stranger, keeper, owner]) {
      assert.equal(await yard.failure(input, { from }), `UnexpectedCallback(${from.address})`);
    }
    // from within, by the executor itself
    assert.equal(await yard.failureOf({ operations: [{ call: { contract: executor, token: NOBODY, input } }] }), 'UnexpectedCallback(executor)');
  }
});

aside('the executor has no power over itself', async () => {
  for (const input of [own('setOperator', [stranger.address, true]), own('transferOwnership', [stranger.address]), own('rescue', [tokenIn, stranger.address, 1n])]) {
    assert.equal(await yard.failureOf({ operations: [{ call: { contract: executor, token: NOBODY, input } }] }), 'CallFailed(executor, NotOwner())');
  }
  assert.equal(await yard.failureOf({ operations: [{ call: { contract: executor, token: NOBODY, input: yard.executeData({}) } }] }),
    'CallFailed(executor, NotOperator())');
  await tell('setOperator', [executor, true], { from: owner });
  assert.equal(await yard.failureOf({ operations: [{ call: { contract: executor, token: NOBODY, input: yard.executeData({}) } }] }),
    'CallFailed(executor, Busy())');
});

aside('the fee recipient is paid, who may be a contract, and may refuse', async () => {
  const to = async (coinbase, value, sent = value) => {
    await rpc.call('anvil_setCoinbase', [coinbase]);
    const data = yard.executeData({ operations: [{ pay: { value } }] });
    return yard.failure(data, { value: sent });
  };
  const acts = (act) => yard.send('BuilderStub', yard.builder, 'set', [act]);
  await rpc.call('anvil_setCoinbase', [yard.builder]);
  const receipt = await yard.execute({ operations: [{ pay: { value: 5n } }] }, { value: 5n });
  assert.deepEqual(eventsOf(receipt, 'Paid(uint256 amount)', yard.builder).map(({ amount }) => amount), [5n]);
  assert.equal(await to('0x00000000000000000000000000000000000000ab', 5n), undefined);
  assert.equal(await to(yard.builder, 5n, 4n), 'BuilderRefused(builder, 5)');
  for (const act of [1, 2]) {
    await acts(act);
    assert.equal(await to(yard.builder, 5n), 'BuilderRefused(builder, 5)');
  }
  // one that burns what it gets burns no more than that
  const burning = await yard.attempt({ operations: [{ pay: { value: 5n } }] }, { value: 5n });
  assert.ok(Number(burning.gasUsed) < 60_000, burning.gasUsed);
});

aside('a wrapped coin is unwrapped for it', async () => {
  const weth = yard.state.tokens.WETH.address;
  await yard.send('HostileToken', weth, 'transfer', [executor, 9n]);
  await rpc.call('anvil_setCoinbase', [yard.builder]);
  const receipt = await yard.execute({ operations: [{ unwrap: { token: weth, value: 9n } }, { pay: { value: 8n } }] });
  assert.deepEqual(eventsOf(receipt, 'Paid(uint256 amount)', yard.builder).map(({ amount }) => amount), [8n]);
  assert.equal(BigInt(await rpc.call('eth_getBalance', [executor, 'latest'])), 1n);
  assert.match(await yard.failureOf({ operations: [{ unwrap: { token: weth, value: 9n } }] }), /^CallFailed/);
});

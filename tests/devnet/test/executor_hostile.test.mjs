import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeErrorResult } from 'viem';
import { FALSE, NOBODY, Yard } from './executor_yard.mjs';

const yard = await Yard.start();
const { executor, tokenIn, tokenOut, venue, keeper, owner } = yard;
const aside = (name, work) => test(name, () => yard.aside(work));

const HELD = 1000n;
const LOANS = ['aave', 'morpho', 'token0'];
const SWAPS = [['out', 'v3'], ['in', 'v3'], ['out', 'v2'], ['in', 'v2']];
const holdings = async () => [await yard.held(tokenIn), await yard.held(tokenOut)];

async function nothingApproved() {
  for (const token of [tokenIn, tokenOut]) assert.equal(await yard.allowance(token), 0n);
}

// ---- lenders

for (const kind of LOANS) {
  aside(`${kind}: an honest lender gets back what it lent, and its fee`, async () => {
    const fee = kind === 'morpho' ? 0n : 3n;
    await yard.act('HONEST', fee);
    await yard.execute({ operations: [yard.flash(kind, { mostFee: fee })] });
    assert.deepEqual(await holdings(), [HELD - fee, HELD]);
    await nothingApproved();
  });

  aside(`${kind}: a lender that asks for more, calls back otherwise or not at all fails`, async () => {
    const fails = async (act, fee = 0n, mostFee = 0n) => {
      await yard.act(act, fee);
      return yard.failureOf({ operations: [yard.flash(kind, { mostFee })] });
    };
    if (kind !== 'morpho') assert.equal(await fails('HONEST', 3n, 2n), 'TooDear(venue, 3, 2)');
    assert.equal(await fails('NEVER'), 'CallbackMissing(venue)');
    assert.equal(await fails('OTHER'), 'UnexpectedCallback(venue)');
    assert.equal(await fails('OTHER_DATA'), 'UnexpectedCallback(venue)');
    assert.equal(await fails('FRIEND'), 'UnexpectedCallback(friend)');
    assert.equal(await fails('REVERTS'), 'CallFailed(venue, Mine(7))');
    assert.equal(await yard.failureOf({ operations: [yard.flash(kind, { lender: keeper.address })] }), `CallFailed(${keeper.address}, nothing)`);
  });

  aside(`${kind}: a lender that calls back twice is heard once`, async () => {
    await yard.act('TWICE');
    await yard.execute({ operations: [yard.flash(kind)] });
    assert.equal(await yard.read('HostileVenue', venue, 'taken'), 0n);
    assert.deepEqual(await holdings(), [HELD, HELD]);
    await nothingApproved();
  });

  aside(`${kind}: a lender that lends nothing takes no more than the program names, and nothing where that is asserted`, async () => {
    await yard.act('KEEPS');
    const program = { operations: [yard.flash(kind, { value: 500n })] };
    assert.equal(await yard.failureOf({ ...program, gains: [{ token: tokenIn }] }), 'BelowMinimum(tokenIn, 0, 0)');
    await yard.execute(program);
    assert.deepEqual(await holdings(), [HELD - 500n, HELD]);
    await nothingApproved();
  });

  aside(`${kind}: what happens in a loan fails the whole with its own error`, async () => {
    await yard.act('HONEST');
    const fails = (...nested) => yard.failureOf({ operations: [yard.flash(kind, { nested })] });
    assert.equal(await fails(yard.swap('out', 'v3', { most: 99n })), 'TooDear(venue, 100, 99)');
    assert.equal(await fails({ call: { contract: tokenOut, token: NOBODY, input: '0x12345678' } }), 'CallFailed(tokenOut, nothing)');
    assert.equal(await fails({ pay: { value: 5n } }), 'BuilderRefused(0x0000000000000000000000000000000000000000, 5)');
    await yard.behave(tokenIn, { answer: FALSE });
    assert.match(await fails(yard.swap('out', 'v3')), /^TokenFailed\(tokenIn/);
  });

  aside(`${kind}: a loan in a loan`, async () => {
    const fee = kind === 'morpho' ? 0n : 3n;
    await yard.act('HONEST', fee);
    const inner = yard.flash(kind, { value: 40n, mostFee: fee });
    await yard.execute({ operations: [yard.flash(kind, { mostFee: fee, nested: [inner] })] });
    assert.deepEqual(await holdings(), [HELD - 2n * fee, HELD]);
    await nothingApproved();
  });

  aside(`${kind}: a swap for what a loan lacks, of which nothing is swapped where nothing does`, async () => {
    const fee = kind === 'morpho' ? 0n : 3n;
    const of = kind === 'token0' ? 'token1' : kind;
    await yard.act('HONEST', fee);
    const spend = (value) => ({ call: { contract: tokenOut, token: NOBODY, input: yard.encode('HostileToken', 'transfer', [yard.friend, value]) } });
    const gain = { call: { contract: tokenOut, token: NOBODY, input: yard.encode('HostileToken', 'mint', [executor, fee]) } };
    const program = (...nested) => ({ operations: [yard.flash(of, { token: tokenOut, value: 50n, mostFee: fee, nested })] });
    const swap = (most) => yard.swap('out', 'v3', { value: 0n, most });
    // this venue asks for the fee on top of a swap too
    assert.equal(await yard.failureOf(program(spend(20n), swap(19n + 2n * fee))), `TooDear(venue, ${20n + 2n * fee}, ${19n + 2n * fee})`);
    await yard.execute(program(spend(20n), swap(20n + 2n * fee)));
    assert.deepEqual(await holdings(), [HELD - 20n - 2n * fee, HELD]);
    if (fee === 0n) { // the least that an exact amount in has to get
      assert.equal(await yard.failureOf(program(spend(20n), yard.swap('in', 'v3', { value: 0n, most: 20n }))), undefined);
      assert.equal(await yard.failureOf(program(spend(20n), yard.swap('in', 'v3', { value: 0n, most: 19n }))), 'TooLittle(venue, 19, 20)');
    }
    await yard.execute(program(gain, swap(0n)));
    assert.deepEqual(await holdings(), [HELD - 20n - 2n * fee, HELD]);
  });
}

aside('aave, morpho: what a lender does not take back in time it cannot take later', async () => {
  for (const kind of ['aave', 'morpho']) {
    await yard.act('LEAVES');
    await yard.execute({ operations: [yard.flash(kind)] });
    await nothingApproved();
    await assert.rejects(yard.send('HostileVenue', venue, 'take', [tokenIn, executor, 1n]), /reverted/);
    await yard.send('HostileToken', tokenIn, 'set', [0n, '0x', true, false, false]); // an allowance from or to 0 alone
    await yard.execute({ operations: [yard.flash(kind)] });
    await nothingApproved();
    await yard.behave(tokenIn, {});
  }
});

aside('aave: a loan that somebody else had sent here is none of ours', async () => {
  await yard.act('WITHOUT_US');
  assert.equal(await yard.failureOf({ operations: [yard.flash('aave')] }), 'UnexpectedCallback(venue)');
});

// ---- pools

for (const [direction, kind] of SWAPS) {
  aside(`${kind} ${direction}: an honest pool is paid what it asks`, async () => {
    await yard.act('HONEST');
    // a v2 pair as deep as this one rounds by one
    const [value, most] = kind === 'v3' ? [100n, 100n] : direction === 'out' ? [100n, 101n] : [99n, 100n];
    await yard.execute({ operations: [yard.swap(direction, kind, { value, most })] });
    assert.deepEqual(await holdings(), [HELD - most, HELD + value]);
    if (direction === 'out') assert.equal(await yard.failureOf({ operations: [yard.swap('out', kind, { value, most: most - 1n })] }), `TooDear(venue, ${most}, ${most - 1n})`);
    const more = value + 1n;
    if (direction === 'in') assert.equal(await yard.failureOf({ operations: [yard.swap('in', kind, { value: more, most })] }), `TooLittle(venue, ${value}, ${more})`);
  });

  aside(`${kind} ${direction}: a pool that takes and gives nothing gets no more than the program names`, async () => {
    await yard.act('KEEPS');
    const program = { operations: [yard.swap(direction, kind, { value: 90n, most: 100n })] };
    assert.equal(await yard.failureOf({ ...program, gains: [{ token: tokenIn }, { token: tokenOut }] }), 'BelowMinimum(tokenIn, 0, 0)');
    assert.equal(await yard.failureOf({ ...program, gains: [{ token: tokenOut, minimum: 1n }] }), 'BelowMinimum(tokenOut, 0, 1)');
    await yard.execute(program);
    assert.ok(HELD - (await yard.held(tokenIn)) <= 100n);
  });

  aside(`${kind} ${direction}: a pool that reverts is named`, async () => {
    await yard.act('REVERTS');
    assert.equal(await yard.failureOf({ operations: [yard.swap(direction, kind)] }), 'CallFailed(venue, Mine(7))');
    assert.equal(await yard.failureOf({ operations: [yard.swap(direction, kind, { pool: keeper.address })] }), `CallFailed(${keeper.address}, nothing)`);
    // one that is no pool at all
    assert.match(await yard.failureOf({ operations: [yard.swap(direction, kind, { pool: yard.tokenOut })] }), /^CallFailed\(tokenOut, nothing\)$/);
  });
}

aside('v3: a pool that asks for more, calls back otherwise or not at all fails', async () => {
  const fails = async (act, fee = 0n) => {
    await yard.act(act, fee);
    return yard.failureOf({ operations: [yard.swap('out', 'v3')] });
  };
  assert.equal(await fails('HONEST', 1n), 'TooDear(venue, 101, 100)');
  assert.equal(await fails('NEVER'), 'CallbackMissing(venue)');
  assert.equal(await fails('OTHER'), 'UnexpectedCallback(venue)');
  assert.equal(await fails('OTHER_DATA'), 'UnexpectedCallback(venue)');
  assert.equal(await fails('FRIEND'), 'UnexpectedCallback(friend)');
  assert.equal(await fails('SWALLOWS', 1n), 'CallbackMissing(venue)');
  assert.equal(await fails('SAYS_LESS'), 'TooLittle(venue, 99, 100)');
});

aside('v3: a pool that calls back twice is paid once', async () => {
  await yard.act('TWICE');
  await yard.execute({ operations: [yard.swap('out', 'v3')] });
  assert.equal(await yard.read('HostileVenue', venue, 'taken'), 0n);
  assert.deepEqual(await holdings(), [HELD - 100n, HELD + 100n]);
});

aside('v2: a pair that lies about its reserves is paid no more than allowed', async () => {
  await yard.act('HONEST', 10n ** 18n); // twice the price
  assert.equal(await yard.failureOf({ operations: [yard.swap('out', 'v2', { most: 101n })] }), 'TooDear(venue, 201, 101)');
  assert.equal(await yard.failureOf({ operations: [yard.swap('in', 'v2', { value: 99n })] }), 'TooLittle(venue, 49, 99)');
  await yard.act('HONEST');
  const reserve = 10n ** 30n;
  assert.equal(await yard.failureOf({ operations: [yard.swap('out', 'v2', { value: reserve, most: reserve })] }), `TooLittle(venue, ${reserve}, ${reserve})`);
});

aside('a path: the first pool pays the second, and each has its own limit', async () => {
  await yard.act('HONEST');
  for (const [first, second] of [['v3', 'v3'], ['v3', 'v2'], ['v2', 'v3'], ['v2', 'v2']]) {
    await yard.aside(async () => {
      // tokenIn into tokenOut, and that into tokenIn: the venue is both pools
      const asked = second === 'v3' ? 100n : 101n;
      const most = first === 'v3' ? asked : asked + 1n;
      const pools = (mostIn, mostBetween) => [{ out: {
        venue: second, zeroForOne: false, pool: venue, value: 100n, token: tokenOut, most: mostBetween,
        nested: [yard.swap('out', first, { value: 0n, most: mostIn })],
      } }];
      assert.equal(await yard.failureOf({ operations: pools(most - 1n, asked) }), `TooDear(venue, ${most}, ${most - 1n})`);
      assert.equal(await yard.failureOf({ operations: pools(most, asked - 1n) }), `TooDear(venue, ${asked}, ${asked - 1n})`);
      const before = await yard.held(tokenOut, venue);
      await yard.execute({ operations: pools(most, asked) });
      assert.deepEqual(await holdings(), [HELD - most + 100n, HELD]);
      assert.equal(await yard.held(tokenOut, venue), before); // from one to the other, which are one here
    });
  }
});

// ---- tokens

aside('a token that takes a fee on transfer takes it of what is gained, which is asserted', async () => {
  await yard.act('HONEST');
  await yard.behave(tokenOut, { feeBps: 1000n });
  const program = (minimum) => ({ gains: [{ token: tokenOut, minimum }], operations: [yard.swap('out', 'v3')] });
  assert.equal(await yard.failureOf(program(91n)), 'BelowMinimum(tokenOut, 90, 91)');
  await yard.execute({ ...program(90n), sweep: true });
  assert.deepEqual([await yard.held(tokenOut), await yard.held(tokenOut, owner.address)], [HELD, 81n]);
  // borrowed, less comes than has to be given back
  await yard.behave(tokenIn, { feeBps: 1000n });
  assert.equal(await yard.failureOf({ gains: [{ token: tokenIn }], operations: [yard.flash('morpho', { value: 100n })] }), 'BelowMinimum(tokenIn, 0, 0)');
});

aside('tokens that return nothing are content, those that return false, rubbish or revert are not', async () => {
  await yard.act('HONEST');
  const operations = [yard.flash('aave'), yard.flash('morpho'), yard.flash('token0'), yard.swap('out', 'v3'), yard.swap('out', 'v2', { most: 101n })];
  await yard.behave(tokenIn, { answer: '0x', wantsZero: true });
  await yard.execute({ operations });
  assert.deepEqual(await holdings(), [HELD - 201n, HELD + 200n]);
  await nothingApproved();
  for (const answer of [FALSE, `0x${'2'.padStart(64, '0')}`, '0x01']) {
    await yard.behave(tokenIn, { answer });
    for (const operation of operations) assert.equal(await yard.failureOf({ operations: [operation] }), `TokenFailed(tokenIn, ${answer})`);
  }
  await yard.behave(tokenIn, { refuses: true });
  for (const operation of operations.slice(3)) assert.equal(await yard.failureOf({ operations: [operation] }), 'TokenFailed(tokenIn, Error(refused))');
  const swap = yard.swap('out', 'v3');
  swap.out.token = keeper.address;
  assert.equal(await yard.failureOf({ operations: [swap] }), `TokenFailed(${keeper.address}, nothing)`);
});

aside('a sweep that a token refuses fails the whole', async () => {
  await yard.act('HONEST');
  const mint = { call: { contract: tokenOut, token: NOBODY, input: yard.encode('HostileToken', 'mint', [executor, 5n]) } };
  await yard.behave(tokenOut, { answer: FALSE });
  assert.equal(await yard.failureOf({ sweep: true, gains: [{ token: tokenOut }], operations: [mint] }), `TokenFailed(tokenOut, ${FALSE})`);
});

aside('a token that lies about balances fails the assertion, or that of another', async () => {
  await yard.act('KEEPS'); // takes tokenIn, gives nothing; the token says that something came
  const input = yard.encode('HostileToken', 'setLie', [500n]);
  const operations = [yard.swap('out', 'v3'), { call: { contract: tokenOut, token: NOBODY, input } }];
  assert.equal(await yard.failureOf({ gains: [{ token: tokenOut, minimum: 500n }], operations }), undefined);
  assert.equal(await yard.failureOf({ gains: [{ token: tokenOut, minimum: 500n }, { token: tokenIn }], operations }), 'BelowMinimum(tokenIn, 0, 0)');
  // swept it has to be there
  assert.equal(await yard.failureOf({ sweep: true, gains: [{ token: tokenOut, minimum: 1100n }],
    operations: [{ call: { contract: tokenOut, token: NOBODY, input: yard.encode('HostileToken', 'setLie', [1100n]) } }] }), 'TokenFailed(tokenOut, Panic(17))');
});

aside('a token that burns gas fails the call and nothing else', async () => {
  await yard.act('HONEST');
  await yard.behave(tokenOut, { burnsGas: true });
  const receipt = await yard.attempt({ operations: [yard.swap('out', 'v3')] });
  assert.equal(receipt.status, '0x0');
  assert.deepEqual(await holdings(), [HELD, HELD]);
});

aside('a token that calls back into the executor gets nothing', async () => {
  await yard.act('HONEST');
  const callbacks = ['executeOperation', 'onMorphoFlashLoan', 'uniswapV3FlashCallback', 'uniswapV3SwapCallback'];
  const data = `${tokenIn}0164`; // pay 100 of it
  const args = [[tokenIn, 100n, 0n, executor, data], [100n, data], [0n, 0n, data], [100n, -100n, data]];
  const inputs = callbacks.map((name, i) => [yard.encode('Executor', name, args[i]), 'UnexpectedCallback']);
  inputs.push([yard.executeData({ operations: [yard.swap('out', 'v3')] }), 'NotOperator']);
  inputs.push([yard.encode('Executor', 'rescue', [tokenIn, tokenOut, 1n]), 'NotOwner']);
  for (const [input, error] of inputs) {
    for (const token of [tokenIn, tokenOut]) {
      await yard.aside(async () => {
        await yard.send('HostileToken', token, 'setHook', [executor, input]);
        const operations = [yard.flash('aave', { nested: [yard.swap('out', 'v3')] }), yard.swap('out', 'v2', { most: 101n })];
        await yard.execute({ operations });
        assert.ok((await yard.read('HostileToken', token, 'hookCount')) >= 2n);
        assert.equal(errorName(await yard.read('HostileToken', token, 'hookAnswer')), error);
        assert.deepEqual(await holdings(), [HELD - 201n, HELD + 200n]);
        await nothingApproved();
      });
    }
  }
});

aside('a token that is an operator as well cannot execute from within', async () => {
  await yard.act('HONEST');
  await yard.send('Executor', executor, 'setOperator', [tokenOut, true], { from: owner });
  await yard.send('HostileToken', tokenOut, 'setHook', [executor, yard.executeData({})]);
  await yard.execute({ operations: [yard.swap('out', 'v3')] });
  assert.equal(errorName(await yard.read('HostileToken', tokenOut, 'hookAnswer')), 'Busy');
});

aside('a token that has the lender lend once more gets nothing', async () => {
  await yard.act('HONEST');
  // in the transfer of the loan, while the lender is waited for, it has him lend to the executor again
  const data = `${tokenIn}0201f400`; // 500 of it, for nothing: what the program below gives the lender
  const again = yard.encode('HostileVenue', 'flashLoanSimple', [executor, tokenIn, 500n, data, 0]);
  await yard.send('HostileToken', tokenIn, 'setHook', [venue, again]);
  await yard.execute({ operations: [yard.flash('aave')] });
  assert.ok((await yard.read('HostileToken', tokenIn, 'hookCount')) > 0n);
  assert.equal(errorName(await yard.read('HostileToken', tokenIn, 'hookAnswer')), 'UnexpectedCallback');
  assert.deepEqual(await holdings(), [HELD, HELD]);
  await nothingApproved();
});

function errorName(data) {
  return decodeErrorResult({ abi: yard.artifacts.Executor.abi, data }).errorName;
}

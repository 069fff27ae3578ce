// The checker of the stream: it takes what obeys the laws and finds each way to break them.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { Stream } from './stream.mjs';

const TRUTH = new Map([
  ['a1', { number: 1, parent: 'a0', logs: ['1 a1 0 x', '1 a1 3 y'] }],
  ['a2', { number: 2, parent: 'a1', logs: ['2 a2 1 z'] }],
  ['b2', { number: 2, parent: 'a1', logs: [] }],
]);

function fed(...lines) {
  const stream = new Stream((hash) => TRUTH.get(hash));
  lines.forEach((line) => stream.feed(line));
  return stream;
}

const chain = (...hashes) => hashes.map((hash) => ({ hash, ...TRUTH.get(hash) }));
const FIRST = ['HEAD 1 a1 a0', 'LOG 1 a1 0 x', 'LOG 1 a1 3 y', 'BLOCK 1 a1'];

test('logs before their head, undone blocks and late anchors are in order', () => {
  fed(...FIRST).equals(chain('a1'));
  fed('HEAD 1 a1 a0', 'LOG 1 a1 0 x', 'LOG 1 a1 3 y', 'LOG 2 a2 1 z', 'HEAD 2 a2 a1', 'BLOCK 1 a1', 'BLOCK 2 a2').equals(chain('a1', 'a2'));
  fed(...FIRST, 'LOG 2 a2 1 z', 'UNDONE 2 a2', 'HEAD 2 b2 a1', 'BLOCK 2 b2').equals(chain('a1', 'b2'));
  fed(...FIRST, 'UNDONE 1 a1', ...FIRST).equals(chain('a1'));
});

const broken = {
  'a head that does not stand on the top': [...FIRST, 'HEAD 2 a2 a0'],
  'a head of the wrong number': [...FIRST, 'HEAD 3 a2 a1'],
  'a head while logs of another wait for theirs': [...FIRST, 'LOG 2 a2 1 z', 'HEAD 2 b2 a1'],
  'a head twice': ['HEAD 1 a1 a0', 'HEAD 1 a1 a0'],
  'a log twice': ['HEAD 1 a1 a0', 'LOG 1 a1 0 x', 'LOG 1 a1 0 x'],
  'logs out of order': ['HEAD 1 a1 a0', 'LOG 1 a1 3 y', 'LOG 1 a1 0 x'],
  'a log of a block further up': [...FIRST, 'LOG 3 c3 0 x'],
  'a log after its block': [...FIRST, 'LOG 1 a1 7 x'],
  'a block twice': [...FIRST, 'BLOCK 1 a1'],
  'a block before its head': [...FIRST, 'LOG 2 a2 1 z', 'BLOCK 2 a2'],
  'a block before the one below': ['HEAD 1 a1 a0', 'HEAD 2 a2 a1', 'LOG 2 a2 1 z', 'BLOCK 2 a2'],
  'a block that lacks a log': ['HEAD 1 a1 a0', 'LOG 1 a1 0 x', 'BLOCK 1 a1'],
  'a block with a log that never was': ['HEAD 1 a1 a0', 'LOG 1 a1 0 x', 'LOG 1 a1 1 w', 'LOG 1 a1 3 y', 'BLOCK 1 a1'],
  'an undone block that is not the top': ['HEAD 1 a1 a0', 'HEAD 2 a2 a1', 'UNDONE 1 a1'],
  'a stack that was given up': [...FIRST, 'BROKEN'],
  'a line that is none': ['head 1 a1 a0'],
};
for (const [name, lines] of Object.entries(broken)) {
  test(`finds ${name}`, () => assert.throws(() => fed(...lines), { name: 'Error', message: new RegExp(`^line ${lines.length}: `) }));
}

test('finds a stack that is not the chain', () => {
  assert.throws(() => fed(...FIRST).equals(chain('a1', 'a2')), /the chain 2/);
  assert.throws(() => fed(...FIRST, 'HEAD 2 b2 a1', 'BLOCK 2 b2').equals(chain('a1', 'a2')), /block 2 is a2/);
  assert.throws(() => fed(...FIRST, 'HEAD 2 b2 a1').equals(chain('a1', 'b2')), /never had its BLOCK/);
  const late = new Stream(() => undefined);
  FIRST.forEach((line) => late.feed(line));
  assert.throws(() => late.equals(chain('a1')), /never was/);
});

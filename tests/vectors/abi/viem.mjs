// Writes viem.json; see README.md. Usage: npm install viem@2.21.0 && node viem.mjs >viem.json
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  encodeAbiParameters, encodeErrorResult, encodeEventTopics, encodeFunctionData, encodeFunctionResult, parseAbiParameters,
  toEventSelector, toFunctionSelector,
} from 'viem'

const here = path.dirname(fileURLToPath(import.meta.url))
const root = path.join(here, '../../..')

// mulberry32, so that the file is the same each time
let seed = 20240917
function random(n) {
  seed = (seed + 0x6d2b79f5) | 0
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * n)
}
const pick = (list) => list[random(list.length)]
const times = (n, f) => Array.from({ length: n }, (_, i) => f(i))
const hex = (n) => '0x' + times(n, () => random(256).toString(16).padStart(2, '0')).join('')

function bits(n) {
  let v = 0n
  for (let i = 0; i < n; i++) v = (v << 1n) | BigInt(random(2))
  return v
}
const width = () => 8 * (1 + random(32))

function number(signed, w) {
  const n = BigInt(signed ? w - 1 : w)
  const kind = random(5)
  const v = kind === 0 ? 0n : kind === 1 ? (1n << n) - 1n : bits(random(Number(n)) + 1) & ((1n << n) - 1n)
  return signed && random(2) ? -v - 1n : v
}

// A type as text, and a function that makes a value: for viem, and as the file has it.
function makeType(depth) {
  const kind = random(depth > 0 ? 12 : 8)
  if (kind < 2) {
    const signed = kind === 1
    const w = width()
    return [`${signed ? '' : 'u'}int${w}`, () => { const v = number(signed, w); return [w <= 48 ? Number(v) : v, v.toString()] }]
  }
  if (kind === 2) return ['bool', () => { const v = random(2) === 1; return [v, v] }]
  if (kind === 3) return ['address', () => { const v = hex(20); return [v, v] }]
  if (kind === 4) { const n = 1 + random(32); return [`bytes${n}`, () => { const v = hex(n); return [v, v] }] }
  if (kind < 7) return ['bytes', () => { const v = hex(pick([0, 1, 31, 32, 33, random(80)])); return [v, v] }]
  if (kind === 7) return ['string', () => { const v = pick(['', 'a', 'Ünïcödé ☃', 'x'.repeat(32), 'y'.repeat(random(70))]); return [v, v] }]
  if (kind < 10) {
    const [text, value] = makeType(depth - 1)
    const fixed = kind === 9 ? 1 + random(3) : 0
    return [`${text}[${fixed || ''}]`, () => { const all = times(fixed || random(4), value); return [all.map((v) => v[0]), all.map((v) => v[1])] }]
  }
  const parts = times(1 + random(4), () => makeType(depth - 1))
  return [`(${parts.map((p) => p[0]).join(',')})`, () => { const all = parts.map((p) => p[1]()); return [all.map((v) => v[0]), all.map((v) => v[1])] }]
}

const cases = times(64, (i) => {
  const parts = times(1 + random(4), () => makeType(i % 4))
  const text = parts.map((p) => p[0]).join(',')
  const values = parts.map((p) => p[1]())
  return { type: `(${text})`, values: values.map((v) => v[1]), data: encodeAbiParameters(parseAbiParameters(text), values.map((v) => v[0])) }
})

const load = (f) => JSON.parse(fs.readFileSync(path.join(root, f)))
const folders = fs.readdirSync(path.join(root, 'abi')).map((n) => `abi/${n}`)
const entries = (folder) =>
  fs.readdirSync(path.join(root, folder)).filter((f) => f.endsWith('.json')).sort()
    .flatMap((f) => load(`${folder}/${f}`)).map((e) => [path.basename(folder), e])

// Selectors and topics of every entry, as viem hashes them.
const hashes = [...folders, 'tests/vectors/abi/sample'].flatMap(entries).map(([name, e]) => ({
  name: `${name} ${e.type} ${e.name}`,
  hash: e.type === 'event' ? toEventSelector(e) : toFunctionSelector({ outputs: [], ...e, type: 'function' }),
}))

// Calls, returned data, logs and reverts of every entry of abi/. Each leaf is told by its number n from 1: uint and
// address are the byte n repeated, int is the complement of 31 such bytes, bytes and string are n bytes of 0x60 + n.
const repeat = (n, sz) => '0x' + n.toString(16).padStart(2, '0').repeat(sz)
function leaves(params) {
  let n = 0
  const leaf = (p) => {
    if (p.type === 'tuple') return Object.fromEntries(p.components.map((c) => [c.name, leaf(c)]))
    n++
    const bits = Number(/[0-9]+$/.exec(p.type) ?? 0)
    if (p.type.startsWith('uint')) return bits <= 48 ? Number(repeat(n, bits / 8)) : BigInt(repeat(n, bits / 8))
    if (p.type.startsWith('int')) return ~BigInt(repeat(n, 31))
    if (p.type === 'bool') return true
    if (p.type === 'address') return repeat(n, 20)
    if (p.type === 'string') return String.fromCharCode(0x60 + n).repeat(n)
    return p.type === 'bytes' ? repeat(0x60 + n, n) : repeat(n, 32)
  }
  return params.map(leaf)
}
const encoded = { calls: {}, returns: {}, logs: {}, reverts: {} }
for (const [name, e] of folders.flatMap(entries)) {
  const key = `${name}.${e.name}`
  const values = leaves(e.inputs)
  if (e.type === 'function') {
    encoded.calls[key] = encodeFunctionData({ abi: [e], args: values })
    if (e.stateMutability === 'view') {
      const result = leaves(e.outputs)
      encoded.returns[key] = encodeFunctionResult({ abi: [e], result: result.length === 1 ? result[0] : result })
    }
  } else if (e.type === 'event') {
    const rest = e.inputs.map((p, i) => [p, values[i]]).filter(([p]) => !p.indexed)
    encoded.logs[key] = {
      topics: encodeEventTopics({ abi: [e], args: values.filter((v, i) => e.inputs[i].indexed) }),
      data: encodeAbiParameters(rest.map((r) => r[0]), rest.map((r) => r[1])),
    }
  } else encoded.reverts[key] = encodeErrorResult({ abi: [e], args: values })
}

// The same of sample/, with arguments that test_abi_sample.c repeats.
const sample = load('tests/vectors/abi/sample/sample.json')
const address = (b) => repeat(b, 20)
const pair = (b) => ({ token: address(b), fees: [b, 0xffffff] })
const call = (b, allowFailure, callData) => ({ target: address(b), allowFailure, callData })
encoded.sample = {
  nothing: encodeFunctionData({ abi: sample, functionName: 'nothing' }),
  words: encodeFunctionData({ abi: sample, functionName: 'words',
    args: [255, 2 ** 40 - 1, 2n ** 64n - 1n, 2n ** 72n - 1n, 2n ** 256n - 1n, -128, -(2 ** 39), -(2n ** 63n), -(2n ** 71n),
      -(2n ** 255n), true, address(0xff), repeat(1, 1), repeat(2, 31), repeat(3, 32)] }),
  fixedParts: encodeFunctionData({ abi: sample, functionName: 'fixedParts',
    args: [pair(1), [pair(2), pair(3)], ['0x01020304', '0x00000000', '0xffffffff'], [7n, 2n ** 256n - 1n]] }),
  lists: encodeFunctionData({ abi: sample, functionName: 'lists',
    args: ['0x' + 'ab'.repeat(33), 'text', [1n, 2n, 3n], [true, false], [-8388608, 8388607, -1], [pair(4), pair(5)],
      [call(6, true, '0x'), call(7, false, '0x' + 'cd'.repeat(32))],
      { name: 'route', pools: [address(8)], first: call(9, true, '0xee'), hops: ['0x01', '0x'], limit: 2n ** 128n - 1n },
      ['', 'one'], 65535] }),
  emptyLists: encodeFunctionData({ abi: sample, functionName: 'lists',
    args: ['0x', '', [], [], [], [], [], { name: '', pools: [], first: call(0, false, '0x'), hops: ['0x', '0x'], limit: 0n }, [], 0] }),
  default: encodeFunctionData({ abi: sample, functionName: 'default', args: [1n, true, address(2)] }),
  description: encodeFunctionResult({ abi: sample, functionName: 'description', result: 'a feed' }),
  record: encodeFunctionResult({ abi: sample, functionName: 'record', result: [repeat(1, 32), repeat(2, 40), 'note', 2 ** 32 - 1] }),
  happenedTopics: encodeEventTopics({ abi: sample, eventName: 'Happened', args: { note: 'a note', kind: '0x01020304' } }),
  happenedData: encodeAbiParameters(sample.find((e) => e.name === 'Happened').inputs.filter((p) => !p.indexed),
    [-300, [pair(1), pair(2)], '0x0102']),
  tooHigh: encodeErrorResult({ abi: sample, errorName: 'TooHigh', args: [address(1), 3000, 'fee above the cap'] }),
}

const lines = (list) => '[\n' + list.map((v) => JSON.stringify(v)).join(',\n') + '\n]'
const rest = JSON.stringify(encoded, null, 1).slice(1)
console.log(`{"cases": ${lines(cases)},\n"hashes": ${lines(hashes)},${rest}`)

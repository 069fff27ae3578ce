// Breaks the executor in one place after the other and shows that the tests see it. Takes minutes.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { compileChanged } from '../devnet/lib/compile.mjs';
import { build, forge, forgeEnvironment, forgePath, testArguments } from './run.mjs';

const SOURCE = 'src/contracts/Executor.sol';
const EXPECT = 'abi.encodePacked(callee, callback, data)';
const TAKE = 'abi.encodePacked(msg.sender, msg.sig, data)';
const MISSING = '        if (load(EXPECTED) != 0) revert CallbackMissing(callee);\n';

/** What is broken: [name, text, text instead, ...more of both]; each text stands in the source once. */
const MUTANTS = [
  ['anybody executes', 'if (!operators[msg.sender] && msg.sender != owner) revert NotOperator();', ''],
  ['the owner does not execute', 'if (!operators[msg.sender] && msg.sender != owner)', 'if (!operators[msg.sender])'],
  ['execute within execute', 'if (load(LOCK) != 0) revert Busy();', ''],
  ['the lock stays', '        store(LOCK, 0);\n', ''],
  ['the last block is one too early', 'block.number > last', 'block.number >= last'],
  ['no last block', 'if (last != 0 && block.number > last) revert Expired(block.number, last);', ''],
  ['a guard wants more', 'if (actual < minimum)', 'if (actual <= minimum)'],
  ['no guard', 'if (actual < minimum) revert AccountChanged(guard, actual, minimum);', ''],
  ['a guard reads beyond its result', 'result.length / 32 <= word', 'result.length / 32 < word'],
  ['a guard may revert', '!ok || result.length / 32', 'result.length / 32'],
  ['no assertion', 'if (balance < held[i] || gained < minimum) revert BelowMinimum(token, gained, minimum);', ''],
  ['a loss passes', 'if (balance < held[i] || gained < minimum)', 'if (gained < minimum)'],
  ['a gain wants more', 'gained < minimum)', 'gained <= minimum)'],
  ['a sweep takes all', 'transfer(token, owner, gained)', 'transfer(token, owner, balance)'],
  ['a sweep goes to the operator', 'transfer(token, owner, gained)', 'transfer(token, msg.sender, gained)'],
  ['loans that others asked for', 'if (initiator != address(this)) revert UnexpectedCallback(msg.sender);', ''],
  ['callbacks of anybody', EXPECT, 'abi.encodePacked(callback, data)', TAKE, 'abi.encodePacked(msg.sig, data)'],
  ['callbacks of any kind', EXPECT, 'abi.encodePacked(callee, data)', TAKE, 'abi.encodePacked(msg.sender, data)'],
  ['callbacks with any data', EXPECT, 'abi.encodePacked(callee, callback)', TAKE, 'abi.encodePacked(msg.sender, msg.sig)'],
  ['callbacks again and again', '        store(EXPECTED, 0);\n', '', MISSING, '        store(EXPECTED, 0);\n'],
  ['callbacks at any time', `if (load(EXPECTED) != uint256(keccak256(${TAKE}))) {`, 'if (false) {'],
  ['callbacks that never come', MISSING, ''],
  ['any fee', 'if (fee > most) revert TooDear(msg.sender, fee, most);', ''],
  ['a fee is refused that is named', 'if (fee > most)', 'if (fee >= most)'],
  ['any price', 'if (owed > most) revert TooDear(pool, owed, most);', ''],
  ['a price is refused that is named', 'if (owed > most)', 'if (owed >= most)'],
  ['v3 gives too little', 'if (got < value) revert TooLittle(pool, got, value);\n    }', '}'],
  ['v2 gives too little', 'if (got < value) revert TooLittle(pool, got, value);\n            value = got;', 'value = got;'],
  ['v2 gives no more than asked', '            value = got;\n', ''],
  ['v2 is paid a unit less', '((reserveOut - value) * (PIPS - fee)) + 1', '((reserveOut - value) * (PIPS - fee))'],
  ['a loan is paid without its fee', '        owed += fee;\n', ''],
  ['what is lacking is without the fee', 'balanceOf(token) + fee', 'balanceOf(token)'],
  ['what is lacking is all', '                value -= held;\n', ''],
  ['nothing lacks', 'if (held >= owed) return;', 'if (held + 1 >= owed) return;'],
  ['a call keeps its allowance', 'if (allowed != 0) disapprove(token, callee);', ''],
  ['a lender keeps its allowance', 'if (kind <= LENDER_MORPHO_BLUE) disapprove(token, lender);', ''],
  ['a call is allowed all', 'if (allowed != 0) approve(token, callee, allowed);', 'if (allowed != 0) approve(token, callee, type(uint256).max);'],
  ['Morpho is allowed all', 'borrowed(0, data);\n        approve(token, msg.sender, owed);', 'borrowed(0, data);\n        approve(token, msg.sender, owed | type(uint128).max);'],
  ['a token that refuses', ': uint256(bytes32(result)) == 1)) return;', ': true)) return;'],
  ['a token that returns nothing is refused', 'result.length == 0 ? token.code.length != 0', 'result.length == 0 ? false'],
  ['a token that is not there', 'result.length == 0 ? token.code.length != 0', 'result.length == 0 ? true'],
  ['a contract that is not there', ' && (result.length != 0 || callee.code.length != 0)) return result;', ') return result;'],
  ['a call that reverts', '(ok, result) = callee.call(input);', '(ok, result) = callee.call(input); ok = true;'],
  ['errors of ours are hidden', 'error_ == TooDear.selector || ', ''],
  ['anybody rescues', 'function rescue(address token, address to, uint256 amount) external onlyOwner', 'function rescue(address token, address to, uint256 amount) external'],
  ['anybody makes operators', 'function setOperator(address operator, bool allowed) external onlyOwner', 'function setOperator(address operator, bool allowed) external'],
  ['ownership in one step', '        pendingOwner = account;\n', '        owner = account;\n'],
  ['anybody accepts', 'if (msg.sender != pendingOwner) revert NotOwner();', ''],
  ['accepted again and again', '        delete pendingOwner;\n', ''],
  ['anybody gives ownership', 'function transferOwnership(address account) external onlyOwner', 'function transferOwnership(address account) external'],
  ['the builder burns gas', ', gas: PAY_GAS}', '}'],
  ['a builder may refuse', 'if (!ok) revert BuilderRefused(block.coinbase, value);', ''],
  ['a program may end beyond', '        if (r.at != r.end) revert BadProgram();\n', ''],
  ['a part may end beyond', '        if (inner.end > r.end) revert BadProgram();\n', ''],
  ['amounts of any size', '        if (size > 32) revert BadProgram();\n', ''],
  ['flags of any kind', '        if (flags > FLAG_SWEEP) revert BadProgram();\n', ''],
  ['lenders of any kind', 'kind <= LENDER_UNISWAP_V3_TOKEN1', 'kind <= 255'],
  ['venues of any kind', 'else if (kind == VENUE_V2) swapV2', 'else if (kind <= 255) swapV2'],
  ['what is swapped for a pool comes here', '(value, to) = (owed, payee)', 'value = owed'],
];

function mutate(source, [name, ...pairs]) {
  let text = source;
  for (let i = 0; i < pairs.length; i += 2) {
    const parts = text.split(pairs[i]);
    if (parts.length !== 2) throw new Error(`mutant "${name}": ${JSON.stringify(pairs[i])} stands in the source ${parts.length - 1} times`);
    text = parts.join(pairs[i + 1]);
  }
  return text;
}

/** Which tests fail, in short. */
function failures(text) {
  const names = [...text.matchAll(/^\[FAIL[^\n]*\] ?(\w+)\(|^ (invariant_\w+)\(/gm)].map(([, test, invariant]) => test ?? invariant);
  return [...new Set(names)].map((name) => name.replace(/^testFuzz_|^test_/, ''));
}

const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, only: { type: 'string' }, jobs: { type: 'string', default: '2' } },
});
if (!forgePath()) throw new Error('there is no forge for this machine; $LIQD_FORGE names one');
const { env, args } = testArguments({ seed: Number(values.seed) });
const environment = await forgeEnvironment({ ...env, FOUNDRY_INVARIANT_SHRINK_RUN_LIMIT: '0' });
if ((await build(environment)).code !== 0) throw new Error('the tests do not compile');
const source = readFileSync(new URL(`../../${SOURCE}`, import.meta.url), 'utf8');

/** The first tests that fail: most are seen within few runs. */
async function run(code) {
  const broken = { ...environment, LIQD_EXECUTOR: code };
  const steps = [
    [{ FOUNDRY_FUZZ_RUNS: '20' }, '--no-match-test'],
    [{}, '--no-match-test'],
    [{}, '--match-test'],
  ];
  for (const [more, choice] of steps) {
    const { text } = await forge([...args, '--fail-fast', choice, 'invariant_'], { ...broken, ...more }, false);
    const seen = failures(text);
    if (seen.length > 0) return seen;
  }
  return [];
}

const whole = await compileChanged('executor', { [SOURCE]: source });
const wrong = await run(whole.Executor.bytecode);
if (wrong.length > 0) throw new Error(`the executor as it is fails: ${wrong}`);
const todo = MUTANTS.filter(([name]) => !values.only || name.includes(values.only)).map((mutant) => [mutant[0], mutate(source, mutant)]);
let survivors = 0;
async function work() {
  while (todo.length > 0) {
    const [name, text] = todo.shift();
    const { Executor } = await compileChanged('executor', { [SOURCE]: text });
    const seen = await run(Executor.bytecode);
    if (seen.length === 0) ++survivors;
    console.log(`${name}: ${seen.length === 0 ? 'NOT SEEN' : seen.slice(0, 3).join(', ')}`);
  }
}
await Promise.all(Array.from({ length: Number(values.jobs) }, work));
console.log(`${survivors} not seen`);
process.exitCode = survivors === 0 ? 0 : 1;

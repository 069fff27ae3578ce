// Programs of the executor, as include/liqd/decide/executor.h specifies their bytes; for tests, which also
// write wrong ones.

export const LENDERS = { aave: 0, morpho: 1, token0: 2, token1: 3 };
export const VENUES = { v3: 0, v2: 1 };

const number = (value, size) => BigInt(value).toString(16).padStart(2 * size, '0');
const bytes = (hex) => hex.slice(2).toLowerCase();
const sized = (hex) => number(hex.length / 2, 2) + hex;

/** One byte with the size, and so many bytes; 0 has none. */
function amount(value) {
  const digits = BigInt(value) === 0n ? '' : BigInt(value).toString(16);
  const hex = digits.padStart(2 * Math.ceil(digits.length / 2), '0');
  return number(hex.length / 2, 1) + hex;
}

function swap(code) {
  return ({ venue, zeroForOne, pool, fee = 0, value, token, most, nested = [] }) =>
    number(code, 1) + number(VENUES[venue], 1) + number(zeroForOne ? 1 : 0, 1) + bytes(pool) + number(fee, 3) + amount(value)
    + sized(bytes(token) + amount(most) + operations(nested));
}

const OPERATIONS = {
  flash: ({ kind, lender, token, value, mostFee = 0n, nested }) =>
    `01${number(LENDERS[kind] ?? kind, 1)}${bytes(lender)}${sized(bytes(token) + amount(value) + amount(mostFee) + operations(nested))}`,
  call: ({ contract, token, allowance = 0n, input }) => `02${bytes(contract)}${bytes(token)}${amount(allowance)}${sized(bytes(input))}`,
  out: swap(3),
  in: swap(4),
  unwrap: ({ token, value }) => `05${bytes(token)}${amount(value)}`,
  pay: ({ value }) => `06${amount(value)}`,
  raw: (hex) => bytes(hex),
};

/** Each operation is {name: its fields}. */
function operations(list) {
  return list.flatMap((one) => Object.entries(one)).map(([name, fields]) => OPERATIONS[name](fields)).join('');
}

/** The bytes of a program {sweep, lastBlock, guards: {contract, word, minimum, input}, gains: {token, minimum}, operations}. */
export function encodeProgram({ sweep = false, lastBlock = 0, guards = [], gains = [], operations: list = [] }) {
  const guard = ({ contract, word = 0, minimum, input }) => bytes(contract) + number(word, 1) + amount(minimum) + sized(bytes(input));
  const gain = ({ token, minimum = 0n }) => bytes(token) + amount(minimum);
  return `0x${number(sweep ? 1 : 0, 1)}${number(lastBlock, 5)}${number(guards.length, 1)}${guards.map(guard).join('')}`
    + `${number(gains.length, 1)}${gains.map(gain).join('')}${operations(list)}`;
}

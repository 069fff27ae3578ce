// Seeded random numbers: the same seed draws the same numbers on every machine.

/** A generator: uint(n) draws from [0, n), float() from [0, 1), pick(list), shuffle(list) a copy,
 *  fork(name) an independent generator, so that one reader's draws do not move another's. */
export function randomOf(seed) {
  let state = BigInt.asUintN(64, BigInt(seed));
  const next = () => { // splitmix64: Steele, Lea, Flood 2014
    state = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n);
    let z = state;
    z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    return z ^ (z >> 31n);
  };
  const float = () => Number(next() >> 11n) / 2 ** 53;
  const uint = (n) => Math.floor(float() * n);
  return {
    float,
    uint,
    pick: (list) => list[uint(list.length)],
    shuffle(list) {
      const shuffled = [...list];
      for (let i = shuffled.length - 1; i > 0; i -= 1) {
        const j = uint(i + 1);
        [shuffled[i], shuffled[j]] = [shuffled[j], shuffled[i]];
      }
      return shuffled;
    },
    fork(name) {
      let hash = BigInt.asUintN(64, BigInt(seed) ^ 0xcbf29ce484222325n); // FNV-1a
      for (const byte of Buffer.from(String(name))) {
        hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
      }
      return randomOf(hash);
    },
  };
}

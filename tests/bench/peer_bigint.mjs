// The peer of bench_bigint.c: health factors of Aave 3.6 with node's BigInt, as a script would write
// them. The first line of the input is the reserves and accounts, all numbers in decimal strings; the
// answer their health factors. Each later line is how many rounds over all accounts to compute, the
// answer an empty line when that is done.
import { createInterface } from 'node:readline';

const RAY = 10n ** 27n;
const WAD = 10n ** 18n;

function health(account) {
  let weighted = 0n;
  let debt = 0n;
  for (const leg of account) {
    const a = leg.asset;
    if (leg.owes) {
      const balance = (leg.amount * a.index + RAY - 1n) / RAY;
      debt += (balance * a.price + a.unit - 1n) / a.unit;
    } else {
      const balance = (leg.amount * a.index) / RAY;
      weighted += ((balance * a.price) / a.unit) * a.threshold;
    }
  }
  return (weighted * WAD + debt / 2n) / debt / 10000n;
}

let accounts;
let sink = 0n;
for await (const line of createInterface({ input: process.stdin })) {
  if (!accounts) {
    const input = JSON.parse(line);
    const assets = input.assets.map(([price, index, unit, threshold]) => ({
      price: BigInt(price), index: BigInt(index), unit: BigInt(unit), threshold: BigInt(threshold),
    }));
    accounts = input.accounts.map((legs) => legs.map(([asset, owes, amount]) => ({
      asset: assets[asset], owes: owes === 1, amount: BigInt(amount),
    })));
    console.log(accounts.map((account) => health(account).toString()).join(' '));
    continue;
  }
  for (let i = Number(line); i > 0; i--)
    for (const account of accounts) sink ^= health(account);
  console.log('');
}
if (sink < 0n) console.log(sink);

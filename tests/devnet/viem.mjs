// viem, for tests outside this folder: packages are looked for above the file that imports them.
export * from 'viem';
export { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';

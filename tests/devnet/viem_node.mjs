// What of viem is node's alone, likewise.
export { ipc } from 'viem/node';

// The two ways in which a command ends badly; main.mjs prints the message as one line.

/** Something outside failed; the message names the thing, the place and the remedy. Exit code 1. */
export class DevnetError extends Error {}

/** The command line is wrong. Exit code 2. */
export class UsageError extends Error {}

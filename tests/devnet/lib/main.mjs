// The command line: finds the command in the table, parses its options and prints failures as one line.
import { parseArgs } from 'node:util';
import { COMMANDS } from './commands.mjs';
import { DevnetError, UsageError } from './errors.mjs';
import { RpcError } from './wire.mjs';

const pad = (text, width) => `  ${text.padEnd(width)}  `;

function table(rows) {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => pad(left, width) + right).join('\n');
}

function usage() {
  const rows = COMMANDS.map(({ name, summary }) => [name, summary]);
  const parts = [
    'usage: devnet COMMAND [OPTION...]',
    'A development chain with the real lending protocols.',
    table(rows),
    "devnet COMMAND --help tells a command's options.",
  ];
  return parts.join('\n\n');
}

function usageOf({ name, arguments: wanted = '', summary, options = {} }) {
  const rows = Object.entries(options).map(([option, { value, help }]) => [`--${option}${value ? ` ${value}` : ''}`, help]);
  const head = `usage: devnet ${name}${wanted && ` ${wanted}`} [OPTION...]\n\n${summary}`;
  return `${head}\n\n${table([...rows, ['--help', 'this text']])}`;
}

function findCommand(words) {
  // a command's name may have two words: rival start
  const known = COMMANDS.find(({ name }) => name.split(' ').every((word, i) => words[i] === word));
  if (!known) throw new UsageError(`unknown command "${words[0]}": devnet --help lists them`);
  return known;
}

function parse(command, words) {
  const { name, arguments: wanted = '', options = {} } = command;
  const types = Object.entries(options).map(([option, { value }]) => [option, { type: value ? 'string' : 'boolean' }]);
  const parsed = parseArgs({
    args: words.slice(name.split(' ').length),
    options: { ...Object.fromEntries(types), help: { type: 'boolean' } },
    allowPositionals: true,
  });
  const count = wanted.split(' ').filter(Boolean).length;
  if (!parsed.values.help && parsed.positionals.length !== count) {
    throw new UsageError(`devnet ${name} takes ${wanted || 'no arguments'}: devnet ${name} --help tells more`);
  }
  return { options: parsed.values, args: parsed.positionals };
}

async function run(words) {
  if (words.length === 0 || words[0] === '--help') {
    console.log(usage());
    return words.length === 0 ? 2 : 0;
  }
  const command = findCommand(words);
  const { options, args } = parse(command, words);
  if (options.help) {
    console.log(usageOf(command));
    return 0;
  }
  return (await command.run({ options, args, say: (text) => console.log(text) })) ?? 0;
}

function exitCodeOf(error) {
  const isOptions = error.code?.startsWith?.('ERR_PARSE_ARGS');
  const isExpected = error instanceof DevnetError || error instanceof RpcError;
  const text = isOptions || isExpected || error instanceof UsageError ? error.message.replace(/\s*\n\s*/g, ' ') : error.stack;
  console.error(`devnet: ${text}`);
  return isOptions || error instanceof UsageError ? 2 : 1;
}

process.exitCode = await run(process.argv.slice(2)).catch(exitCodeOf);

import { VhdError } from '../vhd/vhd-error.js';
import { chain } from './chain-command.js';
import { check } from './check-command.js';
import { coalesce } from './coalesce-command.js';
import { convert } from './convert-command.js';
import { create } from './create-command.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { HELP } from './help.js';
import { info } from './info.js';
import { type Command, readCommand } from './read-command.js';
import { repair } from './repair-command.js';
import type { Result } from './result.js';
import type { Terminal } from './terminal.js';
import { UsageError } from './usage-error.js';

/** Runs one command line; never throws. Returns what the process is to end with. */
export async function runCommand(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const json = words.includes('--json');
  try {
    const { json: data, lines, exit } = await run(readCommand(words), terminal);
    terminal.write(json ? `${JSON.stringify(data)}\n` : `${lines.join('\n')}\n`);
    return exit;
  } catch (thrown) {
    const exit = terminal.signal.aborted ? EXIT.interrupted : exitOf(thrown);
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    const code = codeOf(thrown);
    if (json) terminal.write(`${JSON.stringify({ error: { code, message, exit } })}\n`);
    else {
      terminal.tell(`driver-nfs-vhd: ${message}${code === undefined ? '' : ` (${code})`}\n`);
      if (exit === EXIT.usage) terminal.tell('Try driver-nfs-vhd --help\n');
    }
    return exit;
  }
}

async function run(command: Command, terminal: Terminal): Promise<Result> {
  switch (command.kind) {
    case 'help':
      return { json: { help: HELP }, lines: [HELP.trimEnd()], exit: EXIT.done };
    case 'info':
      return info(command.file);
    case 'chain':
      return chain(command.file, command.parents);
    case 'check':
      return check(command, terminal);
    case 'repair':
      return repair(command, terminal);
    case 'create':
      return create(command, terminal);
    case 'convert':
      return convert(command, terminal);
    case 'coalesce':
      return coalesce(command, terminal);
  }
}

function exitOf(thrown: unknown): ExitCode {
  if (thrown instanceof UsageError) return EXIT.usage;
  if (thrown instanceof VhdError) return EXIT.unfit;
  return EXIT.system;
}

function codeOf(thrown: unknown): string | undefined {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string'
    ? thrown.code
    : undefined;
}

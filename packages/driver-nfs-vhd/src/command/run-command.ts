import { VhdError } from '../vhd/vhd-error.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { HELP } from './help.js';
import { printable } from './printable.js';
import { type Command, readCommand } from './read-command.js';
import type { Result } from './result.js';
import type { Terminal } from './terminal.js';
import { UsageError } from './usage-error.js';

/** Runs one command line; never throws. Returns what the process is to end with. */
export async function runCommand(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const json = words.includes('--json');
  try {
    const { json: data, lines, exit } = await run(readCommand(words), terminal);
    terminal.write(json ? `${JSON.stringify(data)}\n` : printable(`${lines.join('\n')}\n`));
    return exit;
  } catch (thrown) {
    const exit = terminal.signal.aborted ? EXIT.interrupted : exitOf(thrown);
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    const code = codeOf(thrown);
    if (json) terminal.write(`${JSON.stringify({ error: { code, message, exit } })}\n`);
    else {
      terminal.tell(
        printable(`driver-nfs-vhd: ${message}${code === undefined ? '' : ` (${code})`}\n`),
      );
      if (exit === EXIT.usage) terminal.tell('Try driver-nfs-vhd --help\n');
    }
    return exit;
  }
}

// Each loads what it needs, and no more: who waits for a command waits for that too.
async function run(command: Command, terminal: Terminal): Promise<Result> {
  switch (command.kind) {
    case 'help':
      return { json: { help: HELP }, lines: [HELP.trimEnd()], exit: EXIT.done };
    case 'info':
      return (await import('./info.js')).info(command.file);
    case 'chain':
      return (await import('./chain-command.js')).chain(command.file, command.parents);
    case 'check':
      return (await import('./check-command.js')).check(command, terminal);
    case 'repair':
      return (await import('./repair-command.js')).repair(command, terminal);
    case 'create':
      return (await import('./create-command.js')).create(command, terminal);
    case 'convert':
      return (await import('./convert-command.js')).convert(command, terminal);
    case 'verify':
    case 'sum':
      return (await import('./verify-command.js')).verify(command, terminal);
    case 'coalesce':
      return (await import('./coalesce-command.js')).coalesce(command, terminal);
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

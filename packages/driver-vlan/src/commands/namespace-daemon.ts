import type { NamespaceName } from '../plan/plan-names.js';
import type { CommandRunner } from './command-runner.js';
import { processesIn } from './processes-in.js';

/** A program that goes on by itself in a namespace, as it is known again. */
export interface NamespaceDaemon {
  readonly namespace: NamespaceName;
  /** The file in which it writes its number. */
  readonly processId: string;
  /** A word that is among its arguments, and among no other's: the path of its configuration. */
  readonly word: string;
}

/** The number of a daemon that runs, by its own file. A number may be another's by now; its words tell. */
export async function daemonId(
  runner: CommandRunner,
  { processId, word }: NamespaceDaemon,
): Promise<string | undefined> {
  const id = /^\d+/.exec((await runner.files.read(processId)) ?? '')?.[0];
  return id !== undefined && saysWord(await wordsOf(runner, id), word) ? id : undefined;
}

/**
 * Kills a daemon with all its processes, and ends when they have ended: their ports are free only then. Whoever has taken
 * its files away has not ended it: it is looked for in its namespace. Whoever has taken the name of its namespace has not
 * ended it either: then its file tells.
 */
export async function stopDaemon(
  runner: CommandRunner,
  daemon: NamespaceDaemon,
  signal: AbortSignal,
): Promise<void> {
  const { namespace, processId, word } = daemon;
  const look = async (): Promise<readonly string[]> => {
    const found: string[] = [];
    for (const id of await processesIn(runner, namespace, signal)) {
      // Who is ending has no words any more, and its ports still.
      const words = await wordsOf(runner, id);
      if (words === '' || saysWord(words, word)) found.push(id);
    }
    return found.length > 0 ? found : [(await daemonId(runner, daemon)) ?? []].flat();
  };
  // To tell it again is the wait.
  for (let found = await look(); found.length > 0; found = await look()) {
    await runner.run({ program: 'kill', arguments: ['-KILL', ...found] }, signal);
  }
  await runner.files.remove(processId);
}

/** The words that a process was started with; empty while it ends. */
function wordsOf(runner: CommandRunner, id: string): Promise<string | undefined> {
  return runner.files.read(`/proc/${id}/cmdline`);
}

function saysWord(words: string | undefined, word: string): boolean {
  return words?.split('\0').some((its) => its.includes(word)) === true;
}

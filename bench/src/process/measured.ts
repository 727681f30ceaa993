import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { Session } from 'node:inspector/promises';
import type { Answer, Passes, Question } from './messages.js';

/** What a measured process answers besides HTTP. */
export interface MeasuredOptions {
  readonly name: string;
  /** How often each SQL statement was run, when that is counted. */
  readonly statements?: ReadonlyMap<string, number> | undefined;
  /** The passes it has begun, when they are watched; those that it returns it forgets. */
  readonly passes?: (() => Passes) | undefined;
}

const NO_PASSES: Passes = { count: 0, since: [] };

/** Serves `listener` on a free port of the loopback, says which, and answers its parent's questions until it is gone. */
export async function serveMeasured(
  listener: RequestListener,
  options: MeasuredOptions,
): Promise<void> {
  const server = createServer({ keepAliveTimeout: 60_000 }, listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new TypeError('no port');
  answerParent(address.port, options);
}

/** Tells the parent the port and answers its questions until it is gone. */
export function answerParent(port: number, options: MeasuredOptions): void {
  process.stdout.write(`${options.name} ready http://127.0.0.1:${port}\n`);
  if (process.send === undefined) return;
  const session = new Session();
  process.on('message', (question: Question) => {
    void answer(question, session, options).then(tell);
  });
  // The work is done in files that the parent removes: nothing is worth an orderly end.
  process.on('disconnect', () => process.exit(0));
  tell({ kind: 'ready', port });
}

function tell(answer: Answer): void {
  process.send?.(answer);
}

async function answer(
  question: Question,
  session: Session,
  { statements = new Map(), passes = () => NO_PASSES }: MeasuredOptions,
): Promise<Answer> {
  switch (question) {
    case 'usage': {
      const { user, system } = process.cpuUsage();
      const cpuMs = (user + system) / 1000;
      return { kind: 'usage', usage: { cpuMs, statements: Object.fromEntries(statements) } };
    }
    case 'passes':
      return { kind: 'passes', passes: passes() };
    case 'start profile':
      session.connect();
      await session.post('Profiler.enable');
      await session.post('Profiler.setSamplingInterval', { interval: 200 });
      await session.post('Profiler.start');
      return { kind: 'profile started' };
    case 'end profile': {
      const { profile } = await session.post('Profiler.stop');
      session.disconnect();
      return { kind: 'profile', profile: JSON.stringify(profile) };
    }
  }
}

import { setTimeout as pause } from 'node:timers/promises';
import { Agent, request } from 'undici';

/** A bare client of a pool: what can be done with its calls and nothing else. */
export interface RawPool extends AsyncDisposable {
  /** How many requests it has made. */
  requests(): number;
  /** Calls with the session put first; answers the result, or throws what the pool said. */
  call(method: string, ...parameters: readonly unknown[]): Promise<unknown>;
}

/** Logs in to a pool of user `root`. */
export async function rawPool(url: string, password: string): Promise<RawPool> {
  const dispatcher = new Agent({ pipelining: 1 });
  let requests = 0;
  const post = async (method: string, params: readonly unknown[]): Promise<unknown> => {
    requests += 1;
    const { body } = await request(`${url}/jsonrpc`, {
      dispatcher,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: requests, method, params }),
    });
    const answer: unknown = await body.json();
    if (typeof answer !== 'object' || answer === null) throw new TypeError('no object');
    if ('result' in answer) return answer.result;
    throw new Error(`${method}: ${JSON.stringify(answer)}`);
  };
  const session = await post('session.login_with_password', ['root', password, '1.0', 'bench']);
  return {
    requests: () => requests,
    call: (method, ...parameters) => post(method, [session, ...parameters]),
    [Symbol.asyncDispose]: () => dispatcher.close(),
  };
}

/** Waits for a task by asking for its status, and removes it. Throws when it did not succeed. */
export async function finish(pool: RawPool, task: unknown): Promise<void> {
  for (;;) {
    const status = await pool.call('task.get_status', task);
    if (status === 'pending') {
      await pause(1);
      continue;
    }
    await pool.call('task.destroy', task);
    if (status === 'success') return;
    throw new Error(`a task ended with ${String(status)}`);
  }
}

/** The reference that a call answers. Throws TypeError when it is none. */
export function refIn(answer: unknown): string {
  if (typeof answer !== 'string') throw new TypeError(`no reference: ${JSON.stringify(answer)}`);
  return answer;
}

/** The references that a call answers. Throws TypeError when it answers something else. */
export function refsIn(answer: unknown): readonly string[] {
  if (!Array.isArray(answer)) throw new TypeError(`no references: ${JSON.stringify(answer)}`);
  return answer.map(refIn);
}

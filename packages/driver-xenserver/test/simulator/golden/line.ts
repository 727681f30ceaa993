import { isList, isMap, type RawRequest, type Value, written } from './scenario.js';

/** What came back for a raw request. */
export interface RawAnswer {
  readonly status: number;
  readonly contentType: string | null;
  readonly body: string;
}

/** What came back for a call. */
export type Reply =
  | { readonly kind: 'result'; readonly result: Value }
  | { readonly kind: 'error'; readonly error: readonly Value[] }
  | { readonly kind: 'none' };

/** The way to a pool, and the time that it goes by. */
export interface Line {
  /** Sends a request as it is; undefined when no answer came within `timeoutMs`. */
  exchange(request: RawRequest, timeoutMs: number): Promise<RawAnswer | undefined>;
  /** Lets time pass. */
  sleep(milliseconds: number): Promise<unknown>;
  /** Milliseconds since some moment. */
  now(): number;
}

let calls = 0;

/** Makes one call over JSON-RPC 2.0. */
export async function call(
  line: Line,
  method: string,
  params: readonly Value[],
  timeoutMs = 20_000,
): Promise<Reply> {
  calls += 1;
  const answer = await line.exchange(
    {
      method: 'POST',
      path: '/jsonrpc',
      headers: { 'content-type': 'application/json' },
      body: written({ jsonrpc: '2.0', id: calls, method, params }),
    },
    timeoutMs,
  );
  if (answer === undefined) return { kind: 'none' };
  const envelope = JSON.parse(answer.body) as Value;
  if (!isMap(envelope) || envelope['jsonrpc'] !== '2.0' || envelope['id'] !== calls) {
    // Concurrent calls are not made by one scenario, but scenarios run side by side.
    if (!isMap(envelope)) throw new Error(`not an envelope: ${answer.body.slice(0, 200)}`);
  }
  const { error, result } = envelope;
  if (isMap(error)) {
    const data = error['data'];
    return { kind: 'error', error: [error['message'] ?? null, ...(isList(data) ? data : [])] };
  }
  if (result === undefined) throw new Error(`neither result nor error: ${answer.body}`);
  return { kind: 'result', result };
}

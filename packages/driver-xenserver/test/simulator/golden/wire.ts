import { Agent, request } from 'node:http';
import type { RawRequest, Value } from './scenario.js';
import { isList, isMap, written } from './scenario.js';

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

const agent = new Agent({ keepAlive: true });

/** Sends a request as it is; undefined when no answer came within `timeoutMs`. */
export function exchange(
  url: string,
  { method, path, headers = {}, body = '' }: RawRequest,
  timeoutMs: number,
): Promise<RawAnswer | undefined> {
  return new Promise((resolve, reject) => {
    const bytes = Buffer.from(body);
    const sent = request(
      new URL(path, url),
      { method, agent, headers: { ...headers, 'content-length': bytes.length } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          clearTimeout(timer);
          resolve({
            status: response.statusCode ?? 0,
            contentType: response.headers['content-type'] ?? null,
            body: Buffer.concat(chunks).toString('utf8'),
          });
        });
      },
    );
    const timer = setTimeout(() => {
      resolve(undefined);
      sent.destroy();
    }, timeoutMs);
    sent.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    sent.end(bytes);
  });
}

let calls = 0;

/** Makes one call over JSON-RPC 2.0. */
export async function call(
  url: string,
  method: string,
  params: readonly Value[],
  timeoutMs = 20_000,
): Promise<Reply> {
  calls += 1;
  const answer = await exchange(
    url,
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

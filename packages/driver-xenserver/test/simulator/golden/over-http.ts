import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Line, RawAnswer } from './line.js';
import type { RawRequest } from './scenario.js';

const agent = new Agent({ keepAlive: true });

function exchange(
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

/** The way over HTTP to a pool that listens at `url`, in real time. */
export function overHttp(url: string): Line {
  return {
    exchange: (raw, timeoutMs) => exchange(url, raw, timeoutMs),
    sleep,
    now: () => performance.now(),
  };
}

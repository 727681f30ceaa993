import { createServer, type ServerResponse } from 'node:http';
import type { Test } from 'tap';
import { listening } from '../served.js';

/** A feed that says what a test has it say: the contract of `GET /v1/events` without a cloud behind it. */
export interface FeedServer {
  readonly url: string;
  /** The requests that opened a stream: the query, and where they want to go on. */
  readonly opened: { readonly query: string; readonly after: string | undefined }[];
  /** Resolves when so many streams have been opened. */
  opening(count: number): Promise<void>;
  /** Adds a change to the feed and sends it to whoever listens. */
  change(state: string): void;
  /** Sends text to whoever listens, as it is. */
  send(text: string): void;
  /** Breaks all streams off. */
  breakOff(): void;
  /** Forgets the feed up to now: who wants to go on from before is told to list again. */
  forget(): void;
  /** What a GET of anything else answers. */
  resource: object;
}

/** Starts a feed for one test. */
export async function feedServer(t: Test): Promise<FeedServer> {
  const log: { readonly id: number; readonly text: string }[] = [];
  const listeners = new Set<ServerResponse>();
  const waiting: { readonly count: number; readonly done: () => void }[] = [];
  let forgotten = 0;
  let last = 0;
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://h');
    if (url.pathname !== '/v1/events') {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(feed.resource));
      return;
    }
    const header = request.headers['last-event-id'];
    const after = typeof header === 'string' ? header : undefined;
    feed.opened.push({ query: url.search, after });
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('retry: 20\n\n');
    const from = after === undefined ? last : Number(after);
    if (from < forgotten) response.write(`event: reset\nid: ${last}\ndata: {}\n\n`);
    else for (const { id, text } of log) if (id > from) response.write(text);
    response.write(`event: ready\nid: ${last}\ndata: {}\n\n`);
    listeners.add(response);
    response.on('close', () => listeners.delete(response));
    for (const { count, done } of waiting) if (feed.opened.length >= count) done();
  });
  const feed: FeedServer = {
    url: `http://127.0.0.1:${await listening(server)}`,
    opened: [],
    opening: (count) =>
      new Promise((done) => {
        if (feed.opened.length >= count) done();
        else waiting.push({ count, done });
      }),
    change(state) {
      last += 1;
      const data = {
        type: 'change',
        id: String(last),
        time: '2026-01-01T00:00:00Z',
        timeTS: 1_767_225_600_000,
        resourceType: 'volume',
        resourceId: '1',
        resourceUuid: '00000000-0000-7000-8000-000000000001',
        accountId: '1',
        generation: last,
        state,
        transitioning: 'yes',
        removed: null,
        events: [],
        links: { resource: '/v1/volumes/1' },
      };
      const text = `event: change\nid: ${last}\ndata: ${JSON.stringify(data)}\n\n`;
      log.push({ id: last, text });
      feed.send(text);
    },
    send: (text) => {
      for (const listener of listeners) listener.write(text);
    },
    breakOff: () => {
      for (const listener of listeners) listener.destroy();
    },
    forget: () => {
      forgotten = last;
      log.length = 0;
    },
    resource: {},
  };
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  return feed;
}

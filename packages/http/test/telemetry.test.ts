import type { Logger, SpanOptions, Tracer } from '@gdcloud/core';
import t from 'tap';
import { at, sends, serve } from './served.js';

interface Started {
  readonly name: string;
  readonly options: SpanOptions;
  readonly said: Record<string, string | number>;
  readonly failures: string[];
  ended: 'yes' | 'no';
}

const TRACEPARENT = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;

function tracing(): { readonly tracer: Tracer; readonly spans: Started[] } {
  const spans: Started[] = [];
  return {
    spans,
    tracer: {
      isActive: true,
      start: (name, options) => {
        const started: Started = { name, options, said: {}, failures: [], ended: 'no' };
        spans.push(started);
        return {
          traceparent: `00-${'1'.repeat(32)}-${'3'.repeat(16)}-01`,
          set: (attributes) => void Object.assign(started.said, attributes),
          fail: (code) => void started.failures.push(code),
          end: () => {
            started.ended = 'yes';
          },
        };
      },
    },
  };
}

function recording(): {
  readonly logger: Logger;
  readonly lines: { data: object; message: string }[];
} {
  const lines: { data: object; message: string }[] = [];
  const write = (data: object, message: string): void => void lines.push({ data, message });
  return { lines, logger: { debug: write, info: write, warn: write, error: write } };
}

t.test('a request is a span of the caller’s trace, named after its route', async (t) => {
  const { tracer, spans } = tracing();
  const served = await serve(t, { tracer });
  const { headers, ...post } = sends('POST', { sizeGb: 1 });
  const created = await served.fetch('/v1/volumes', {
    ...post,
    headers: { ...Object(headers), traceparent: TRACEPARENT, 'x-request-id': 'mine-1' },
  });
  t.equal(created.headers.get('x-request-id'), 'mine-1');
  t.match(spans, [
    {
      name: 'POST /v1/volumes',
      options: { kind: 'server', parent: TRACEPARENT, attributes: { 'gdcloud.request': 'mine-1' } },
      said: { 'http.response.status_code': 201, 'gdcloud.account': String },
      failures: [],
      ended: 'yes',
    },
  ]);
  await served.fetch(`/v1/volumes/${String(at(created.json, 'id'))}?limit=1`);
  await served.fetch('/v1/nothing/secret-in-a-path');
  await served.fetch('/healthz', { key: null });
  t.same(
    spans.slice(1).map(({ name }) => name),
    ['GET /v1/volumes/{id}', 'GET other'],
    'what a caller wrote names no span, and probes are none',
  );
  served.cloud.nextFailure = new TypeError('x is not a function');
  await served.fetch('/v1/volumes');
  t.same(spans.at(-1)?.failures, ['500']);
});

t.test('every line of a request says which and whose; requests name themselves', async (t) => {
  const { logger, lines } = recording();
  const served = await serve(t, { logger });
  served.cloud.nextFailure = new TypeError('x is not a function');
  const failed = await served.fetch('/v1/volumes', { headers: { 'x-request-id': 'not a name' } });
  const request = failed.headers.get('x-request-id');
  t.match(request, /^[0-9a-f]{12}-1$/);
  t.match(lines, [
    {
      data: {
        request,
        errorId: at(failed.json, 'id'),
        code: 'InternalError',
        error: /x is not a function\n +at /,
      },
      message: 'a request failed',
    },
    {
      data: { request, method: 'GET', route: '/v1/volumes', status: 500 },
      message: 'a request was answered',
    },
  ]);
  await served.fetch('/v1/volumes');
  t.match(lines.at(-1), { data: { request: /-2$/, account: /^[0-9a-f-]{36}$/, status: 200 } });
});

t.test('metrics are there when given, outside the version and without credentials', async (t) => {
  const without = await serve(t);
  t.equal((await without.fetch('/metrics', { key: null })).status, 404);
  const served = await serve(t, { metrics: async () => 'gdcloud_one 1\n' });
  const reply = await served.fetch('/metrics', { key: null });
  t.match(reply, { status: 200, text: 'gdcloud_one 1\n' });
  t.match(reply.headers.get('content-type'), /^text\/plain; version=0\.0\.4/);
  const page = await served.fetch('/metrics', { key: null, headers: { accept: 'text/html' } });
  t.match(page, { status: 200, text: 'gdcloud_one 1\n' }, 'and for browsers too');
  t.equal((await served.fetch('/metrics', { key: null, method: 'POST' })).status, 405);
});

t.test('readiness names what answers', async (t) => {
  const checks = [
    { name: 'store', state: 'ok' },
    { name: 'locks', state: 'failed' },
  ] as const;
  const served = await serve(t, { ready: async () => ({ ready: 'yes', checks }) });
  t.match(await served.fetch('/readyz', { key: null }), {
    status: 200,
    json: { status: 'ready', checks: { store: 'ok', locks: 'failed' } },
  });
});

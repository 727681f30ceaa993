import {
  EVENT_BUS,
  type EventBus,
  type LockService,
  type Plugin,
  type ResourceUuid,
} from '@gdcloud/core';
import { opentelemetry } from '@gdcloud/core/opentelemetry';
import { type Tracer, trace } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import t, { type Test } from 'tap';
import { MemoryEventBus } from '../../../dist/adapters/events/memory-event-bus.js';
import { OpentelemetryTracer } from '../../../dist/adapters/opentelemetry/opentelemetry-tracer.js';
import { startCloud, type TestCloud } from '../../support/cloud.js';
import { type Widgets, widgets } from '../../support/widgets.js';

/** A process that takes requests and never gets a lock, and one that does the work: two clouds over one bus. */
interface Pair {
  readonly desk: TestCloud;
  readonly worker: TestCloud;
  readonly outside: Widgets;
  readonly spans: InMemorySpanExporter;
  readonly tracer: Tracer;
}

const NO_LOCKS: LockService = {
  tryAcquire: () => Promise.resolve(undefined),
  holder: () => Promise.resolve(undefined),
};

async function pair(t: Test, bus: EventBus = new MemoryEventBus()): Promise<Pair> {
  const spans = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
  const tracer = provider.getTracer('test');
  const outside = widgets();
  const shared: Plugin = (container) => container.register(EVENT_BUS, { useValue: bus });
  const plugins = [outside.plugin, shared, opentelemetry({ tracer })];
  const worker = await startCloud(t, { plugins });
  const desk = await startCloud(t, { plugins, after: worker, locks: NO_LOCKS });
  await worker.quiet();
  spans.reset();
  return { desk, worker, outside, spans, tracer };
}

function traceparent(span: { spanContext(): { traceId: string; spanId: string } }): string {
  const { traceId, spanId } = span.spanContext();
  return `00-${traceId}-${spanId}-01`;
}

function about(spans: readonly ReadableSpan[], uuid: ResourceUuid): readonly ReadableSpan[] {
  return spans.filter(({ attributes }) => attributes['gdcloud.resource'] === uuid);
}

t.test(
  'a request is one trace, from the desk in one process to the driver in another',
  async (t) => {
    const { desk, worker, outside, spans, tracer } = await pair(t);
    const traces: (string | undefined)[] = [];
    const create = outside.objects.create.bind(outside.objects);
    outside.objects.create = (key, desired, call) => {
      traces.push(call.trace);
      return create(key, desired, call);
    };
    const request = tracer.startSpan('POST /v1/widgets');
    const caller = { ...desk.admin, trace: traceparent(request), requestId: 'r1' };
    const widget = await desk.create('widget', {}, caller);
    request.end();
    await desk.quiet();
    await worker.quiet();
    const found = about(spans.getFinishedSpans(), widget.uuid);
    const { traceId, spanId } = request.spanContext();
    t.ok(
      found.every((span) => span.spanContext().traceId === traceId),
      'all are of one trace',
    );
    const [written, ...others] = found.filter(({ name }) => name === 'create widget');
    t.equal(others.length, 0);
    t.equal(written?.parentSpanContext?.spanId, spanId, 'the write is part of the request');
    t.match(written?.attributes, { 'gdcloud.request': 'r1', 'gdcloud.type': 'widget' });
    const passes = found.filter(({ name }) => name === 'pass widget');
    t.ok(passes.length >= 2, 'one creates, one sees that it is there');
    for (const pass of passes) {
      t.equal(pass.parentSpanContext?.spanId, written?.spanContext().spanId);
      t.match(pass.attributes, { 'gdcloud.account': widget.account, 'gdcloud.pass': /\/\d+$/ });
    }
    t.equal(passes.at(-1)?.attributes['gdcloud.outcome'], 'done');
    const calls = found.filter(({ name }) => name.startsWith('memory.widgets '));
    t.same(
      calls.map(({ name }) => name),
      ['memory.widgets observe', 'memory.widgets create', 'memory.widgets observe'],
    );
    const ids = passes.map((pass) => pass.spanContext().spanId);
    for (const call of calls) t.ok(ids.includes(call.parentSpanContext?.spanId ?? ''));
    const created = calls.find(({ name }) => name.endsWith('create'));
    t.same(traces, created && [traceparent(created)], 'and the driver is told its own span');
  },
);

t.test('a hint that is lost takes the trace along: the scan begins a new one', async (t) => {
  let loses: 'nothing' | 'all' = 'nothing';
  const bus = new MemoryEventBus();
  const { desk, worker, spans, tracer } = await pair(t, {
    publish: (hint) => {
      if (loses === 'nothing') bus.publish(hint);
    },
    subscribe: (receive) => bus.subscribe(receive),
  });
  loses = 'all';
  const request = tracer.startSpan('POST /v1/widgets');
  const widget = await desk.create('widget', {}, { ...desk.admin, trace: traceparent(request) });
  await worker.reaches('widget', widget.id, 'active');
  const passes = about(spans.getFinishedSpans(), widget.uuid).filter(
    ({ name }) => name === 'pass widget',
  );
  t.ok(passes.length > 0);
  for (const pass of passes) {
    t.equal(pass.parentSpanContext, undefined);
    t.not(pass.spanContext().traceId, request.spanContext().traceId);
  }
});

t.test('a pass for several requests is part of the first and linked to the others', async (t) => {
  const { desk, worker, spans, tracer } = await pair(t);
  const widget = await desk.create('widget', {});
  await worker.reaches('widget', widget.id, 'active');
  spans.reset();
  const requests = [tracer.startSpan('first'), tracer.startSpan('second')];
  await Promise.all(
    requests.map((request) =>
      desk.cloud.resources.act(
        { ...desk.admin, trace: traceparent(request) },
        desk.type('widget'),
        widget.id,
        'reconcile',
        {},
      ),
    ),
  );
  await worker.quiet();
  const passes = spans.getFinishedSpans().filter(({ name }) => name === 'pass widget');
  const traces = new Set(
    passes.flatMap((pass) => [
      pass.spanContext().traceId,
      ...pass.links.map(({ context }) => context.traceId),
    ]),
  );
  for (const request of requests) t.ok(traces.has(request.spanContext().traceId));
});

t.test('what fails is told with its code, and a parent that is none begins a new trace', (t) => {
  const spans = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
  const tracer = new OpentelemetryTracer(provider.getTracer('test'));
  for (const parent of [
    '',
    'x',
    `00-${'0'.repeat(32)}-${'1'.repeat(16)}-01`,
    `ff-${'1'.repeat(32)}-${'1'.repeat(16)}-01`,
  ]) {
    const span = tracer.start('a', { kind: 'server', parent });
    span.fail('Broken');
    span.end();
    t.match(span.traceparent, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  }
  for (const span of spans.getFinishedSpans()) {
    t.equal(span.parentSpanContext, undefined);
    t.match(span, {
      status: { code: 2, message: 'Broken' },
      attributes: { 'error.type': 'Broken' },
    });
  }
  const nothing = new OpentelemetryTracer(trace.getTracer('no SDK')).start('a', {
    kind: 'internal',
  });
  t.equal(nothing.traceparent, undefined, 'without an SDK nothing is handed on');
  t.end();
});

import {
  type Context,
  isSpanContextValid,
  ROOT_CONTEXT,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  type Span as TheirSpan,
  type Tracer as TheirTracer,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import type { Span, SpanAttributes, SpanOptions, Tracer } from '../../ports/tracer.js';

const KINDS: Readonly<Record<SpanOptions['kind'], SpanKind>> = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  consumer: SpanKind.CONSUMER,
  internal: SpanKind.INTERNAL,
};

/**
 * Spans by way of OpenTelemetry's API. Contexts are handed on as texts only: what is active in the host application when
 * a span begins plays no part.
 */
export class OpentelemetryTracer implements Tracer {
  readonly isActive = true;
  readonly #tracer: TheirTracer;

  constructor(tracer: TheirTracer) {
    this.#tracer = tracer;
  }

  start(name: string, options: SpanOptions): Span {
    const links = (options.links ?? []).flatMap((link) => {
      const context = parseTraceparent(link);
      return context === undefined ? [] : [{ context }];
    });
    const span = this.#tracer.startSpan(
      name,
      { kind: KINDS[options.kind], attributes: { ...options.attributes }, links },
      parentOf(options.parent),
    );
    return new OpentelemetrySpan(span);
  }
}

class OpentelemetrySpan implements Span {
  readonly traceparent: string | undefined;
  readonly #span: TheirSpan;

  constructor(span: TheirSpan) {
    this.#span = span;
    this.traceparent = traceparentOf(span.spanContext());
  }

  set(attributes: SpanAttributes): void {
    this.#span.setAttributes({ ...attributes });
  }

  fail(code: string): void {
    this.#span.setAttribute('error.type', code);
    this.#span.setStatus({ code: SpanStatusCode.ERROR, message: code });
  }

  end(): void {
    this.#span.end();
  }
}

/** The context that a W3C traceparent names; undefined for any other text. */
export function parseTraceparent(text: string): SpanContext | undefined {
  // Later versions may add fields at the end, and 255 is none (W3C Trace Context, 3.2.2).
  const fields = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/.exec(
    text,
  );
  const [, traceId = '', spanId = '', flags = '0'] = fields ?? [];
  const context = {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED,
    isRemote: true,
  };
  return isSpanContextValid(context) ? context : undefined;
}

function traceparentOf(context: SpanContext): string | undefined {
  if (!isSpanContextValid(context)) return undefined;
  const flags = (context.traceFlags & 0xff).toString(16).padStart(2, '0');
  return `00-${context.traceId}-${context.spanId}-${flags}`;
}

function parentOf(parent: string | undefined): Context {
  const context = parent === undefined ? undefined : parseTraceparent(parent);
  return context === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, context);
}

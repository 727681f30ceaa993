import {
  type Caller,
  type Counter,
  type Histogram,
  type Logger,
  type Meter,
  NO_METER,
  NO_SPAN,
  NO_TRACER,
  type Random,
  SECONDS,
  type Span,
  type Tracer,
  type TypeRegistry,
} from '@gdcloud/core';
import type { ApiRequest } from './api-request.js';
import { isOpen, routeOf } from './route.js';

const METHODS: readonly string[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** What requests are watched with. */
export interface RequestWatchOptions {
  readonly types: TypeRegistry;
  readonly random: Pick<Random, 'bytes'>;
  readonly logger?: Logger | undefined;
  readonly tracer?: Tracer | undefined;
  readonly meter?: Meter | undefined;
}

/** Watches requests: gives each a name and a span, counts it, and says at the end how it was answered. */
export class RequestWatches {
  readonly #types: TypeRegistry;
  readonly #logger: Logger | undefined;
  readonly #tracer: Tracer;
  readonly #measures: 'yes' | 'no';
  readonly #requests: Counter<'method' | 'status'>;
  readonly #seconds: Histogram<'method'>;
  readonly #prefix: string;
  #count = 0;

  constructor(options: RequestWatchOptions) {
    const { types, random, logger, tracer = NO_TRACER, meter = NO_METER } = options;
    this.#types = types;
    this.#logger = logger;
    this.#tracer = tracer;
    this.#measures = meter.isActive ? 'yes' : 'no';
    this.#requests = meter.counter({
      name: 'gdcloud_http_requests_total',
      help: 'Requests that were answered, by method and status.',
      labels: ['method', 'status'],
    });
    this.#seconds = meter.histogram({
      name: 'gdcloud_http_request_seconds',
      help: 'How long a request takes from its head to its answer.',
      labels: ['method'],
      buckets: SECONDS,
    });
    this.#prefix = Buffer.from(random.bytes(6)).toString('hex');
  }

  /** A request has come. */
  begin(request: ApiRequest): RequestWatch {
    const id = idOf(request) ?? this.#nextId();
    const method = METHODS.includes(request.method) ? request.method : 'other';
    const route = routeOf(request, this.#types);
    const began = performance.now();
    const span = isOpen(route)
      ? NO_SPAN
      : this.#tracer.start(`${method} ${route}`, {
          kind: 'server',
          parent: request.header('traceparent'),
          attributes: {
            'http.request.method': method,
            'http.route': route,
            'gdcloud.request': id,
          },
        });
    return new RequestWatch(id, span, (status, ids) => {
      const ms = performance.now() - began;
      this.#logger?.debug({ ...ids, method, route, status, ms }, 'a request was answered');
      if (this.#measures === 'no') return;
      this.#requests.add({ method, status: String(status) });
      this.#seconds.record({ method }, ms / 1_000);
    });
  }

  // Unlike other processes' and earlier runs' by its prefix.
  #nextId(): string {
    this.#count += 1;
    return `${this.#prefix}-${this.#count.toString(36)}`;
  }
}

/** One request, as those who watch see it. */
export class RequestWatch {
  /** Names it in logs, to the caller and in hints. */
  readonly id: string;
  readonly #span: Span;
  readonly #answered: (status: number, ids: object) => void;
  #caller: Caller | undefined;

  constructor(id: string, span: Span, answered: (status: number, ids: object) => void) {
    this.id = id;
    this.#span = span;
    this.#answered = answered;
  }

  /** What every line of this request says. */
  get ids(): object {
    return { request: this.id, account: this.#caller?.account };
  }

  /** It is this caller's; returns the caller with what this request is part of. */
  of(caller: Caller): Caller {
    this.#caller = caller;
    this.#span.set({ 'gdcloud.account': caller.account });
    return { ...caller, requestId: this.id, trace: this.#span.traceparent };
  }

  /** It has its answer. */
  answered(status: number): void {
    this.#span.set({ 'http.response.status_code': status });
    if (status >= 500) this.#span.fail(String(status));
    this.#span.end();
    this.#answered(status, this.ids);
  }
}

// A proxy in front may have named it already; anything else that stands there is no name.
function idOf(request: ApiRequest): string | undefined {
  const given = request.header('x-request-id');
  return given !== undefined && /^[\w.-]{1,64}$/.test(given) ? given : undefined;
}

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
import type { RefusalReason } from '../limits/limit-refusal.js';
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
  readonly #refusals: Counter<'reason'>;
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
    this.#refusals = meter.counter({
      name: 'gdcloud_http_requests_refused_total',
      help: 'Requests that were refused because of a limit, by what was too much.',
      labels: ['reason'],
    });
    this.#prefix = Buffer.from(random.bytes(6)).toString('hex');
  }

  /** A request has come. */
  begin(request: ApiRequest): RequestWatch {
    const id = idOf(request) ?? this.#nextId();
    const method = METHODS.includes(request.method) ? request.method : 'other';
    const span = this.#tracer === NO_TRACER ? NO_SPAN : this.#spanOf(request, method, id);
    return new RequestWatch(this, { id, span, method, request });
  }

  /** A request has its answer. */
  answered({ request, method, began, ids }: RequestWatch, status: number): void {
    if (this.#logger === undefined && this.#measures === 'no') return;
    const ms = performance.now() - began;
    if (this.#logger !== undefined) {
      const route = routeOf(request, this.#types);
      this.#logger.debug({ ...ids, method, route, status, ms }, 'a request was answered');
    }
    if (this.#measures === 'no') return;
    this.#requests.add({ method, status: String(status) });
    this.#seconds.record({ method }, ms / 1_000);
  }

  #spanOf(request: ApiRequest, method: string, id: string): Span {
    const route = routeOf(request, this.#types);
    if (isOpen(route)) return NO_SPAN;
    return this.#tracer.start(`${method} ${route}`, {
      kind: 'server',
      parent: request.header('traceparent'),
      attributes: { 'http.request.method': method, 'http.route': route, 'gdcloud.request': id },
    });
  }

  /** A request was refused because of a limit. */
  refused(reason: RefusalReason): void {
    this.#refusals.add({ reason });
  }

  // Unlike other processes' and earlier runs' by its prefix.
  #nextId(): string {
    this.#count += 1;
    return `${this.#prefix}-${this.#count.toString(36)}`;
  }
}

/** What is known of a request when it comes. */
interface Arrival {
  /** Names it in logs, to the caller and in hints. */
  readonly id: string;
  readonly span: Span;
  readonly method: string;
  readonly request: ApiRequest;
}

/** One request, as those who watch see it. */
export class RequestWatch implements Arrival {
  readonly id: string;
  readonly span: Span;
  readonly method: string;
  readonly request: ApiRequest;
  /** When it came; milliseconds, by a clock that only grows. */
  readonly began: number = performance.now();
  readonly #watches: RequestWatches;
  #caller: Caller | undefined;

  constructor(watches: RequestWatches, { id, span, method, request }: Arrival) {
    this.#watches = watches;
    this.id = id;
    this.span = span;
    this.method = method;
    this.request = request;
  }

  /** What every line of this request says. */
  get ids(): object {
    return { request: this.id, account: this.#caller?.account };
  }

  /** It is this caller's, and comes from that address; returns the caller with what this request is part of. */
  of(caller: Caller, source: string | undefined): Caller {
    this.#caller = caller;
    const { account, accountId, accountName, kind, scopes, key } = caller;
    const isTraced = this.span !== NO_SPAN;
    if (isTraced) this.span.set({ 'gdcloud.account': account });
    // Each by its name: one is made for every request, and what is spread takes several times as long.
    const whole: { readonly [Name in keyof Required<Caller>]: Caller[Name] } = {
      account,
      accountId,
      accountName,
      kind,
      scopes,
      key,
      trace: isTraced ? this.span.traceparent : undefined,
      requestId: this.id,
      source,
    };
    return whole;
  }

  /** It has its answer. */
  answered(status: number): void {
    this.span.set({ 'http.response.status_code': status });
    if (status >= 500) this.span.fail(String(status));
    this.span.end();
    this.#watches.answered(this, status);
  }
}

// A proxy in front may have named it already; anything else that stands there is no name.
function idOf(request: ApiRequest): string | undefined {
  const given = request.header('x-request-id');
  return given !== undefined && /^[\w.-]{1,64}$/.test(given) ? given : undefined;
}

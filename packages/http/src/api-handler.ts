import { type Caller, normalUsername, RequestError } from '@gdcloud/core';
import { type ContentPath, contentPathOf, visitContent } from './content/visit-content.js';
import type { Entered } from './html/refused-form.js';
import { LimitRefusal, type RefusalReason } from './limits/limit-refusal.js';
import type { Work } from './limits/traffic.js';
import type { ApiOptions } from './options.js';
import type { ApiRequest, ReceivedRequest } from './request/api-request.js';
import { checkChannel } from './request/clear-credentials.js';
import { parseBasic } from './request/credentials.js';
import { checkCrossSite } from './request/csrf.js';
import { dryRunOf } from './request/dry-run.js';
import { type Input, isOfPage } from './request/input.js';
import { intentOf } from './request/intent.js';
import { checkAcceptable, type Format, formatOf } from './request/media.js';
import { originOf } from './request/origin.js';
import { Query } from './request/query.js';
import type { RequestWatch } from './request/request-watch.js';
import { pathUnder, segmentsOf, splitTarget } from './request/target.js';
import { checkWire } from './request/wire-check.js';
import type { Answer, ApiResponse } from './response/api-response.js';
import { failureAnswer } from './response/failure.js';
import { MethodRefusal } from './response/method-refusal.js';
import { randomUuid } from './response/random-uuid.js';
import { WireFault } from './response/wire-fault.js';
import { type Writing, writeAnswer } from './response/write-answer.js';
import { dispatch } from './routes/dispatch.js';
import { isEventsPath } from './routes/events.js';
import { ALIVE, metrics, readiness } from './routes/health.js';
import { visitPages } from './routes/pages.js';
import { versionList } from './routes/versions.js';
import { Site } from './site.js';

/** What becomes known of a request while it is handled; answers to failures are written with what is known by then. */
interface Known extends Writing {
  base: string;
  format: Format;
  caller: Caller | undefined;
  quota: Work['quota'];
  path: readonly string[];
  entered: Entered | undefined;
}

const NOWHERE: readonly string[] = [];

/** A request under `/v1`, before it is known whose it is. */
interface Visitor {
  readonly request: ApiRequest;
  readonly known: Known;
  readonly watch: RequestWatch;
  readonly work: Work;
  readonly query: Query;
  readonly origin: string;
}

/** The API as a function from request to response. Knows no sockets. */
export class ApiHandler {
  readonly #site: Site;

  constructor(options: ApiOptions) {
    this.#site = new Site(options);
  }

  /** Whether the path is the API's to answer: the version list, what is under `/v1`, and the health checks. */
  owns(target: string, prefix: string): boolean {
    const path = pathUnder(prefix, splitTarget(target).path);
    if (path === undefined) return false;
    // A host application that renders metrics itself keeps its path.
    if (/^\/metrics$/i.test(path)) return this.#site.metrics !== undefined;
    if (path === '' || /^\/(v1(\/|$)|healthz$|readyz$)/i.test(path)) return true;
    return this.#site.pages !== undefined && /^\/(panel(\/|$)|ui\/)/.test(path);
  }

  /** Answers a request. Never rejects: every failure has a response of its own. */
  async handle(received: ReceivedRequest): Promise<ApiResponse> {
    const request = this.#site.proxies.received(received);
    const watch = this.#site.requests.begin(request);
    const known: Known = {
      base: `${request.scheme}://${request.localAuthority}${request.prefix}`,
      format: formatOf(request, undefined),
      caller: undefined,
      quota: undefined,
      requestId: watch.id,
      path: NOWHERE,
      entered: undefined,
    };
    let response: ApiResponse;
    try {
      // Documents are written out only here, and what a store holds may turn out not to be writable.
      response = writeAnswer(this.#site, request, await this.#answer(request, known, watch), known);
    } catch (thrown) {
      response = writeAnswer(this.#site, request, this.#failure(request, watch, thrown), known);
    }
    watch.answered(response.status);
    return response;
  }

  #failure(request: ApiRequest, watch: RequestWatch, thrown: unknown): Answer {
    const reason = refusalReason(thrown);
    if (reason !== undefined) this.#site.requests.refused(reason);
    const errorId = randomUuid(this.#site.random);
    const answer = failureAnswer(thrown, errorId, this.#site.logger, watch.ids);
    return answer.status === 401 ? challenged(answer, request) : answer;
  }

  async #answer(request: ApiRequest, known: Known, watch: RequestWatch): Promise<Answer> {
    const site = this.#site;
    checkWire(request);
    const origin = originOf(request, site.hosts);
    known.base = origin + request.prefix;
    const target = splitTarget(request.target);
    const query = Query.parse(target.query);
    known.format = formatOf(request, query);
    const segments = segmentsOf(pathUnder(request.prefix, target.path) ?? '/elsewhere');
    known.path = segments;
    const content = contentPathOf(site, segments);
    if (content === undefined && !isEventsPath(segments)) checkAcceptable(request);
    const preflight = site.crossOrigin.preflight(request);
    if (preflight !== undefined) return preflight;
    const page = site.pages && visitPages(site.pages, request, segments);
    if (page !== undefined) return page;
    if (segments[0]?.toLowerCase() !== 'v1')
      return await this.#openAnswer(request.method, segments, known.base);
    const work = site.traffic.begin();
    const visitor: Visitor = { request, known, watch, work, query, origin };
    if (content !== undefined) return await this.#carryContent(visitor, content);
    return await site.deadlines.within(this.#carryOut(visitor, segments), late, discard);
  }

  /** The request of a caller who is not known yet. Ends the work when all of it has ended, however late that is. */
  async #carryOut(visitor: Visitor, segments: readonly string[]): Promise<Answer> {
    const { request, known, work, query, origin } = visitor;
    const site = this.#site;
    try {
      const caller = await this.#identify(visitor);
      const intent = intentOf(request, query, site.limits, () =>
        checkCrossSite(request, origin, site.crossOrigin),
      );
      const { method, input, format } = await (isRead(request)
        ? intent
        : site.bodies.within(intent, slow));
      known.format = format ?? known.format;
      if (known.format === 'html') known.entered = enteredIn(input, method, segments, query);
      const root = `${known.base}/v1`;
      const dryRun = dryRunOf(query, method);
      const visit = { site, request, caller, method, query, input, dryRun, root };
      return await dispatch(visit, segments.slice(1));
    } finally {
      work.end();
    }
  }

  // Bytes take as long as they take, and have limits of their own.
  async #carryContent(visitor: Visitor, content: ContentPath): Promise<Answer> {
    const { request, known, work, query, origin } = visitor;
    const site = this.#site;
    let caller: Caller;
    try {
      caller = await site.deadlines.within(this.#identify(visitor), late);
    } finally {
      work.end();
    }
    const root = `${known.base}/v1`;
    return visitContent({ site, request, caller, query, root, origin }, content);
  }

  async #identify({ request, known, watch, work, origin }: Visitor): Promise<Caller> {
    checkChannel(request, origin, this.#site.credentialsInClear);
    const credentials = parseBasic(request.header('authorization'));
    const found =
      credentials && (await this.#site.signIns.authenticate(credentials, request.clientAddress));
    if (credentials === undefined || found === undefined) {
      throw new RequestError(
        'Unauthorized',
        'the access key or user name, or its secret, is missing or wrong',
      );
    }
    const caller = watch.of(found, request.clientAddress);
    known.caller = caller;
    work.of(normalUsername(credentials.publicValue), found, isRead(request) ? 'read' : 'write');
    known.quota = work.quota;
    return caller;
  }

  /** Answers what needs no credentials: all that is not under `/v1`. */
  async #openAnswer(method: string, segments: readonly string[], base: string): Promise<Answer> {
    const word = segments[0]?.toLowerCase();
    if (segments.length > 1 || !['healthz', 'readyz', 'metrics', undefined].includes(word)) {
      throw new RequestError('NotFound', 'there is nothing at this path');
    }
    refuseWrites(method);
    if (word === 'healthz') return ALIVE;
    if (word === 'metrics') return metrics(this.#site);
    return word === 'readyz' ? readiness(this.#site) : versionList(base);
  }
}

// A page shows a form that was refused once more, as it was filled in.
function enteredIn(
  input: Input,
  method: string,
  segments: readonly string[],
  query: Query,
): Entered | undefined {
  return isOfPage(input)
    ? { method, segments, action: query.get('action'), form: input.form }
    : undefined;
}

function isRead({ method }: ApiRequest): boolean {
  return method === 'GET' || method === 'HEAD';
}

function slow(): WireFault {
  return new WireFault('RequestTimeout', 'the body took too long to come');
}

function late(): LimitRefusal {
  return new LimitRefusal('DeadlineExceeded', 'late', 'the request took too long');
}

// Nobody is there any more to take it.
function discard({ stream, live }: Answer): void {
  live?.close();
  stream?.close().catch(() => undefined);
}

function refusalReason(thrown: unknown): RefusalReason | undefined {
  if (thrown instanceof LimitRefusal) return thrown.reason;
  return thrown instanceof WireFault && thrown.code === 'RequestTimeout' ? 'slow body' : undefined;
}

function refuseWrites(method: string): void {
  if (method !== 'GET' && method !== 'HEAD') throw new MethodRefusal(method, ['GET', 'HEAD']);
}

// Browsers ask people for credentials when challenged; a script in a page that wants none says so (rule 17).
function challenged(answer: Answer, request: ApiRequest): Answer {
  return request.header('x-api-no-challenge')?.toLowerCase() === 'true'
    ? answer
    : {
        ...answer,
        headers: {
          'www-authenticate':
            'Basic realm="User name and password, or access key and secret key", charset="UTF-8"',
        },
      };
}

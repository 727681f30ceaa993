import { type Caller, RequestError } from '@gdcloud/core';
import { contentPathOf, visitContent } from './content/visit-content.js';
import type { ApiOptions } from './options.js';
import type { ApiRequest } from './request/api-request.js';
import { parseBasic } from './request/credentials.js';
import { checkCrossSite } from './request/csrf.js';
import { dryRunOf } from './request/dry-run.js';
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
import { writeAnswer } from './response/write-answer.js';
import { dispatch } from './routes/dispatch.js';
import { ALIVE, metrics, readiness } from './routes/health.js';
import { versionList } from './routes/versions.js';
import { Site } from './site.js';

/** What becomes known of a request while it is handled; answers to failures are written with what is known by then. */
interface Known {
  base: string;
  format: Format;
  caller: Caller | undefined;
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
    return path === '' || /^\/(v1(\/|$)|healthz$|readyz$)/i.test(path);
  }

  /** Answers a request. Never rejects: every failure has a response of its own. */
  async handle(request: ApiRequest): Promise<ApiResponse> {
    const known: Known = {
      base: `${request.scheme}://${request.localAuthority}${request.prefix}`,
      format: formatOf(request, undefined),
      caller: undefined,
    };
    const watch = this.#site.requests.begin(request);
    let answer: Answer;
    try {
      answer = await this.#answer(request, known, watch);
    } catch (thrown) {
      answer = failureAnswer(thrown, randomUuid(this.#site.random), this.#site.logger, watch.ids);
      if (answer.status === 401) answer = challenged(answer, request);
    }
    const response = writeAnswer(this.#site, request, answer, { ...known, requestId: watch.id });
    watch.answered(response.status);
    return response;
  }

  async #answer(request: ApiRequest, known: Known, watch: RequestWatch): Promise<Answer> {
    const site = this.#site;
    checkWire(request);
    const origin = originOf(request, site.trust);
    known.base = origin + request.prefix;
    const target = splitTarget(request.target);
    const query = Query.parse(target.query);
    known.format = formatOf(request, query);
    const segments = segmentsOf(pathUnder(request.prefix, target.path) ?? '/elsewhere');
    const content = contentPathOf(site, segments);
    if (content === undefined) checkAcceptable(request);
    const open = await this.#openAnswer(request.method, segments, known.base);
    if (open !== undefined) return open;
    known.caller = watch.of(await this.#authenticate(request));
    if (content !== undefined) {
      const root = `${known.base}/v1`;
      return visitContent({ site, request, caller: known.caller, query, root, origin }, content);
    }
    const { method, input, format } = await intentOf(request, query, site.limits, () =>
      checkCrossSite(request, origin),
    );
    known.format = format ?? known.format;
    const root = `${known.base}/v1`;
    const dryRun = dryRunOf(query, method);
    return dispatch(
      { site, request, caller: known.caller, method, query, input, dryRun, root },
      segments.slice(1),
    );
  }

  /** Answers what needs no credentials; undefined for everything under `/v1`. */
  async #openAnswer(
    method: string,
    segments: readonly string[],
    base: string,
  ): Promise<Answer | undefined> {
    const word = segments[0]?.toLowerCase();
    if (word === 'v1') return undefined;
    if (segments.length > 1 || !['healthz', 'readyz', 'metrics', undefined].includes(word)) {
      throw new RequestError('NotFound', 'there is nothing at this path');
    }
    refuseWrites(method);
    if (word === 'healthz') return ALIVE;
    if (word === 'metrics') return metrics(this.#site);
    return word === 'readyz' ? readiness(this.#site) : versionList(base);
  }

  async #authenticate(request: ApiRequest): Promise<Caller> {
    const credentials = parseBasic(request.header('authorization'));
    const caller =
      credentials &&
      (await this.#site.resources.authenticate(credentials.publicValue, credentials.secretValue));
    if (caller === undefined) {
      throw new RequestError('Unauthorized', 'the access key and its secret are missing or wrong');
    }
    return caller;
  }
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
            'Basic realm="Access key as user name, secret key as password", charset="UTF-8"',
        },
      };
}

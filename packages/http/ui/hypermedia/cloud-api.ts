import { type ClientCredentials, Connection } from '#client/connection.js';
import { OF_THE_PLATFORM } from '#client/surroundings.js';
import { type Watched, type WatchOptions, watch } from '#client/watch.js';
import { Catalogue } from './catalogue.js';
import {
  type Document,
  type Page,
  pageOf,
  type Resource,
  resourceOf,
  schemasOf,
} from './documents.js';

/** Who is asking, as the API says. */
export interface Asking {
  readonly accountId: string;
  readonly accountName: string;
  readonly kind: string;
}

const TIMEOUT_MS = 30_000;
/** What fails is tried again; a person sees meanwhile that the connection is lost. */
const ATTEMPTS = 3;

/** One public API, followed by its links. All that pages do goes through here. */
export class CloudApi {
  /** The URL of the version: `https://cloud.example/v1`. */
  readonly root: string;
  readonly #connection: Connection;

  constructor(url: string, credentials: ClientCredentials, signal?: AbortSignal) {
    this.#connection = new Connection(
      { url, credentials, signal, timeoutMs: TIMEOUT_MS, attempts: ATTEMPTS },
      OF_THE_PLATFORM,
    );
    this.root = this.#connection.root;
  }

  /** Whose key it is. Throws ApiError where it is nobody’s. */
  async whoAsks(signal?: AbortSignal): Promise<Asking> {
    const { headers } = await this.#get(this.root, signal);
    const told = (name: string): string => decode(headers.get(`x-api-account-${name}`) ?? '');
    return { accountId: told('id'), accountName: told('name'), kind: told('kind') };
  }

  /** All types, as the caller may use them. */
  async catalogue(signal?: AbortSignal): Promise<Catalogue> {
    return new Catalogue(schemasOf((await this.#get('/schemas', signal)).body));
  }

  /** What is behind a link: a resource, an explanation, an answer. */
  async read(url: string, signal?: AbortSignal): Promise<Resource> {
    return resourceOf((await this.#get(url, signal)).body);
  }

  /** A page of a list. */
  async page(url: string, signal?: AbortSignal): Promise<Page> {
    return pageOf((await this.#get(url, signal)).body);
  }

  /** Asks for a new resource. Sent once more it is created once, as all writes are done once. */
  async create(url: string, body: Document): Promise<Resource> {
    return this.#write('POST', url, body);
  }

  /** Asks for other values of these fields. */
  async update(url: string, body: Document): Promise<Resource> {
    return this.#write('PUT', url, body);
  }

  /** Asks for a removal. */
  async remove(url: string): Promise<Resource> {
    return this.#write('DELETE', url, undefined);
  }

  /** Takes an action, by the URL that the resource gives for it. */
  async act(url: string, input: Document = {}): Promise<Resource> {
    return this.#write('POST', url, input);
  }

  /** Changes as they happen, without a gap. See `watch` of the client. */
  changes(options: WatchOptions): AsyncGenerator<Watched, never, undefined> {
    return watch(this.#connection, options);
  }

  #get(to: string, signal: AbortSignal | undefined): ReturnType<Connection['ask']> {
    return this.#connection.ask({ method: 'GET', to, signal });
  }

  async #write(
    method: 'POST' | 'PUT' | 'DELETE',
    to: string,
    body: Document | undefined,
  ): Promise<Resource> {
    const asked = { method, to, ...(body === undefined ? {} : { body }) };
    return resourceOf((await this.#connection.ask(asked)).body);
  }
}

// Names that are no header text come percent-encoded.
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Who asks. */
export interface Credentials {
  readonly access: string;
  readonly secret: string;
}

/** A resource, a collection or an error as it came over the wire. */
export interface Body {
  readonly [field: string]: unknown;
}

/** What became of a request. */
export type Reply =
  /** It was carried out. */
  | { readonly kind: 'done'; readonly status: number; readonly body: Body; readonly tag: string }
  /** It was refused and changed nothing. */
  | { readonly kind: 'refused'; readonly status: number; readonly body: Body }
  /** Nobody knows: no answer, half an answer, or a server that failed. */
  | { readonly kind: 'unknown'; readonly why: string };

/** Sends requests to one API as one account. */
export type Send = (method: string, path: string, options?: SendOptions) => Promise<Reply>;

/** What else a request says. */
export interface SendOptions {
  readonly body?: Body;
  /** Only where the resource is still as this tag says. */
  readonly ifMatch?: string;
}

/** How long a client waits; milliseconds. */
const PATIENCE = 5_000;

/** Gives a client for one API. */
export function requestsTo(url: string, { access, secret }: Credentials): Send {
  const authorization = `Basic ${Buffer.from(`${access}:${secret}`).toString('base64')}`;
  return async (method, path, { body, ifMatch } = {}) => {
    try {
      const response = await fetch(`${url}/${path}`, {
        method,
        signal: AbortSignal.timeout(PATIENCE),
        headers: {
          authorization,
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const { status } = response;
      const answer = (await response.json()) as Body;
      if (status >= 500) return { kind: 'unknown', why: `${status} ${String(answer['code'])}` };
      if (status >= 300) return { kind: 'refused', status, body: answer };
      return { kind: 'done', status, body: answer, tag: response.headers.get('etag') ?? '' };
    } catch (thrown) {
      return { kind: 'unknown', why: thrown instanceof Error ? thrown.name : 'no answer' };
    }
  };
}

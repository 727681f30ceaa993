import type { Connection } from './connection.js';
import { lazy } from './lazy.js';

/** One page of a list, and with `for await` all resources from it to the last page. */
export interface Page<R> extends AsyncIterable<R> {
  readonly data: readonly R[];
  /** Whether there is more after this page. */
  readonly partial: boolean;
  /** The page after this one; undefined after the last. */
  next(): Promise<Page<R> | undefined>;
}

/** A list that was asked for: `await` gives its first page, `for await` all its resources, page by page. */
export interface Listing<R> extends Promise<Page<R>>, AsyncIterable<R> {}

/** A list that begins at a URL or path. Nothing is asked before it is awaited or iterated. */
export function listing<R>(
  connection: Connection,
  to: string,
  signal: AbortSignal | undefined,
): Listing<R> {
  return lazy(
    () => pageAt<R>(connection, to, signal),
    (page) => page,
  );
}

async function pageAt<R>(
  connection: Connection,
  to: string,
  signal: AbortSignal | undefined,
): Promise<Page<R>> {
  const { body } = await connection.ask({ method: 'GET', to, signal });
  return pageOf(connection, body, signal);
}

/** A page out of what the API answered, which is taken at its word. */
export function pageOf<R>(
  connection: Connection,
  body: unknown,
  signal: AbortSignal | undefined,
): Page<R> {
  const { data, pagination } = Object(body) as {
    readonly data: readonly R[];
    readonly pagination: { readonly next: string | null; readonly partial: boolean } | null;
  };
  const after = pagination?.next ?? undefined;
  const next = async (): Promise<Page<R> | undefined> =>
    after === undefined ? undefined : pageAt<R>(connection, after, signal);
  return {
    data,
    partial: pagination?.partial === true,
    next,
    async *[Symbol.asyncIterator]() {
      yield* data;
      for (let page = await next(); page !== undefined; page = await page.next()) yield* page.data;
    },
  };
}

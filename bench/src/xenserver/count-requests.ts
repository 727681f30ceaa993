import { subscribe, unsubscribe } from 'node:diagnostics_channel';

/** Counts the requests that undici's clients in this process make. */
export interface RequestCount extends Disposable {
  /** How many since it was made. */
  readonly requests: number;
}

/** Begins to count (https://undici.nodejs.org/#/docs/api/DiagnosticsChannel). */
export function countRequests(): RequestCount {
  let requests = 0;
  const heard = (): void => {
    requests += 1;
  };
  subscribe('undici:request:create', heard);
  return {
    get requests() {
      return requests;
    },
    [Symbol.dispose]: () => void unsubscribe('undici:request:create', heard),
  };
}

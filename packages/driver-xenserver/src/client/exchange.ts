import type { Json } from '@gdcloud/core';
import { speak } from './dialect.js';
import type { Exchange, Wire } from './wire.js';

/** One call as it goes over a wire: the session, where it takes one, is the first parameter. */
export interface WireCall extends Exchange {
  readonly method: string;
  readonly parameters: readonly Json[];
}

/** Requests so far, by wire: their ids tell them apart in a record of what went over it. */
const sent = new WeakMap<Wire, number>();

/** Sends one call over `wire` and reads its answer. Throws XapiError, TransportError, or SyntaxError for nonsense. */
export async function exchangeOver(wire: Wire, call: WireCall): Promise<Json> {
  const id = (sent.get(wire) ?? 0) + 1;
  sent.set(wire, id);
  const { method, parameters, effect, headers, signal, timeoutMs } = call;
  return speak(wire, { id, method, parameters }, { effect, headers, signal, timeoutMs });
}

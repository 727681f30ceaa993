import type { Json } from '@gdcloud/core';
import { decodeAnswer, encodeCall } from './envelope.js';
import { StatusError } from './transport-error.js';
import type { Exchange, Wire, WireFormat } from './wire.js';
import { XapiError } from './xapi-error.js';
import { decodeXmlAnswer, encodeXmlCall } from './xml-envelope.js';

/** A call by method and parameters. */
export interface SpokenCall {
  /** Tells requests on one wire apart. */
  readonly id: number;
  readonly method: string;
  readonly parameters: readonly Json[];
}

/** Answered with an error by every release, so it tells the format of answers and does nothing. */
const NOTHING: Omit<SpokenCall, 'id'> = { method: 'gdcloud.which_format', parameters: [] };

const FORMATS = new WeakMap<Wire, WireFormat>();

/**
 * Makes one call in the format that the host at the other end speaks: JSON-RPC, or XML-RPC before XenServer 6.2. That is
 * found out once a wire, by the first call if it only reads (a login does), and otherwise by one that does nothing: a
 * call that changes something is never sent in one format after it was sent in the other. Throws {@link XapiError},
 * TransportError, or SyntaxError for an answer in neither format.
 */
export async function speak(wire: Wire, call: SpokenCall, exchange: Exchange): Promise<Json> {
  const known = FORMATS.get(wire);
  if (known !== undefined) return send(wire, known, call, exchange);
  if (exchange.effect === 'read') return discover(wire, call, exchange);
  await discover(
    wire,
    { ...NOTHING, id: call.id },
    { ...exchange, effect: 'read', headers: {} },
  ).catch((error: unknown) => {
    if (!(error instanceof XapiError)) throw error;
  });
  return send(wire, FORMATS.get(wire) ?? 'json', call, exchange);
}

/** Sends a call in one format and, when the answer is in no such format, in the other; remembers which it was. */
async function discover(wire: Wire, call: SpokenCall, exchange: Exchange): Promise<Json> {
  try {
    return await remembering('json', wire, call, exchange);
  } catch (error) {
    if (!isForeign(error)) throw error;
    return remembering('xml', wire, call, exchange).catch((second: unknown) => {
      // Neither: what today's format met is what to tell.
      throw isForeign(second) ? error : second;
    });
  }
}

async function remembering(
  format: WireFormat,
  wire: Wire,
  call: SpokenCall,
  exchange: Exchange,
): Promise<Json> {
  try {
    const result = await send(wire, format, call, exchange);
    FORMATS.set(wire, format);
    return result;
  } catch (error) {
    if (error instanceof XapiError) FORMATS.set(wire, format);
    throw error;
  }
}

/** Old hosts take JSON for broken XML: they answer in XML, with a status of failure, or not at that path. */
function isForeign(error: unknown): boolean {
  return error instanceof StatusError || error instanceof SyntaxError;
}

async function send(
  wire: Wire,
  format: WireFormat,
  { id, method, parameters }: SpokenCall,
  exchange: Exchange,
): Promise<Json> {
  if (format === 'json') {
    return decodeAnswer(await wire.post(encodeCall(id, method, parameters), exchange));
  }
  const text = await wire.post(encodeXmlCall(method, parameters), { ...exchange, format });
  return decodeXmlAnswer(text);
}

import { isAtLeast } from '../datamodel/releases.js';
import { decodeXmlCall, type XmlCall } from '../xml-rpc/decode.js';
import { XmlEncoder } from '../xml-rpc/encode.js';
import { MalformedXml } from '../xml-rpc/xml-reader.js';
import { faultDescription } from './fault.js';
import { type HttpAnswer, type HttpRequest, otherConfigOf } from './http-request.js';
import type { Pool } from './pool.js';
import { carryOut, resultType } from './rpc.js';
import { Unreadable } from './unreadable.js';

const LIST_METHODS = 'system.listMethods';

/** Answers one request in XML-RPC. Throws {@link Unreadable} for what is none. */
export async function answerXml(pool: Pool, request: HttpRequest): Promise<HttpAnswer> {
  const call = readCall(pool, request.body);
  const encoder = new XmlEncoder(pool.schema);
  const body =
    'failure' in call
      ? encoder.failure(call.failure)
      : await carriedOut(pool, request, call, encoder);
  return { status: 200, type: 'text/xml', body };
}

function readCall(pool: Pool, body: string): XmlCall | { readonly failure: readonly string[] } {
  try {
    return decodeXmlCall(body);
  } catch (error) {
    if (!(error instanceof MalformedXml)) throw error;
    // Clients know a host before 6.2 by its answering JSON in XML. What it says there is not recorded anywhere.
    if (!isAtLeast(pool.settings.asOf, 'clearwater')) {
      return { failure: ['INTERNAL_ERROR', 'Xml.Error(expected a document)'] };
    }
    throw new Unreadable('Xmlm.Error(1:1, "expected root element")');
  }
}

async function carriedOut(
  pool: Pool,
  request: HttpRequest,
  { method, parameters }: XmlCall,
  encoder: XmlEncoder,
): Promise<string> {
  try {
    const otherConfig = otherConfigOf(pool, request);
    const result = await carryOut(pool, { method, parameters, otherConfig });
    if (method === LIST_METHODS) return encoder.bare(result);
    return encoder.success(result, resultType(pool, method));
  } catch (thrown) {
    return encoder.failure(faultDescription(thrown));
  }
}

import type { Exchange } from '@gdcloud/driver-xenserver';
import { SCHEMA } from '../dist/datamodel/schema.js';
import { XmlEncoder } from '../dist/xml-rpc/encode.js';

/** The method that a request calls, in JSON-RPC or in XML-RPC. */
export function methodIn(body: string): string {
  const [, inJson, inXml = ''] = /"method":"([^"]*)"|<methodName>([^<]*)</.exec(body) ?? [];
  return inJson ?? inXml;
}

/** What a pool says that refuses a call, in the format of the call. */
export function refusal(code: string, { format = 'json' }: Exchange): string {
  return format === 'xml'
    ? new XmlEncoder(SCHEMA).failure([code])
    : JSON.stringify({ jsonrpc: '2.0', id: 1, error: { code: 1, message: code, data: [] } });
}

import type { Json } from '@gdcloud/core';
import { readResult } from '../dist/client/answers.js';
import { XapiError } from '../dist/client/xapi-error.js';
import { decodeXmlAnswer, encodeXmlCall } from '../dist/client/xml-envelope.js';

/** Looks at a pool over the bare wire, past the driver's own client. */
export interface RawPool {
  readonly session: string;
  /** Calls with the session put first. */
  call(method: string, ...args: readonly unknown[]): Promise<unknown>;
  /** Calls with extra request headers. */
  callWith(
    headers: Readonly<Record<string, string>>,
    method: string,
    ...args: readonly unknown[]
  ): Promise<unknown>;
  /** All records of a class. */
  records(className: string): Promise<readonly Record<string, unknown>[]>;
}

/** An error as the pool answers it. */
export class RawFault extends Error {
  readonly code: string;
  readonly data: readonly string[];

  constructor(code: string, data: readonly string[]) {
    super(`${code} ${data.join(' ')}`);
    this.code = code;
    this.data = data;
  }
}

/** The error that a call ends with: code and parameters; empty when it succeeds. */
export async function refusalOf(call: Promise<unknown>): Promise<readonly string[]> {
  try {
    await call;
    return [];
  } catch (error) {
    if (error instanceof RawFault) return [error.code, ...error.data];
    throw error;
  }
}

/** Sends one call as it is. */
export async function send(
  url: string,
  method: string,
  params: readonly unknown[],
  headers: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const response = await post(url, method, params, headers);
  // What releases before 6.2 say to JSON.
  if (response.headers.get('content-type') === 'text/xml') {
    return sendXml(url, method, params, headers);
  }
  const answer = (await response.json()) as {
    readonly result?: unknown;
    readonly error?:
      | readonly string[]
      | { readonly message: string; readonly data: readonly string[] }
      | null;
  };
  const { error = null, result } = answer;
  if (error === null) return result;
  if (!('message' in error)) throw faultOf(error);
  throw new RawFault(error.message, error.data);
}

function faultOf([code = '', ...data]: readonly string[]): RawFault {
  return new RawFault(code, data);
}

function post(
  url: string,
  method: string,
  params: readonly unknown[],
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  return fetch(`${url}/jsonrpc`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
}

async function sendXml(
  url: string,
  method: string,
  params: readonly unknown[],
  headers: Readonly<Record<string, string>>,
): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'text/xml', ...headers },
    body: encodeXmlCall(method, params as readonly Json[]),
  });
  try {
    return readResult(method, decodeXmlAnswer(await response.text()));
  } catch (error) {
    throw error instanceof XapiError ? new RawFault(error.code, error.parameters) : error;
  }
}

/** Logs in. */
export async function openRawPool(url: string, password = 'secret'): Promise<RawPool> {
  const session = String(await send(url, 'session.login_with_password', ['root', password]));
  return {
    session,
    call: (method, ...args) => send(url, method, [session, ...args]),
    callWith: (headers, method, ...args) => send(url, method, [session, ...args], headers),
    records: async (className) => {
      const rows = await send(url, `${className}.get_all_records`, [session]);
      return Object.values(rows as Record<string, Record<string, unknown>>);
    },
  };
}

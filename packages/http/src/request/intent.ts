import { RequestError } from '@gdcloud/core';
import { MethodRefusal } from '../response/method-refusal.js';
import type { ApiRequest } from './api-request.js';
import { collect } from './body-bytes.js';
import { type BodyLimits, formWord, type Input, readInput } from './input.js';
import type { Format } from './media.js';
import type { Query } from './query.js';

/** What a request wants done, and with what. */
export interface Intent {
  readonly method: string;
  readonly input: Input;
  /** The format that a form itself asked for. */
  readonly format: Format | undefined;
}

const NOTHING: Input = { kind: 'json', value: {} };

/**
 * Finds out what is to be done. `_method`, in the query or a form, turns a POST into PUT or DELETE and nothing else into
 * anything; bodies of GET are never read (rule 4). A write is first shown to `checkWrite`, then read to its end, so that
 * a broken body has no effect. Throws RequestError, or what `checkWrite` throws.
 */
export async function intentOf(
  request: ApiRequest,
  query: Query,
  limits: BodyLimits,
  checkWrite: () => void,
): Promise<Intent> {
  const { method } = request;
  const asked = query.get('_method')?.toUpperCase();
  if (method === 'GET' || method === 'HEAD') {
    if (asked !== undefined && asked !== 'GET' && asked !== 'HEAD') {
      throw new MethodRefusal(`${asked.slice(0, 16)} by GET`, ['POST']);
    }
    return { method: 'GET', input: NOTHING, format: undefined };
  }
  checkWrite();
  if (method !== 'POST' && method !== 'PUT' && method !== 'DELETE') {
    return { method, input: NOTHING, format: undefined };
  }
  const input =
    method === 'DELETE' ? await skipped(request, limits) : await readInput(request, limits);
  const word = formWord(input, '_format');
  return {
    method: method === 'POST' ? overridden(asked ?? formWord(input, '_method')) : method,
    input,
    format: word === 'html' || word === 'json' ? word : undefined,
  };
}

function overridden(word: string | undefined): string {
  const method = word?.toUpperCase() ?? 'POST';
  if (method === '' || method === 'POST') return 'POST';
  if (method === 'PUT' || method === 'DELETE') return method;
  throw new RequestError('InvalidQuery', '_method must be PUT or DELETE', {
    fieldName: '_method',
  });
}

async function skipped(request: ApiRequest, limits: BodyLimits): Promise<Input> {
  if (request.alreadyParsed === undefined) await collect(request.body, limits.bytes);
  return NOTHING;
}

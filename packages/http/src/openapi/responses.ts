import { ERROR_CATALOGUE } from '@gdcloud/core';
import type {
  HeadersObject,
  ReferenceObject,
  ResponseObject,
  ResponsesObject,
  SchemaObject,
} from 'openapi3-ts/oas31';

/** A reference to a schema of the document. */
export function ref(schema: string): ReferenceObject {
  return { $ref: `#/components/schemas/${schema}` };
}

const SAID: Readonly<Record<number, string>> = {
  400: 'The query or the body can not be read.',
  401: 'The key, or user name and password, are missing or wrong.',
  403: 'The account may not do this.',
  404: 'There is no such resource, or none that the caller may see.',
  405: 'The method does not fit the resource.',
  406: 'Neither of the formats that there are is accepted.',
  409: 'Something is in the way: another change, or what still refers to it.',
  411: 'The length is not said.',
  412: 'The resource has changed since it was read.',
  413: 'The body is too large.',
  414: 'The URL is too long.',
  415: 'The body is of no type that is understood.',
  416: 'There are no such bytes.',
  422: 'A field, a reference or an action does not fit.',
  429: 'Too much at a time: Retry-After says when to ask again.',
  500: 'Something unexpected happened; the id names it in the log.',
  501: 'This process can not carry the bytes of disks.',
  503: 'Something that is needed is away: Retry-After says when to ask again.',
  504: 'It took too long: what a write asked for may still be carried out.',
};

/** What a request may meet besides what fits it: these of the catalogue's statuses. */
export const ON_READ: readonly number[] = [400, 401, 403, 404, 406, 429, 500, 503, 504];
/** What a write may meet. */
export const ON_WRITE: readonly number[] = [
  400, 401, 403, 404, 406, 409, 412, 413, 415, 422, 429, 500, 503, 504,
];
/** What carrying bytes may meet. */
export const ON_BYTES: readonly number[] = [
  400, 401, 403, 404, 409, 411, 413, 415, 416, 422, 429, 500, 501, 503, 504,
];

const RETRY_AFTER: HeadersObject = {
  'Retry-After': {
    description: 'Seconds after which to ask again.',
    schema: { type: 'integer' },
  },
};

/** The responses of failures, by the names that operations refer to them by. */
export function failureResponses(): Readonly<Record<string, ResponseObject>> {
  const used = new Set([...ON_READ, ...ON_WRITE, ...ON_BYTES]);
  return Object.fromEntries(
    [...used].map((status) => [`error${status}`, failure(status, codesOf(status))]),
  );
}

/** References to the failures with these statuses. */
export function failures(statuses: readonly number[]): ResponsesObject {
  return Object.fromEntries(
    statuses.map((status) => [String(status), { $ref: `#/components/responses/error${status}` }]),
  );
}

/** An answer in JSON. */
export function answer(
  description: string,
  schema: SchemaObject | ReferenceObject,
  headers: HeadersObject = {},
): ResponseObject {
  return {
    description,
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
    content: { 'application/json': { schema } },
  };
}

/** The header of answers that hold one resource as it is now. */
export const ETAG: HeadersObject = {
  ETag: {
    description: 'Names this state of the resource, for If-Match.',
    schema: { type: 'string' },
  },
};

/** The headers of the answer to a create. */
export const CREATED: HeadersObject = {
  ...ETAG,
  Location: {
    description: 'The URL of the new resource.',
    schema: { type: 'string', format: 'uri' },
  },
};

function failure(status: number, codes: readonly string[]): ResponseObject {
  const known = codes.length === 0 ? '' : ` Codes: ${codes.join(', ')}.`;
  return answer(
    `${SAID[status] ?? 'It failed.'}${known}`,
    ref('error'),
    status === 429 || status === 503 ? RETRY_AFTER : {},
  );
}

function codesOf(wanted: number): readonly string[] {
  return Object.entries(ERROR_CATALOGUE)
    .filter(([, { status }]) => status === wanted)
    .map(([code]) => code);
}

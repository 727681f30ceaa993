import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import { errorBody } from '../response/failure.js';
import { standardHeaders } from '../response/response-headers.js';

/** What is wrong with a message before it is a request. */
export type MessageFault = 'slow head' | 'slow body' | 'large head' | 'large chunk' | 'malformed';

interface Wording {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

const TIMELY = 'Send a request at once, and its body without pauses.';

const WORDINGS: Readonly<Record<MessageFault, Wording>> = {
  'slow head': {
    status: 408,
    code: 'RequestTimeout',
    message: 'the head of the request took too long to come',
    remedy: TIMELY,
  },
  'slow body': {
    status: 408,
    code: 'RequestTimeout',
    message: 'the body took too long to come',
    remedy: TIMELY,
  },
  'large head': {
    status: 431,
    code: 'HeadersTooLarge',
    message: 'the headers are too long',
    remedy: 'Send fewer headers.',
  },
  'large chunk': {
    status: 413,
    code: 'BodyTooLarge',
    message: 'a chunk of the body says too much of itself',
    remedy: 'Send a smaller body.',
  },
  malformed: {
    status: 400,
    code: 'BadRequest',
    message: 'the message is no HTTP/1.1 that is understood here',
    remedy: 'Send a well-formed HTTP request.',
  },
};

/** What an error of Node's parser says of the message. */
export function faultOf(code: string | undefined): MessageFault {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'slow head';
  if (code === 'HPE_HEADER_OVERFLOW') return 'large head';
  return code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW' ? 'large chunk' : 'malformed';
}

/**
 * A whole answer as bytes of HTTP/1.1, for a message of which no request could be made: an error as all others are
 * (rules 1 and 2), after which the connection ends. `base`: URL of the API, without a trailing slash and the version.
 */
export function wireAnswer(fault: MessageFault, base: string): string {
  const { status, code, message, remedy } = WORDINGS[fault];
  const body = JSON.stringify(errorBody(randomUUID(), status, code, message, { detail: remedy }));
  const headers = {
    ...standardHeaders(base),
    date: new Date().toUTCString(),
    connection: 'close',
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${body}`;
}

import type { Key } from '../double.js';
import { basic } from '../served.js';

/** Where bad inputs are sent to: an API with a few things behind it, the same whatever is behind it. */
export interface Place {
  readonly user: Key;
  readonly admin: Key;
  /** A key that was deactivated, and one that was deleted. */
  readonly revoked: Key;
  readonly deleted: Key;
  /** Networks by id: the user's, another account's, and one of the user's that was deleted. */
  readonly network: string;
  /** The uuid of the first of them. */
  readonly uuid: string;
  readonly foreign: string;
  readonly gone: string;
  /** A server of the user's. */
  readonly server: string;
  /** An image and an offering that everybody may use. */
  readonly image: string;
  readonly offering: string;
  /** The id of something that is no network. */
  readonly otherKind: string;
}

/**
 * One variant of one of the 112 bad inputs of security.md 1.2: what is sent, and what must come back. Whatever it is,
 * nothing changes, nothing is left unhandled, and the next connection works.
 */
export interface BadInput {
  /** `A1` … `E12`. */
  readonly number: string;
  readonly what: string;
  readonly bytes: (place: Place) => string | Buffer;
  /** `none`: the connection ends without an answer. */
  readonly status: number | 'none';
  /** Of the error; absent where the server of Node answers by itself, or where the input is taken. */
  readonly code?: string;
  readonly fieldName?: string | null;
  /** Which of the 18 rules of gdapi.md goes before what security.md asks for. */
  readonly rule?: string;
  /** What becomes of the connection. By default it ends where the message itself was broken. */
  readonly after?: 'open' | 'closed';
  /** What sends it ends right behind it. */
  readonly sender?: 'leaves';
  /** Where the double has nothing that it could be about. */
  readonly only?: 'real cloud';
}

/** Codes after which nobody can tell where the next message begins. */
const BROKEN: readonly (string | undefined)[] = [
  undefined,
  'BadRequest',
  'MisdirectedRequest',
  'HeadersTooLarge',
  'HttpVersionNotSupported',
  'BodyTooLarge',
];

/** What must become of the connection. */
export function afterwards({ status, code, after }: BadInput): 'open' | 'closed' {
  if (after !== undefined) return after;
  return status !== 200 && BROKEN.includes(code) ? 'closed' : 'open';
}

/** How a message differs from a plain GET of the networks. */
export interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: readonly string[];
  readonly body?: string | Buffer;
  readonly type?: string | null;
  readonly by?: 'user' | 'admin';
  readonly authorization?: string | null;
}

/** A whole HTTP/1.1 message. */
export function message(place: Place, sent: Sent): Buffer {
  const body = Buffer.from(sent.body ?? '');
  const authorization =
    sent.authorization === undefined ? basic(place[sent.by ?? 'user']) : sent.authorization;
  const type = sent.type === undefined ? 'application/json' : sent.type;
  const lines = [
    `${sent.method ?? 'GET'} ${sent.path ?? '/v1/networks'} HTTP/1.1`,
    'Host: cloud.example',
    ...(authorization === null ? [] : [`Authorization: ${authorization}`]),
    ...(body.length === 0 || type === null ? [] : [`Content-Type: ${type}`]),
    ...(sent.method === undefined || sent.method === 'GET'
      ? []
      : [`Content-Length: ${body.length}`]),
    ...(sent.headers ?? []),
  ];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body]);
}

type Of<T> = T | ((place: Place) => T);

function of<T extends string | Buffer>(given: Of<T>, place: Place): T {
  return typeof given === 'function' ? given(place) : given;
}

/** A GET, or whatever `more` makes of it. */
export const get =
  (path: Of<string>, more: Sent = {}) =>
  (place: Place) =>
    message(place, { path: of(path, place), ...more });
/** A POST to the networks, or whatever `more` makes of it. */
export const post =
  (body: Of<string | Buffer>, more: Sent = {}) =>
  (place: Place) =>
    message(place, { method: 'POST', path: '/v1/networks', ...more, body: of(body, place) });
/** A PUT of the user's network. */
export const put =
  (body: Of<string | Buffer>, more: Sent = {}) =>
  (place: Place) =>
    message(place, {
      method: 'PUT',
      path: `/v1/networks/${place.network}`,
      ...more,
      body: of(body, place),
    });

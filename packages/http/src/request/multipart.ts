import { Busboy, type BusboyInstance } from '@fastify/busboy';
import { RequestError } from '@gdcloud/core';

/** A name and its text. */
export type Pair = readonly [name: string, value: string];

const LIMITS = {
  fields: 1000,
  parts: 1000,
  files: 1,
  headerPairs: 32,
  headerSize: 8192,
} as const;
const MAX_NAME = 256;
const BOUNDARY = /;\s*boundary=("[^"]{1,70}"|[^\s;"]{1,70})/i;

/**
 * Reads a multipart/form-data body that is in memory already. Throws InvalidBodyContent for what is broken, unfinished
 * or too much, UnsupportedMediaType for file parts: no field takes a file yet (bad inputs E5–E10).
 */
export async function parseMultipart(
  contentType: string,
  bytes: Uint8Array,
): Promise<readonly Pair[]> {
  if (!BOUNDARY.test(contentType)) throw broken('the boundary of the multipart body is missing');
  return new Promise((resolve, reject) => {
    const pairs: Pair[] = [];
    const reader = open(contentType, bytes.byteLength);
    reader.on('field', (name, value, nameCut, valueCut) => {
      if (nameCut || valueCut || (name?.length ?? 0) > MAX_NAME)
        reject(broken('a name or a value is too long'));
      else if (name === undefined || name === '') reject(broken('a part has no name'));
      else pairs.push([name, value]);
    });
    reader.on('file', (_name, stream) => {
      // Its end may never come, and a stream whose error nobody hears ends the process.
      stream.on('error', () => {}).resume();
      reject(new RequestError('UnsupportedMediaType', 'no field of this API takes a file'));
    });
    for (const limit of ['fieldsLimit', 'partsLimit', 'filesLimit'] as const) {
      reader.on(limit, () => reject(broken('the form has too many parts')));
    }
    reader.on('error', (cause) => reject(broken('the multipart body is broken', cause)));
    reader.on('finish', () => resolve(pairs));
    reader.end(bytes);
  });
}

function open(contentType: string, size: number): BusboyInstance {
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      limits: { ...LIMITS, fieldSize: size },
    });
  } catch (cause) {
    throw broken('the multipart content type is broken', cause);
  }
}

function broken(message: string, cause?: unknown): RequestError {
  return new RequestError('InvalidBodyContent', message, { cause });
}

import { RequestError } from '@gdcloud/core';
import type { ApiRequest } from './api-request.js';

/** What a body is read as. */
export type BodyKind = 'json' | 'form' | 'multipart';

/** Types that can't be meant as JSON or a form, whatever the body looks like to us. */
const FOREIGN =
  /^(image|audio|video|font|model|message)\/|^multipart\/(?!form-data)|^text\/(?!plain)|^application\/(?!json\b|[a-z0-9.-]+\+json\b|x-www-form-urlencoded\b|octet-stream\b)/i;

/** A body that can be read as a form: a name, then `=`. */
const FORM_LIKE = /^[^\s{}[\]"'<>=&]{1,256}=/;

/**
 * Decides what a body is (rule 3): JSON whenever it starts with `{` or `[`, whatever it is declared as, because old
 * clients declare nothing or something wrong; else a form. Throws UnsupportedMediaType for other types, encodings and
 * charsets, InvalidBodyContent for a body that is neither (bad inputs D5–D8, D32).
 * `text` is the beginning of the body without white space; an empty body is an empty form.
 */
export function bodyKind(request: ApiRequest, text: string): BodyKind {
  const declared = (request.header('content-type') ?? '').trim();
  checkEncoding(request, declared);
  if (text.startsWith('{') || text.startsWith('[')) return 'json';
  if (/^multipart\/form-data\b/i.test(declared)) return 'multipart';
  if (text === '' || /^application\/x-www-form-urlencoded\b/i.test(declared)) return 'form';
  if (FOREIGN.test(declared)) {
    throw new RequestError('UnsupportedMediaType', 'bodies are JSON, urlencoded or multipart');
  }
  if (FORM_LIKE.test(text)) return 'form';
  throw new RequestError('InvalidBodyContent', 'the body is neither a JSON object nor a form');
}

function checkEncoding(request: ApiRequest, declared: string): void {
  const encoding = request.header('content-encoding')?.trim().toLowerCase() ?? 'identity';
  if (encoding !== 'identity' && encoding !== '') {
    throw new RequestError('UnsupportedMediaType', 'bodies must not be compressed');
  }
  const charset = /;\s*charset="?([^\s;"]*)/i.exec(declared)?.[1]?.toLowerCase() ?? 'utf-8';
  if (charset !== 'utf-8' && charset !== 'utf8' && charset !== 'us-ascii') {
    throw new RequestError('UnsupportedMediaType', 'bodies must be UTF-8');
  }
}

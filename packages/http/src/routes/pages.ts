import { RequestError } from '@gdcloud/core';
import type { PageFiles } from '../pages/page-files.js';
import { PANEL_POLICY, panelShell } from '../pages/panel-shell.js';
import type { ApiRequest } from '../request/api-request.js';
import type { Answer } from '../response/api-response.js';
import { MethodRefusal } from '../response/method-refusal.js';

/** What has the same content for ever. */
const FOR_EVER = 'public, max-age=31536000, immutable';

/**
 * Answers the panel and the files of pages, which are the same for everybody and need no key; undefined for all other paths.
 * Throws NotFound for what is not packed.
 */
export function visitPages(
  files: PageFiles,
  request: ApiRequest,
  segments: readonly string[],
): Answer | undefined {
  const [word, name, ...rest] = segments;
  if (word !== 'panel' && (word !== 'ui' || name === undefined || rest.length > 0))
    return undefined;
  const { method } = request;
  if (method !== 'GET' && method !== 'HEAD') throw new MethodRefusal(method, ['GET', 'HEAD']);
  return word === 'panel' ? shell(files, request) : file(files, request, name ?? '');
}

function shell(files: PageFiles, { prefix }: ApiRequest): Answer {
  const parts = files.parts('panel');
  if (parts === undefined) throw notPacked();
  return {
    status: 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': PANEL_POLICY,
      'cross-origin-opener-policy': 'same-origin',
      'cache-control': 'no-cache',
      vary: 'Accept-Encoding',
    },
    body: '',
    file: Buffer.from(panelShell(prefix, parts)),
  };
}

function file(files: PageFiles, request: ApiRequest, name: string): Answer {
  const found = files.file(name);
  if (found === undefined) throw notPacked();
  const squeezed = takesBrotli(request) ? found.compressed : undefined;
  return {
    status: 200,
    headers: {
      'content-type': found.contentType,
      'cache-control': FOR_EVER,
      vary: 'Accept-Encoding',
      ...(squeezed === undefined ? {} : { 'content-encoding': 'br' }),
    },
    body: '',
    file: squeezed ?? found.bytes,
  };
}

function takesBrotli(request: ApiRequest): boolean {
  return /(^|,)\s*br\s*(;\s*q=(?!0(\.0*)?\s*(,|$))[^,]*)?(,|$)/i.test(
    request.header('accept-encoding') ?? '',
  );
}

function notPacked(): RequestError {
  return new RequestError('NotFound', 'there is nothing at this path');
}

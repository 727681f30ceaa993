import type { JsonObject } from '@gdcloud/core';
import { isVisible } from '../schema/type-rights.js';
import { html, type Markup, NOTHING } from './markup.js';
import { linkOf, type Reader } from './reader.js';

/** The head of a page: where the reader is, the ways to the panel and to what describes the API, and who asks. */
export function pageBar(body: JsonObject, path: readonly string[], reader: Reader): Markup {
  const { site, base, root, caller, say } = reader;
  const panel =
    site.pages?.parts('panel') === undefined
      ? NOTHING
      : html`<li><a href="${base}/panel">${say('api.bar.panel')}</a></li>`;
  const known =
    caller === undefined
      ? NOTHING
      : html`<li><a href="${root}/schemas">${say('api.bar.schemas')}</a></li><li><a href="${root}/openapi.json">OpenAPI</a></li>`;
  const account =
    caller === undefined
      ? NOTHING
      : html`<span class="account">${say('frame.account', { name: caller.accountName })}</span>`;
  return html`<a class="skip" href="#main">${say('frame.skip')}</a>
<header class="bar"><nav aria-label="${say('frame.trail')}"><ol class="crumbs">${trail(body, path, reader)}</ol></nav>
<nav class="bar-rest" aria-label="${say('frame.menu')}"><ul>${panel}${known}</ul></nav>${account}</header>
`;
}

// Where a document says what it is, else as far as the path that was asked for leads anywhere.
function trail(body: JsonObject, path: readonly string[], reader: Reader): readonly Markup[] {
  const { base } = reader;
  const self = linkOf(body, 'self');
  const words =
    self?.startsWith(`${base}/`) === true
      ? (self.slice(base.length).split('?')[0] ?? '').split('/').filter((word) => word !== '')
      : knownPart(path, reader);
  const steps = words.map((word, index) => ({
    url: `${base}/${words.slice(0, index + 1).join('/')}`,
    word: decoded(word),
  }));
  return [{ url: `${base}/`, word: 'gdcloud' }, ...steps].map(
    ({ url, word }) => html`<li><a href="${url}">${word}</a></li>`,
  );
}

function knownPart([version, plural = '']: readonly string[], reader: Reader): readonly string[] {
  const { site, caller } = reader;
  if (version?.toLowerCase() !== 'v1') return [];
  const type = site.types.find(plural);
  return type !== undefined && caller !== undefined && isVisible(site.resources, caller, type)
    ? ['v1', type.plural]
    : ['v1'];
}

function decoded(word: string): string {
  try {
    return decodeURIComponent(word);
  } catch {
    return word;
  }
}

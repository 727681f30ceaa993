import type { JsonObject } from '@gdcloud/core';
import { isVisible } from '../schema/type-rights.js';
import { html, type Markup, NOTHING } from './markup.js';
import { type Reader, urlsIn } from './reader.js';

/** Where everything is: the collections that a version has, with what they hold, and its documents. */
export function typeList(body: JsonObject, reader: Reader): Markup {
  const { site, caller, root, labels, say } = reader;
  if (caller === undefined) return NOTHING;
  const types = site.types.all().filter((type) => isVisible(site.resources, caller, type));
  const links = urlsIn(body['links']);
  const known = new Map(links);
  const rows = types.flatMap(({ id, plural, description }) => {
    const url = known.get(plural);
    if (url === undefined) return [];
    return [
      html`<tr><th scope="row"><a href="${url}">${plural}</a></th><td>${labels.plural({ pluralName: plural })}</td><td class="wide">${description}</td><td><a href="${root}/schemas/${id}" aria-label="${say('api.schema.of', { type: id })}">${id}</a></td></tr>\n`,
    ];
  });
  const plurals = new Set(types.map(({ plural }) => plural));
  const others = links.filter(([name]) => !plurals.has(name) && name !== 'self');
  return html`<section aria-labelledby="types-title"><h2 id="types-title">${say('api.types')}</h2>
<div class="table-room" role="region" tabindex="0" aria-label="${say('api.list.table')}"><table><thead><tr><th scope="col">${say('api.types.path')}</th><th scope="col">${say('api.types.name')}</th><th scope="col">${say('api.types.about')}</th><th scope="col">${say('api.schema')}</th></tr></thead><tbody>
${rows}</tbody></table></div></section>
${linkList(others, reader)}`;
}

/** Links of a document, by name. */
export function linkList(links: readonly (readonly [string, string])[], { say }: Reader): Markup {
  if (links.length === 0) return NOTHING;
  const items = links.map(([name, url]) => html`<li><a href="${url}">${name}</a></li>`);
  return html`<nav class="links" aria-label="${say('api.links')}"><ul>${items}</ul></nav>
`;
}

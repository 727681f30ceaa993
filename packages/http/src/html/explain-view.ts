import type { Json, JsonObject } from '@gdcloud/core';
import { isJsonObject } from '../request/strict-json.js';
import { html, type Markup, NOTHING } from './markup.js';
import { plainText } from './plain-text.js';
import { linkOf, type Reader, urlIn } from './reader.js';

/** Says of a resource that it is not as asked yet, and leads to why; the script shows the reasons in its place. */
export function explainNote(body: JsonObject, { say }: Reader): Markup {
  const { transitioning } = body;
  const url = urlIn(body['actions'], 'explain');
  if (transitioning !== 'yes' && transitioning !== 'error')
    return html`<div id="explain" data-live></div>\n`;
  const message = plainText(body['transitioningMessage']);
  const way =
    url === undefined ? NOTHING : html`<p><a href="${url}">${say('api.explain.link')}</a></p>`;
  return html`<div id="explain" data-live><section class="explain ${transitioning === 'error' ? 'bad' : 'busy'}"${url === undefined ? NOTHING : html` data-explain="${url}"`} aria-label="${say('explain.title')}">
${message === '' ? html`<p>${say('api.explain.moving')}</p>` : html`<p><bdi>${message}</bdi></p>`}${way}</section></div>
`;
}

/** Why a resource is not as asked yet: the verdict, what waits for what, and what helps. */
export function explanationView(body: JsonObject, { say }: Reader): Markup {
  const asAsked = body['asAsked'] === 'yes';
  const chain = objectsIn(body['chain']).map((link) => html`<li>${named(link)}</li>`);
  const placement = objectsIn(body['placement']).map(
    ({ candidate, why, filter }) =>
      html`<li><bdi>${plainText(candidate)}</bdi>: ${plainText(why)} <span class="quiet">${plainText(filter)}</span></li>`,
  );
  const suggestions = objectsIn(body['suggestions']).map((suggestion) => {
    const url = urlIn(suggestion, 'url')?.replace(/\/?\?action=.*$/, '');
    const action = plainText(suggestion['action']);
    const way =
      url === undefined ? html`<strong>${action}</strong>` : html`<a href="${url}">${action}</a>`;
    return html`<li>${way} ${plainText(suggestion['why'])}</li>`;
  });
  const resource = linkOf(body, 'resource');
  return html`<section id="explanation" class="explain ${asAsked ? 'good' : 'busy'}"><h2>${asAsked ? say('api.explain.asAsked') : say('explain.title')}</h2>
<p>${plainText(body['verdict'])}</p>
${listed('ol', say('api.explain.chain'), chain)}${listed('ul', say('explain.placement'), placement)}${listed('ul', say('api.explain.helps'), suggestions)}${resource === undefined ? NOTHING : html`<p class="only-page"><a href="${resource}">${say('api.explain.resource')}</a></p>`}</section>
`;
}

function listed(kind: 'ol' | 'ul', title: string, items: readonly Markup[]): Markup {
  if (items.length === 0) return NOTHING;
  return kind === 'ol'
    ? html`<h3>${title}</h3><ol>${items}</ol>`
    : html`<h3>${title}</h3><ul>${items}</ul>`;
}

function named(link: JsonObject): Markup {
  const self = linkOf(link, 'self');
  const name = plainText(link['name'] ?? link['id']);
  return self === undefined
    ? html`<bdi>${name}</bdi>`
    : html`<a href="${self}"><bdi>${name}</bdi></a>`;
}

function objectsIn(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

import type { Caller, JsonObject, ResourceType } from '@gdcloud/core';
import { isJsonObject } from '../request/strict-json.js';
import type { Site } from '../site.js';
import { escapeHtml, scriptLiteral } from './escape.js';
import { collectionForms, resourceForms } from './forms.js';
import { jsonView } from './json-view.js';
import { plainText } from './plain-text.js';
import { rowTable } from './row-table.js';
import { STYLE } from './style.js';

/** What a page depends on besides the document it shows. */
export interface PageContext {
  readonly base: string;
  readonly caller: Caller | undefined;
  readonly about: ResourceType | undefined;
  /** Unguessable and new for every page: only styles and scripts that carry it are in effect. */
  readonly nonce: string;
}

/** A page and the Content-Security-Policy it must be sent with. */
export interface Page {
  readonly html: string;
  readonly policy: string;
}

/**
 * Shows a document of the API to a person: the JSON with working links, and a form for everything that can be done with it.
 * Works without scripts; the one script only holds the document, as pages of the API family do (rule 18).
 */
export function htmlPage(site: Site, status: number, body: JsonObject, context: PageContext): Page {
  const { base, nonce, caller } = context;
  const schemas = `${base}/v1/schemas`;
  const script = `var schemas = ${scriptLiteral(schemas)};
var user = ${scriptLiteral(caller?.accountName ?? null)};
var data = ${scriptLiteral(body)};`;
  const html = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(titleOf(status, body))}</title>
<style nonce="${nonce}">${STYLE}</style>
<script nonce="${nonce}">${script}</script>
</head>
<body>
<nav>${breadcrumbs(base, body)}</nav>
<h1>${escapeHtml(titleOf(status, body))}</h1>
${pages(body)}
${rowTable(body)}
<pre>${jsonView(body, base)}</pre>
${forms(site, body, context)}</body>
</html>
`;
  return { html, policy: policyOf(nonce) };
}

function policyOf(nonce: string): string {
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
    "form-action 'self'",
    "base-uri 'none'",
    "object-src 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

function titleOf(status: number, body: JsonObject): string {
  if (body['type'] === 'error') return `${status} ${plainText(body['code'])}`;
  if (body['type'] === 'collection') return `${plainText(body['resourceType'])} list`;
  const name = body['name'] ?? body['id'] ?? '';
  return `${plainText(body['type'] ?? 'status')} ${plainText(name)}`.trim();
}

function breadcrumbs(base: string, body: JsonObject): string {
  const links = body['links'];
  const self = isJsonObject(links) ? links['self'] : undefined;
  const path = typeof self === 'string' ? (self.slice(base.length).split('?')[0] ?? '') : '';
  const words = path.split('/').filter((word) => word !== '');
  const steps = words.map((word, index) => ({
    url: `${base}/${words.slice(0, index + 1).join('/')}`,
    word,
  }));
  return [{ url: `${base}/`, word: 'gdcloud' }, ...steps]
    .map(({ url, word }) => `<a href="${escapeHtml(url)}">${escapeHtml(word)}</a>`)
    .join('');
}

function pages(body: JsonObject): string {
  const pagination = body['pagination'];
  if (!isJsonObject(pagination)) return '';
  const links = ['first', 'previous', 'next'].flatMap((name) => {
    const url = pagination[name];
    return typeof url === 'string' ? [`<a href="${escapeHtml(url)}">${name} page</a>`] : [];
  });
  return links.length === 0 ? '' : `<nav>${links.join('')}</nav>`;
}

function forms(site: Site, body: JsonObject, { about, caller }: PageContext): string {
  if (about === undefined || caller === undefined) return '';
  if (body['type'] === 'collection') return collectionForms(about, body);
  return resourceForms(about, body, {
    update: site.resources.may(caller, about, 'update'),
    remove: site.resources.may(caller, about, 'delete'),
  });
}

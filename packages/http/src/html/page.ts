import type { Caller, JsonObject, ResourceType } from '@gdcloud/core';
import type { PageParts } from '../pages/page-files.js';
import type { Site } from '../site.js';
import { labelsIn } from '../texts/labels.js';
import { type Language, speaker } from '../texts/speak.js';
import { scriptLiteral } from './escape.js';
import { html, Markup } from './markup.js';
import { pageBar } from './page-bar.js';
import { pageContent } from './page-content.js';
import { ICON, pagePolicy } from './page-policy.js';
import { plainText } from './plain-text.js';
import type { Reader } from './reader.js';
import type { Entered } from './refused-form.js';
import { STYLE } from './style.js';

/** What a page depends on besides the document it shows. */
export interface PageContext {
  readonly base: string;
  readonly caller: Caller | undefined;
  readonly about: ResourceType | undefined;
  /** Unguessable and new for every page: only styles and scripts that carry it are in effect. */
  readonly nonce: string;
  readonly language: Language;
  /** The path that was asked for under the API, decoded; empty for one that can't be read. */
  readonly path: readonly string[];
  /** What came by one of our own forms. */
  readonly entered: Entered | undefined;
  /** The header of that name. */
  readonly retryAfter: string | undefined;
}

/** A page and the Content-Security-Policy it must be sent with. */
export interface Page {
  readonly html: string;
  readonly policy: string;
}

/**
 * Shows a document of the API to a person: readable, the JSON with working links, and a form for everything that can be done
 * with it. All of that can be read and used without scripts; where the pages are packed, a script adds to it. The variables are
 * those that pages of the API family have (rule 18).
 */
export function htmlPage(site: Site, status: number, body: JsonObject, context: PageContext): Page {
  const { base, nonce, caller, language } = context;
  const root = `${base}/v1`;
  const say = speaker(language);
  const reader: Reader = { site, caller, base, root, language, say, labels: labelsIn(say) };
  const parts = site.pages?.parts('apiPage');
  const script = new Markup(`var schemas = ${scriptLiteral(`${root}/schemas`)};
var user = ${scriptLiteral(caller?.accountName ?? null)};
var data = ${scriptLiteral(body)};`);
  const title = titleOf(status, body, context.about);
  const page = html`<!DOCTYPE html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="${ICON}">
${partsView(base, nonce, parts)}
<script nonce="${nonce}">${script}</script>
</head>
<body data-root="${root}">
${pageBar(body, context.path, reader)}<main id="main" tabindex="-1">
${pageContent({ ...context, status, title, body }, reader)}</main>
</body>
</html>
`;
  return {
    html: page.text,
    policy: pagePolicy(nonce, parts === undefined ? 'no script' : 'script'),
  };
}

function partsView(base: string, nonce: string, parts: PageParts | undefined): Markup {
  if (parts === undefined) return html`<style nonce="${nonce}">${new Markup(STYLE)}</style>`;
  return html`<link rel="stylesheet" nonce="${nonce}" href="${base}/ui/${parts.style}">
<script type="module" nonce="${nonce}" src="${base}/ui/${parts.script}"></script>`;
}

function titleOf(status: number, body: JsonObject, about: ResourceType | undefined): string {
  if (body['type'] === 'error') return `${status} ${plainText(body['code'])}`;
  if (body['type'] === 'collection') return about?.plural ?? `${plainText(body['resourceType'])}s`;
  if (body['type'] === 'apiVersion') return `gdcloud API ${plainText(body['id'])}`;
  const name = body['name'] ?? body['id'] ?? '';
  return `${plainText(body['type'] ?? 'status')} ${plainText(name)}`.trim();
}

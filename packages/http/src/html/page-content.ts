import type { JsonObject, ResourceType } from '@gdcloud/core';
import { explainNote, explanationView } from './explain-view.js';
import { factsOf } from './facts.js';
import { actionForms, collectionForms, curlView, editForms } from './forms.js';
import { jsonView } from './json-view.js';
import { listFilters } from './list-filters.js';
import { html, type Markup, NOTHING } from './markup.js';
import { plainText } from './plain-text.js';
import { problemView } from './problem-view.js';
import { linkOf, type Reader, urlsIn } from './reader.js';
import { type Entered, refusedForm, refusedFormView } from './refused-form.js';
import { rowTable } from './row-table.js';
import { schemaList, schemaView } from './schema-view.js';
import { linkList, typeList } from './type-list.js';
import { stateView } from './value-view.js';

/** Longer lists are shown as a table only. */
const LONG = 100;

/** A document, and what is known of the request that it answers. */
export interface Shown {
  readonly status: number;
  readonly title: string;
  readonly body: JsonObject;
  readonly about: ResourceType | undefined;
  readonly entered: Entered | undefined;
  /** The header of that name. */
  readonly retryAfter: string | undefined;
}

/** What a page says of a document, by what kind of document it is, and the document itself as JSON. */
export function pageContent(shown: Shown, reader: Reader): Markup {
  return html`${kindOf(shown, reader)}${documentView(shown.body, reader)}`;
}

function kindOf(shown: Shown, reader: Reader): Markup {
  const { body, about } = shown;
  switch (body['type']) {
    case 'error':
      return errorPage(shown, reader);
    case 'collection':
      return body['resourceType'] === 'schema'
        ? html`${heading(shown)}${schemaList(body, reader)}`
        : listPage(shown, reader);
    case 'schema':
      return html`${heading(shown)}${schemaView(body, reader)}`;
    case 'explanation':
      return html`${heading(shown)}${explanationView(body, reader)}`;
    case 'apiVersion':
      return html`${heading(shown)}${typeList(body, reader)}`;
    default:
      return about === undefined ? answerPage(shown, reader) : resourcePage(shown, about, reader);
  }
}

function errorPage({ title, body, entered, retryAfter }: Shown, reader: Reader): Markup {
  const form = refusedForm(entered, body, reader);
  const again = form === undefined ? NOTHING : refusedFormView(form, reader);
  return html`<h1>${title}</h1>
${problemView(body, retryAfter, form, reader)}${again}`;
}

function listPage(shown: Shown, reader: Reader): Markup {
  const { body, about, title } = shown;
  const { say, root, labels } = reader;
  if (about === undefined) return html`${heading(shown)}${rowTable(body, about, reader)}`;
  const subtitle = html`<p class="quiet">${labels.plural({ pluralName: about.plural })}: ${about.description} <a href="${root}/schemas/${about.id}">${say('api.schema.of', { type: about.id })}</a></p>`;
  const live = liveMarks(about, body, undefined, reader);
  return html`<div class="page-head"${live}><h1>${title}</h1><p id="live" role="status"></p></div>
${subtitle}
${collectionForms(about, body, reader)}${listFilters(about, body, reader)}<div id="list-tools"></div>
${rowTable(body, about, reader)}`;
}

function resourcePage(shown: Shown, about: ResourceType, reader: Reader): Markup {
  const { body, title } = shown;
  const { say, root } = reader;
  const { id } = body;
  const live = liveMarks(about, body, typeof id === 'string' ? id : undefined, reader);
  const others = urlsIn(body['links']).filter(([name]) => name !== 'self');
  return html`<div class="page-head"${live}><h1><bdi id="title" data-live>${title}</bdi> <span id="state" data-live>${stateView(body)}</span></h1><p id="live" role="status"></p></div>
<p class="quiet">${about.description} <a href="${root}/schemas/${about.id}">${say('api.schema.of', { type: about.id })}</a></p>
${onceNote(about, body, reader)}${explainNote(body, reader)}${actionForms(about, body, reader)}${factsOf(body, about, reader)}${linkList(others, reader)}${editForms(about, body, reader)}`;
}

function answerPage(shown: Shown, reader: Reader): Markup {
  const { body } = shown;
  const others = urlsIn(body['links']).filter(([name]) => name !== 'self');
  return html`${heading(shown)}${factsOf(body, undefined, reader)}${linkList(others, reader)}`;
}

function heading({ title }: Shown): Markup {
  return html`<h1>${title}</h1>
`;
}

// Says to the script what to listen for; without a feed there is nothing to hear.
function liveMarks(
  { id: type }: ResourceType,
  body: JsonObject,
  id: string | undefined,
  { site }: Reader,
): Markup {
  const self = linkOf(body, 'self');
  const shown = self === undefined ? NOTHING : html` data-self="${self}"`;
  if (site.feed === undefined) return shown;
  const only = id === undefined ? NOTHING : html` data-live-id="${id}"`;
  return html`${shown} data-live-of="${type}"${only}`;
}

// A secret is in the answer to who asked for it, and never again.
function onceNote({ spec, status }: ResourceType, body: JsonObject, { say }: Reader): Markup {
  const once = Object.entries({ ...spec, ...status })
    .filter(([name, { show }]) => show === 'once' && typeof body[name] === 'string')
    .map(([name]) => name);
  const values = once.map((name) => html`<li>${name}: <code>${plainText(body[name])}</code></li>`);
  return once.length === 0
    ? NOTHING
    : html`<div class="once" role="status" data-once><p>${say('api.once', { fields: once.join(', ') })}</p><ul>${values}</ul></div>
`;
}

function documentView(body: JsonObject, reader: Reader): Markup {
  const { base, say } = reader;
  const self = linkOf(body, 'self');
  const raw =
    self === undefined
      ? NOTHING
      : html`<p><a href="${self}${self.includes('?') ? '&' : '?'}_format=json">${say('api.json.raw')}</a></p>\n`;
  const tree = isLong(body)
    ? html`<p class="quiet">${say('api.json.long')}</p>`
    : html`<div class="json-room" role="region" tabindex="0" aria-label="${say('api.json.title')}">${jsonView(body, base)}</div>`;
  return html`<section id="document" data-live aria-labelledby="document-title"><h2 id="document-title">JSON</h2>
${self === undefined ? NOTHING : curlView({ method: 'GET', url: self }, reader)}${raw}${tree}</section>
`;
}

// Schemas have a page each, and long lists a row for each resource: as a tree they would be too much for any browser.
function isLong(body: JsonObject): boolean {
  const { data } = body;
  return body['resourceType'] === 'schema' || (Array.isArray(data) && data.length > LONG);
}

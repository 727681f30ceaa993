import {
  COMMON_FIELDS,
  type Field,
  type Json,
  type JsonObject,
  type ResourceType,
} from '@gdcloud/core';
import { toneOf } from '../texts/state-tone.js';
import { html, type Markup } from './markup.js';
import { plainText } from './plain-text.js';
import { listOf, type Reader, shownFieldsOf } from './reader.js';

const MOMENT: Field = { kind: 'date', description: '' };
const TEXT: Field = { kind: 'string', description: '' };

/** What fields are, by name: those of a type, and those that all resources have. */
export function kindsOf(type: ResourceType | undefined): { readonly [name: string]: Field } {
  return {
    ...COMMON_FIELDS,
    accountId: { kind: 'reference', target: 'account', description: '' },
    created: MOMENT,
    removed: MOMENT,
    ...(type === undefined ? {} : shownFieldsOf(type)),
  };
}

/** The field that a member of a document is; what nobody declares is a moment where it has a twin in milliseconds. */
export function fieldOf(
  kinds: { readonly [name: string]: Field },
  body: JsonObject,
  name: string,
): Field {
  const declared = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
  return declared ?? (Object.hasOwn(body, `${name}TS`) ? MOMENT : TEXT);
}

/**
 * A value as its kind is read. Words are the API's own, in any language: they are what is sent and searched for. Moments and
 * sizes are marked for the script, which writes them in the reader's locale.
 */
export function valueView(
  name: string,
  field: Field,
  value: Json | undefined,
  reader: Reader,
): Markup {
  const text = plainText(value);
  if (text === '') return html`<span class="quiet">–</span>`;
  switch (field.kind) {
    case 'date':
      return html`<time datetime="${text}">${text}</time>`;
    case 'int':
      return sizeView(name, text);
    case 'reference':
      return referenceView(field, text, reader);
    default:
      break;
  }
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object'))
    return html`<bdi>${value.join(', ')}</bdi>`;
  return typeof value === 'object' && value !== null
    ? html`<code>${text}</code>`
    : html`<bdi>${text}</bdi>`;
}

/** Where a resource stands: a word, and a colour that is never the only sign. */
export function stateView(body: JsonObject): Markup {
  const state = plainText(body['state']);
  if (state === '') return html`<span class="quiet">–</span>`;
  const tone = toneOf(state, body['transitioning']);
  return html`<span class="badge ${tone}"><span class="badge-dot" aria-hidden="true"></span>${state}</span>`;
}

function referenceView({ target }: Field, id: string, reader: Reader): Markup {
  const list = listOf(reader, target);
  return list === undefined
    ? html`<bdi>${id}</bdi>`
    : html`<a href="${list}/${encodeURIComponent(wellFormed(id))}"><bdi>${id}</bdi></a>`;
}

// Units are part of fields' names: `ramSizeMb`, `usedBytes`.
function sizeView(name: string, text: string): Markup {
  const unit = /(Bytes|Mb|Gb)$/.exec(name)?.[1];
  return unit === undefined
    ? html`${text}`
    : html`<data value="${text}" data-unit="${unit}">${text}</data>`;
}

function wellFormed(text: string): string {
  return text.replaceAll(/\p{Surrogate}/gu, '\ufffd');
}

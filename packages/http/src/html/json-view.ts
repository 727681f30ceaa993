import type { Json, JsonObject } from '@gdcloud/core';
import { escapeHtml } from './escape.js';
import { Markup } from './markup.js';

/** How deep a document is open at first. */
const OPEN_DEPTH = 2;
const ASIDE: ReadonlySet<string> = new Set(['sortLinks', 'filters']);

/**
 * A document as JSON whose objects and lists can be folded, our own URLs as links. Only texts that start with `base` become
 * links: what a user wrote into a field never does.
 */
export function jsonView(value: Json, base: string): Markup {
  return new Markup(
    `<div class="json">${nodeView(undefined, value, '', { base, depth: 0 })}</div>`,
  );
}

interface Place {
  readonly base: string;
  readonly depth: number;
}

function nodeView(name: string | undefined, value: Json, comma: string, place: Place): string {
  const key = name === undefined ? '' : `<b>${escapeHtml(JSON.stringify(name))}</b>: `;
  if (typeof value !== 'object' || value === null)
    return `<div>${key}${scalarView(value, place.base)}${comma}</div>\n`;
  const children = Array.isArray(value)
    ? value.map((item) => [undefined, item] as const)
    : Object.entries(value);
  const [begin, end] = Array.isArray(value) ? '[]' : '{}';
  if (children.length === 0) return `<div>${key}${begin}${end}${comma}</div>\n`;
  const inside = { base: place.base, depth: place.depth + 1 };
  const lines = children.map(([child, item], index) =>
    nodeView(child, item, index === children.length - 1 ? '' : ',', inside),
  );
  const hint = `<span class="count">${hintOf(name, value, children.length)}</span>`;
  const open = place.depth < OPEN_DEPTH && !isAside(name, place.depth) ? ' open' : '';
  return `<details${open}><summary>${key}${begin} ${hint}</summary><div class="in">${lines.join('')}</div><div>${end}${comma}</div></details>\n`;
}

// Items of a list are told apart by what they are.
function hintOf(
  key: string | undefined,
  value: JsonObject | readonly Json[],
  count: number,
): string {
  if (Array.isArray(value)) return String(count);
  if (key !== undefined) return '…';
  const { id, name } = value as JsonObject;
  const told = [id, name].filter((part) => typeof part === 'string');
  return escapeHtml(told.length === 0 ? '…' : told.join(' '));
}

// What lists are made of, and how a list could be asked for otherwise, is opened by who wants to see it.
function isAside(name: string | undefined, depth: number): boolean {
  return depth > 0 && (name === undefined || ASIDE.has(name));
}

function scalarView(value: string | number | boolean | null, base: string): string {
  const text = escapeHtml(JSON.stringify(value));
  const leads = typeof value === 'string' && value.startsWith(`${base}/`);
  // Actions are asked for by POST: they have buttons, and following a link to one would only be refused.
  if (!leads || value.includes('?action=')) return text;
  return `<a href="${escapeHtml(value)}">${text}</a>`;
}

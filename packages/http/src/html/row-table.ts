import type { Json, JsonObject } from '@gdcloud/core';
import { isJsonObject } from '../request/strict-json.js';
import { escapeHtml } from './escape.js';
import { plainText } from './plain-text.js';

const COLUMNS = ['id', 'name', 'state', 'created', 'time', 'what', 'why', 'result'] as const;

/** What a collection holds at a glance: a row each, with a link to it. Empty for anything but a filled collection. */
export function rowTable(body: JsonObject): string {
  const rows = rowsOf(body['data']);
  const columns = COLUMNS.filter((name) => rows.some((row) => Object.hasOwn(row, name)));
  if (body['type'] !== 'collection' || rows.length === 0 || columns.length === 0) return '';
  const head = columns.map((name) => `<th>${name}</th>`).join('');
  const lines = rows.map((row) => {
    const cells = columns.map((name, index) => `<td>${cell(row, name, index)}</td>`);
    return `<tr>${cells.join('')}</tr>`;
  });
  return `<table><thead><tr>${head}</tr></thead><tbody>\n${lines.join('\n')}\n</tbody></table>`;
}

function rowsOf(data: Json | undefined): readonly JsonObject[] {
  return Array.isArray(data) ? data.filter(isJsonObject) : [];
}

function cell(row: JsonObject, name: string, index: number): string {
  const content = escapeHtml(plainText(row[name]));
  const links = row['links'];
  const self = isJsonObject(links) ? links['self'] : undefined;
  return index === 0 && typeof self === 'string'
    ? `<a href="${escapeHtml(self)}">${content}</a>`
    : content;
}

import { type Field, type Fields, isNullable, type Json, type JsonObject } from '@gdcloud/core';
import { escapeHtml } from './escape.js';
import { plainText } from './plain-text.js';

/** Text that may be longer is written in several lines. */
const LONGEST_LINE = 4_096;

/** The inputs of a form for these fields, filled in from `values` where it has them, else from the defaults. */
export function formFields(fields: Fields, values: JsonObject, prefix: string): string {
  return Object.entries(fields)
    .map(([name, field]) => {
      const id = escapeHtml(`${prefix}-${name}`);
      const value = Object.hasOwn(values, name) ? values[name] : field.default;
      return `<p><label for="${id}">${escapeHtml(name)}</label> ${inputFor(name, id, field, value ?? null)}<small>${escapeHtml(field.description)}</small></p>`;
    })
    .join('\n');
}

function inputFor(name: string, id: string, field: Field, value: Json): string {
  const must = field.required === true && value === null ? ' required' : '';
  const start = `id="${id}" name="${escapeHtml(name)}"${must}`;
  if (isLong(field)) return longInput(start, field, value);
  switch (field.kind) {
    case 'enum':
      return select(start, field, field.options ?? [], value);
    case 'boolean':
      return select(start, field, ['true', 'false'], value);
    case 'json':
    case 'map':
      return `<textarea ${start} rows="3" cols="60">${escapeHtml(value === null ? '' : JSON.stringify(value))}</textarea>`;
    case 'array':
      return list(name, id, value);
    case 'int':
      return `<input type="number" ${start}${limit('min', field.min)}${limit('max', field.max)} value="${text(value)}">`;
    case 'password':
      return `<input type="password" autocomplete="off" ${start} value="">`;
    default:
      return `<input type="text" ${start}${limit('maxlength', field.maxLength)} value="${text(value)}">`;
  }
}

function isLong({ kind, maxLength = 0 }: Field): boolean {
  return (kind === 'string' || kind === 'password') && maxLength > LONGEST_LINE;
}

// Certificates and keys have lines, which an input would take away.
function longInput(start: string, field: Field, value: Json): string {
  const shown = field.kind === 'password' ? '' : text(value);
  return `<textarea ${start} autocomplete="off" rows="3" cols="66">${shown}</textarea>`;
}

function select(start: string, field: Field, options: readonly string[], value: Json): string {
  const blank = isNullable(field) || value === null ? ['', ...options] : options;
  const items = blank.map((option) => {
    const selected = option === plainText(value) ? ' selected' : '';
    return `<option value="${escapeHtml(option)}"${selected}>${escapeHtml(option)}</option>`;
  });
  return `<select ${start}>${items.join('')}</select>`;
}

// Without scripts a form can't grow, so there is room for a few more than there are.
function list(name: string, id: string, value: Json): string {
  const items = Array.isArray(value) ? value : [];
  const rows = [...items.map(text), '', ''];
  return rows
    .map(
      (item, index) =>
        `<input type="text" ${index === 0 ? `id="${id}" ` : ''}name="${escapeHtml(name)}" value="${item}">`,
    )
    .join(' ');
}

function limit(attribute: string, value: number | undefined): string {
  return value === undefined ? '' : ` ${attribute}="${value}"`;
}

function text(value: Json): string {
  return escapeHtml(plainText(value));
}

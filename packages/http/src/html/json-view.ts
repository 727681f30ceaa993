import type { Json } from '@gdcloud/core';
import { escapeHtml } from './escape.js';

/**
 * A document as indented JSON in HTML, our own URLs as links. Only texts that start with `base` become links: what a
 * user wrote into a field never does.
 */
export function jsonView(value: Json, base: string): string {
  return JSON.stringify(value, null, 2)
    .split('\n')
    .map((line) => viewLine(line, base))
    .join('\n');
}

const LINE = /^(\s*)("(?:[^"\\]|\\.)*": )?("(?:[^"\\]|\\.)*")?(.*)$/s;

function viewLine(line: string, base: string): string {
  const [, indent = '', key = '', text = '', rest = ''] = LINE.exec(line) ?? [];
  if (text === '') return indent + keyView(key) + escapeHtml(rest);
  return indent + keyView(key) + textView(text, base) + escapeHtml(rest);
}

function keyView(key: string): string {
  return key === '' ? '' : `<b>${escapeHtml(key)}</b>`;
}

function textView(text: string, base: string): string {
  const value: unknown = JSON.parse(text);
  const leads = typeof value === 'string' && value.startsWith(`${base}/`);
  // Actions are asked for by POST: they have buttons, and following a link to one would only be refused.
  if (!leads || value.includes('?action=')) return escapeHtml(text);
  return `<a href="${escapeHtml(value)}">${escapeHtml(text)}</a>`;
}

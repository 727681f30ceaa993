import type { Json } from '@gdcloud/core';
import type { XapiType } from '../datamodel/type-text.js';
import { isList, isObject } from './arguments.js';

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

function escaped(text: string): string {
  return text.replace(/[&<>]/g, (character) => ESCAPES[character] ?? '');
}

/** A call's result as a task keeps it: a fragment of XML-RPC, whatever the caller speaks. */
export function taskResult(value: Json, type: XapiType): string {
  return `<value>${inside(value, type)}</value>`;
}

function inside(value: Json, type: XapiType): string {
  if (typeof value === 'boolean') return `<boolean>${value ? '1' : '0'}</boolean>`;
  if (typeof value === 'number') {
    return type.kind === 'float' ? `<double>${value}</double>` : String(value);
  }
  if (isList(value)) {
    const of: XapiType = type.kind === 'set' ? type.of : { kind: 'string' };
    return `<array><data>${value.map((item) => taskResult(item, of)).join('')}</data></array>`;
  }
  if (isObject(value)) {
    const of: XapiType = type.kind === 'map' ? type.value : { kind: 'string' };
    const members = Object.entries(value).map(
      ([name, item]) => `<member><name>${escaped(name)}</name>${taskResult(item, of)}</member>`,
    );
    return `<struct>${members.join('')}</struct>`;
  }
  if (typeof value !== 'string') return '';
  return type.kind === 'datetime'
    ? `<dateTime.iso8601>${value}</dateTime.iso8601>`
    : escaped(value);
}

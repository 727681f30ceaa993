import type { Json, JsonObject } from '@gdcloud/core';
import { SCHEMA, type Schema } from '../datamodel/schema.js';
import type { XapiType } from '../datamodel/type-text.js';

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  // A bare one would be read as the end of a line.
  '\r': '&#13;',
};

/** What no XML text may have, lone halves of surrogate pairs among it. XAPI leaves it out as well. */
const FORBIDDEN = /[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;
const SPECIAL = /[&<>\r]/g;
/** Whatever may be either of these; nearly no text has it. */
const UNUSUAL = /[^\t\n\x20-\x25\x27-\x3b\x3d\x3f-\ud7ff\ue000-\ufffd]/;

function escaped(text: string): string {
  if (!UNUSUAL.test(text)) return text;
  return text.replace(FORBIDDEN, '').replace(SPECIAL, (character) => ESCAPES[character] ?? '');
}

function double(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const text = String(value);
  // XAPI refuses a whole number without its point.
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

function response(value: string): string {
  return `<?xml version="1.0"?><methodResponse><params><param>${value}</param></params></methodResponse>`;
}

/** Turns values into XML-RPC as XAPI has it: integers are texts, times and numbers go by the datamodel's types. */
export class XmlEncoder {
  readonly #schema: Schema;

  constructor(schema: Schema) {
    this.#schema = schema;
  }

  /** A `methodCall`; `types` are those of the parameters, as far as they are known. */
  call(method: string, parameters: readonly Json[], types: readonly XapiType[]): string {
    const list = parameters.map(
      (value, index) => `<param>${this.value(value, types[index])}</param>`,
    );
    return `<?xml version="1.0"?><methodCall><methodName>${escaped(method)}</methodName><params>${list.join('')}</params></methodCall>`;
  }

  /** A `methodResponse` that says what a call led to. */
  success(value: Json, type: XapiType | undefined): string {
    return response(
      `<value><struct><member><name>Status</name><value>Success</value></member><member><name>Value</name>${this.value(value, type)}</member></struct></value>`,
    );
  }

  /** A `methodResponse` that says why a call was not carried out: a code and its parameters. */
  failure(description: readonly string[]): string {
    return response(this.value({ Status: 'Failure', ErrorDescription: description }, undefined));
  }

  /** A `methodResponse` with nothing around the value, as `system.listMethods` has it. */
  bare(value: Json): string {
    return response(this.value(value, undefined));
  }

  /** A `value`; without a type it goes by what it is. */
  value(value: Json, type: XapiType | undefined): string {
    return `<value>${this.#inside(value, type)}</value>`;
  }

  #inside(value: Json, type: XapiType | undefined): string {
    switch (typeof value) {
      case 'string':
        return type?.kind === 'datetime'
          ? `<dateTime.iso8601>${escaped(value)}</dateTime.iso8601>`
          : escaped(value);
      case 'number':
        return type?.kind === 'float' || !Number.isInteger(value)
          ? `<double>${double(value)}</double>`
          : String(BigInt(value));
      case 'boolean':
        return `<boolean>${value ? '1' : '0'}</boolean>`;
      default:
        return this.#composite(value, type);
    }
  }

  #composite(value: Json, type: XapiType | undefined): string {
    if (value === null) return '<nil/>';
    if (isList(value)) {
      const of = type?.kind === 'set' || type?.kind === 'option' ? type.of : undefined;
      const items = value.map((item) => this.value(item, of));
      return `<array><data>${items.join('')}</data></array>`;
    }
    if (typeof value !== 'object') return '';
    const members = Object.entries(value).map(
      ([name, item]) =>
        `<member><name>${escaped(name)}</name>${this.#member(name, item, value, type)}</member>`,
    );
    return `<struct>${members.join('')}</struct>`;
  }

  /** The one place where XAPI writes 32-bit integers. */
  #counts(value: Json): string {
    if (typeof value !== 'object' || value === null || isList(value))
      return this.value(value, undefined);
    const members = Object.entries(value).map(
      ([name, count]) =>
        `<member><name>${escaped(name)}</name><value><i4>${Number(count)}</i4></value></member>`,
    );
    return `<value><struct>${members.join('')}</struct></value>`;
  }

  #member(name: string, value: Json, owner: JsonObject, type: XapiType | undefined): string {
    switch (type?.kind) {
      case 'map':
        return this.value(value, type.value);
      case 'record':
        return type.class === 'event'
          ? this.value(value, name === 'snapshot' ? snapshotType(owner) : undefined)
          : this.value(value, this.#schema.get(type.class)?.fields.get(name)?.type);
      case 'batch':
        return name === 'valid_ref_counts' ? this.#counts(value) : this.value(value, EVENTS);
      default:
        return this.value(value, undefined);
    }
  }
}

const EVENTS: XapiType = { kind: 'set', of: { kind: 'record', class: 'event' } };
const SPELLINGS = new Map([...SCHEMA.keys()].map((name) => [name.toLowerCase(), name]));

/** Events write the class of their object in lower case. */
function snapshotType(event: JsonObject): XapiType | undefined {
  const { class: name } = event;
  const spelled = typeof name === 'string' ? SPELLINGS.get(name) : undefined;
  return spelled === undefined ? undefined : { kind: 'record', class: spelled };
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

import type { Json } from '@gdcloud/core';
import type { XapiType } from '../../datamodel/type-text.js';

/** A set or a map of a dump, taken apart: `'text'` or `(…)`. */
type Part = string | readonly Part[];

/** XAPI's database hides white space from XML parsers, which would normalise it away; `%_` stands for two blanks. */
const SPACES: Readonly<Record<string, string>> = {
  '%': '%',
  _: '  ',
  t: '\t',
  n: '\n',
  r: '\r',
};

/** A text as a dump's attribute has it. Throws a `SyntaxError` for an unknown escape. */
export function dumpText(attribute: string): string {
  return attribute.replace(/%(.?)/gs, (_, code: string) => {
    const meant = Object.hasOwn(SPACES, code) ? SPACES[code] : undefined;
    if (meant === undefined) throw new SyntaxError(`unknown escape %${code}`);
    return meant;
  });
}

/** A dump's attribute as a value of `type`. Throws a `SyntaxError` when it is none. */
export function dumpValue(type: XapiType, attribute: string): Json {
  const text = dumpText(attribute);
  switch (type.kind) {
    case 'set':
    case 'map':
      return typed(type, parseParts(text));
    default:
      return typed(type, text);
  }
}

function typed(type: XapiType, part: Part): Json {
  if (type.kind === 'set') {
    const { of } = type;
    return listOf(part).map((item) => typed(of, item));
  }
  if (type.kind === 'map') {
    return Object.fromEntries(
      listOf(part).map((pair) => {
        const [key, value, ...more] = listOf(pair);
        if (key === undefined || value === undefined || more.length > 0) throw wrong('pair', pair);
        return [textOf(key), typed(type.value, value)];
      }),
    );
  }
  const text = textOf(part);
  switch (type.kind) {
    case 'int':
      if (!/^-?\d+$/.test(text)) throw wrong('int', text);
      return Number(text);
    case 'float':
      if (!/^-?\d+(\.\d*)?(e[-+]?\d+)?$/i.test(text)) throw wrong('float', text);
      return Number(text);
    case 'bool':
      if (text !== 'true' && text !== 'false') throw wrong('bool', text);
      return text === 'true';
    default:
      return text;
  }
}

function listOf(part: Part): readonly Part[] {
  if (typeof part === 'string') throw wrong('list', part);
  return part;
}

function textOf(part: Part): string {
  if (typeof part !== 'string') throw wrong('text', part);
  return part;
}

function wrong(expected: string, part: Part): SyntaxError {
  return new SyntaxError(`${JSON.stringify(part)} is no ${expected}`);
}

const WORD = /\s*(?:([()])|'((?:[^'\\]|\\[\s\S])*)')/y;

/** Reads `('a' 'b')` and `(('key' 'value') …)`. */
function parseParts(text: string): Part {
  const open: Part[][] = [[]];
  WORD.lastIndex = 0;
  const end = text.trimEnd().length;
  while (WORD.lastIndex < end) {
    const found = WORD.exec(text);
    if (found === null) throw wrong('set or map', text);
    const [, parenthesis, quoted] = found;
    if (parenthesis === '(') {
      open.push([]);
      continue;
    }
    const list = parenthesis === ')' ? open.pop() : undefined;
    const around = open.at(-1);
    if (around === undefined) throw wrong('set or map', text);
    around.push(list ?? (quoted ?? '').replace(/\\([\s\S])/g, '$1'));
  }
  const [whole, ...more] = open[0] ?? [];
  if (open.length !== 1 || whole === undefined || more.length > 0) throw wrong('set or map', text);
  return whole;
}

import type { Json } from '@gdcloud/core';
import { floatLiteral } from './arguments.js';

/** A text that is no JSON, in the words of XAPI's parser. */
export class MalformedJson extends Error {
  override readonly name = 'MalformedJson';
}

/** Numbers that are no integers to XAPI though they may be whole. */
const POINTED = /\d[.eE]/;

/** Reads JSON. Numbers written with a point or an exponent stay floats; throws {@link MalformedJson}. */
export function parseJson(text: string): Json {
  if (!POINTED.test(text)) {
    try {
      return JSON.parse(text);
    } catch {
      // The reader below says what is wrong.
    }
  }
  return new Reader(text).whole();
}

const BLANK = /[ \t\r\n]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?/y;
const STRING = /"(?:[^"\\]|\\.)*"/sy;
const WORD = /[^\s,:[\]{}"]+/y;
const LITERALS: ReadonlyMap<string, Json> = new Map<string, Json>([
  ['true', true],
  ['false', false],
  ['null', null],
]);
const DEEPEST = 500;

class Reader {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): Json {
    this.#blank();
    if (this.#at === this.#text.length) throw new MalformedJson('Blank input data');
    const value = this.#value();
    this.#blank();
    if (this.#at < this.#text.length) this.#fail('Junk after end of JSON value');
    return value;
  }

  #value(): Json {
    this.#blank();
    const character = this.#text[this.#at];
    if (character === undefined) this.#failAtEnd();
    if (character === '{' || character === '[') return this.#nested(character);
    if (character === '"') return this.#string();
    const number = this.#match(NUMBER);
    if (number === null) return this.#literal();
    const value = Number(number[0]);
    return number[1] === undefined && number[2] === undefined ? value : floatLiteral(value);
  }

  #literal(): Json {
    const start = this.#at;
    const word = this.#match(WORD)?.[0] ?? this.#text[start] ?? '';
    const value = LITERALS.get(word);
    if (value !== undefined) return value;
    this.#at = start;
    this.#fail(`Invalid token '${word}'`, word.length);
  }

  #nested(opening: '{' | '['): Json {
    this.#at += 1;
    this.#depth += 1;
    if (this.#depth > DEEPEST) this.#fail('Nested too deeply');
    const value = opening === '{' ? this.#members() : this.#items();
    this.#depth -= 1;
    return value;
  }

  #items(): Json {
    const items: Json[] = [];
    if (this.#takes(']')) return items;
    do items.push(this.#value());
    while (this.#takes(','));
    this.#expect(']');
    return items;
  }

  #members(): Json {
    const members: (readonly [string, Json])[] = [];
    if (this.#takes('}')) return {};
    do {
      this.#blank();
      if (this.#at === this.#text.length) this.#failAtEnd();
      const name = this.#string();
      this.#expect(':');
      members.push([name, this.#value()]);
    } while (this.#takes(','));
    this.#expect('}');
    return Object.fromEntries(members);
  }

  #string(): string {
    const start = this.#at;
    const found = this.#match(STRING)?.[0];
    if (found === undefined) {
      if (this.#text[start] === '"') this.#at = this.#text.length;
      this.#fail(`Expected '"' but found '${this.#text.slice(start, start + 1)}'`);
    }
    try {
      return String(JSON.parse(found));
    } catch {
      this.#at = start;
      this.#fail('Invalid string');
    }
  }

  #takes(character: string): boolean {
    this.#blank();
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #expect(character: string): void {
    if (this.#takes(character)) return;
    if (this.#at === this.#text.length) this.#failAtEnd();
    this.#fail(`Expected '${character}' but found '${this.#text[this.#at]}'`);
  }

  #blank(): void {
    this.#match(BLANK);
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found !== null) this.#at = pattern.lastIndex;
    return found;
  }

  #failAtEnd(): never {
    this.#fail('Unexpected end of input', 0);
  }

  /** Positions are counted in bytes from the beginning of the line. */
  #fail(problem: string, length = 1): never {
    const before = this.#text.slice(0, this.#at);
    const line = before.split('\n').length;
    const column = Buffer.byteLength(before.slice(before.lastIndexOf('\n') + 1));
    const from = Math.max(0, column - 1);
    const to = Math.max(from, column + length);
    throw new MalformedJson(`Line ${line}, bytes ${from}-${to}:\n${problem}`);
  }
}

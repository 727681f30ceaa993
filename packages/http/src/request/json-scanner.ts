import { RequestError } from '@gdcloud/core';

/** How much JSON is accepted. */
export interface JsonLimits {
  readonly depth: number;
  readonly keys: number;
  readonly stringBytes: number;
}

/** Names that reach an object's prototype when somebody copies them carelessly (security.md T21). */
export const FORBIDDEN_NAMES: ReadonlySet<string> = new Set([
  '__proto__',
  'constructor',
  'prototype',
]);

const NUMBER = /-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
const SURROGATE = /\p{Surrogate}/u;

/**
 * Looks for what JSON.parse would silently accept or change: duplicate and forbidden names, numbers that lose their
 * value, half characters, and more than `limits` allow. It does not check the grammar: text that JSON.parse refuses may
 * pass here. Returns the first fault, named by the top-level field it is in. Time and memory are linear in the text.
 */
export function findJsonFault(text: string, limits: JsonLimits): RequestError | undefined {
  return new JsonScanner(text, limits).run();
}

class JsonScanner {
  readonly #text: string;
  readonly #limits: JsonLimits;
  /** The names seen in each open object; null for an open array. */
  readonly #open: (Set<string> | null)[] = [];
  #keys = 0;
  #field: string | undefined;
  #fault: RequestError | undefined;

  constructor(text: string, limits: JsonLimits) {
    this.#text = text;
    this.#limits = limits;
  }

  run(): RequestError | undefined {
    let before = '';
    for (let at = 0; at < this.#text.length && this.#fault === undefined; ) {
      const character = this.#text.charAt(at);
      if (character === '"') {
        const end = endOfString(this.#text, at);
        this.#string(this.#text.slice(at, end), before);
        at = end;
      } else if (character === '-' || (character >= '0' && character <= '9')) {
        at = this.#number(at);
      } else {
        if (character === '{') this.#enter(new Set());
        else if (character === '[') this.#enter(null);
        else if (character === '}' || character === ']') this.#open.pop();
        at += 1;
      }
      if (character > ' ') before = character;
    }
    return this.#fault;
  }

  #enter(names: Set<string> | null): void {
    this.#open.push(names);
    if (this.#open.length > this.#limits.depth) {
      this.#refuse('InvalidBodyContent', `is nested deeper than ${this.#limits.depth}`);
    }
  }

  #string(raw: string, before: string): void {
    const value = raw.includes('\\') ? unescaped(raw) : raw.slice(1, -1);
    if (value === undefined) return;
    const names = this.#open.at(-1);
    if (names !== undefined && names !== null && (before === '{' || before === ',')) {
      this.#name(value, names);
    }
    if (SURROGATE.test(value)) {
      this.#refuse('InvalidCharacters', 'contains half a character');
    } else if (
      value.length * 3 > this.#limits.stringBytes &&
      Buffer.byteLength(value) > this.#limits.stringBytes
    ) {
      this.#refuse(
        'BodyTooLarge',
        `contains a text of more than ${this.#limits.stringBytes} bytes`,
      );
    }
  }

  #name(name: string, names: Set<string>): void {
    if (this.#open.length === 1) this.#field = name;
    this.#keys += 1;
    if (FORBIDDEN_NAMES.has(name)) {
      this.#fault = new RequestError('InvalidFormat', `${name} can't be the name of a field`, {
        fieldName: name,
      });
    } else if (names.has(name)) {
      this.#fault = new RequestError('InvalidBodyContent', 'a name is given twice', {
        fieldName: this.#field,
        detail: name.slice(0, 64),
      });
    } else if (this.#keys > this.#limits.keys) {
      this.#refuse('InvalidBodyContent', `brings more than ${this.#limits.keys} names`);
    }
    names.add(name);
  }

  #number(at: number): number {
    NUMBER.lastIndex = at;
    const token = NUMBER.exec(this.#text)?.[0];
    if (token === undefined) return at + 1;
    const value = Number(token);
    const kept = /[.eE]/.test(token) ? Number.isFinite(value) : String(value) === token;
    if (!kept || Object.is(value, -0)) {
      this.#refuse('InvalidFormat', 'contains a number that can not be kept exactly');
    }
    return at + token.length;
  }

  #refuse(
    code: 'InvalidBodyContent' | 'InvalidCharacters' | 'InvalidFormat' | 'BodyTooLarge',
    what: string,
  ): void {
    this.#fault ??= new RequestError(code, `${this.#field ?? 'the body'} ${what}`, {
      fieldName: this.#field,
    });
  }
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '\\') at += 1;
    else if (character === '"') return at + 1;
  }
  return text.length;
}

function unescaped(raw: string): string | undefined {
  try {
    const value: unknown = JSON.parse(raw);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

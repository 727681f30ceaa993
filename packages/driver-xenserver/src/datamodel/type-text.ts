/** A type of the datamodel. */
export type XapiType =
  | { readonly kind: 'string' | 'int' | 'float' | 'bool' | 'datetime' | 'void' | 'batch' }
  | { readonly kind: 'enum'; readonly name: string }
  | { readonly kind: 'ref' | 'record'; readonly class: string }
  | { readonly kind: 'set' | 'option'; readonly of: XapiType }
  | { readonly kind: 'map'; readonly key: XapiType; readonly value: XapiType };

const PLAIN = ['string', 'int', 'float', 'bool', 'datetime', 'void'] as const;

/** Reads a type as the datamodel spells it: `(VM ref -> string set) map`. Throws on anything else. */
export function parseType(text: string): XapiType {
  const words = text.match(/[A-Za-z_][A-Za-z0-9_]*|\(|\)|->/g) ?? [];
  let next = 0;

  function expect(word: string): void {
    if (words[next] !== word) throw new Error(`datamodel type "${text}": expected ${word}`);
    next += 1;
  }

  function head(): XapiType | string {
    const word = words[next] ?? '';
    next += 1;
    if (word === '(') {
      const key = type();
      expect('->');
      const value = type();
      expect(')');
      expect('map');
      return { kind: 'map', key, value };
    }
    if (word === 'enum') {
      const name = words[next] ?? '';
      next += 1;
      return { kind: 'enum', name };
    }
    if (word === 'an') {
      expect('event');
      expect('batch');
      return { kind: 'batch' };
    }
    return word;
  }

  function type(): XapiType {
    const first = head();
    let read: XapiType | undefined = typeof first === 'string' ? undefined : first;
    if (typeof first === 'string') {
      const suffix = words[next];
      if (suffix === 'ref' || suffix === 'record') {
        next += 1;
        read = { kind: suffix, class: first };
      } else {
        const plain = PLAIN.find((name) => name === first);
        if (plain === undefined) throw new Error(`datamodel type "${text}": unknown word ${first}`);
        read = { kind: plain };
      }
    }
    let whole: XapiType = read ?? { kind: 'void' };
    for (let suffix = words[next]; suffix === 'set' || suffix === 'option'; suffix = words[next]) {
      next += 1;
      whole = { kind: suffix, of: whole };
    }
    return whole;
  }

  const whole = type();
  if (next !== words.length) throw new Error(`datamodel type "${text}": trailing ${words[next]}`);
  return whole;
}

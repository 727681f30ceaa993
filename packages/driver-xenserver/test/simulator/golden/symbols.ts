import type { Value } from './scenario.js';

/** Shapes of the symbols that stand for no particular value. */
const FLEETING: Readonly<Record<string, RegExp>> = {
  time: /^\d{8}T\d\d:\d\d:\d\dZ$/,
  ip: /^(\d{1,3}(\.\d{1,3}){3}|[0-9a-f:]*:[0-9a-f:]+)$/,
  generation_id: /^(?!0:0$)-?\d+:-?\d+$/,
  event_token: /^\d+,\d+$/,
  trackid: /^.+$/,
  metrics_ref: /^OpaqueRef:(?!NULL)/,
};

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const SHAPES: readonly (readonly [RegExp, RegExp])[] = [
  [/\.uuid$|^uuid_\d+$/, UUID],
  [/^mac_\d+$/, /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i],
  [/_\d+$/, /^OpaqueRef:(?!NULL)/],
];

/** A symbol inside a text. */
export const SYMBOL: RegExp = /\$([a-z][a-z0-9_]*(?:\.uuid)?)/g;

interface Group {
  readonly names: ReadonlySet<string>;
  readonly values: ReadonlySet<string>;
}

/**
 * What the symbols of a scenario stand for. Some are bound by steps, the others inferred: the same name always means the
 * same value, and a value that has a name takes no second one by inference. Names in lists whose order says nothing are
 * held as groups until a later answer tells them apart.
 */
export class Symbols {
  #current = new Map<string, string>();
  #values = new Map<string, Set<string>>();
  #names = new Map<string, string>();
  #inferred = new Set<string>();
  #groups: readonly Group[] = [];

  clone(): Symbols {
    const copy = new Symbols();
    copy.#current = new Map(this.#current);
    copy.#values = new Map([...this.#values].map(([name, values]) => [name, new Set(values)]));
    copy.#names = new Map(this.#names);
    copy.#inferred = new Set(this.#inferred);
    copy.#groups = this.#groups;
    return copy;
  }

  /** Takes over what another knows. */
  become(other: Symbols): void {
    const copy = other.clone();
    this.#current = copy.#current;
    this.#values = copy.#values;
    this.#names = copy.#names;
    this.#inferred = copy.#inferred;
    this.#groups = copy.#groups;
  }

  /** Gives a value a name, as steps do. False when earlier answers had shown the name to mean another one. */
  bind(name: string, value: string): boolean {
    const surprising = this.#inferred.has(name) && this.#current.get(name) !== value;
    this.#inferred.delete(name);
    this.#remember(name, value);
    this.#groups = this.#groups.map((group) => without(group, name, value));
    return !surprising;
  }

  valueOf(name: string): string | undefined {
    return this.#current.get(name);
  }

  /** Whether the name means something certain. */
  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** What a value was called last, if it has a name. */
  nameOf(value: string): string | undefined {
    return this.#names.get(value);
  }

  /** Whether `name` can mean `value`; from then on it does. */
  unify(name: string, value: string): boolean {
    const fleeting = Object.hasOwn(FLEETING, name) ? FLEETING[name] : undefined;
    if (fleeting !== undefined) return fleeting.test(value);
    const known = this.#values.get(name);
    if (known !== undefined) return known.has(value);
    if (this.#names.has(value) || !hasShape(name, value)) return false;
    const group = this.#groups.find(({ names, values }) => names.has(name) || values.has(value));
    if (group !== undefined && !(group.names.has(name) && group.values.has(value))) return false;
    this.#infer(name, value);
    return true;
  }

  /** Whether these names can mean these values, one each in any order. */
  unifyAll(names: readonly string[], values: readonly string[]): boolean {
    let openNames = new Set(names);
    let openValues = new Set(values);
    if (openNames.size !== openValues.size || openNames.size !== names.length) return false;
    const groups: Group[] = [];
    for (const group of this.#groups) {
      const [inNames, outNames] = split(group.names, openNames);
      const [inValues, outValues] = split(group.values, openValues);
      if (inNames.size !== inValues.size) return false;
      groups.push({ names: inNames, values: inValues }, { names: outNames, values: outValues });
      openNames = split(openNames, group.names)[1];
      openValues = split(openValues, group.values)[1];
    }
    for (const value of openValues) {
      if (this.#names.has(value)) return false;
      for (const name of openNames) if (!hasShape(name, value)) return false;
    }
    this.#groups = [...groups, { names: openNames, values: openValues }];
    this.#settle();
    return true;
  }

  #infer(name: string, value: string): void {
    this.#inferred.add(name);
    this.#remember(name, value);
    this.#groups = this.#groups.map((group) => without(group, name, value));
    this.#settle();
  }

  #settle(): void {
    this.#groups = this.#groups.filter(({ names }) => names.size > 0);
    const single = this.#groups.find(({ names }) => names.size === 1);
    if (single === undefined) return;
    const [name = ''] = single.names;
    const [value = ''] = single.values;
    this.#infer(name, value);
  }

  #remember(name: string, value: string): void {
    this.#current.set(name, value);
    this.#values.set(name, (this.#values.get(name) ?? new Set()).add(value));
    this.#names.set(value, name);
  }
}

function hasShape(name: string, value: string): boolean {
  const shape = SHAPES.find(([pattern]) => pattern.test(name))?.[1];
  return shape === undefined || shape.test(value);
}

function split(
  of: ReadonlySet<string>,
  by: ReadonlySet<string>,
): readonly [Set<string>, Set<string>] {
  const inside = new Set<string>();
  const outside = new Set<string>();
  for (const item of of) (by.has(item) ? inside : outside).add(item);
  return [inside, outside];
}

function without(group: Group, name: string, value: string): Group {
  if (!group.names.has(name) && !group.values.has(value)) return group;
  return {
    names: new Set([...group.names].filter((item) => item !== name)),
    values: new Set([...group.values].filter((item) => item !== value)),
  };
}

/** Puts values in the place of symbols; unknown ones stay. */
export function filled(value: Value, symbols: Symbols): Value {
  if (typeof value === 'string') {
    return value.replace(SYMBOL, (whole, name: string) => symbols.valueOf(name) ?? whole);
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: Value) => filled(item, symbols));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      String(filled(key, symbols)),
      filled(item, symbols),
    ]),
  );
}

/** Puts symbols in the place of values that have a name, to show an answer to people. */
export function shown(value: Value, symbols: Symbols): Value {
  if (typeof value === 'string') {
    const name = symbols.nameOf(value);
    return name === undefined ? value.slice(0, 400) : `$${name}`;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: Value) => shown(item, symbols));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [String(shown(key, symbols)), shown(item, symbols)]),
  );
}

/** The names of the symbols in a text. */
export function namesIn(text: string): readonly string[] {
  return [...text.matchAll(SYMBOL)].map((found) => found[1] ?? '');
}

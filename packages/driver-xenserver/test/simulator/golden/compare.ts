import { isList, isMap, type Value } from './scenario.js';
import { namesIn, SYMBOL, type Symbols, shown } from './symbols.js';

/** Where and by which rules two values are compared. */
export interface Comparison {
  readonly symbols: Symbols;
  /** JSON pointers whose values are not compared, nor what is under them. */
  readonly unstable: readonly string[];
  /** Whether the order of lists counts, as in raw answers. */
  readonly ordered: boolean;
}

type Differences = readonly string[];

/**
 * What tells an answer from the recorded one; nothing when they agree. Symbols are inferred on the way, and are worth
 * nothing when there is a difference: compare with a clone.
 */
export function differences(
  recorded: Value | undefined,
  answered: Value | undefined,
  comparison: Comparison,
  at = '',
): Differences {
  if (comparison.unstable.some((prefix) => at === prefix || at.startsWith(`${prefix}/`))) return [];
  if (isList(recorded) && isList(answered)) return ofLists(recorded, answered, comparison, at);
  if (isMap(recorded) && isMap(answered)) return ofMaps(recorded, answered, comparison, at);
  if (isRecordedText(recorded) && typeof answered === 'string') {
    if (textAgrees(recorded, answered, comparison.symbols)) return [];
  } else if (recorded === answered || looselySame(recorded, answered, at)) {
    return [];
  }
  return [difference(recorded, answered, comparison, at)];
}

/** Agreement of two error lists: in order, and `INTERNAL_ERROR` by its code alone. */
export function errorDifferences(
  recorded: readonly Value[],
  answered: Value | undefined,
  comparison: Comparison,
  at: string,
): Differences {
  if (recorded[0] === 'INTERNAL_ERROR' && isList(answered) && answered[0] === 'INTERNAL_ERROR') {
    return [];
  }
  return differences(recorded, answered, { ...comparison, ordered: true }, at);
}

function isRecordedText(value: Value | undefined): value is string {
  return typeof value === 'string';
}

function looselySame(recorded: Value | undefined, answered: Value | undefined, at: string) {
  if (typeof answered !== 'number') return false;
  if (recorded === '>=0' && at.endsWith('/domid')) return answered >= 0;
  return recorded === 'between 0 and 1' && answered !== 0 && answered !== 1;
}

function difference(
  recorded: Value | undefined,
  answered: Value | undefined,
  { symbols }: Comparison,
  at: string,
): string {
  const [before, after] = [recorded, answered].map((value) =>
    value === undefined ? 'nothing' : JSON.stringify(shown(value, symbols)),
  );
  return `${at || '/'}: recorded ${before}, answered ${after}`;
}

const SPECIAL = /[.*+?^${}()|[\]\\]/g;

function textAgrees(recorded: string, answered: string, symbols: Symbols): boolean {
  const names = namesIn(recorded);
  if (names.length === 0) return recorded === answered;
  const [only = ''] = names;
  if (recorded === `$${only}`) return symbols.unify(only, answered);
  const parts = recorded.split(SYMBOL);
  const pattern = parts
    .map((part, index) => (index % 2 === 0 ? part.replace(SPECIAL, '\\$&') : '(.*?)'))
    .join('');
  const found = new RegExp(`^${pattern}$`, 's').exec(answered);
  if (found === null) return false;
  return names.every((name, index) => symbols.unify(name, found[index + 1] ?? ''));
}

function isOpen(value: Value, symbols: Symbols): boolean {
  if (typeof value === 'string') return namesIn(value).some((name) => !symbols.has(name));
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(
    ([key, item]) => (!isList(value) && isOpen(key, symbols)) || isOpen(item, symbols),
  );
}

function ofLists(
  recorded: readonly Value[],
  answered: readonly Value[],
  comparison: Comparison,
  at: string,
): Differences {
  const errorList = at.endsWith('/error_info') || at.endsWith('/error') || at.endsWith('/data');
  if (comparison.ordered || errorList) {
    if (recorded[0] === 'INTERNAL_ERROR' && answered[0] === 'INTERNAL_ERROR') return [];
    if (recorded.length !== answered.length)
      return [difference(recorded, answered, comparison, at)];
    return recorded.flatMap((item, index) =>
      differences(item, answered[index], { ...comparison, ordered: true }, `${at}/${index}`),
    );
  }
  const skipped = recorded.map((_, index) => comparison.unstable.includes(`${at}/${index}`));
  const wanted = recorded.filter((_, index) => skipped[index] !== true);
  if (recorded.length !== answered.length) return [difference(recorded, answered, comparison, at)];
  if (matchAll(wanted, answered, comparison, at)) return [];
  const missing = wanted.filter(
    (item) => !answered.some((other) => agreesAlone(item, other, comparison, at)),
  );
  const surplus = answered.filter(
    (other) => !wanted.some((item) => agreesAlone(item, other, comparison, at)),
  );
  if (missing.length === 1 && surplus.length === 1 && typeof missing[0] === 'object') {
    const closer = differences(missing[0], surplus[0], comparison, `${at}/*`);
    if (closer.length > 0) return closer;
  }
  return [difference(missing, surplus, comparison, `${at} (as a set)`)];
}

function agreesAlone(recorded: Value, answered: Value, comparison: Comparison, at: string) {
  const trial = { ...comparison, symbols: comparison.symbols.clone() };
  return differences(recorded, answered, trial, `${at}/*`).length === 0;
}

/** Finds a partner among `answered` for each of `recorded`, and keeps what that says about symbols. */
function matchAll(
  recorded: readonly Value[],
  answered: readonly Value[],
  comparison: Comparison,
  at: string,
): boolean {
  const { symbols } = comparison;
  const left = [...answered];
  const open: Value[] = [];
  for (const item of recorded) {
    if (isOpen(item, symbols)) {
      open.push(item);
      continue;
    }
    const found = left.findIndex((other) => agreesAlone(item, other, comparison, at));
    if (found < 0) return false;
    left.splice(found, 1);
  }
  if (open.length === 0) return true;
  const names = open.flatMap((item) => (typeof item === 'string' ? pureName(item) : []));
  const texts = left.flatMap((item) => (typeof item === 'string' ? [item] : []));
  if (names.length === open.length && texts.length === left.length && left.length === open.length) {
    return symbols.unifyAll(names, texts);
  }
  return assign(open, left, comparison, at);
}

function pureName(text: string): readonly string[] {
  const names = namesIn(text);
  return names.length === 1 && text === `$${names[0]}` ? names : [];
}

function assign(
  open: readonly Value[],
  left: readonly Value[],
  comparison: Comparison,
  at: string,
): boolean {
  const [item, ...others] = open;
  if (item === undefined) return true;
  for (const [index, other] of left.entries()) {
    const trial = { ...comparison, symbols: comparison.symbols.clone() };
    if (differences(item, other, trial, `${at}/*`).length > 0) continue;
    if (!assign(others, left.toSpliced(index, 1), trial, at)) continue;
    comparison.symbols.become(trial.symbols);
    return true;
  }
  return false;
}

function ofMaps(
  recorded: Readonly<Record<string, Value>>,
  answered: Readonly<Record<string, Value>>,
  comparison: Comparison,
  at: string,
): Differences {
  const found: string[] = [];
  const rest = new Map(Object.entries(answered));
  const symbolic: (readonly [string, Value])[] = [];
  // What is literal first: it may tell what the symbols in the rest mean.
  const entries = Object.entries(recorded).sort(
    ([, left], [, right]) =>
      Number(isOpen(left, comparison.symbols)) - Number(isOpen(right, comparison.symbols)),
  );
  for (const [key, item] of entries) {
    if (namesIn(key).length > 0) {
      symbolic.push([key, item]);
      continue;
    }
    const unnamed = recorded['message'] === 'INTERNAL_ERROR' && key === 'data';
    if (!unnamed) {
      found.push(...differences(item, rest.get(key), comparison, `${at}/${key}`));
    }
    rest.delete(key);
  }
  const pairs = [...rest].map(([key, item]): Value => [key, item]);
  const wanted = symbolic.map(([key, item]): Value => [key, item]);
  if (wanted.length > 0 && wanted.length === pairs.length) {
    const known = [...wanted].sort(
      (left, right) =>
        Number(isOpen(left, comparison.symbols)) - Number(isOpen(right, comparison.symbols)),
    );
    if (assign(known, pairs, comparison, at)) return found;
    return [...found, ...ofPairs(symbolic, rest, comparison, at)];
  }
  for (const [key, item] of symbolic) {
    if (!comparison.unstable.includes(`${at}/${key}`)) {
      found.push(difference({ [key]: item }, undefined, comparison, at));
    }
  }
  for (const [key, item] of rest) {
    if (!comparison.unstable.includes(`${at}/${key}`)) {
      found.push(difference(undefined, item, comparison, `${at}/${key}`));
    }
  }
  return found;
}

function ofPairs(
  symbolic: readonly (readonly [string, Value])[],
  rest: ReadonlyMap<string, Value>,
  comparison: Comparison,
  at: string,
): Differences {
  return symbolic.flatMap(([key, item]) => {
    const closest = [...rest]
      .map(([other, value]) => {
        const trial = { ...comparison, symbols: comparison.symbols.clone() };
        return [
          ...differences(key, other, trial, `${at}/(key)`),
          ...differences(item, value, trial, `${at}/${key}`),
        ];
      })
      .sort((left, right) => left.length - right.length)[0];
    return closest ?? [];
  });
}

import { type ParseArgsConfig, parseArgs } from 'node:util';
import type { Figure } from './figure.js';
import { chosen, type Part, partsInWords, publish, tell } from './parts.js';

/** A number that can be set on the command line. */
export interface NumberOption {
  readonly what: string;
  readonly default: number;
  readonly least: number;
}

/** A text that can be set on the command line. */
export interface TextOption {
  readonly what: string;
  readonly default: string;
}

/** A benchmark of several parts that is a command of its own: `npm run bench:<name>`. */
export interface Suite<
  P extends Part,
  Numbers extends string = never,
  Texts extends string = never,
  Switches extends string = never,
> {
  readonly name: string;
  /** Sentences for `--help`. */
  readonly what: string;
  /** In the order in which they are run and printed. */
  readonly parts: readonly P[];
  readonly numbers: Readonly<Record<Numbers, NumberOption>>;
  readonly texts: Readonly<Record<Texts, TextOption>>;
  readonly switches: Readonly<Record<Switches, { readonly what: string }>>;
  /** Measures one part. */
  measure(part: P, given: Given<Numbers, Texts, Switches>): Promise<readonly Figure[]>;
}

/** What was given on the command line. */
export interface Given<Numbers extends string, Texts extends string, Switches extends string> {
  readonly numbers: Readonly<Record<Numbers, number>>;
  readonly texts: Readonly<Record<Texts, string>>;
  readonly switches: Readonly<Record<Switches, boolean>>;
  readonly save: boolean;
}

/** Runs the parts that the command line names and publishes what they measured. Throws TypeError for what can't be meant. */
export async function runSuite<
  P extends Part,
  N extends string,
  T extends string,
  S extends string,
>(suite: Suite<P, N, T, S>): Promise<void> {
  const words = wordsOf(suite);
  if (words['help'] === true) {
    process.stdout.write(helpOf(suite));
    return;
  }
  const save = words['save'] === true;
  const given = {
    numbers: parsed(suite.numbers, (option, name) => numberOf(name, String(words[name]), option)),
    texts: parsed(suite.texts, (_, name) => String(words[name])),
    switches: parsed(suite.switches, (_, name) => words[name] === true),
    save,
  };
  const figures: Figure[] = [];
  for (const part of chosen(suite.parts, [words['only'] ?? []].flat().map(String))) {
    tell(`${part.name}: ${part.what}`);
    figures.push(...(await suite.measure(part, given)));
  }
  await publish(suite.name, figures, { save, json: words['json'] === true });
}

// What the options are named is not known before the suite is, so they are read by name.
function wordsOf(suite: {
  readonly numbers: Readonly<Record<string, NumberOption>>;
  readonly texts: Readonly<Record<string, TextOption>>;
  readonly switches: Readonly<Record<string, unknown>>;
}): Readonly<Record<string, unknown>> {
  const options: ParseArgsConfig['options'] = {
    ...parsed(suite.numbers, (option) => textOption(String(option.default))),
    ...parsed(suite.texts, (option) => textOption(option.default)),
    ...parsed(suite.switches, () => SWITCH),
    only: { type: 'string', multiple: true },
    json: SWITCH,
    save: SWITCH,
    help: SWITCH,
  };
  return parseArgs({ options }).values;
}

const SWITCH = { type: 'boolean', default: false } as const;

function textOption(value: string): { readonly type: 'string'; readonly default: string } {
  return { type: 'string', default: value };
}

function parsed<Name extends string, Option, Value>(
  options: Readonly<Record<Name, Option>>,
  read: (option: Option, name: string) => Value,
): Record<Name, Value> {
  const entries = Object.entries<Option>(options).map(([name, option]) => [
    name,
    read(option, name),
  ]);
  return Object.fromEntries(entries) as Record<Name, Value>;
}

function numberOf(name: string, text: string, { least }: NumberOption): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least)
    throw new TypeError(`--${name} must be a whole number of ${least} or more, not ${text}`);
  return value;
}

function helpOf<P extends Part, N extends string, T extends string, S extends string>({
  name,
  what,
  parts,
  ...options
}: Suite<P, N, T, S>): string {
  const rows: readonly (readonly [string, string])[] = [
    ['only NAME', 'run this part only; may be repeated'],
    ...Object.entries<NumberOption>(options.numbers).map(
      ([each, option]) => [`${each} N`, `${option.what} (default: ${option.default})`] as const,
    ),
    ...Object.entries<TextOption>(options.texts).map(
      ([each, option]) => [`${each} TEXT`, `${option.what} (default: ${option.default})`] as const,
    ),
    ...Object.entries<{ readonly what: string }>(options.switches).map(
      ([each, option]) => [each, option.what] as const,
    ),
    ['json', 'print one JSON object as the last thing'],
    ['save', `write bench/results/<date>-${name}.json`],
    ['help', 'show this'],
  ];
  const width = Math.max(...rows.map(([option]) => option.length));
  const lines = rows.map(([option, text]) => `  --${option.padEnd(width)}  ${text}\n`).join('');
  return `Usage: npm run bench:${name} -- [options]\n\n${what}\n\nParts:\n\n${partsInWords(parts)}\nOptions:\n\n${lines}`;
}

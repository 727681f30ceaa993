import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A value as JSON has it. */
export type Value =
  | string
  | number
  | boolean
  | null
  | readonly Value[]
  | { readonly [key: string]: Value };

/** A raw request of a step. */
export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** How much of an answer a step keeps. */
export type Reduction = 'count' | 'keys' | 'type' | 'events' | 'events-full' | 'classes-of-events';

/** One step of a scenario, as the recordings' FORMAT.md describes it. */
export interface Step {
  readonly id?: string;
  readonly call?: string;
  readonly params?: readonly Value[];
  readonly result?: Value;
  readonly error?: readonly Value[];
  readonly no_answer?: string;
  readonly skipped?: string;
  readonly bind?: Readonly<Record<string, string>>;
  readonly unbound?: boolean;
  readonly reduce?: Reduction;
  readonly after?: Readonly<Record<string, Value>>;
  readonly in_flight?: boolean;
  readonly timed?: boolean;
  readonly waited?: boolean;
  readonly stand_in?: boolean;
  readonly unstable?: readonly string[];
  readonly note?: string;
  readonly sleep?: number;
  readonly wait?: string;
  readonly http?: RawRequest;
  readonly http_status?: number;
  readonly content_type?: string | null;
  readonly json?: Value;
  readonly text?: string;
}

/** A recorded scenario. */
export interface Scenario {
  readonly scenario: string;
  readonly fixture: 'base' | 'bare';
  readonly dropped: readonly string[];
  readonly steps: readonly Step[];
}

const NUMBERS = /"(?:[^"\\]|\\.)*"|-?\d+\.\d+(?:[eE][+-]?\d+)?/g;
const KEPT = /"\\u0001(-?[\d.eE+-]+)"/g;

/** Reads JSON; numbers written with a point stay apart from whole ones, see {@link written}. */
export function read(text: string): unknown {
  return JSON.parse(
    text.replace(NUMBERS, (found) => (found.startsWith('"') ? found : `"\\u0001${found}"`)),
  );
}

/** Writes JSON with every number as it was read: 4.0 is not 4 to a XAPI. */
export function written(value: unknown): string {
  return JSON.stringify(value).replace(KEPT, '$1');
}

/** A value with all numbers as numbers. */
export function plain(value: Value): Value {
  if (typeof value === 'string') return value.startsWith('\u0001') ? Number(value.slice(1)) : value;
  if (typeof value !== 'object' || value === null) return value;
  if (isList(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

/** Whether a value is a list. */
export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

/** Whether a value is a map. */
export function isMap(value: Value | undefined): value is Readonly<Record<string, Value>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Where the recordings lie. They are not part of the repository. */
export const RECORDINGS: string =
  process.env['GDCLOUD_XAPI_GOLDEN'] ??
  join(dirname(fileURLToPath(import.meta.url)), '../../../../../../shared/data/xapi-golden');

/** The files of all recorded scenarios, by name; empty where they are not. */
export function recordings(folder: string = RECORDINGS): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .sort()
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

/** Reads one scenario's file. */
export function readScenario(file: string): Scenario {
  return read(readFileSync(file, 'utf8')) as Scenario;
}

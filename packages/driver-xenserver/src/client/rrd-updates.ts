/** Series of one virtual machine or host, as `/rrd_updates` tells them. */
export interface RrdUpdates {
  readonly stepSeconds: number;
  /** `AVERAGE:vm:<uuid>:cpu0`, in the order of the values of a row. */
  readonly legend: readonly string[];
  readonly rows: readonly RrdRow[];
}

/** What was measured at one moment; null where nothing was. */
export interface RrdRow {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly values: readonly (number | null)[];
}

/** An answer that is none. Says nothing of what was in it. */
export class UnreadableRrd extends Error {
  override readonly name = 'UnreadableRrd';

  constructor() {
    super('the answer is no list of measurements');
  }
}

const MOST_SERIES = 4_096;
const MOST_ROWS = 4_096;

/** Reads what `/rrd_updates` answers, in XML or in JSON as releases have it. Throws {@link UnreadableRrd}. */
export function parseRrdUpdates(text: string): RrdUpdates {
  const found = text.trimStart().startsWith('{') ? fromJson(text) : fromXml(text);
  const { stepSeconds, legend, rows } = found;
  const sound =
    Number.isSafeInteger(stepSeconds) &&
    stepSeconds > 0 &&
    legend.length <= MOST_SERIES &&
    rows.length <= MOST_ROWS &&
    rows.every(({ at, values }) => Number.isSafeInteger(at) && values.length === legend.length);
  if (!sound) throw new UnreadableRrd();
  return { ...found, rows: rows.toSorted((left, right) => left.at - right.at) };
}

// Some releases write NaN and Infinity into what they call JSON.
function fromJson(text: string): RrdUpdates {
  let document: unknown;
  try {
    document = JSON.parse(text.replaceAll(/([[,:]\s*)(-?Infinity|-?NaN|-?nan|-?inf)\b/g, '$1null'));
  } catch {
    throw new UnreadableRrd();
  }
  const meta = member(document, 'meta');
  return {
    stepSeconds: Number(member(meta, 'step')),
    legend: list(member(meta, 'legend')).map(String),
    rows: list(member(document, 'data')).map((row) => ({
      at: Number(member(row, 't')) * 1_000,
      values: list(member(row, 'values')).map(value),
    })),
  };
}

// A flat format of a few elements, each without attributes.
function fromXml(text: string): RrdUpdates {
  const [meta = '', data = ''] = text.split('<data>', 2);
  if (!/<xport>/.test(meta) || !/<\/meta>/.test(meta)) throw new UnreadableRrd();
  const legend = texts(meta, 'entry');
  const rows = texts(data, 'row').map((row) => ({
    at: Number(texts(row, 't')[0] ?? Number.NaN) * 1_000,
    values: texts(row, 'v').map(value),
  }));
  return { stepSeconds: Number(texts(meta, 'step')[0] ?? Number.NaN), legend, rows };
}

// By position, so that what is never closed costs one look.
function texts(text: string, name: string): readonly string[] {
  const found: string[] = [];
  const [open, close] = [`<${name}>`, `</${name}>`];
  for (let at = text.indexOf(open); at >= 0 && found.length <= MOST_SERIES; ) {
    const end = text.indexOf(close, at);
    if (end < 0) throw new UnreadableRrd();
    found.push(text.slice(at + open.length, end).trim());
    at = text.indexOf(open, end);
  }
  return found;
}

function value(given: unknown): number | null {
  const text = typeof given === 'number' || typeof given === 'string' ? given : Number.NaN;
  const number = text === '' ? Number.NaN : Number(text);
  return Number.isFinite(number) ? number : null;
}

function member(given: unknown, name: string): unknown {
  if (typeof given !== 'object' || given === null || !Object.hasOwn(given, name))
    throw new UnreadableRrd();
  return Reflect.get(given, name);
}

function list(given: unknown): readonly unknown[] {
  if (!Array.isArray(given)) throw new UnreadableRrd();
  return given;
}

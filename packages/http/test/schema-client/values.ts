import type { FieldSchema } from './schema.js';

/** Says that a schema does not say what a client would need. */
export class SchemaGap extends Error {
  override readonly name = 'SchemaGap';
}

/** Whether only somebody else can make a value of the field: it has a form of its own, and no example of it. */
export function isMadeElsewhere({ format, example, options }: FieldSchema): boolean {
  return format !== null && example === null && options === null;
}

/**
 * A value that fits the field, other than `unlike` where there is another. `turn` makes values of different turns differ
 * where the schema leaves room. Throws SchemaGap where the schema does not say enough.
 */
export function valueFor(field: FieldSchema, turn: number, unlike?: unknown): unknown {
  const { type, options, example, min, max } = field;
  if (options !== null && !type.startsWith('array') && !type.startsWith('map')) {
    const other = options.find((option) => option !== unlike) ?? options[0];
    if (other === undefined) throw new SchemaGap(`an ${type} without options`);
    return other;
  }
  if (type === 'boolean') return unlike !== true;
  if (type === 'int') {
    if (example !== null && example !== unlike) return example;
    const lowest = min ?? 1;
    const wanted = typeof unlike === 'number' ? unlike + 1 : lowest + turn;
    return max === null || wanted <= max ? wanted : lowest;
  }
  // To the second, as the API says them.
  if (type === 'date')
    return new Date(1_800_000_000_000 + turn * 1_000).toISOString().replace('.000', '');
  if (type.startsWith('array')) return [];
  if (type.startsWith('map')) return {};
  if (type === 'json') return {};
  if (type === 'string' || type === 'password') return textFor(field, turn, unlike);
  throw new SchemaGap(`what a ${type} is`);
}

function textFor(field: FieldSchema, turn: number, unlike: unknown): string {
  const { example, format, validChars, minLength, maxLength } = field;
  if (typeof example === 'string' && (format !== null || example !== unlike)) return example;
  if (format !== null) throw new SchemaGap(`no example of the format ${format}`);
  const allowed = new RegExp(`^[${validChars ?? '\\s\\S'}]*$`);
  const text = [`client ${turn}`, `client-${turn}`, `${turn}`.padStart(4, 'a'), '0', 'a'].find(
    (candidate) => allowed.test(candidate),
  );
  if (text === undefined) throw new SchemaGap(`no text of ${validChars}`);
  return text.padEnd(minLength ?? 0, text.at(-1)).slice(0, maxLength ?? undefined);
}

import type { FieldSchema, ParameterSchema } from './class-schema.js';
import { CLASS_TABLE } from './classes.generated.js';
import { fieldMessages, objectMessage, type UndatedMessage } from './implied-messages.js';
import { initialValue } from './initial-value.js';
import { type Lifetime, parseLifetime } from './lifetime.js';
import { parseType } from './type-text.js';

/** Something of the datamodel with the releases in which it was there. */
type Dated<Thing> = Thing & { readonly lifetime: Lifetime };

/** A class with all that it ever had. */
export type DatedClass = Dated<{
  readonly name: string;
  readonly fields: readonly Dated<Omit<FieldSchema, 'removed'>>[];
  readonly messages: readonly Dated<UndatedMessage>[];
}>;

const QUALIFIERS: Readonly<Record<string, FieldSchema['qualifier']>> = {
  RW: 'RW',
  CO: 'RO/constructor',
  RO: 'RO/runtime',
};

const NOTES = /^(set|add_to|remove_from)_other_config$/;
const CLASS = /^(class|struct) (\w+) @(\S+):(.*)$/;
const FIELD = /^(RW|CO|RO) (\w+): (.*?)(?: = (.*?))?(?: @(\S+))?$/;
const MESSAGE = /^(open )?(\w+)\((.*)\): (.*?)(?: @(\S+))?$/;

function readField(row: string, own: Lifetime): Dated<Omit<FieldSchema, 'removed'>> | undefined {
  const [, qualifier = '', name, type = '', value, lifetime] = FIELD.exec(row) ?? [];
  if (name === undefined) return undefined;
  const parsed = parseType(type);
  return {
    name,
    type: parsed,
    qualifier: QUALIFIERS[qualifier] ?? 'RO/runtime',
    optional: value !== undefined,
    initial: initialValue(parsed, value),
    lifetime: lifetime === undefined ? own : parseLifetime(lifetime),
  };
}

function readMessage(row: string, own: Lifetime): Dated<UndatedMessage> {
  const [, open, name, parameters = '', result = '', lifetime] = MESSAGE.exec(row) ?? [];
  if (name === undefined) throw new Error(`datamodel row "${row}"`);
  return {
    name,
    session: open === undefined,
    implicit: false,
    parameters: parameters === '' ? [] : parameters.split('; ').map(readParameter),
    result: parseType(result),
    lifetime: lifetime === undefined ? own : parseLifetime(lifetime),
  };
}

function readParameter(text: string): ParameterSchema {
  const colon = text.indexOf(':');
  const name = text.slice(0, colon);
  return {
    name: name.replace('?', ''),
    type: parseType(text.slice(colon + 1)),
    required: !name.endsWith('?'),
  };
}

function readClass([head = '', ...rows]: readonly string[]): DatedClass {
  const [, kind, name = '', span = '', plain = ''] = CLASS.exec(head) ?? [];
  const lifetime = parseLifetime(span);
  const fields = rows.flatMap((row) => readField(row, lifetime) ?? []);
  // What the datamodel took over by hand later had been there as long as the field it writes.
  const notes = fields.find((field) => field.name === 'other_config');
  const explicit = rows.slice(fields.length).map((row) => {
    const message = readMessage(row, lifetime);
    const older = notes !== undefined && NOTES.test(message.name);
    return older ? { ...message, lifetime: notes.lifetime } : message;
  });
  const names = plain.trim() === '' ? [] : plain.trim().split(' ');
  // Not in the datamodel, but every XAPI offers them (reference/xenserver.md 4.1).
  const hidden = names.includes('get_all_records')
    ? ['get_all_where', 'get_all_records_where']
    : [];
  const ofObjects = [...names, ...hidden].map((message) => ({
    ...objectMessage(message, name),
    lifetime,
  }));
  // Structs have no objects, so nothing reads their fields one by one.
  const ofFields = (kind === 'class' ? fields : []).flatMap((field) =>
    fieldMessages(field, name).map((message) => ({ ...message, lifetime: field.lifetime })),
  );
  return { name, lifetime, fields, messages: [...ofObjects, ...ofFields, ...explicit] };
}

function readClasses(table: string): readonly DatedClass[] {
  const classes: string[][] = [];
  for (const row of table.trim().split('\n')) {
    if (CLASS.test(row)) classes.push([row]);
    else classes.at(-1)?.push(row);
  }
  return classes.map(readClass);
}

/** Every class of every release. */
export const CLASSES: readonly DatedClass[] = readClasses(CLASS_TABLE);

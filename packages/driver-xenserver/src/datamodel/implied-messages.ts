import type { FieldSchema, MessageSchema, ParameterSchema } from './class-schema.js';
import type { XapiType } from './type-text.js';

/** A message without what depends on the release. */
export type UndatedMessage = Omit<MessageSchema, 'removed'>;

const STRING: XapiType = { kind: 'string' };
const VOID: XapiType = { kind: 'void' };

function implied(
  name: string,
  parameters: Readonly<Record<string, XapiType>>,
  result: XapiType,
): UndatedMessage {
  const list = Object.entries(parameters).map(
    ([parameter, type]): ParameterSchema => ({ name: parameter, type, required: true }),
  );
  return { name, session: true, implicit: true, parameters: list, result };
}

/** The message `name` that a class has for its objects as a whole, or for one of them as a whole. */
export function objectMessage(name: string, className: string): UndatedMessage {
  const self: XapiType = { kind: 'ref', class: className };
  const record: XapiType = { kind: 'record', class: className };
  const refs: XapiType = { kind: 'set', of: self };
  const records: XapiType = { kind: 'map', key: self, value: record };
  switch (name) {
    case 'get_record':
      return implied(name, { self }, record);
    case 'get_by_uuid':
      return implied(name, { uuid: STRING }, self);
    case 'get_by_name_label':
      return implied(name, { label: STRING }, refs);
    case 'create':
      return implied(name, { args: record }, self);
    case 'destroy':
      return implied(name, { self }, VOID);
    case 'get_all':
      return implied(name, {}, refs);
    case 'get_all_records':
      return implied(name, {}, records);
    case 'get_all_where':
      return implied(name, { expr: STRING }, refs);
    case 'get_all_records_where':
      return implied(name, { expr: STRING }, records);
    default:
      throw new Error(`datamodel: ${className}.${name} follows from nothing`);
  }
}

/** The messages that read and write a field. */
export function fieldMessages(
  { name, type, qualifier }: Pick<FieldSchema, 'name' | 'type' | 'qualifier'>,
  className: string,
): readonly UndatedMessage[] {
  const self: XapiType = { kind: 'ref', class: className };
  const getter = implied(`get_${name}`, { self }, type);
  if (qualifier !== 'RW') return [getter];
  const setter = implied(`set_${name}`, { self, value: type }, VOID);
  if (type.kind === 'map') {
    return [
      getter,
      setter,
      implied(`add_to_${name}`, { self, key: type.key, value: type.value }, VOID),
      implied(`remove_from_${name}`, { self, key: type.key }, VOID),
    ];
  }
  if (type.kind === 'set') {
    return [
      getter,
      setter,
      implied(`add_${name}`, { self, value: type.of }, VOID),
      implied(`remove_${name}`, { self, value: type.of }, VOID),
    ];
  }
  return [getter, setter];
}

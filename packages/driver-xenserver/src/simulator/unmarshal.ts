import type { Json } from '@gdcloud/core';
import type { ClassSchema, MessageSchema, Schema } from '../datamodel/schema.js';
import { constructorFields } from './generic.js';
import { storedValue } from './values.js';

/**
 * A call's arguments, the session not counted, in the form in which behaviours and the database take them. Throws XAPI's
 * fault for the first that is not of its parameter's type: a real XAPI reads all of them before it looks at anything.
 */
export function unmarshal(
  schema: Schema,
  owner: ClassSchema,
  message: MessageSchema,
  args: readonly Json[],
): readonly Json[] {
  return args.flatMap((value, index) => {
    const type = message.parameters[index]?.type;
    if (type === undefined) return [];
    const record = message.name === 'create' && type.kind === 'record' ? owner : undefined;
    if (record === undefined || type.kind !== 'record') return [storedValue(type, value)];
    return [constructorFields(schema.get(type.class) ?? record, value)];
  });
}

import {
  COMMON_FIELDS,
  COMMON_STATES,
  type Field,
  type Fields,
  type JsonObject,
  type ResourceType,
} from '@gdcloud/core';
import { type FieldRights, fieldSchema } from './field-schema.js';

/** The identity that a caller may choose, so that a repeated POST creates nothing twice. */
export const UUID_FIELD: Field = {
  kind: 'string',
  maxLength: 36,
  description:
    'Never changes and is never reused. A client may choose it; creating it again is creating it once.',
};

const NONE: FieldRights = { create: false, update: false };

/** All that a POST or a PUT of the type can set, those that all types share included. */
export function inputFields(type: ResourceType): Fields {
  return { uuid: UUID_FIELD, ...COMMON_FIELDS, ...type.spec };
}

/** `resourceFields` of a type's schema: what all resources have (rule 15) and what its declaration adds. */
export function resourceFields(
  type: ResourceType,
  rights: FieldRights,
  accounts: 'accounts' | 'no accounts',
): JsonObject {
  const fields: Record<string, JsonObject> = { ...identityFields(type) };
  for (const [name, field] of Object.entries({ ...COMMON_FIELDS, ...type.spec })) {
    const own = rightsOf(field, rights);
    if (field.show === 'never' && !own.create && !own.update) continue;
    const unique = type.uniqueBy === name ? 'unique' : 'not unique';
    fields[name] = fieldSchema(field, own, unique);
  }
  Object.assign(fields, stateFields(type));
  for (const [name, field] of Object.entries(type.status)) {
    if (field.show !== 'never') fields[name] = fieldSchema(field, NONE);
  }
  fields['uuid'] = fieldSchema(UUID_FIELD, { create: rights.create, update: false }, 'unique');
  fields['accountId'] = fieldSchema(
    {
      kind: 'reference',
      ...(accounts === 'accounts' ? { target: 'account' } : {}),
      required: true,
      description: 'The account it belongs to.',
    },
    NONE,
  );
  return fields;
}

function rightsOf(field: Field, rights: FieldRights): FieldRights {
  const write = field.write ?? 'always';
  return {
    create: rights.create && write !== 'internal',
    update: rights.update && write === 'always',
  };
}

function identityFields(type: ResourceType): Record<string, JsonObject> {
  const kind: Field = { kind: 'string', required: true, description: 'What it is.' };
  return {
    id: fieldSchema({ kind: 'string', required: true, description: 'The id in URLs.' }, NONE),
    type: fieldSchema({ ...kind, default: type.id }, NONE),
    kind: fieldSchema({ ...kind, default: type.id }, NONE),
  };
}

function stateFields(type: ResourceType): Record<string, JsonObject> {
  const states = [...new Set([...type.lifecycle.states, ...COMMON_STATES])];
  const fields: Fields = {
    state: { kind: 'enum', options: states, required: true, description: 'Where it stands.' },
    transitioning: {
      kind: 'enum',
      options: ['yes', 'no', 'error'],
      required: true,
      description: 'Whether it moves, rests, or needs a person.',
    },
    transitioningMessage: { kind: 'string', description: 'What it waits for, or why it failed.' },
    transitioningProgress: {
      kind: 'int',
      min: 0,
      max: 100,
      description: 'Percent, while it moves.',
    },
    created: { kind: 'date', required: true, description: 'When it was asked for.' },
    removed: { kind: 'date', description: 'When the last of it was gone.' },
  };
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [name, fieldSchema(field, NONE)]),
  );
}

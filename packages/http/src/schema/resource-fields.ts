import {
  COMMON_FIELDS,
  COMMON_STATES,
  type Field,
  type Fields,
  type JsonObject,
  type ResourceType,
} from '@gdcloud/core';
import { type FieldRights, fieldSchema } from './field-schema.js';
import type { TypeRights } from './type-rights.js';

/** The identity that a caller may choose, so that a repeated POST creates nothing twice. */
export const UUID_FIELD: Field = {
  kind: 'string',
  maxLength: 36,
  description:
    'Never changes and is never reused. A client may choose it; creating it again is creating it once.',
};

/** What a client that sends back what it read is protected by: see docs/api.md. */
const REV_FIELD: Field = {
  kind: 'int',
  required: true,
  description:
    'Counts changes of what is asked for. Sent back in a PUT, it must be the current one.',
};

const NONE: FieldRights = { create: false, update: false };

/** The account that a new resource is for; administrators may choose any, others have their own. */
const OWNER_FIELD: Field = {
  kind: 'reference',
  target: 'account',
  maxLength: 255,
  description: 'The account it belongs to; by default that of who asks.',
};

/** All that a POST or a PUT of the type can set, those that all types share included. */
export function inputFields(type: ResourceType): Fields {
  return {
    uuid: UUID_FIELD,
    rev: REV_FIELD,
    accountId: OWNER_FIELD,
    ...COMMON_FIELDS,
    ...type.spec,
  };
}

/** What a caller with these rights can set when it creates a resource of the type. */
export function createFields(type: ResourceType, rights: TypeRights): Fields {
  const { accountId, rev: _rev, ...others } = inputFields(type);
  return rights.has('administer') && accountId !== undefined ? { ...others, accountId } : others;
}

/** What can be set when a resource of the type is updated: all but what others know it by. */
export function updateFields(type: ResourceType): Fields {
  const fields = { ...COMMON_FIELDS, ...type.spec };
  return Object.fromEntries(Object.entries(fields).filter(([name]) => name !== type.uniqueBy));
}

/** `resourceFields` of a type's schema: what all resources have (rule 15) and what its declaration adds. */
export function resourceFields(
  type: ResourceType,
  typeRights: TypeRights,
  accounts: 'accounts' | 'no accounts',
): JsonObject {
  const rights = { create: typeRights.has('create'), update: typeRights.has('update') };
  const fields: Record<string, JsonObject> = { ...identityFields(type) };
  for (const [name, field] of Object.entries({ ...COMMON_FIELDS, ...type.spec })) {
    const own = rightsOf(field, rights, type.uniqueBy === name ? 'unique' : 'not unique');
    if (field.show === 'never' && !own.create && !own.update) continue;
    const unique = type.uniqueBy === name ? 'unique' : 'not unique';
    fields[name] = fieldSchema(field, own, unique);
  }
  fields['rev'] = fieldSchema(REV_FIELD, NONE);
  Object.assign(fields, stateFields(type));
  for (const [name, field] of Object.entries(type.status)) {
    if (field.show !== 'never') fields[name] = fieldSchema(field, NONE);
  }
  fields['uuid'] = fieldSchema(UUID_FIELD, { create: rights.create, update: false }, 'unique');
  const { target: _target, ...plainOwner } = OWNER_FIELD;
  fields['accountId'] = fieldSchema(accounts === 'accounts' ? OWNER_FIELD : plainOwner, {
    create: rights.create && typeRights.has('administer'),
    update: false,
  });
  return fields;
}

function rightsOf(field: Field, rights: FieldRights, unique: 'unique' | 'not unique'): FieldRights {
  const write = field.write ?? 'always';
  return {
    create: rights.create && write !== 'internal',
    // What others know a resource by never changes.
    update: rights.update && write === 'always' && unique === 'not unique',
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

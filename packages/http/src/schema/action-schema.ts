import type { ActionDeclaration, JsonObject, ResourceType } from '@gdcloud/core';
import { fieldSchema } from './field-schema.js';
import type { TypeRights } from './type-rights.js';

/** The action that only tells: the one that may be asked for by GET too. */
export const EXPLAIN = 'explain';

/** Id of the schema of what {@link EXPLAIN} answers. */
export const EXPLANATION = 'explanation';

/** The actions that every type has without declaring them, for everybody who may read it. */
export const BUILT_IN_ACTIONS: readonly string[] = ['reconcile', EXPLAIN];

/** Whether an action of the type is the built-in {@link EXPLAIN}; a type may declare one of its own by that name. */
export function isExplain(type: ResourceType, action: string | undefined): boolean {
  return action === EXPLAIN && !Object.hasOwn(type.actions, EXPLAIN);
}

/** Id of the schema that describes an action's input: `virtualmachineResize`. */
export function inputSchemaId(type: ResourceType, action: string): string {
  return `${type.id}${action.charAt(0).toUpperCase()}${action.slice(1)}`;
}

/** `resourceActions` of a type's schema; `input` only where there is something to send. */
export function resourceActions(type: ResourceType, rights: TypeRights): JsonObject {
  const own = rights.has('act') ? Object.entries(type.actions) : [];
  const declared = own.map(([name, action]) => [
    name,
    hasInput(action) ? { input: inputSchemaId(type, name), output: type.id } : { output: type.id },
  ]);
  const builtIn = (rights.has('read') ? BUILT_IN_ACTIONS : [])
    .filter((name) => !Object.hasOwn(type.actions, name))
    .map((name) => [name, { output: name === EXPLAIN ? EXPLANATION : type.id }]);
  return Object.fromEntries([...declared, ...builtIn]);
}

/** The fields of every action input of the type, by schema id. */
export function inputSchemas(type: ResourceType): ReadonlyMap<string, JsonObject> {
  return new Map(
    Object.entries(type.actions)
      .filter(([, action]) => hasInput(action))
      .map(([name, action]) => [inputSchemaId(type, name), fieldsOf(action)]),
  );
}

function hasInput(action: ActionDeclaration): boolean {
  return Object.keys(action.input).length > 0;
}

function fieldsOf(action: ActionDeclaration): JsonObject {
  return Object.fromEntries(
    Object.entries(action.input).map(([name, field]) => [
      name,
      fieldSchema(field, { create: true, update: true }),
    ]),
  );
}

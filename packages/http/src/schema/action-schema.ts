import {
  BUILT_IN_ACTIONS,
  type Fields,
  type JsonObject,
  type QuestionDeclaration,
  type ResourceType,
} from '@gdcloud/core';
import { fieldSchema } from './field-schema.js';
import type { TypeRights } from './type-rights.js';

/** The action that only tells: the one that may be asked for by GET too. */
export const EXPLAIN = 'explain';

/** Id of the schema of what {@link EXPLAIN} answers. */
export const EXPLANATION = 'explanation';

/** Whether an action of the type is the built-in {@link EXPLAIN}; a type may declare one of its own by that name. */
export function isExplain(type: ResourceType, action: string | undefined): boolean {
  return action === EXPLAIN && !isDeclared(type, EXPLAIN);
}

/** The actions that every type has without declaring them. */
export const BUILT_IN_NAMES: readonly string[] = Object.keys(BUILT_IN_ACTIONS);

/** Id of the schema that describes an action's input: `virtualmachineResize`. */
export function inputSchemaId(type: ResourceType, action: string): string {
  return `${type.id}${action.charAt(0).toUpperCase()}${action.slice(1)}`;
}

/** Id of the schema of what a question answers: `virtualmachineUsageAnswer`. */
export function answerSchemaId(type: ResourceType, question: string): string {
  return `${inputSchemaId(type, question)}Answer`;
}

/** The question of a type that an action asks; undefined where the action is none. */
export function questionOf(
  type: ResourceType,
  action: string,
): ResourceType['questions'][string] | undefined {
  return Object.hasOwn(type.questions, action) ? type.questions[action] : undefined;
}

/** What can be sent with an action of a type, built-in ones included. */
export function actionInput(type: ResourceType, action: string): Fields {
  if (Object.hasOwn(type.actions, action)) return type.actions[action]?.input ?? {};
  return questionOf(type, action)?.input ?? BUILT_IN.get(action)?.input ?? {};
}

/** `resourceActions` of a type's schema; `input` only where there is something to send. */
export function resourceActions(type: ResourceType, rights: TypeRights): JsonObject {
  const declared = Object.entries(type.actions)
    .filter(([, { by }]) => mayAct(rights, by))
    .map(([name, { input }]) => [name, described(type, input, inputSchemaId(type, name))]);
  const asked = questionsFor(type, rights).map(([name, { input }]) => [
    name,
    {
      ...(hasFields(input) ? { input: inputSchemaId(type, name) } : {}),
      output: answerSchemaId(type, name),
    },
  ]);
  const builtIn = builtInsFor(type, rights).map(([name, { input }]) => [
    name,
    name === EXPLAIN ? { output: EXPLANATION } : described(type, input, builtInSchemaId(name)),
  ]);
  return Object.fromEntries([...declared, ...asked, ...builtIn]);
}

/** What a caller with these rights may ask for by name and send: what each declared action and question takes. */
export function inputsFor(type: ResourceType, rights: TypeRights): ReadonlyMap<string, Fields> {
  return new Map([
    ...Object.entries(type.actions)
      .filter(([, { by }]) => mayAct(rights, by))
      .map(([name, { input }]) => [name, input] as const),
    ...questionsFor(type, rights).map(([name, { input }]) => [name, input] as const),
  ]);
}

/** The questions that a caller with these rights may ask. */
export function questionsFor(
  type: ResourceType,
  rights: TypeRights,
): readonly (readonly [string, QuestionDeclaration])[] {
  return Object.entries(type.questions).filter(([, { verb }]) => rights.has(verb));
}

/** The fields of the inputs and answers of all that a caller with these rights may ask for, by schema id. */
export function inputSchemas(
  type: ResourceType,
  rights: TypeRights,
): ReadonlyMap<string, JsonObject> {
  return new Map([
    ...[...inputsFor(type, rights)]
      .filter(([, input]) => hasFields(input))
      .map(([name, input]) => [inputSchemaId(type, name), fieldsOf(input)] as const),
    ...questionsFor(type, rights).map(
      ([name, { output }]) => [answerSchemaId(type, name), answerFields(output)] as const,
    ),
  ]);
}

// An answer is only read.
function answerFields(output: Fields): JsonObject {
  return Object.fromEntries(
    Object.entries(output).map(([name, field]) => [
      name,
      fieldSchema(field, { create: false, update: false }),
    ]),
  );
}

/** The inputs of built-in actions, which all types share, by schema id. */
export function builtInInputs(): ReadonlyMap<string, Fields> {
  return new Map(
    [...BUILT_IN]
      .filter(([, { input }]) => hasFields(input))
      .map(([name, { input }]) => [builtInSchemaId(name), input]),
  );
}

/** An input's fields as schemas describe them. */
export function fieldsOf(input: Fields): JsonObject {
  return Object.fromEntries(
    Object.entries(input).map(([name, field]) => [
      name,
      fieldSchema(field, { create: true, update: true }),
    ]),
  );
}

const BUILT_IN: ReadonlyMap<string, { readonly input: Fields; readonly by: 'reader' | 'owner' }> =
  new Map(Object.entries(BUILT_IN_ACTIONS));

/** Id of the schema of a built-in action's input: `keepInput`. */
export function builtInSchemaId(action: string): string {
  return `${action}Input`;
}

function isDeclared(type: ResourceType, name: string): boolean {
  return Object.hasOwn(type.actions, name) || Object.hasOwn(type.questions, name);
}

/** Whether a caller with these rights may ask for a declared action. */
export function mayAct(rights: TypeRights, by: 'administrators' | undefined): boolean {
  return rights.has('act') && (by === undefined || rights.has('administer'));
}

/** The built-in actions that a caller with these rights may ask for. */
export function builtInsFor(
  type: ResourceType,
  rights: TypeRights,
): readonly (readonly [string, { readonly input: Fields }])[] {
  return [...BUILT_IN].filter(([name, { by }]) => !isDeclared(type, name) && mayAsk(rights, by));
}

// Who can do nothing to a type but read it owns none of its resources.
function mayAsk(rights: TypeRights, by: 'reader' | 'owner'): boolean {
  if (by === 'reader') return rights.has('read');
  return (['create', 'update', 'delete', 'act'] as const).some((verb) => rights.has(verb));
}

function described(type: ResourceType, input: Fields, schemaId: string): JsonObject {
  return hasFields(input) ? { input: schemaId, output: type.id } : { output: type.id };
}

/** Whether there is anything to send. */
export function hasFields(input: Fields): boolean {
  return Object.keys(input).length > 0;
}

import type { Fields, JsonObject, Resource, ResourceType, TypeRegistry } from '@gdcloud/core';
import { BUILT_IN_ACTIONS } from '@gdcloud/core';
import type { Asked } from './asking.js';
import { type Asker, onAction, onCollection, onResource, type Verdict } from './oracle.js';

/** One thing that can be asked for at a URL of a type. */
export interface Operation {
  readonly name: string;
  /** The path as `/v1/openapi.json` writes it, without `/v1`. */
  readonly template: string;
  /** Of a resource: `id` goes into the URL. Without one: of the collection. */
  readonly about: 'collection' | 'resource';
  /** Asks for it in earnest. */
  readonly earnest: (id: string) => Asked;
  /** Asks for it so that nothing comes of it even where it is let through. */
  readonly harmless: (id: string) => Asked;
  readonly verdict: (asker: Asker, row: Resource | undefined) => Verdict;
}

/** A value of another kind than any field's: whoever is let through is told so, and nothing is written. */
const WRONG: JsonObject = { name: 7 };

/** Everything that can be asked for at the URLs of a type, links left out. `input` makes what an action needs. */
export function operationsOf(
  types: TypeRegistry,
  type: ResourceType,
  input: (fields: Fields) => JsonObject,
): readonly Operation[] {
  const list = `/v1/${type.plural}`;
  const one = (id: string) => `${list}/${id}`;
  const same = (asked: (id: string) => Asked) => ({ earnest: asked, harmless: asked });
  const about = { about: 'resource', template: `/${type.plural}/{id}` } as const;
  const names = [
    ...Object.keys(type.actions),
    ...Object.keys(type.questions),
    ...Object.keys(BUILT_IN_ACTIONS),
  ];
  return [
    {
      name: 'list',
      about: 'collection',
      template: `/${type.plural}`,
      ...same(() => ({ method: 'GET', target: list })),
      verdict: (asker) => onCollection(asker, type, 'read'),
    },
    {
      name: 'create',
      about: 'collection',
      template: `/${type.plural}`,
      ...same(() => ({ method: 'POST', target: list, body: WRONG })),
      verdict: (asker) => onCollection(asker, type, 'create'),
    },
    {
      ...about,
      name: 'read',
      ...same((id) => ({ method: 'GET', target: one(id) })),
      verdict: (asker, row) => onResource(asker, type, row, 'read'),
    },
    {
      ...about,
      name: 'update',
      earnest: (id) => ({ method: 'PUT', target: one(id), body: { description: 'taken over' } }),
      harmless: (id) => ({ method: 'PUT', target: one(id), body: WRONG }),
      verdict: (asker, row) => onResource(asker, type, row, 'update'),
    },
    {
      ...about,
      name: 'delete',
      earnest: (id) => ({ method: 'DELETE', target: one(id) }),
      harmless: (id) => ({ method: 'DELETE', target: `${one(id)}?dryRun=plan` }),
      verdict: (asker, row) => onResource(asker, type, row, 'delete'),
    },
    ...names.map((name): Operation => {
      const fields =
        type.actions[name]?.input ??
        type.questions[name]?.input ??
        BUILT_IN_ACTIONS[name as keyof typeof BUILT_IN_ACTIONS].input;
      const body = input(fields);
      const plan = Object.hasOwn(type.actions, name) ? '&dryRun=plan' : '';
      return {
        ...about,
        name: `action ${name}`,
        earnest: (id) => ({ method: 'POST', target: `${one(id)}?action=${name}`, body }),
        harmless: (id) => ({ method: 'POST', target: `${one(id)}?action=${name}${plan}`, body }),
        verdict: (asker, row) => onAction(asker, types, type, row, name),
      };
    }),
    {
      ...about,
      name: 'explain by GET',
      ...same((id) => ({ method: 'GET', target: `${one(id)}?action=explain` })),
      verdict: (asker, row) => onAction(asker, types, type, row, 'explain'),
    },
  ];
}

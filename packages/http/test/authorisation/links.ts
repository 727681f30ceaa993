import type { Resource, ResourceType, TypeRegistry } from '@gdcloud/core';
import type { Operation } from './operations.js';
import { type Asker, may, onCollection, owns, sees, type Verdict } from './oracle.js';

/** Finds the resource that a reference names; undefined where it names none. */
export type Follow = (type: ResourceType, id: string) => Resource | undefined;

/** Everything that can be asked for at the links of a type's resources. */
export function linksOf(
  types: TypeRegistry,
  type: ResourceType,
  follow: Follow,
): readonly Operation[] {
  const declared = Object.entries(type.links).flatMap(([name, link]): readonly Operation[] => {
    switch (link.kind) {
      case 'reference':
        return [
          reads(type, name, (asker, row) =>
            toReference(asker, types, type, row, link.field, follow),
          ),
        ];
      case 'children': {
        const child = types.get(link.type);
        const creates =
          child.spec[link.field] !== undefined && child.spec[link.field]?.write !== 'internal';
        return [
          reads(type, name, (asker) => (may(asker, child, 'read') ? 'let through' : 404)),
          {
            ...of(type, name),
            name: `create ${name}`,
            ...same((id) => ({ method: 'POST', target: at(type, id, name), body: { name: 7 } })),
            verdict: within(type, (asker) => {
              const verdict = onCollection(asker, child, 'create');
              // The way there is known already, whatever lies at its end.
              if (verdict === 404) return creates ? 404 : 405;
              return creates ? verdict : 405;
            }),
          },
        ];
      }
      case 'content':
        return [
          reads(type, name, (asker, row) => (owns(asker, row) ? 'let through' : 403)),
          ...(['PUT', 'PATCH'] as const).map((method) =>
            brings(type, name, link.direction, method),
          ),
        ];
      default:
        return [];
    }
  });
  return [
    ...declared,
    reads(type, 'events', () => 'let through'),
    reads(type, 'account', (asker, row) =>
      owns(asker, row) && may(asker, types.get('account'), 'read') ? 'let through' : 404,
    ),
  ];
}

function toReference(
  asker: Asker,
  types: TypeRegistry,
  type: ResourceType,
  row: Resource,
  field: string,
  follow: Follow,
): Verdict {
  const value = row.spec[field] ?? row.status[field];
  const target = types.get((type.spec[field] ?? type.status[field])?.target ?? '');
  const end = typeof value === 'string' ? follow(target, value) : undefined;
  return end !== undefined && sees(asker, target, end) ? 'let through' : 404;
}

function reads(
  type: ResourceType,
  name: string,
  end: (asker: Asker, row: Resource) => Verdict,
): Operation {
  return {
    ...of(type, name),
    name: `link ${name}`,
    ...same((id) => ({ method: 'GET', target: at(type, id, name) })),
    verdict: within(type, end),
  };
}

// Parts without a place are refused once all else is right.
function brings(
  type: ResourceType,
  name: string,
  direction: 'download' | 'both',
  method: 'PUT' | 'PATCH',
): Operation {
  return {
    ...of(type, name),
    name: `${method} ${name}`,
    ...same((id) => ({
      method,
      target: at(type, id, name),
      headers: { 'content-range': 'bytes 0-0/1' },
    })),
    verdict: (asker, row) => {
      if (asker.kind === 'nobody') return 401;
      if (!may(asker, type, 'read')) return 404;
      if (direction === 'download') return 405;
      if (row === undefined || !sees(asker, type, row)) return 404;
      return owns(asker, row) && may(asker, type, 'create') ? 'let through' : 403;
    },
  };
}

function of(type: ResourceType, name: string): Pick<Operation, 'about' | 'template'> {
  return { about: 'resource', template: `/${type.plural}/{id}/${name}` };
}

function at(type: ResourceType, id: string, name: string): string {
  return `/v1/${type.plural}/${id}/${name}`;
}

function same(asked: Operation['earnest']): Pick<Operation, 'earnest' | 'harmless'> {
  return { earnest: asked, harmless: asked };
}

// Nobody gets to the end of a link whose beginning is hidden.
function within(
  type: ResourceType,
  end: (asker: Asker, row: Resource) => Verdict,
): Operation['verdict'] {
  return (asker, row) => {
    if (asker.kind === 'nobody') return 401;
    if (row === undefined || !sees(asker, type, row)) return 404;
    return end(asker, row);
  };
}

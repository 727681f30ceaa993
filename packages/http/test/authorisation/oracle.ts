import type { Resource, ResourceType, TypeRegistry, Verb } from '@gdcloud/core';

/** Who asks, as far as rights go. */
export interface Asker {
  /** `nobody` has no credentials, or wrong ones. */
  readonly kind: 'nobody' | 'user' | 'admin';
  readonly account: string | undefined;
  /** What the key opens of what its account may do; absent: all of it. */
  readonly scopes?: readonly string[];
}

/** What must come of a request: the refusal it ends in, or that it is let through to whatever comes next. */
export type Verdict = 401 | 403 | 404 | 405 | 'let through';

/**
 * What the declarations say that a caller may do, worked out from their data alone: nothing here asks the code that is
 * looked after.
 */
export function may(asker: Asker, type: ResourceType, verb: Verb): boolean {
  const { kind } = asker;
  if (kind === 'nobody' || !opens(asker, type, verb)) return false;
  return type.access[kind === 'admin' ? 'administrators' : 'users'].includes(verb);
}

function opens({ scopes }: Asker, { id }: ResourceType, verb: Verb): boolean {
  const ways = [`${id}:${verb}`, `${id}:*`, `*:${verb}`, '*:*'];
  return scopes === undefined || scopes.some((scope) => ways.includes(scope));
}

/** Whether a resource is there at all for who asks. */
export function sees(asker: Asker, type: ResourceType, row: Resource): boolean {
  const own = row.account === asker.account;
  return (
    may(asker, type, 'read') &&
    (own || asker.kind === 'admin' || type.access.visibleTo === 'everyone')
  );
}

/** Whether it is theirs to change. */
export function owns(asker: Asker, row: Resource): boolean {
  return asker.kind === 'admin' || row.account === asker.account;
}

function isOnlyRead({ access }: ResourceType): boolean {
  return [...access.users, ...access.administrators].every((verb) => verb === 'read');
}

function offered({ access }: ResourceType, verb: Verb): boolean {
  return [...access.users, ...access.administrators].includes(verb);
}

function knows(asker: Asker, type: ResourceType): boolean {
  return may(asker, type, 'read') || may(asker, type, 'create');
}

/** Of a request for a list, or for a new resource. */
export function onCollection(asker: Asker, type: ResourceType, verb: 'read' | 'create'): Verdict {
  if (asker.kind === 'nobody') return 401;
  if (!knows(asker, type)) return 404;
  if (!offered(type, verb)) return 405;
  if (may(asker, type, verb)) return 'let through';
  return may(asker, type, 'read') ? 403 : 404;
}

/** Of reading, changing or deleting one. `row` is undefined for one that there is not. */
export function onResource(
  asker: Asker,
  type: ResourceType,
  row: Resource | undefined,
  verb: 'read' | 'update' | 'delete',
): Verdict {
  if (asker.kind === 'nobody') return 401;
  if (!knows(asker, type)) return 404;
  if (!offered(type, verb)) return 405;
  if (verb !== 'read' && !may(asker, type, verb)) return may(asker, type, 'read') ? 403 : 404;
  if (row === undefined || !sees(asker, type, row)) return 404;
  return verb === 'read' || owns(asker, row) ? 'let through' : 403;
}

/** Actions that every type has: for whoever reads a resource, and for its owner. */
const FOR_READERS: readonly string[] = ['reconcile', 'explain'];
const FOR_OWNERS: readonly string[] = ['recreate', 'keep'];

/** Of an action or a question. */
export function onAction(
  asker: Asker,
  types: TypeRegistry,
  type: ResourceType,
  row: Resource | undefined,
  name: string,
): Verdict {
  if (asker.kind === 'nobody') return 401;
  if (!knows(asker, type)) return 404;
  const action = Object.hasOwn(type.actions, name) ? type.actions[name] : undefined;
  const question = Object.hasOwn(type.questions, name) ? type.questions[name] : undefined;
  const readerMay = action !== undefined || question !== undefined || FOR_OWNERS.includes(name);
  if (!readerMay && !FOR_READERS.includes(name)) throw new TypeError(`${type.id}.${name}?`);
  // Whether an action may be asked for at all is decided before anybody looks what it is about; of a question after.
  if (action !== undefined) {
    if (!may(asker, type, 'act')) return 403;
    if (action.by === 'administrators' && asker.kind !== 'admin') return 403;
    const wanted = action.asksFor && types.get(action.asksFor.type);
    if (wanted !== undefined && !may(asker, wanted, 'create'))
      return may(asker, wanted, 'read') ? 403 : 404;
  }
  if (!may(asker, type, 'read')) return 404;
  // Of what is only ever read nothing can be asked, whichever it is: that is told before anybody looks.
  if (isOnlyRead(type) && name !== 'explain') return 'let through';
  if (FOR_OWNERS.includes(name) && !opens(asker, type, 'act')) return 403;
  if (row === undefined || !sees(asker, type, row)) return 404;
  if (question !== undefined && !may(asker, type, question.verb)) return 403;
  return FOR_READERS.includes(name) || owns(asker, row) ? 'let through' : 403;
}

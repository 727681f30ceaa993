import { RequestError } from '../model/errors.js';
import type { Json, JsonObject } from '../model/json.js';
import type { Resource } from '../model/resource.js';

/** Throws PreconditionFailed when a resource has moved on from the generation that a request insists on. */
export function demandGeneration(resource: Resource, generation: number | undefined): void {
  if (generation === undefined || generation === resource.generation) return;
  throw new RequestError(
    'PreconditionFailed',
    `${resource.type} ${resource.id} has generation ${resource.generation}`,
  );
}

/**
 * Throws Conflict when a body says a `rev` that the resource has moved on from: what was read, changed and sent back
 * whole must not undo what others changed meanwhile. A body without one insists on nothing.
 */
export function demandRev(resource: Resource, body: JsonObject): void {
  const rev = revIn(body['rev']);
  if (rev === undefined || rev === resource.generation) return;
  throw new RequestError(
    'Conflict',
    `${resource.type} ${resource.id} has rev ${resource.generation} by now`,
    { fieldName: 'rev' },
  );
}

// Forms send texts.
function revIn(value: Json | undefined): number | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  if (typeof value === 'string' && /^[0-9]{1,15}$/.test(value)) return Number(value);
  throw new RequestError('InvalidFormat', 'rev must be the whole number that was read', {
    fieldName: 'rev',
  });
}

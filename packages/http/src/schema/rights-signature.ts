import type { Caller, Resources, TypeRegistry } from '@gdcloud/core';
import { rightsOn } from './type-rights.js';

/** Tells callers apart by what they may do with which type: those of one signature see the same schemas. */
export function rightsSignature(types: TypeRegistry, resources: Resources, caller: Caller): string {
  return types
    .all()
    .map((type) => [...rightsOn(resources, caller, type)].map((verb) => verb.slice(0, 2)).join(''))
    .join(' ');
}

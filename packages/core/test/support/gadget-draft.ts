import type { Draft } from '@gdcloud/core';
import { uuid } from './resources.js';

/** The nth resource of a made-up type, of one account, as a store is given it. */
export function gadgetDraft(n: number, more: Partial<Draft> = {}): Draft {
  return {
    uuid: uuid(n),
    type: 'gadget',
    account: uuid(0xacc),
    name: null,
    description: null,
    data: {},
    spec: {},
    naturalKey: null,
    visibleToAll: 'no',
    references: [],
    created: n,
    event: { at: 1, what: 'asked', why: 'a test', result: 'done' },
    ...more,
  };
}

import {
  asId,
  asUuid,
  type Condition,
  defineResourceType,
  int,
  PLAIN_LIFECYCLE,
  type Resource,
  type ResourceType,
  type ResourceUuid,
  string,
} from '@gdcloud/core';
import { UNOBSERVED } from '../../dist/model/resource.js';

/** The n-th uuid; sorts as n does. */
export function uuid(n: number): ResourceUuid {
  return asUuid(`00000000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`);
}

/** A resource that no pass has looked at, with `changes` made to it. */
export function resource(changes: Partial<Resource> = {}): Resource {
  return {
    uuid: uuid(1),
    type: 'widget',
    id: asId('1'),
    account: uuid(100),
    naturalKey: null,
    created: 1_000,
    name: null,
    description: null,
    data: {},
    spec: {},
    generation: 1,
    deleteRequestedAt: null,
    repairs: [],
    ...UNOBSERVED,
    ...changes,
  };
}

/** A condition of a resource's first generation, with `changes` made to it. */
export function condition(changes: Partial<Condition> = {}): Condition {
  return {
    type: 'Ready',
    status: 'True',
    reason: 'AsAsked',
    message: 'everything is as asked',
    observedGeneration: 1,
    lastTransitionTime: 1_000,
    ...changes,
  };
}

/** Everybody may do everything. */
export const OPEN_ACCESS: ResourceType['access'] = {
  visibleTo: 'own',
  users: ['read', 'create', 'update', 'delete', 'act'],
  administrators: ['read', 'create', 'update', 'delete', 'act'],
};

/** A type with little to it. */
export const widget = defineResourceType({
  id: 'widget',
  plural: 'widgets',
  description: 'Something.',
  spec: {
    colour: string({ description: 'How it looks.' }),
    size: int({ description: 'How large it is.', default: 1 }),
  },
  status: { weight: int({ description: 'How heavy it turned out.' }) },
  lifecycle: PLAIN_LIFECYCLE,
  access: OPEN_ACCESS,
});

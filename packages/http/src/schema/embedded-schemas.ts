import type { Field, JsonObject } from '@gdcloud/core';
import { fieldSchema } from './field-schema.js';

const text = (description: string): Field => ({ kind: 'string', description });
const free = (description: string): Field => ({ kind: 'json', description });
const links: Field = {
  kind: 'map',
  element: text('A URL.'),
  description: 'Where to go from here.',
};

const DECLARED: { readonly [id: string]: { readonly [name: string]: Field } } = {
  schema: {
    id: text('The name of the type.'),
    pluralName: text('The name of its collection.'),
    resourceMethods: { kind: 'array', element: text('A method.'), description: 'On a resource.' },
    collectionMethods: {
      kind: 'array',
      element: text('A method.'),
      description: 'On the collection.',
    },
    resourceFields: free('The fields of a resource.'),
    resourceActions: free('What can be asked of a resource.'),
    collectionFields: free('The fields of the collection.'),
    collectionActions: free('What can be asked of the collection.'),
    collectionFilters: free('What the collection can be filtered by.'),
    links,
  },
  apiVersion: { id: text('The first word of the path.'), links },
  collection: {
    resourceType: text('The type of what it holds.'),
    data: { kind: 'array', description: 'What it holds.' },
    pagination: free('Where this page stands.'),
    sort: free('How it is ordered.'),
    filters: free('What it is filtered by.'),
    links,
  },
  error: {
    id: text('Names this very error in the log.'),
    status: { kind: 'int', description: 'The HTTP status.' },
    code: text('Stable, for programs.'),
    message: text('For people.'),
    detail: text('What to do about it.'),
    fieldName: text('The field that is wrong.'),
  },
  plan: {
    resource: free(
      'What the write is about: its type, id and name; without an id while it is not there.',
    ),
    steps: free(
      'What would change outside, in the order it would happen; of disks also what they take then.',
    ),
    waits: {
      kind: 'array',
      element: text('Who, and for what.'),
      description: 'What would still be waited for after these steps.',
    },
    complete: {
      kind: 'enum',
      options: ['yes', 'no'],
      description: 'Whether everything would be as asked after these steps.',
    },
    why: text('Where the plan ends before its end.'),
    links,
  },
  explanation: {
    verdict: text('Why it is not as asked yet, or that it is, in one sentence.'),
    asAsked: { kind: 'enum', options: ['yes', 'no'], description: 'Whether it is as asked.' },
    resource: free('What was asked about.'),
    root: free('What all waiting comes down to; null when it is as asked.'),
    chain: free('What is waited for, each by the one before; the root is the last.'),
    generation: { kind: 'int', description: 'Counts changes of what is asked.' },
    observedGeneration: { kind: 'int', description: 'The last one that was reached.' },
    attemptedGeneration: { kind: 'int', description: 'The last one that was worked on.' },
    conditions: free('What is known, and whether it speaks of what is asked now.'),
    lock: free('Who works on it at this moment, if anybody does.'),
    passes: free('The last passes, newest first: when, why, and how they ended.'),
    nextAttemptAt: { kind: 'date', description: 'When it is looked at again at the latest.' },
    attempts: { kind: 'int', description: 'Failed passes in a row.' },
    lastError: free('Code and message of the last failure.'),
    breakers: free('The circuits to the backends that are waited for.'),
    placement: free('Why it was placed nowhere: each candidate, and what spoke against it.'),
    suggestions: free('What helps, the best first, each with the method and URL to ask for it.'),
    links,
  },
  event: {
    time: { kind: 'date', description: 'When it happened.' },
    what: text('What happened.'),
    why: text('What brought it about.'),
    result: text('How it ended.'),
  },
};

const NONE = { create: false, update: false };

/** `resourceFields` of the documents that are no resources, by schema id. */
export const EMBEDDED_SCHEMAS: ReadonlyMap<string, JsonObject> = new Map(
  Object.entries(DECLARED).map(([id, fields]) => [
    id,
    Object.fromEntries(
      Object.entries(fields).map(([name, field]) => [name, fieldSchema(field, NONE)]),
    ),
  ]),
);

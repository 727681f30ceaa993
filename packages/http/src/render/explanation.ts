import type {
  Explanation,
  Json,
  JsonObject,
  NamedResource,
  ResourceType,
  Suggestion,
  TypeRegistry,
} from '@gdcloud/core';
import { isoSeconds } from './moment.js';
import { resourceUrl } from './urls.js';

/** What of an explanation's links depends on the API it is shown by. */
export interface ExplanationView {
  /** The type of the resource that was asked about, and its id. */
  readonly type: ResourceType;
  readonly id: string;
  readonly types: TypeRegistry;
  /** URL of the version, without a trailing slash. */
  readonly root: string;
}

/** How a suggested action is asked for; waiting is nothing to ask for. */
const METHODS: { readonly [action in Suggestion['action']]: string | null } = {
  reconcile: 'POST',
  update: 'PUT',
  delete: 'DELETE',
  recreate: 'POST',
  keep: 'POST',
  fence: 'POST',
  wait: null,
};

/** An explanation as a document: dates with their twins, and links to all that it names. */
export function explanationBody(explanation: Explanation, view: ExplanationView): JsonObject {
  const { conditions, lock, passes, nextAttemptAt, breakers, ...plain } = explanation;
  const resource = resourceUrl(view.root, view.type, view.id);
  const blocker = explanation.root === null ? undefined : urlOf(explanation.root, view);
  return {
    type: 'explanation',
    name: explanation.resource.name,
    ...plain,
    resource: linked(explanation.resource, view),
    root: explanation.root === null ? null : linked(explanation.root, view),
    chain: explanation.chain.map((named) => linked(named, view)),
    conditions: conditions.map(({ lastTransitionTime, ...condition }) => ({
      ...condition,
      ...moment('lastTransitionTime', lastTransitionTime),
    })),
    lock: lock === null ? null : { owner: lock.owner, ...moment('since', lock.since) },
    passes: passes.map(({ at, ...pass }) => ({ ...moment('time', at), ...pass })),
    ...moment('nextAttemptAt', nextAttemptAt),
    breakers: breakers.map(({ since, nextProbeAt, ...breaker }) => ({
      ...breaker,
      ...moment('since', since),
      ...moment('nextProbeAt', nextProbeAt),
    })),
    suggestions: explanation.suggestions.map((suggestion) => suggestionBody(suggestion, view)),
    links: {
      self: `${resource}/?action=explain`,
      resource,
      ...(blocker === undefined ? {} : { blocker }),
      events: `${resource}/events`,
    },
    actions: {},
  };
}

function linked(named: NamedResource, view: ExplanationView): JsonObject {
  const self = urlOf(named, view);
  return { ...named, links: self === undefined ? {} : { self } };
}

function urlOf({ type, id }: NamedResource, view: ExplanationView): string | undefined {
  return type === null || id === null
    ? undefined
    : resourceUrl(view.root, view.types.get(type), id);
}

function suggestionBody(suggestion: Suggestion, { types, root }: ExplanationView): JsonObject {
  const { action, resource } = suggestion;
  const method = METHODS[action];
  const url = resourceUrl(root, types.get(resource.type), resource.id);
  const target = method === 'POST' ? `${url}/?action=${action}` : url;
  return { ...suggestion, method, url: method === null ? null : target };
}

function moment(name: string, at: number | null): { readonly [name: string]: Json } {
  return at === null ? { [name]: null } : { [name]: isoSeconds(at), [`${name}TS`]: at };
}

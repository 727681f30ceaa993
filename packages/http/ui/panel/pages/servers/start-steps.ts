import type { Resource } from '../../../hypermedia/documents.js';
import type { Happening } from '../../../hypermedia/happenings.js';

/** What has to happen until a new server can be used, in this order. */
export const START_STEPS = [
  'asked',
  'placed',
  'ingredients',
  'made',
  'started',
  'address',
  'ready',
] as const;

/** The name of a step. */
export type StepName = (typeof START_STEPS)[number];

/** How far a step is. */
export interface StartStep {
  readonly name: StepName;
  readonly state: 'done' | 'now' | 'failed' | 'to come';
  /** When it was done, in milliseconds, where the history tells. */
  readonly at: number | undefined;
  /** What it waits for, why it failed, or what came of it; in the words of the API. */
  readonly message: string | undefined;
  /** What it waits for, where that is another resource. */
  readonly waitsFor: Waiting | undefined;
}

/** A resource that is waited for. */
export interface Waiting {
  readonly type: string;
  readonly id: string;
}

/** How the steps of a new server’s start stand, by its history (the oldest first) and its state. Pure. */
export function startSteps(server: Resource, history: readonly Happening[]): readonly StartStep[] {
  const wanted = START_STEPS.filter(
    (name) => server['desiredState'] !== 'stopped' || (name !== 'started' && name !== 'address'),
  );
  const isReady = server.transitioning === 'no';
  const done = new Map(wanted.map((name) => [name, doneBy(name, server, history)]));
  // Histories are not kept for ever, and a later step can’t be done before an earlier one.
  const last = isReady ? wanted.length - 1 : wanted.findLastIndex((name) => done.get(name));
  return wanted.map((name, place) => {
    const event = done.get(name);
    if (place <= last)
      return {
        name,
        state: 'done',
        at: event?.at,
        message: outcomeOf(name, event),
        waitsFor: undefined,
      };
    if (place > last + 1)
      return { name, state: 'to come', at: undefined, message: undefined, waitsFor: undefined };
    const message = toldToPeople(server.transitioningMessage);
    return {
      name,
      state: server.transitioning === 'error' ? 'failed' : 'now',
      at: undefined,
      message,
      waitsFor: waitingIn(message),
    };
  });
}

/** What says no more than that it goes on, in words for those who wrote the parts. */
const GOING_ON = /^\S+ (?:done|is being made|accepted)$/;

function toldToPeople(message: string | null | undefined): string | undefined {
  return message == null || GOING_ON.test(message) ? undefined : message;
}

/** What is waited for, of `waiting for network 1`. */
export function waitingIn(message: string | undefined): Waiting | undefined {
  const [, type, id] = /^waiting for ([a-z]+) (\S+)$/.exec(message ?? '') ?? [];
  return type === undefined || id === undefined ? undefined : { type, id };
}

/** When a server was as asked first; undefined while it is not, or where the history begins later. */
export function firstReadyAt(history: readonly Happening[]): number | undefined {
  return history.find(isAsAsked)?.at;
}

function doneBy(
  name: StepName,
  server: Resource,
  history: readonly Happening[],
): Happening | undefined {
  switch (name) {
    case 'asked':
      return history.find(({ what }) => what === 'requested');
    case 'placed':
      return history.find(({ what, result }) => what === 'place' && result.startsWith('on '));
    case 'ingredients':
      return history.find(
        ({ what, result }) => what === 'condition DependenciesReady' && result.startsWith('True'),
      );
    case 'made':
      return history.find(({ what, result }) => what === 'server.create' && result === 'done');
    case 'started':
      return history.find(({ what, result }) => what === 'server.powerState' && result === 'done');
    case 'address':
      return server['leased'] === true ? history.find(isAsAsked) : undefined;
    case 'ready':
      return history.find(isAsAsked);
  }
}

function isAsAsked({ what, result }: Happening): boolean {
  return what === 'condition Ready' && result.startsWith('True');
}

// Where it is placed is worth telling; that the others are done says all.
function outcomeOf(name: StepName, event: Happening | undefined): string | undefined {
  return name === 'placed' ? event?.result.replace(/^on /, '') : undefined;
}

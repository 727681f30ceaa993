import type { Cause } from './cause.js';
import type { Suggestion } from './explanation.js';

/** A resource that something may be suggested for, and what the one who asks can ask of it. */
export interface Helpable {
  readonly type: string;
  readonly id: string;
  readonly possible: readonly Possible[];
  /** What of that frees it, in the words of its stall; empty for what is not stalled. */
  readonly freedBy: readonly Possible[];
}

/** What can be asked of a resource now. */
export type Possible = Exclude<Suggestion['action'], 'wait'>;

/** The resources that a suggestion may be about. */
export interface Concerned {
  /** The one that was asked about. */
  readonly asked: Helpable;
  /** The one that waits for the root directly; the same as `asked` when there is nothing between. */
  readonly waiting: Helpable;
  /** Undefined when it may not be named. */
  readonly root: Helpable | undefined;
  /** What the root goes with, when it can't go alone. */
  readonly owner: Helpable | undefined;
  /** The account it belongs to. */
  readonly account: Helpable | undefined;
}

type Wish = readonly [action: Suggestion['action'], of: Helpable | undefined, why: string];

/** What helps against a cause, the best first: only what is possible now. Never empty. Pure. */
export function suggestionsFor(cause: Cause, concerned: Concerned): readonly Suggestion[] {
  const { asked } = concerned;
  const wishes = [
    ...wishesFor(cause, concerned),
    ...(cause.kind === 'stalled' ? [] : deliberate(concerned.root)),
  ];
  const suggestions = wishes.flatMap(([action, of, why]): readonly Suggestion[] =>
    of !== undefined && (action === 'wait' || of.possible.includes(action))
      ? [{ action, resource: { type: of.type, id: of.id }, why }]
      : [],
  );
  // Whoever may read a resource may have it looked at.
  return suggestions.length > 0
    ? suggestions
    : [
        {
          action: 'reconcile',
          resource: { type: asked.type, id: asked.id },
          why: 'it is looked at at once, and says what it waits for then',
        },
      ];
}

function wishesFor(cause: Cause, concerned: Concerned): readonly Wish[] {
  const { asked, waiting, root, owner, account } = concerned;
  switch (cause.kind) {
    case 'unattempted':
      return [
        ['wait', root, 'a scan finds it by itself'],
        ['reconcile', root, 'it is hinted again at once'],
      ];
    case 'working':
      return [['wait', root, 'a pass is under way']];
    case 'progress':
    case 'backend-busy':
      return [
        ['wait', root, 'it goes on by itself'],
        ['reconcile', root, 'it is looked at at once'],
      ];
    case 'backend-away':
      return [
        ['wait', root, 'it goes on by itself once the backend answers'],
        ['reconcile', root, 'the backend is tried at once'],
      ];
    case 'unblocked':
    case 'dependency':
      return [
        ['reconcile', root, 'it is looked at at once'],
        ...(cause.kind === 'unblocked'
          ? [['wait', root, 'the next look finds what it waited for'] as const]
          : []),
        ['delete', root, 'nothing more is waited for'],
      ];
    case 'hook':
      return [
        ['reconcile', root, 'the hook is asked again at once'],
        ['update', root, 'ask for what the hook lets pass'],
        ['delete', root, 'give it up'],
      ];
    case 'refused':
      return cause.reason === 'LimitExceeded'
        ? [
            ['delete', root, 'give it up, or remove another one that counts'],
            ['update', account, 'a higher limit lets it through'],
            ['reconcile', root, 'it asks again at once'],
          ]
        : [
            ['wait', root, 'it asks again by itself'],
            ['reconcile', root, 'it asks again at once'],
          ];
    case 'capacity':
      return [
        ['update', root, 'ask for less'],
        ['delete', root, 'give it up, or remove another one that takes the room'],
        ['reconcile', root, 'look for room at once'],
      ];
    case 'leaving':
      return [
        ['update', waiting, 'name another one in its place'],
        ['delete', waiting, 'it can never be made without it'],
      ];
    case 'staying':
    case 'cycle':
      return [['delete', root, 'the other one waits for it to go'], ...retried(root)];
    case 'failing':
      return [
        ['wait', root, 'it is tried again by itself'],
        ...retried(root),
        ['update', root, 'ask for something else'],
      ];
    case 'stalled':
      return [
        ...(root?.freedBy ?? []).map((action) => [action, root, FREES[action]] as const),
        ['delete', owner, 'give up what it goes with'],
      ];
    case 'hidden':
      return [
        ['reconcile', asked, 'it is looked at at once'],
        ['delete', asked, 'nothing more is waited for'],
      ];
  }
}

// What a stall names frees from it, in its own order (model/stall.ts); here is only said how.
const FREES: Readonly<Record<Possible, string>> = {
  update: 'ask for what can work',
  reconcile: 'try it again at once, after what is wrong outside was put right',
  delete: 'give it up',
  recreate: 'make its outside object anew; what the old one held is given up',
  keep: 'name the object to keep; the others are destroyed',
  fence: 'confirm that the machine is off; its servers are started on other hosts then',
};

function retried(root: Helpable | undefined): readonly Wish[] {
  return [['reconcile', root, FREES.reconcile]];
}

// Possible only where a person has to decide, so that where they are possible they help.
function deliberate(root: Helpable | undefined): readonly Wish[] {
  return [
    ['recreate', root, FREES.recreate],
    ['keep', root, FREES.keep],
  ];
}

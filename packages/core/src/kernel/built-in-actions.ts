import { RequestError } from '../model/errors.js';
import { type Fields, string } from '../model/field.js';
import { asExternalId } from '../model/identity.js';
import type { JsonObject } from '../model/json.js';
import { type Repair, withRepair } from '../model/repair.js';
import type { Resource } from '../model/resource.js';
import { type StallDetails, stallOf } from '../model/stall.js';
import { BodyValidator } from '../model/validate.js';
import type { DesiredChange } from '../ports/store.js';

/** An action that every resource has without its type declaring it. */
export interface BuiltInAction {
  readonly description: string;
  readonly input: Fields;
  /** `reader`: whoever may read the resource may ask for it; `owner`: only its account and administrators. */
  readonly by: 'reader' | 'owner';
}

/** The actions of every type: look again, and the decisions that only a person may take. */
export const BUILT_IN_ACTIONS = {
  reconcile: {
    description: 'Look at it now, whatever its pause; asked for again, where it is stuck.',
    input: {},
    by: 'reader',
  },
  explain: {
    description: 'Say why it is not as asked, and what helps. Changes nothing.',
    input: {},
    by: 'reader',
  },
  recreate: {
    description: 'Have an object that held data and is missing made anew, empty.',
    input: {
      part: string({ description: 'Which part of it; not needed where only one is missing.' }),
    },
    by: 'owner',
  },
  keep: {
    description: 'Of several objects with the same key keep one. The others are destroyed.',
    input: {
      part: string({ description: 'Which part of it; not needed where only one is meant.' }),
      external: string({ description: 'The backend’s name for the one to keep.', required: true }),
    },
    by: 'owner',
  },
} as const satisfies { readonly [name: string]: BuiltInAction };

/** A name of {@link BUILT_IN_ACTIONS}. */
export type BuiltInName = keyof typeof BUILT_IN_ACTIONS;

/** Whether an action is built in. */
export function isBuiltIn(action: string): action is BuiltInName {
  return Object.hasOwn(BUILT_IN_ACTIONS, action);
}

/** The decisions that a stalled resource waits for. */
export function repairsOffered(resource: Resource): readonly ('recreate' | 'keep')[] {
  const offered = resource.deleteRequestedAt === null ? (stallOf(resource)?.actions ?? []) : [];
  return (['recreate', 'keep'] as const).filter((action) => offered.includes(action));
}

/** Whether a resource is where another look alone would not help: then `reconcile` is a change of desired state. */
export function needsAsking(resource: Resource): boolean {
  return (
    resource.removed === null &&
    resource.conditions.some(
      ({ type, status }) => (type === 'Stalled' || type === 'Drifted') && status === 'True',
    )
  );
}

/**
 * The desired columns after a decision; undefined when it was taken already. Throws RequestError when the resource does
 * not wait for it, or when the input names nothing it is about.
 */
export function decided(
  resource: Resource,
  action: 'recreate' | 'keep',
  input: JsonObject,
): Pick<DesiredChange, 'repairs'> | undefined {
  const stalled = stallOf(resource);
  if (stalled === undefined || !repairsOffered(resource).includes(action)) {
    throw new RequestError('ActionNotAvailable', `${action} is not possible now`, {
      fieldName: 'action',
    });
  }
  const repair = repairOf(resource, action, INPUTS[action].parse(input), stalled);
  const repairs = withRepair(resource.repairs, repair);
  return repairs === resource.repairs ? undefined : { repairs };
}

const INPUTS = {
  recreate: new BodyValidator(BUILT_IN_ACTIONS.recreate.input, 'action'),
  keep: new BodyValidator(BUILT_IN_ACTIONS.keep.input, 'action'),
};

function repairOf(
  resource: Resource,
  action: 'recreate' | 'keep',
  { part: named, external }: JsonObject,
  stalled: StallDetails,
): Repair {
  const part = named ?? stalled.part;
  if (typeof part !== 'string' || part !== stalled.part) {
    throw new RequestError('InvalidOption', `it is about the part ${stalled.part ?? 'unknown'}`, {
      fieldName: 'part',
    });
  }
  if (action === 'recreate') {
    const record = Object.hasOwn(resource.parts, part) ? resource.parts[part] : undefined;
    return { kind: 'recreate', part, epoch: record?.epoch ?? 1, step: record?.step ?? 0 };
  }
  if (typeof external !== 'string' || !stalled.externals.includes(external)) {
    const options = stalled.externals.join(', ');
    throw new RequestError('InvalidOption', `external must be one of ${options}`, {
      fieldName: 'external',
    });
  }
  return { kind: 'keep', part, external: asExternalId(external) };
}

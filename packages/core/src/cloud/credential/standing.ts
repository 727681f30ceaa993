import { enumeration } from '../../model/field.js';

/** Whether a credential opens anything: what its holder wants. */
export const STANDING = enumeration(['active', 'inactive'], {
  description: 'Whether it opens anything.',
  default: 'active',
  write: 'internal',
});

interface Standing {
  readonly spec: { readonly desiredState: 'active' | 'inactive' };
}

/** The actions by which holders say so, for types with a `desiredState` that is {@link STANDING}. */
export const STANDING_ACTIONS = {
  activate: {
    description: 'Let it open the API again.',
    input: {},
    available: ({ spec }: Standing) => spec.desiredState === 'inactive',
    apply: () => ({ desiredState: 'active' as const }),
  },
  deactivate: {
    description: 'Let it open nothing until it is activated again.',
    input: {},
    available: ({ spec }: Standing) => spec.desiredState === 'active',
    apply: () => ({ desiredState: 'inactive' as const }),
  },
};

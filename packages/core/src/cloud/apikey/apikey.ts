import { enumeration, password, string } from '../../model/field.js';
import { defineResourceType } from '../../model/resource-type.js';

/** Length of the two halves of a key; 62 symbols, so 119 and 238 bits. */
const PUBLIC_LENGTH = 20;
const SECRET_LENGTH = 40;

/** A pair of keys that opens the API for one account. The secret is shown once and kept as a digest only. */
export const apikey = defineResourceType({
  id: 'apikey',
  plural: 'apikeys',
  description: 'An access key and a secret key for HTTP Basic.',
  spec: {
    publicValue: string({ description: 'The access key.', write: 'internal', default: '' }),
    secretValue: password({
      description: 'The secret key; shown only in the answer that created it.',
      write: 'internal',
      show: 'once',
    }),
    secretDigest: password({
      description: 'What the secret is checked against.',
      write: 'internal',
      show: 'never',
    }),
    desiredState: enumeration(['active', 'inactive'], {
      description: 'Whether it opens anything.',
      default: 'active',
      write: 'internal',
    }),
  },
  status: {},
  actions: {
    activate: {
      description: 'Let it open the API again.',
      input: {},
      available: (key) => key.spec.desiredState === 'inactive',
      apply: () => ({ desiredState: 'active' as const }),
    },
    deactivate: {
      description: 'Let it open nothing until it is activated again.',
      input: {},
      available: (key) => key.spec.desiredState === 'active',
      apply: () => ({ desiredState: 'inactive' as const }),
    },
  },
  lifecycle: {
    states: ['creating', 'active', 'inactive', 'updating'],
    moving: (key) => (key.observedGeneration === 0 ? 'creating' : 'updating'),
    settled: (key) => key.spec.desiredState,
  },
  access: {
    visibleTo: 'own',
    users: ['read', 'create', 'update', 'delete', 'act'],
    administrators: ['read', 'create', 'update', 'delete', 'act'],
  },
  uniqueBy: 'publicValue',
  generate: (_spec, tools) => {
    const secret = tools.secret(SECRET_LENGTH);
    return {
      spec: { publicValue: tools.secret(PUBLIC_LENGTH), secretDigest: tools.digest(secret) },
      once: { secretValue: secret },
    };
  },
});

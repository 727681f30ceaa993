import { boolean, date, int, password, string } from '../../model/field.js';
import { defineResourceType } from '../../model/resource-type.js';
import { SCOPES } from '../credential/scopes-field.js';
import { STANDING, STANDING_ACTIONS } from '../credential/standing.js';

/** Length of the two halves of a key; 62 symbols, so 119 and 238 bits. */
const PUBLIC_LENGTH = 20;
const SECRET_LENGTH = 40;
/** The longest that a secret still opens after another has taken its place; seconds. */
const LONGEST_GRACE = 86_400;

/** A pair of keys that opens the API for one account. The secret is shown once and kept as a digest only. */
export const apikey = defineResourceType({
  id: 'apikey',
  plural: 'apikeys',
  description: 'An access key and a secret key for HTTP Basic.',
  spec: {
    publicValue: string({ description: 'The access key.', write: 'internal', default: '' }),
    secretValue: password({
      description: 'The secret key; shown only in the answer that made it.',
      write: 'internal',
      show: 'once',
    }),
    secretDigest: password({
      description: 'What the secret is checked against.',
      write: 'internal',
      show: 'never',
    }),
    previousDigest: password({
      description: 'What the secret before it is checked against.',
      write: 'internal',
      show: 'never',
    }),
    previousUntil: date({
      description: 'Until when the secret before it opens something; null where it does not.',
      write: 'internal',
    }),
    scopes: SCOPES,
    expires: date({ description: 'From then on it opens nothing; null for never.' }),
    desiredState: STANDING,
  },
  status: {
    lastUsed: date({ description: 'When it was last used, to about a minute; null for never.' }),
    expired: boolean({ description: 'Whether its time is over.' }),
  },
  actions: {
    ...STANDING_ACTIONS,
    rotate: {
      description: 'Give it another secret, which is shown only in the answer.',
      input: {
        graceSeconds: int({
          description: 'For how long the secret that it has now still opens the API.',
          default: 0,
          min: 0,
          max: LONGEST_GRACE,
        }),
      },
      available: () => true,
      apply: () => ({}),
      generate: ({ spec }, { graceSeconds }, tools) => {
        const secret = tools.secret(SECRET_LENGTH);
        const grace =
          graceSeconds === 0
            ? { previousDigest: null, previousUntil: null }
            : {
                previousDigest: spec.secretDigest,
                previousUntil: tools.now + graceSeconds * 1_000,
              };
        return {
          spec: { ...grace, secretDigest: tools.digest(secret) },
          once: { secretValue: secret },
        };
      },
    },
  },
  lifecycle: {
    states: ['creating', 'active', 'inactive', 'expired', 'updating'],
    moving: (key) => (key.observedGeneration === 0 ? 'creating' : 'updating'),
    settled: (key) => (key.status.expired === true ? 'expired' : key.spec.desiredState),
  },
  access: {
    visibleTo: 'own',
    users: ['read', 'create', 'update', 'delete', 'act'],
    administrators: ['read', 'create', 'update', 'delete', 'act'],
  },
  uniqueBy: 'publicValue',
  scopedBy: 'scopes',
  generate: (_spec, tools) => {
    const secret = tools.secret(SECRET_LENGTH);
    return {
      spec: { publicValue: tools.secret(PUBLIC_LENGTH), secretDigest: tools.digest(secret) },
      once: { secretValue: secret },
    };
  },
});

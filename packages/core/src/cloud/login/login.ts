import { RequestError } from '../../model/errors.js';
import { date, password, string } from '../../model/field.js';
import { defineResourceType } from '../../model/resource-type.js';
import { CREDENTIAL_BYTES, isTooLong, normalUsername } from '../../model/username.js';
import { SCOPES } from '../credential/scopes-field.js';
import { STANDING, STANDING_ACTIONS } from '../credential/standing.js';

/** NIST SP 800-63B asks for 8; with nobody to enforce a second factor, longer is the only thing that helps. */
const SHORTEST_PASSWORD = 12;
const LONGEST_USERNAME = 128;

/** A person who opens the API with a user name and a password. The password is kept as a digest only. */
export const login = defineResourceType({
  id: 'login',
  plural: 'logins',
  description: 'A user name and a password for HTTP Basic: for people, where programs have keys.',
  spec: {
    username: string({
      description:
        'What to sign in with. Kept in Unicode normal form C and in lower case: spellings that differ in nothing else are one name.',
      required: true,
      write: 'create',
      minLength: 1,
      maxLength: LONGEST_USERNAME,
      // A colon ends the name in HTTP Basic.
      validChars: '^:\\u0000-\\u001f\\u007f-\\u009f',
    }),
    password: password({
      description: 'At least 12 characters, at most 256 bytes. Never shown.',
      required: true,
      write: 'create',
      show: 'never',
      minLength: SHORTEST_PASSWORD,
      maxLength: CREDENTIAL_BYTES,
      validChars: '^\\u0000-\\u001f\\u007f-\\u009f',
    }),
    passwordDigest: password({
      description: 'What the password is checked against.',
      write: 'internal',
      show: 'never',
    }),
    scopes: SCOPES,
    desiredState: STANDING,
  },
  status: {
    lastUsed: date({ description: 'When it was last used, to about a minute; null for never.' }),
  },
  actions: {
    ...STANDING_ACTIONS,
    changepassword: {
      description: 'Give it another password.',
      input: {
        currentPassword: password({
          description: 'The password that it has now; administrators need not know it.',
          maxLength: CREDENTIAL_BYTES,
          format: 'current-password',
          suggested: true,
        }),
        password: password({
          description: 'At least 12 characters, at most 256 bytes.',
          required: true,
          minLength: SHORTEST_PASSWORD,
          maxLength: CREDENTIAL_BYTES,
          validChars: '^\\u0000-\\u001f\\u007f-\\u009f',
        }),
      },
      available: () => true,
      apply: () => ({}),
      generate: async ({ spec }, input, tools) => {
        refuseTooLong('password', input.password);
        if (tools.by !== 'administrator') {
          const { currentPassword } = input;
          if (currentPassword === null || currentPassword === '')
            throw new RequestError('MissingRequired', 'currentPassword is required', {
              fieldName: 'currentPassword',
            });
          if (!(await tools.isPassword(currentPassword, spec.passwordDigest ?? '')))
            throw new RequestError('PermissionDenied', 'currentPassword is wrong', {
              fieldName: 'currentPassword',
            });
        }
        return { spec: { passwordDigest: await tools.passwordDigest(input.password) }, once: {} };
      },
    },
  },
  lifecycle: {
    states: ['creating', 'active', 'inactive', 'updating'],
    moving: ({ observedGeneration }) => (observedGeneration === 0 ? 'creating' : 'updating'),
    settled: ({ spec }) => spec.desiredState,
  },
  access: {
    visibleTo: 'own',
    users: ['read', 'create', 'update', 'delete', 'act'],
    administrators: ['read', 'create', 'update', 'delete', 'act'],
  },
  uniqueBy: 'username',
  scopedBy: 'scopes',
  generate: async (spec, tools) => {
    const username = normalUsername(spec.username);
    refuseTooLong('username', username);
    refuseTooLong('password', spec.password);
    const passwordDigest = await tools.passwordDigest(spec.password);
    return { spec: { username, password: null, passwordDigest }, once: {} };
  },
});

// HTTP Basic would never carry it.
function refuseTooLong(fieldName: string, text: string): void {
  if (!isTooLong(text)) return;
  throw new RequestError(
    'MaxLengthExceeded',
    `${fieldName} must not be more than ${CREDENTIAL_BYTES} bytes of UTF-8`,
    { fieldName },
  );
}

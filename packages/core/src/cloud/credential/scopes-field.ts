import { array, type Field, string } from '../../model/field.js';

const MOST_SCOPES = 100;

/** What a key or login opens of what its account may do. */
export const SCOPES: Field<readonly string[] | null> = array(
  string({
    description: '`<type id or *>:<read, create, update, delete, act or *>`.',
    maxLength: 128,
    validChars: 'a-z0-9:*',
  }),
  {
    description:
      'What it opens of what its account may do, each `<type id or *>:<read, create, update, delete, act or *>`. None: all of it. Nobody gives more than the key or login that asks has itself.',
    maxLength: MOST_SCOPES,
  },
);

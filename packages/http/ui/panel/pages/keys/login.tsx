import { textOf } from '../../../hypermedia/documents.js';
import type { TypeView } from '../registry.js';
import { OpensSection } from './apikey.js';
import { PasswordInput } from './password-input.js';
import { ScopesInput } from './scopes-input.js';
import { ScopesText } from './scopes-text.js';

/** User names and passwords, for people. */
export const LOGIN: TypeView = {
  columns: [
    { name: 'username', cell: ({ username }) => textOf(username) },
    { name: 'state' },
    { name: 'name' },
    { name: 'scopes', cell: ({ scopes }) => <ScopesText scopes={scopes} /> },
    { name: 'lastUsed' },
    { name: 'created' },
  ],
  empty: 'empty.login',
  form: {
    first: ['username', 'password', 'name', 'scopes'],
    inputs: { password: PasswordInput, scopes: ScopesInput },
  },
  sections: [OpensSection],
  fields: ['username', 'lastUsed', 'accountId', 'created'],
};

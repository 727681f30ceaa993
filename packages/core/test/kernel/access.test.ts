import { asId, type Caller, defineResourceType, type Verb } from '@gdcloud/core';
import t from 'tap';
import { mayDo, scopeOf } from '../../dist/kernel/access.js';
import { uuid } from '../support/resources.js';

const user: Caller = { account: uuid(5), accountId: asId('5'), accountName: 'u', kind: 'user' };
const admin: Caller = { ...user, kind: 'admin' };
const type = defineResourceType({
  id: 'gadget',
  plural: 'gadgets',
  description: 'Something.',
  spec: {},
  status: {},
  access: { visibleTo: 'own', users: ['read'], administrators: ['read', 'delete'] },
});

t.test('the declaration says what each kind of account may do', async (t) => {
  const allowed = (caller: Caller): Verb[] =>
    (['read', 'create', 'update', 'delete', 'act'] as const).filter((verb) =>
      mayDo(caller, type, verb),
    );
  t.same(allowed(user), ['read']);
  t.same(allowed(admin), ['read', 'delete'], 'administrators too');
});

t.test('administrators see all, others their own', async (t) => {
  t.same(scopeOf(admin), { kind: 'all' });
  t.same(scopeOf(user), { kind: 'account', account: uuid(5) });
});

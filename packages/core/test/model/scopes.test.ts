import { defineResourceType, TypeRegistry } from '@gdcloud/core';
import t from 'tap';
import { beyond, checkScopes, isWithin, scopesIn, VERBS } from '../../dist/model/scopes.js';
import { OPEN_ACCESS } from '../support/resources.js';

const plain = { description: 'Something.', spec: {}, status: {}, access: OPEN_ACCESS };
const TYPES = new TypeRegistry([
  defineResourceType({ ...plain, id: 'disk', plural: 'disks' }),
  defineResourceType({ ...plain, id: 'net', plural: 'nets' }),
]);

t.test('a scope opens its type and its verb, and a star any of them', async (t) => {
  const opened = (scope: string): string[] =>
    ['disk', 'net'].flatMap((type) =>
      VERBS.filter((verb) => isWithin([scope], type, verb)).map((verb) => `${type}:${verb}`),
    );
  t.same(opened('disk:read'), ['disk:read']);
  t.same(opened('*:delete'), ['disk:delete', 'net:delete']);
  t.same(
    opened('net:*'),
    VERBS.map((verb) => `net:${verb}`),
  );
  t.equal(opened('*:*').length, 10);
  t.same(opened('dis:read'), [], 'the beginning of a name is none');
  t.same(opened('disk'), []);
});

t.test('no list and an empty one open everything', async (t) => {
  for (const value of [undefined, null, []]) {
    const scopes = scopesIn(value);
    for (const verb of VERBS) t.ok(isWithin(scopes, 'disk', verb));
  }
  t.same(scopesIn(['disk:read']), ['disk:read']);
});

t.test('what goes beyond is told, and what is covered by several together does not', async (t) => {
  const few = ['disk:read', 'disk:act', 'net:*'];
  t.equal(beyond(few, ['disk:read', 'net:delete']), undefined);
  t.equal(beyond(few, ['net:*']), undefined);
  t.equal(beyond(few, ['disk:read', 'disk:*']), 'disk:*');
  t.equal(beyond(few, ['*:read']), '*:read');
  t.equal(beyond(few, undefined), '*:*', 'everything is more than something');
  t.equal(beyond(undefined, undefined), undefined);
  t.equal(beyond(undefined, ['*:*']), undefined);
  t.equal(beyond(['*:*'], undefined), undefined, 'named or not, all is all');
  t.equal(
    beyond(
      VERBS.map((verb) => `disk:${verb}`),
      ['disk:*'],
    ),
    undefined,
  );
});

t.test('what is no scope of this cloud is refused by name', async (t) => {
  for (const scope of [
    'disk',
    'disk:',
    ':read',
    'disk:write',
    'disks:read',
    'disk:read:act',
    'x:read',
    '',
  ])
    t.throws(() => checkScopes('scopes', ['net:read', scope], TYPES), {
      code: 'InvalidOption',
      fieldName: 'scopes',
      message: new RegExp(JSON.stringify(scope).replaceAll('*', '\\*')),
    });
  t.doesNotThrow(() => checkScopes('scopes', ['*:*', '*:act', 'net:*', 'disk:update'], TYPES));
  t.doesNotThrow(() => checkScopes('scopes', null, TYPES));
});

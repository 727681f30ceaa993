import { defineResourceType, int, PLAIN_LIFECYCLE, reference, string } from '@gdcloud/core';
import t from 'tap';
import { OPEN_ACCESS, resource } from '../support/resources.js';

const description = 'Something.';
const plain = { id: 'gadget', plural: 'gadgets', description, access: OPEN_ACCESS };

t.test('a declaration becomes a type with everything filled in', async (t) => {
  const type = defineResourceType({ ...plain, spec: {}, status: {} });
  t.same(type.links, {});
  t.same(type.actions, {});
  t.equal(type.lifecycle, PLAIN_LIFECYCLE);
});

t.test('a field is desired or observed, not both', async (t) => {
  t.throws(
    () =>
      defineResourceType({
        ...plain,
        spec: { size: int({ description }) },
        status: { size: int({ description }) },
      }),
    /gadget\.size is declared both as desired and as observed state/,
  );
});

t.test('a link to one resource follows a reference field', async (t) => {
  const fields = { title: string({ description }), ownerId: reference('account', { description }) };
  const linked = (field: string) => () =>
    defineResourceType({
      ...plain,
      spec: fields,
      status: { hostId: reference('host', { description }) },
      links: { owner: { kind: 'reference', field } },
    });
  t.doesNotThrow(linked('ownerId'));
  t.doesNotThrow(linked('hostId'), 'an observed reference will do');
  t.throws(linked('title'), /link gadget\.owner: title is not a reference field/);
  t.throws(linked('nothing'), /nothing is not a reference field/);
});

t.test('a plain resource is creating, then active, then updating', async (t) => {
  t.equal(PLAIN_LIFECYCLE.moving(resource()), 'creating');
  t.equal(PLAIN_LIFECYCLE.moving(resource({ observedGeneration: 1 })), 'updating');
  t.equal(PLAIN_LIFECYCLE.settled(resource()), 'active');
});

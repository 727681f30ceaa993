import {
  array,
  type Document,
  defineResourceType,
  type OpenDocument,
  password,
  type ResourceType,
  type Sealed,
  type SealedField,
  string,
  TypeRegistry,
} from '@gdcloud/core';
import t from 'tap';

type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

const spec = {
  plain: string({ description: 'Plain.' }),
  secret: password({ description: 'A secret.', rest: 'sealed' }),
  needed: string({ description: 'Another.', required: true, filter: 'never', rest: 'sealed' }),
};
const chest = defineResourceType({
  id: 'chest',
  plural: 'chests',
  description: 'A chest.',
  spec,
  status: {},
  access: { visibleTo: 'own', users: [], administrators: [] },
});

t.test('the compiler tells what is kept sealed from texts', async (t) => {
  const stored: Same<
    Document<typeof spec>,
    { readonly plain: string | null; readonly secret: Sealed | null; readonly needed: Sealed }
  > = true;
  const asked: Same<
    OpenDocument<typeof spec>,
    { readonly plain: string | null; readonly secret: string | null; readonly needed: string }
  > = true;
  const names: Same<SealedField<typeof chest>, 'secret' | 'needed'> = true;
  t.ok(stored && asked && names);
});

t.test('what is kept sealed must not be looked for in the database', async (t) => {
  const registered = (changes: object): (() => TypeRegistry) => {
    const type: ResourceType = { ...chest, ...changes };
    return () => new TypeRegistry([type]);
  };
  t.doesNotThrow(registered({}));
  const open = string({ description: 'Open.', rest: 'sealed' });
  t.throws(registered({ spec: { open } }), /chest\.open: .* can't be filtered/);
  const secret = { ...spec.secret, kind: 'json' };
  t.throws(registered({ spec: { secret } }), /chest\.secret: only texts/);
  const list = array(spec.secret, { description: 'A list.' });
  t.throws(registered({ spec: { list } }), /chest\.list: what is in a list/);
  t.throws(registered({ uniqueBy: 'secret' }), /chest\.secret: .* can't be unique/);
  t.throws(registered({ status: { open } }), /chest\.open: only fields of the desired state/);
  const act = { description: 'Act.', input: { open }, available: () => true, apply: () => ({}) };
  t.throws(registered({ actions: { act } }), /chest\.open: only fields of the desired state/);
});

import t from 'tap';
import { ENUMERATIONS } from '../../dist/datamodel/enumerations.js';
import { ERROR_PARAMETERS } from '../../dist/datamodel/error-catalogue.js';
import { RELEASE_NAMES } from '../../dist/datamodel/releases.js';
import { SCHEMA, type Schema, schemaAsOf } from '../../dist/datamodel/schema.js';

/** What the datamodel counts, without the two queries it hides. */
function counts(schema: Schema): readonly number[] {
  const classes = [...schema.values()];
  const fields = classes.flatMap((owner) => [...owner.fields.values()]);
  const messages = classes
    .flatMap((owner) => [...owner.messages.values()])
    .filter(({ implicit, name }) => !(implicit && name.endsWith('_where')));
  return [classes.length, fields.length, messages.length];
}

t.test('the schema of a release has what upstream counts for it', async (t) => {
  // Upstream dates the messages that write task.other_config by when they were made anew.
  const early = ['set', 'add_to', 'remove_from'].length;
  t.same(counts(schemaAsOf('boston')), [44, 539, 1_224 + early], 'reference/xenserver.md 0.8');
  t.same(counts(SCHEMA), [72, 922, 2_007], 'reference/xenserver.md 5');
  t.equal(ERROR_PARAMETERS.size, 603);
});

t.test('nothing that a release knew is unknown to a later one', async (t) => {
  const releases = [...RELEASE_NAMES, '1.250.0', '21.2.0', '24.16.0', '26.16.1-next', 'latest'];
  let before: readonly number[] = [0, 0, 0];
  for (const release of releases) {
    const now = counts(schemaAsOf(release));
    now.forEach((count, index) => {
      t.ok(count >= (before[index] ?? 0), `${release}: ${count} ≥ ${before[index]}`);
    });
    before = now;
  }
});

t.test('what came late is unknown before, and what was removed is known as removed', async (t) => {
  const message = (release: string, owner: string, name: string): string => {
    const found = schemaAsOf(release).get(owner)?.messages.get(name);
    return found === undefined ? 'unknown' : found.removed ? 'removed' : 'there';
  };
  t.same(
    ['cowley', 'boston', 'tampa', 'latest'].map((release) => message(release, 'event', 'from')),
    ['unknown', 'there', 'there', 'there'],
  );
  t.same(
    ['boston', 'tampa'].map((release) => message(release, 'event', 'inject')),
    ['unknown', 'there'],
  );
  t.same(
    ['boston', 'falcon', 'inverness', '24.16.0', '26.16.1', '26.16.1-next', '26.17.0'].map(
      (release) => message(release, 'VDI', 'resize_online'),
    ),
    ['there', 'there', 'removed', 'removed', 'removed', 'there', 'there'],
    'a message may come back',
  );
  t.equal(schemaAsOf('george').has('VMPP'), false);
  t.equal(message('cowley', 'VMPP', 'get_all_records'), 'there');
  t.equal(message('clearwater', 'VMPP', 'get_all_records'), 'removed');
  t.equal(schemaAsOf('tampa').get('VM')?.fields.has('domain_type'), false);
  t.equal(schemaAsOf('kolkata').get('VM')?.fields.has('domain_type'), true);
  t.equal(schemaAsOf('latest').get('VBD')?.fields.get('metrics')?.removed, true);
});

t.test('a name that is no release is refused', async (t) => {
  for (const name of ['Boston', '', '6.1', '8.2.1', '24', '6.1.x', 'nile', '-next', '../etc']) {
    t.throws(() => schemaAsOf(name), { name: 'RangeError' }, name);
  }
});

t.test('defaults are read by the type of their field', async (t) => {
  const initial = (owner: string, field: string): unknown =>
    SCHEMA.get(owner)?.fields.get(field)?.initial;
  t.equal(initial('VM', 'HVM_shadow_multiplier'), 1);
  t.equal(initial('VM', 'actions_after_softreboot'), 'soft_reboot');
  t.equal(initial('PIF', 'ip_configuration_mode'), 'None', 'an enumeration may have that value');
  t.same(initial('host', 'license_server'), { address: 'localhost', port: '27000' });
  t.same(initial('host', 'virtual_hardware_platform_versions'), [0]);
  t.equal(initial('network', 'MTU'), 1500);
  t.equal(initial('VM', 'affinity'), 'OpaqueRef:NULL');
});

t.test('parameters of messages that follow from fields have their types', async (t) => {
  const types = (owner: string, message: string): unknown =>
    SCHEMA.get(owner)
      ?.messages.get(message)
      ?.parameters.map(({ name, type }) => `${name} ${type.kind}`);
  t.same(types('VM', 'set_start_delay'), ['self ref', 'value int']);
  t.same(types('VM', 'add_to_other_config'), ['self ref', 'key string', 'value string']);
  t.same(types('VM', 'create'), ['args record']);
  t.equal(ENUMERATIONS.get('vm_power_state')?.join(' '), 'Halted Paused Running Suspended');
});

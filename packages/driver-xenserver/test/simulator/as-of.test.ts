import t from 'tap';
import { startCloud } from '../cloud.js';

t.test('a pool answers as of its release', async (t) => {
  const { raw } = await startCloud(t, { asOf: 'inverness' });
  const [vm] = await raw.records('VM');
  t.notOk('domain_type' in (vm ?? {}), 'a field that came later');
  t.ok('VCPUs_max' in (vm ?? {}));
  await t.rejects(raw.call('VM_group.get_all'), {
    code: 'MESSAGE_METHOD_UNKNOWN',
    data: ['VM_group.get_all'],
  });
  await t.rejects(raw.call('VMPP.get_all_records'), { code: 'MESSAGE_REMOVED', data: [] });
  await t.rejects(raw.call('VMPP.get_all_records', 'x'), {
    code: 'MESSAGE_PARAMETER_COUNT_MISMATCH',
  });
  const [host] = await raw.records('host');
  t.match(host, {
    API_version_major: 2,
    API_version_minor: 8,
    software_version: { product_version: '7.3.0' },
  });
  const batch = (await raw.call('event.from', ['*'], '', 0)) as {
    readonly valid_ref_counts: Record<string, number>;
    readonly events: readonly { readonly class: string; readonly snapshot: object }[];
  };
  t.notOk('vm_group' in batch.valid_ref_counts);
  t.equal(batch.valid_ref_counts['host'], 2);
  for (const event of batch.events.filter((one) => one.class === 'vm'))
    t.notOk('domain_type' in event.snapshot);
});

t.test('a removed field stays in the record', async (t) => {
  const { raw } = await startCloud(t);
  const [metrics] = await raw.records('VM_metrics');
  t.ok('VCPUs_utilisation' in (metrics ?? {}));
  await t.rejects(raw.call('VM_metrics.get_VCPUs_utilisation', 'x'), { code: 'MESSAGE_REMOVED' });
});

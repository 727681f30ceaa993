import { DriverFailure, PortUnavailable, type Store } from '@gdcloud/core';
import { prometheus } from '@gdcloud/core/prometheus';
import { Registry } from 'prom-client';
import t, { type Test } from 'tap';
import { startCloud, type TestCloud } from '../../support/cloud.js';
import { type Widgets, widgets } from '../../support/widgets.js';

interface Measured {
  readonly world: TestCloud;
  readonly outside: Widgets;
  /** The value of a series, as Prometheus would read it now; undefined where there is none. */
  readonly value: (series: string) => Promise<number | undefined>;
  readonly text: () => Promise<string>;
}

async function measured(
  t: Test,
  wrapStore: (store: Store) => Store = (store) => store,
): Promise<Measured> {
  const outside = widgets();
  const metrics = prometheus();
  const world = await startCloud(t, { plugins: [outside.plugin, metrics], wrapStore });
  return {
    world,
    outside,
    text: () => metrics.text(),
    value: async (series) => {
      const line = (await metrics.text()).split('\n').find((one) => one.startsWith(`${series} `));
      return line === undefined ? undefined : Number(line.slice(series.length + 1));
    },
  };
}

t.test('after a run everything that was done is counted', async (t) => {
  const { world, value, text } = await measured(t);
  const widget = await world.create('widget', {});
  await world.reaches('widget', widget.id, 'active');
  t.equal(await value('gdcloud_passes_total{type="widget",outcome="done"}'), 1);
  t.ok(((await value('gdcloud_passes_total{type="widget",outcome="wait"}')) ?? 0) >= 1);
  const call = 'driver="memory.widgets",method';
  t.equal(await value(`gdcloud_driver_calls_total{${call}="create",outcome="ok"}`), 1);
  t.equal(await value(`gdcloud_driver_call_seconds_count{${call}="create"}`), 1);
  t.ok(((await value('gdcloud_lock_attempts_total{result="acquired"}')) ?? 0) >= 1);
  t.ok(((await value('gdcloud_hints_total{direction="sent",reason="changed"}')) ?? 0) >= 1);
  t.ok(((await value('gdcloud_hints_total{direction="heard",reason="changed"}')) ?? 0) >= 1);
  t.ok(((await value('gdcloud_queue_wait_seconds_count{band="user"}')) ?? 0) >= 1);
  t.ok(((await value('gdcloud_store_seconds_count{operation="record"}')) ?? 0) >= 1);
  for (const band of ['user', 'dependency', 'retry', 'resync'])
    t.equal(await value(`gdcloud_queue_depth{band="${band}"}`), 0);
  t.equal(await value('gdcloud_queue_age_seconds'), 0);
  for (const state of ['sighted', 'handling', 'reported', 'quarantined'])
    t.equal(await value(`gdcloud_orphans{state="${state}"}`), 0, 'nothing leaked');
  t.match(await text(), /^gdcloud_build_info\{version="[\d.]+",node="v/m);
  t.notMatch(
    await text(),
    /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-/,
    'no label says anything of a single resource',
  );
});

t.test('backends that are away, stalls and late holders show', async (t) => {
  let lost: 'no' | 'yes' = 'no';
  const { world, outside, value } = await measured(t, (store) => ({
    ...store,
    record: (...args) => (lost === 'yes' ? Promise.resolve(undefined) : store.record(...args)),
  }));
  const observe = outside.objects.observe.bind(outside.objects);
  outside.objects.observe = () =>
    Promise.reject(new DriverFailure('unavailable', 'Away', 'it is away', { remedy: 'Wait.' }));
  const widget = await world.create('widget', {});
  const series = 'gdcloud_breaker_open{backend="memory.widgets"}';
  await world.until(async () => (await value(series)) === 1, 'an open breaker');
  outside.objects.observe = observe;
  await world.reaches('widget', widget.id, 'active');
  t.equal(await value(series), undefined, 'it answers again');

  outside.objects.observe = () =>
    Promise.reject(new DriverFailure('invalid', 'Never', 'it can not be', { remedy: 'Ask else.' }));
  await world.update('widget', widget.id, { size: 2 });
  await world.quiet();
  t.equal(await value('gdcloud_stalled{type="widget"}'), 1);
  t.equal(await value('gdcloud_passes_total{type="widget",outcome="stall"}'), 1);
  outside.objects.observe = observe;
  await world.update('widget', widget.id, { size: 3 });
  await world.reaches('widget', widget.id, 'active');
  t.equal(await value('gdcloud_stalled{type="widget"}'), undefined, 'nothing is stalled any more');

  lost = 'yes';
  await world.update('widget', widget.id, { size: 4 });
  await world.quiet();
  t.equal(await value('gdcloud_fence_rejections_total{where="record"}'), 1);
  t.equal(await value('gdcloud_passes_total{type="widget",outcome="abandoned"}'), 1);
  t.match(
    world.lines.find(({ message }) => message === 'passes were abandoned'),
    { data: { pass: /\/2$/, resource: widget.uuid, account: widget.account, type: 'widget' } },
  );
});

t.test('while the store is away its numbers are missing and the others are not', async (t) => {
  let away: 'no' | 'yes' = 'no';
  const { world, value } = await measured(t, (store) => ({
    ...store,
    list: (...args) =>
      away === 'yes'
        ? Promise.reject(new PortUnavailable('store', 'away', { remedy: 'Wait.' }))
        : store.list(...args),
  }));
  t.equal(await value('gdcloud_orphans{state="reported"}'), 0);
  away = 'yes';
  t.equal(await value('gdcloud_orphans{state="reported"}'), undefined);
  t.ok(((await value('gdcloud_store_failures_total{operation="list"}')) ?? 0) >= 1);
  t.equal(world.cloud.meter.isActive, true);
});

t.test('metrics may go to a registry that the host application has', async (t) => {
  const registry = new Registry();
  const metrics = prometheus({ registry });
  await startCloud(t, { plugins: [metrics] });
  t.match(await registry.metrics(), /^gdcloud_passes_total/m);
});

import type { ResourceUuid } from '../../model/identity.js';
import type { Resource } from '../../model/resource.js';
import type { Clock } from '../../ports/clock.js';
import type { Driver } from '../../ports/driver.js';
import { type Counter, type Histogram, type Meter, NO_METER, SECONDS } from '../../ports/meter.js';
import type { Outcome } from '../../ports/reconciler.js';
import { NO_SPAN, NO_TRACER, type Tracer } from '../../ports/tracer.js';
import { PROBE_INTERVAL } from '../back-off.js';
import type { BreakerState } from '../circuit-breaker.js';
import type { Resources } from '../resources.js';
import { BANDS, type Band, type QueueCensus } from '../work-queue.js';
import { PassWatch } from './pass-watch.js';
import { TracedResources } from './traced-resources.js';
import type { Trail } from './trails.js';
import { WatchedDriver } from './watched-driver.js';

/** Nobody heard of for so long is not counted as stalled any more: another process probes it. Milliseconds. */
const STALLED_FOR = 2 * PROBE_INTERVAL;

/** What a kernel tells tracers and meters. Without any of them nothing is gathered. */
export class Telemetry {
  readonly #tracer: Tracer;
  readonly #meter: Meter;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #passes: Counter<'type' | 'outcome'>;
  readonly #passSeconds: Histogram<'type'>;
  readonly #waits: Histogram<'band'>;
  readonly #calls: Counter<'driver' | 'method' | 'outcome'>;
  readonly #callSeconds: Histogram<'driver' | 'method'>;
  /** Those whose last pass here ended in a stall, and when; never in use without a meter. */
  readonly #stalled = new Map<ResourceUuid, { readonly type: string; readonly at: number }>();

  constructor(ports: {
    readonly tracer: Tracer;
    readonly meter: Meter;
    readonly clock: Pick<Clock, 'monotonic'>;
  }) {
    const { meter } = ports;
    this.#tracer = ports.tracer;
    this.#meter = meter;
    this.#clock = ports.clock;
    this.#passes = meter.counter({
      name: 'gdcloud_passes_total',
      help: 'Passes, by the type of the resource and how they ended.',
      labels: ['type', 'outcome'],
    });
    this.#passSeconds = meter.histogram({
      name: 'gdcloud_pass_seconds',
      help: 'How long a pass takes.',
      labels: ['type'],
      buckets: SECONDS,
    });
    this.#waits = meter.histogram({
      name: 'gdcloud_queue_wait_seconds',
      help: 'How long a resource waits in the queue, from the hint, timer or scan until its work begins.',
      labels: ['band'],
      buckets: SECONDS,
    });
    this.#calls = meter.counter({
      name: 'gdcloud_driver_calls_total',
      help: 'Calls of drivers, by method and outcome.',
      labels: ['driver', 'method', 'outcome'],
    });
    this.#callSeconds = meter.histogram({
      name: 'gdcloud_driver_call_seconds',
      help: 'How long a driver takes to answer.',
      labels: ['driver', 'method'],
      buckets: SECONDS,
    });
  }

  /** When something begins to wait, for {@link workBegins}; undefined while nobody wants to know. */
  get waitingSince(): number | undefined {
    return this.#meter.isActive ? this.#clock.monotonic() : undefined;
  }

  /** Work on a resource begins that waited since then. */
  workBegins(band: Band, since: number | undefined): void {
    if (since === undefined) return;
    this.#waits.record({ band }, (this.#clock.monotonic() - since) / 1_000);
  }

  /** A pass begins. */
  pass(resource: Resource, number: number, why: string, trail: Trail | undefined): PassWatch {
    const began = this.#meter.isActive ? this.#clock.monotonic() : 0;
    if (!this.#tracer.isActive) return new PassWatch(this, resource, number, NO_SPAN, began);
    const [parent, ...links] = trail?.traces ?? [];
    const span = this.#tracer.start(`pass ${resource.type}`, { kind: 'consumer', parent, links });
    const watch = new PassWatch(this, resource, number, span, began);
    span.set({
      'gdcloud.pass': watch.id,
      'gdcloud.resource': resource.uuid,
      'gdcloud.account': resource.account,
      'gdcloud.type': resource.type,
      'gdcloud.generation': resource.generation,
      'gdcloud.why': why,
    });
    return watch;
  }

  /** A pass is over. */
  passOver(
    { uuid, type }: Resource,
    outcome: Outcome['kind'] | 'abandoned' | 'failed',
    began: number,
  ): void {
    if (!this.#meter.isActive) return;
    const now = this.#clock.monotonic();
    this.#passes.add({ type, outcome });
    this.#passSeconds.record({ type }, (now - began) / 1_000);
    if (outcome === 'stall') this.#stalled.set(uuid, { type, at: now });
    else this.#stalled.delete(uuid);
  }

  /** `driver`, its calls told of. */
  watched<D, A>(driver: Driver<D, A>): Driver<D, A> {
    return this.#tracer.isActive || this.#meter.isActive
      ? new WatchedDriver(driver, {
          tracer: this.#tracer,
          clock: this.#clock,
          calls: this.#calls,
          seconds: this.#callSeconds,
        })
      : driver;
  }

  /** `desk`, its writes told of. */
  traced(desk: Resources): Resources {
    return this.#tracer.isActive ? new TracedResources(desk, this.#tracer) : desk;
  }

  /** Has gauges read what waits, which backends are left alone, and what is stalled. */
  observe(kernel: {
    readonly queue: () => QueueCensus;
    readonly load: () => { readonly active: number };
    readonly breakers: () => readonly BreakerState[];
  }): void {
    const { queue, load, breakers } = kernel;
    this.#meter.gauge(
      {
        name: 'gdcloud_queue_depth',
        help: 'Resources that wait for a pass here.',
        labels: ['band'],
      },
      () => {
        const { depth } = queue();
        return BANDS.map((band) => ({ labels: { band }, value: depth[band] }));
      },
    );
    this.#meter.gauge(
      {
        name: 'gdcloud_queue_age_seconds',
        help: 'How long the longest waiting resource has waited; 0 when none does.',
        labels: [],
      },
      () => {
        const now = this.#clock.monotonic();
        return [{ labels: {}, value: (now - (queue().oldest ?? now)) / 1_000 }];
      },
    );
    this.#meter.gauge(
      { name: 'gdcloud_active', help: 'Resources that are being worked on here.', labels: [] },
      () => [{ labels: {}, value: load().active }],
    );
    this.#meter.gauge(
      {
        name: 'gdcloud_breaker_open',
        help: '1 while a backend is left alone because it is away; absent while it answers.',
        labels: ['backend'],
      },
      () =>
        breakers().map(({ backend, state }) => ({
          labels: { backend },
          value: state === 'closed' ? 0 : 1,
        })),
    );
    this.#meter.gauge(
      {
        name: 'gdcloud_stalled',
        help: 'Resources whose last pass here ended in a stall: they wait for somebody to decide.',
        labels: ['type'],
      },
      () => this.#countStalled(),
    );
  }

  #countStalled(): readonly { readonly labels: { type: string }; readonly value: number }[] {
    const oldest = this.#clock.monotonic() - STALLED_FOR;
    const counts = new Map<string, number>();
    for (const [uuid, { type, at }] of this.#stalled) {
      if (at < oldest) this.#stalled.delete(uuid);
      else counts.set(type, (counts.get(type) ?? 0) + 1);
    }
    return [...counts].map(([type, value]) => ({ labels: { type }, value }));
  }
}

/** Tells nobody. */
export const NO_TELEMETRY: Telemetry = new Telemetry({
  tracer: NO_TRACER,
  meter: NO_METER,
  clock: { monotonic: () => 0 },
});

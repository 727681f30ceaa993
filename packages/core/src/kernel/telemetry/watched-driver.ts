import type { DriverFailure } from '../../model/errors.js';
import type { Clock } from '../../ports/clock.js';
import type {
  Accepted,
  Change,
  Driver,
  DriverCall,
  DriverTraits,
  Foreseen,
  ObjectKey,
  Observation,
  OwnedPage,
} from '../../ports/driver.js';
import type { Counter, Histogram } from '../../ports/meter.js';
import type { Tracer } from '../../ports/tracer.js';
import { asDriverFailure, limited } from '../driver-calls.js';

/** What calls of drivers are told to. */
export interface DriverWatch {
  readonly tracer: Tracer;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly calls: Counter<'driver' | 'method' | 'outcome'>;
  readonly seconds: Histogram<'driver' | 'method'>;
}

/**
 * A driver whose calls are spans and are counted: each is part of the span that its call names, and names its own to the
 * driver. A call that outlives its signal has failed, as for whoever waits for it.
 */
export class WatchedDriver<Desired, Actual> implements Driver<Desired, Actual> {
  readonly foresee?: (desired: Desired, call: DriverCall) => Promise<Foreseen<Actual>>;
  readonly quarantine?: (key: ObjectKey, call: DriverCall) => Promise<Accepted>;
  readonly #driver: Driver<Desired, Actual>;
  readonly #watch: DriverWatch;

  constructor(driver: Driver<Desired, Actual>, watch: DriverWatch) {
    this.#driver = driver;
    this.#watch = watch;
    // Whether a driver has these tells what it can do.
    if (driver.foresee !== undefined) this.foresee = driver.foresee.bind(driver);
    const quarantine = driver.quarantine?.bind(driver);
    if (quarantine !== undefined)
      this.quarantine = (key, call) =>
        this.#told('quarantine', key, call, (traced) => quarantine(key, traced));
  }

  get name(): string {
    return this.#driver.name;
  }

  get backend(): string | undefined {
    return this.#driver.backend;
  }

  get traits(): DriverTraits {
    return this.#driver.traits;
  }

  observe(
    key: ObjectKey,
    desired: Desired | undefined,
    call: DriverCall,
  ): Promise<Observation<Actual>> {
    return this.#told(
      'observe',
      key,
      call,
      (traced) => this.#driver.observe(key, desired, traced),
      (seen) => (seen.presence === 'unknown' ? seen.failure : undefined),
    );
  }

  create(key: ObjectKey, desired: Desired, call: DriverCall): Promise<Accepted> {
    return this.#told('create', key, call, (traced) => this.#driver.create(key, desired, traced));
  }

  update(key: ObjectKey, desired: Desired, change: Change, call: DriverCall): Promise<Accepted> {
    return this.#told('update', key, call, (traced) =>
      this.#driver.update(key, desired, change, traced),
    );
  }

  delete(key: ObjectKey, call: DriverCall): Promise<Accepted> {
    return this.#told('delete', key, call, (traced) => this.#driver.delete(key, traced));
  }

  list(cursor: string | undefined, call: DriverCall): Promise<OwnedPage> {
    return this.#told('list', undefined, call, (traced) => this.#driver.list(cursor, traced));
  }

  async #told<Result>(
    method: string,
    key: ObjectKey | undefined,
    call: DriverCall,
    send: (call: DriverCall) => Promise<Result>,
    failureIn: (result: Result) => DriverFailure | undefined = () => undefined,
  ): Promise<Result> {
    const { tracer, clock, calls, seconds } = this.#watch;
    const driver = this.name;
    const span = tracer.start(`${driver} ${method}`, {
      kind: 'client',
      parent: call.trace,
      attributes: {
        'gdcloud.driver': driver,
        'gdcloud.backend': this.backend ?? driver,
        'gdcloud.operation': call.operation,
        ...(key === undefined ? {} : { 'gdcloud.resource': key.uuid, 'gdcloud.epoch': key.epoch }),
      },
    });
    const began = clock.monotonic();
    const over = (failure: DriverFailure | undefined): void => {
      if (failure !== undefined) {
        span.set({ 'gdcloud.outcome': failure.outcome });
        span.fail(failure.code);
      }
      span.end();
      calls.add({ driver, method, outcome: failure?.outcome ?? 'ok' });
      seconds.record({ driver, method }, (clock.monotonic() - began) / 1_000);
    };
    try {
      const traced = span.traceparent === undefined ? call : { ...call, trace: span.traceparent };
      const result = await limited(send(traced), call.signal);
      over(failureIn(result));
      return result;
    } catch (thrown) {
      over(asDriverFailure(thrown));
      throw thrown;
    }
  }
}

import { DriverFailure } from '../../model/errors.js';
import { asFence, asOperationKey } from '../../model/identity.js';
import type { Clock } from '../../ports/clock.js';
import type { DriverCall } from '../../ports/driver.js';
import type { ComputeDriver, HostReport } from '../../ports/drivers/compute.js';
import type { StorageDriver, StoragePoolReport } from '../../ports/drivers/storage.js';
import { inTime } from '../in-time.js';

/** How long an answer is good for: long enough for the passes over all hosts of a pool to share one. */
const FRESH = 1_000;
const CALL_LIMIT = 15_000;

interface Answer<Report> {
  readonly at: number;
  readonly reports: Promise<ReadonlyMap<string, Report>>;
}

/** What drivers say there is, asked at most once a second however many want to know. */
export class Inventory {
  readonly #clock: Clock;
  #hosts: Answer<HostReport> | undefined;
  #pools: Answer<StoragePoolReport> | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Hosts by what their pool calls them. Throws DriverFailure when the driver can't tell. */
  hosts(
    compute: Pick<ComputeDriver, 'hosts'>,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, HostReport>> {
    if (this.#hosts === undefined || this.#isStale(this.#hosts)) {
      this.#hosts = this.#answer(signal, (call) => compute.hosts(call));
    }
    return this.#hosts.reports;
  }

  /** Shares by what their driver calls them. Throws DriverFailure when the driver can't tell. */
  pools(
    storage: StorageDriver,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, StoragePoolReport>> {
    if (this.#pools === undefined || this.#isStale(this.#pools)) {
      this.#pools = this.#answer(signal, (call) => storage.pools(call));
    }
    return this.#pools.reports;
  }

  #isStale(answer: Answer<unknown>): boolean {
    return this.#clock.monotonic() - answer.at > FRESH;
  }

  // A driver that never answers must not keep those who take stock for ever: nobody would look for new hosts again.
  #answer<Report extends { readonly external: string }>(
    stop: AbortSignal,
    ask: (call: DriverCall) => Promise<readonly Report[]>,
  ): Answer<Report> {
    const limit = {
      clock: this.#clock,
      limitMs: CALL_LIMIT,
      stop,
      overdue: new DriverFailure(
        'unavailable',
        'NoAnswer',
        `what there is was not said within ${CALL_LIMIT / 1_000} s`,
        { remedy: 'It is asked again by itself.' },
      ),
    };
    const reports = inTime(limit, (signal) => ask(this.#call(signal))).then(
      (list) => new Map(list.map((report) => [report.external as string, report])),
    );
    return { at: this.#clock.monotonic(), reports };
  }

  // Taking stock belongs to no resource and changes nothing, so it carries nobody's fence and no operation.
  #call(signal: AbortSignal): DriverCall {
    return {
      signal,
      deadline: this.#clock.now() + CALL_LIMIT,
      fence: asFence(''),
      operation: asOperationKey(''),
    };
  }
}

import { DriverFailure, ensureError } from '../../model/errors.js';
import { asExternalId } from '../../model/identity.js';
import type { Clock } from '../../ports/clock.js';
import type { DriverCall } from '../../ports/driver.js';
import type { AdoptableServer, ComputeDriver, HostReport } from '../../ports/drivers/compute.js';
import type { StorageDriver, StoragePoolReport } from '../../ports/drivers/storage.js';
import { unownedCall } from '../unowned-call.js';

/** How long an answer is good for: long enough for the passes over all hosts of a pool to share one. */
const FRESH = 1_000;
/** How long a driver may take to answer; milliseconds. */
const CALL_LIMIT = 15_000;

interface Answer<Report> {
  readonly at: number;
  readonly reports: Promise<ReadonlyMap<string, Report>>;
}

/**
 * What drivers say there is, asked at most once a second however many want to know. Who leaves ends its own waiting
 * only: the answer belongs to all who wait for it, and has a limit of its own.
 */
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
      this.#hosts = this.#answer('hosts', (call) => compute.hosts(call));
    }
    return unlessLeft(this.#hosts.reports, signal);
  }

  /** Shares by what their driver calls them. Throws DriverFailure when the driver can't tell. */
  pools(
    storage: StorageDriver,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, StoragePoolReport>> {
    if (this.#pools === undefined || this.#isStale(this.#pools)) {
      this.#pools = this.#answer('shares', (call) => storage.pools(call));
    }
    return unlessLeft(this.#pools.reports, signal);
  }

  /** A server that may be adopted, as its pool shows it now. Throws DriverFailure when the driver can't tell. */
  adoptable(
    compute: Pick<ComputeDriver, 'adoptable'>,
    external: string,
    stop: AbortSignal,
  ): Promise<AdoptableServer | undefined> {
    const overdue = (): DriverFailure => overdueFor('what server it is');
    return unownedCall({ clock: this.#clock, limitMs: CALL_LIMIT, stop, overdue }, (call) =>
      Promise.resolve(compute.adoptable?.(asExternalId(external), call)),
    );
  }

  #isStale(answer: Answer<unknown>): boolean {
    return this.#clock.monotonic() - answer.at > FRESH;
  }

  #answer<Report extends { readonly external: string }>(
    what: string,
    ask: (call: DriverCall) => Promise<readonly Report[]>,
  ): Answer<Report> {
    const overdue = (): DriverFailure => overdueFor(`what ${what} there are`);
    const clock = this.#clock;
    const reports = unownedCall({ clock, limitMs: CALL_LIMIT, overdue }, ask).then(
      (list) => new Map(list.map((report) => [report.external as string, report])),
    );
    return { at: clock.monotonic(), reports };
  }
}

function overdueFor(what: string): DriverFailure {
  const message = `the driver did not say in ${CALL_LIMIT / 1000} s ${what}`;
  return new DriverFailure('unavailable', 'NoAnswer', message, {
    remedy: 'It is asked again by itself.',
  });
}

function unlessLeft<Reports>(reports: Promise<Reports>, signal: AbortSignal): Promise<Reports> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      const message = `no answer in time: ${ensureError(signal.reason).message}`;
      const remedy = 'It is asked again by itself.';
      reject(new DriverFailure('ambiguous', 'NoAnswer', message, { remedy, cause: signal.reason }));
    };
    reports.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
  });
}

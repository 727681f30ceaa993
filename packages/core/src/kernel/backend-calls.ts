import type { DriverFailure } from '../model/errors.js';
import type { Driver, DriverCall, ObjectKey, Observation } from '../ports/driver.js';
import type { Outcome } from '../ports/reconciler.js';
import type { CircuitBreakers } from './circuit-breaker.js';
import { asDriverFailure, observe } from './driver-calls.js';

/** What of a driver says where its calls go. */
export type Endpoint = Pick<Driver<never, unknown>, 'name' | 'backend'>;

/** Calls of drivers by way of their backends' breakers: asks for leave before them, and tells how they went. */
export class BackendCalls {
  readonly #breakers: CircuitBreakers;

  constructor(breakers: CircuitBreakers) {
    this.#breakers = breakers;
  }

  /** How a pass ends whose driver must not be called now: neither a look nor a change would reach its backend. */
  heldBack(driver: Endpoint): Outcome | undefined {
    const admission = this.#breakers.admit(backendOf(driver));
    if (admission.kind === 'call') return undefined;
    const { afterMs, message, code } = admission;
    return { kind: 'wait', on: 'backend', afterMs, message, backend: backendOf(driver), code };
  }

  /** Looks, as {@link observe} does. */
  look<D, A>(
    driver: Driver<D, A>,
    key: ObjectKey,
    desired: D | undefined,
    call: DriverCall,
  ): Promise<Observation<A>> {
    return this.#told(driver, observe(driver, key, desired, call), (seen) =>
      seen.presence === 'unknown' ? seen.failure : undefined,
    );
  }

  /** Waits for a change that was sent. */
  change<Result>(driver: Endpoint, sent: Promise<Result>): Promise<Result> {
    return this.#told(driver, sent, () => undefined);
  }

  async #told<Result>(
    driver: Endpoint,
    call: Promise<Result>,
    failureIn: (result: Result) => DriverFailure | undefined,
  ): Promise<Result> {
    const backend = backendOf(driver);
    try {
      const result = await call;
      const failure = failureIn(result);
      if (failure === undefined) this.#breakers.answered(backend);
      else this.#breakers.failed(backend, failure);
      return result;
    } catch (thrown) {
      this.#breakers.failed(backend, asDriverFailure(thrown));
      throw thrown;
    }
  }
}

/** What breakers and explanations call the place where its calls go. */
export function backendOf({ name, backend }: Endpoint): string {
  return backend ?? name;
}

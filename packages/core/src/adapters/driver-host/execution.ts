import { DriverFailure } from '../../model/errors.js';
import type { Json } from '../../model/json.js';
import type { Clock } from '../../ports/clock.js';
import type { CallableDrivers } from './carry-out.js';
import { carryOut } from './carry-out.js';
import { writeFailed } from './driver-answer.js';
import { isMutation, type RequestBody } from './driver-request.js';
import type { NewestFences } from './newest-fences.js';

/** How long a driver may take to heed its signal, as the contract says; milliseconds. */
const GRACE = 1_000;
/** The longest that a request may take; milliseconds. */
const LONGEST = 24 * 60 * 60_000;

/** What requests are carried out with. */
export interface ExecutionPlace {
  readonly drivers: CallableDrivers;
  readonly fences: NewestFences;
  readonly clock: Clock;
}

/** One request, from its arrival until its driver has left it alone. */
export class Execution {
  readonly #place: ExecutionPlace;
  readonly #body: RequestBody;
  readonly #deadline: number;
  readonly #stop = new AbortController();

  /** `deadline`: milliseconds since the epoch by this host's clock. */
  constructor(place: ExecutionPlace, body: RequestBody, deadline: number) {
    this.#place = place;
    this.#body = body;
    this.#deadline = deadline;
  }

  /** Requests of one lane touch the same object, or the same place where an object would be. */
  lane(otherwise: string): string {
    const { request } = this.#body;
    return 'key' in request ? `${request.driver}/${request.key.uuid}` : otherwise;
  }

  /** Ends it: nobody waits for it any more. */
  cancel(): void {
    this.#stop.abort(this.#failure('it was given up'));
  }

  /** Carries it out, once; `answer` is told how it ended. Resolves when the next in its lane may begin. Never fails. */
  async run(answer: (body: Json) => void): Promise<void> {
    const { clock, drivers } = this.#place;
    const { request, fence, operation, trace } = this.#body;
    const refusal = this.#refusal();
    if (refusal !== undefined) {
      answer(writeFailed(refusal));
      return;
    }
    const { signal } = this.#stop;
    // Whatever a kernel asks for: more is more than a timer can count.
    const limitMs = Math.min(LONGEST, this.#deadline - clock.now());
    const cancel = clock.schedule(limitMs, () => this.#stop.abort(this.#failure('its time is up')));
    const call = { signal, deadline: this.#deadline, fence, operation, trace };
    const work = carryOut(drivers, request, call).catch((thrown: unknown) => writeFailed(thrown));
    const ending = await unlessAborted(work, signal);
    cancel();
    answer(ending.kind === 'ended' ? ending.body : writeFailed(signal.reason));
    if (ending.kind === 'aborted') await within(work, GRACE, clock);
  }

  // What is refused here has certainly not been done.
  #refusal(): DriverFailure | undefined {
    const { clock, fences } = this.#place;
    const { request, fence } = this.#body;
    if (this.#stop.signal.aborted || this.#deadline <= clock.now()) {
      return new DriverFailure(
        'unavailable',
        'DriverHostBusy',
        'its turn did not come in time at the driver host',
        { remedy: 'It is asked again by itself.' },
      );
    }
    if (!isMutation(request) || !('key' in request)) return undefined;
    if (fences.admit(request.key.uuid, fence) === 'admitted') return undefined;
    const message = `a newer holder has already changed what belongs to ${request.key.uuid}`;
    return new DriverFailure('rejected', 'FenceOlder', message, {
      remedy: 'Nothing needs to be done: the newer holder goes on.',
    });
  }

  #failure(what: string): DriverFailure {
    const outcome = isMutation(this.#body.request) ? 'ambiguous' : 'unavailable';
    return new DriverFailure(outcome, 'NoAnswer', `${what} at the driver host`, {
      remedy: 'It is looked at again by itself.',
    });
  }
}

type EndingOfWork = { readonly kind: 'ended'; readonly body: Json } | { readonly kind: 'aborted' };

function unlessAborted(work: Promise<Json>, signal: AbortSignal): Promise<EndingOfWork> {
  return new Promise((resolve) => {
    const stop = (): void => resolve({ kind: 'aborted' });
    signal.addEventListener('abort', stop, { once: true });
    void work.then((body) => {
      signal.removeEventListener('abort', stop);
      resolve({ kind: 'ended', body });
    });
  });
}

function within(work: Promise<unknown>, ms: number, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.schedule(ms, resolve);
    void work.then(() => {
      cancel();
      resolve();
    });
  });
}

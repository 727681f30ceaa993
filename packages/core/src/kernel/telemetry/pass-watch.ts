import { DriverFailure, PortUnavailable } from '../../model/errors.js';
import type { Resource } from '../../model/resource.js';
import type { Driver } from '../../ports/driver.js';
import type { Outcome } from '../../ports/reconciler.js';
import type { Span } from '../../ports/tracer.js';
import { Abandoned } from '../pass-world.js';
import type { Telemetry } from './telemetry.js';

/** Whose doing a line of the log tells. */
export interface LogSubject {
  /** The keys and values that all its lines have; worked out when they are asked for. */
  readonly ids: object;
}

/** One pass, as those who watch see it. Costs next to nothing while nobody does. */
export class PassWatch implements LogSubject {
  readonly #telemetry: Telemetry;
  readonly #resource: Resource;
  readonly #number: number;
  readonly #span: Span;
  readonly #began: number;

  /** `number` counts the passes under one lock, from 0. */
  constructor(telemetry: Telemetry, resource: Resource, number: number, span: Span, began: number) {
    this.#telemetry = telemetry;
    this.#resource = resource;
    this.#number = number;
    this.#span = span;
    this.#began = began;
  }

  /** What hints and calls of this pass name as where they come from. */
  get trace(): string | undefined {
    return this.#span.traceparent;
  }

  /** What every line of this pass says: which pass, over what, whose. */
  get ids(): object {
    const { uuid, account, type } = this.#resource;
    return { pass: this.id, resource: uuid, account, type };
  }

  /** Names it in all processes for all time: its lock's token, which nobody had before, and which pass under it. */
  get id(): string {
    return `${this.#resource.fence ?? 'unclaimed'}/${this.#number + 1}`;
  }

  /** `driver` as this pass has it: its calls are told of too. */
  watched<D, A>(driver: Driver<D, A>): Driver<D, A> {
    return this.#telemetry.watched(driver);
  }

  /** It ended so. */
  ended(outcome: Outcome): void {
    this.#span.set({ 'gdcloud.outcome': outcome.kind });
    const code = codeOf(outcome);
    if (code !== undefined) this.#span.fail(code);
    this.#over(outcome.kind);
  }

  /** It broke off: nothing of it is recorded. */
  brokeOff(thrown: unknown): void {
    const outcome = thrown instanceof Abandoned ? 'abandoned' : 'failed';
    this.#span.set({ 'gdcloud.outcome': outcome });
    this.#span.fail(errorCode(thrown));
    this.#over(outcome);
  }

  #over(outcome: Outcome['kind'] | 'abandoned' | 'failed'): void {
    this.#span.end();
    this.#telemetry.passOver(this.#resource, outcome, this.#began);
  }
}

/** The stable code of whatever was thrown. */
export function errorCode(thrown: unknown): string {
  if (thrown instanceof DriverFailure) return thrown.code;
  if (thrown instanceof PortUnavailable) return `${thrown.port}Unavailable`;
  if (thrown instanceof Abandoned) return 'Abandoned';
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string'
    ? thrown.code
    : 'Unexpected';
}

// Waiting is no failure.
function codeOf(outcome: Outcome): string | undefined {
  if (outcome.kind === 'retry') return outcome.failure.code;
  return outcome.kind === 'stall' ? outcome.code : undefined;
}

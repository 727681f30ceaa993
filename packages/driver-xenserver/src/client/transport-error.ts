/** Whether a call changes something at the other side: decides what a lost reply means. */
export type Effect = 'read' | 'write';

/** No answer, or none that makes sense. Never carries what was sent: that holds session and password. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  /** `unsent`: XAPI can't have seen the call. `lost`: it may have, and may have carried it out. */
  readonly phase: 'unsent' | 'lost';
  readonly effect: Effect;

  constructor(phase: 'unsent' | 'lost', effect: Effect, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.phase = phase;
    this.effect = effect;
  }
}

/** An answer with another HTTP status than 200. */
export class StatusError extends TransportError {
  readonly status: number;

  constructor(effect: Effect, status: number, origin: string) {
    super(status >= 500 ? 'lost' : 'unsent', effect, `HTTP status ${status} from ${origin}`);
    this.status = status;
  }
}

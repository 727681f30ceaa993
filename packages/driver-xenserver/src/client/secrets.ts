import { MalformedAnswer } from './answers.js';
import { PoolDiffers } from './pool-differs.js';
import { TransportError } from './transport-error.js';
import { XapiError } from './xapi-error.js';

/** Shorter ones would be found in words that have nothing to do with them. */
const SHORTEST = 4;
/** Sessions that are remembered: one for each console that is being opened, and earlier ones of answers under way. */
const SESSIONS_KEPT = 512;

/** What must not be told to anyone, and the way to take it out of what a pool says. */
export class Secrets {
  readonly #password: readonly string[];
  #sessions: readonly string[] = [];

  constructor(password: string) {
    const spellings = [
      password,
      JSON.stringify(password).slice(1, -1),
      encodeURIComponent(password),
    ];
    this.#password = [...new Set(spellings)].filter(({ length }) => length >= SHORTEST);
  }

  /** Keeps a session's reference secret from now on. */
  add(session: string): void {
    if (this.#sessions.includes(session)) return;
    const bare = session.replace(/^OpaqueRef:/, '');
    if (bare.length < SHORTEST) return;
    this.#sessions = [session, bare, ...this.#sessions].slice(0, 2 * SESSIONS_KEPT);
  }

  /** The text without secrets. */
  redact(text: string): string {
    const secrets = [...this.#password, ...this.#sessions];
    return secrets.reduce((left, secret) => left.replaceAll(secret, '…'), text);
  }

  /**
   * The error as it may be told. What could not be read is not told at all: a parser's message shows a piece of it, and
   * an error of the network library may hold a whole answer.
   */
  clean(error: unknown): Error {
    if (error instanceof XapiError) {
      return new XapiError(
        this.redact(error.code),
        error.parameters.map((parameter) => this.redact(parameter)),
      );
    }
    if (error instanceof TransportError) {
      return new TransportError(error.phase, error.effect, this.redact(error.message));
    }
    if (error instanceof MalformedAnswer) return new MalformedAnswer(this.redact(error.message));
    if (error instanceof PoolDiffers) return error;
    // SyntaxError from parsers, RangeError from what is nested too deep to be read.
    return new MalformedAnswer('the answer can not be read');
  }
}

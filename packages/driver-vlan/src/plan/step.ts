/** A program with its arguments, to be started without a shell, and what it reads from standard input. */
export interface Command {
  readonly program: 'ip' | 'nsenter';
  readonly arguments: readonly string[];
  readonly input?: string | undefined;
}

/** One step of a plan. Doing it again changes nothing. */
export interface Step {
  /** `namespace`, `link.move`: stable, for events and logs. */
  readonly name: string;
  /** The step is done already when one of these succeeds; empty when `run` itself may be repeated. */
  readonly unless: readonly Command[];
  readonly run: Command;
}

/** The steps that carry a network, in the order in which a crash after any of them leaves nothing open. */
export interface Plan {
  readonly revision: number;
  readonly steps: readonly Step[];
}

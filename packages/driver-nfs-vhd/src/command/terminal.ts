/** What a command needs of the outside, files excepted. */
export interface Terminal {
  /** Results. */
  readonly write: (text: string) => void;
  /** Errors and progress. */
  readonly tell: (text: string) => void;
  /** Whether people read along: then there are progress bars. */
  readonly reader: 'person' | 'program';
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly newUuid: () => string;
  /** Aborts when the command is to stop. */
  readonly signal: AbortSignal;
}

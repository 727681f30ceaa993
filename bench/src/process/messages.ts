/** What a measured process is asked. */
export type Question = 'usage' | 'passes' | 'start profile' | 'end profile';

/** What a measured process tells. */
export type Answer =
  | { readonly kind: 'ready'; readonly port: number }
  | { readonly kind: 'usage'; readonly usage: Usage }
  | { readonly kind: 'passes'; readonly passes: Passes }
  | { readonly kind: 'profile started' }
  | { readonly kind: 'profile'; readonly profile: string };

/** What a process has used since it began. */
export interface Usage {
  /** Processor time of all its threads, user and system, in milliseconds. */
  readonly cpuMs: number;
  /** How often each SQL statement was run, by its text; empty unless it counts. */
  readonly statements: Readonly<Record<string, number>>;
}

/** The passes that a process has begun. */
export interface Passes {
  /** How many since it began. */
  readonly count: number;
  /** Those since this was asked for the last time. */
  readonly since: readonly BegunPass[];
}

/** A pass, where passes are watched. Moments are {@link wallClock}'s. */
export interface BegunPass {
  readonly id: string;
  readonly generation: number;
  readonly begun: number;
  /** When the hint that brought it about was delivered to this process; absent when there was none. */
  readonly heard?: number | undefined;
}

/** Milliseconds since the epoch, finer than Date's, the same in all processes of this machine. */
export function wallClock(): number {
  return performance.timeOrigin + performance.now();
}

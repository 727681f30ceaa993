/** What a measured process is asked. */
export type Question = 'usage' | 'start profile' | 'end profile';

/** What a measured process tells. */
export type Answer =
  | { readonly kind: 'ready'; readonly port: number }
  | { readonly kind: 'usage'; readonly usage: Usage }
  | { readonly kind: 'profile started' }
  | { readonly kind: 'profile'; readonly profile: string };

/** What a process has used since it began. */
export interface Usage {
  /** Processor time of all its threads, user and system, in milliseconds. */
  readonly cpuMs: number;
  /** How often each SQL statement was run, by its text; empty unless it counts. */
  readonly statements: Readonly<Record<string, number>>;
}

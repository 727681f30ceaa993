import type { LockHolder } from '../../ports/lock-service.js';

/** What a process writes into the nodes it makes, for people. */
export interface HolderNote {
  readonly host: string;
  readonly pid: number;
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

/** Reads a note, whoever wrote it. */
export function parseHolder(text: string): LockHolder {
  try {
    const note: unknown = JSON.parse(text);
    if (typeof note !== 'object' || note === null) return { owner: 'unknown' };
    const { host, pid, name, since } = note as Readonly<Record<string, unknown>>;
    const process = `process ${String(pid)} on ${String(host)}`;
    const owner = typeof name === 'string' && name !== '' ? `${name}, ${process}` : process;
    return typeof since === 'number' ? { owner, since } : { owner };
  } catch {
    return { owner: 'unknown' };
  }
}

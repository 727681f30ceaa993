import type { Fault } from './fault.js';
import { hashOf } from './hash.js';

/** One step of a run: which call of which process took effect, and what happened to it. */
export interface TraceEntry {
  readonly step: number;
  /** Virtual time. */
  readonly at: number;
  readonly process: string;
  readonly site: string;
  readonly fault: Fault | undefined;
}

/**
 * What a run did, as a hash of all its steps: the same seed must give the same hash, or something in the code draws on
 * chance or time that is not the simulator's. Entries themselves are kept only when asked for.
 */
export class Trace {
  readonly entries: TraceEntry[] = [];
  readonly #keeps: 'entries' | 'hash';
  #hash = 0x811c9dc5;

  constructor(keeps: 'entries' | 'hash') {
    this.#keeps = keeps;
  }

  /** Eight hexadecimal digits. */
  get hash(): string {
    return this.#hash.toString(16).padStart(8, '0');
  }

  add(entry: TraceEntry): void {
    this.#mix(hashOf(entry.site));
    this.#mix(entry.at);
    this.#mix(hashOf(entry.process));
    if (entry.fault !== undefined) this.#mix(hashOf(entry.fault));
    if (this.#keeps === 'entries') this.entries.push(entry);
  }

  #mix(number: number): void {
    this.#hash = Math.imul(this.#hash ^ number, 0x01000193) >>> 0;
  }
}

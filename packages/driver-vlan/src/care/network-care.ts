import type { Cancel, Clock, ResourceUuid } from '@gdcloud/core';
import type { ApplianceDocument } from '../plan/appliance-document.js';
import { limitedWork } from '../time/limited-work.js';

/** What a carried network is cared for by. Each may fail: it comes round again. */
export interface NetworkCareParts {
  readonly clock: Clock;
  /** From the end of one piece of work to the next; milliseconds. */
  readonly pauseMs: number;
  /** Takes away what a change has left behind: connections that are tracked and may not pass any more. */
  readonly tidy: (document: ApplianceDocument, signal: AbortSignal) => Promise<void>;
  /** Looks at everything of a network and repairs it: each network in its turn, round after round. */
  readonly audit: (document: ApplianceDocument, signal: AbortSignal) => Promise<void>;
  /** Takes away what belongs to no network: once a round. */
  readonly sweep: (signal: AbortSignal) => Promise<void>;
}

/** How long one piece of work may take; milliseconds. */
const LONGEST_WORK = 60_000;

/** Looks after the networks that are carried, one small piece of work at a time. */
export class NetworkCare {
  readonly #parts: NetworkCareParts;
  readonly #documents = new Map<ResourceUuid, ApplianceDocument>();
  readonly #untidy = new Set<ResourceUuid>();
  /** Who is still to be audited in this round. */
  #round: ResourceUuid[] = [];
  readonly #end = new AbortController();
  #next: Cancel | undefined;

  constructor(parts: NetworkCareParts) {
    this.#parts = parts;
  }

  /** A network carries this document from now on; `same`: it did before, for all that this agent has done. */
  carries(document: ApplianceDocument, change: 'changed' | 'same'): void {
    if (this.#end.signal.aborted) return;
    // What happened before this agent came, nobody has told it.
    if (change === 'changed' || !this.#documents.has(document.network)) {
      this.#untidy.add(document.network);
    }
    this.#documents.set(document.network, document);
    this.#schedule();
  }

  /** What a network carries; undefined where this agent has not come across it. */
  document(network: ResourceUuid): ApplianceDocument | undefined {
    return this.#documents.get(network);
  }

  /** What all networks carry that this agent has come across. */
  documents(): readonly ApplianceDocument[] {
    return [...this.#documents.values()];
  }

  /** A network is carried no more. */
  forget(network: ResourceUuid): void {
    this.#documents.delete(network);
    this.#untidy.delete(network);
  }

  /** Ends all work. */
  close(): void {
    this.#end.abort(new Error('the care has ended'));
    this.#next?.();
  }

  #schedule(): void {
    this.#next ??= this.#parts.clock.schedule(this.#parts.pauseMs, () => void this.#work());
  }

  async #work(): Promise<void> {
    try {
      const { clock } = this.#parts;
      const limit = { clock, milliseconds: LONGEST_WORK, source: this.#end.signal };
      await limitedWork(limit, (signal) => this.#piece(signal));
    } catch {
      // It comes round again.
    } finally {
      this.#next = undefined;
      if (this.#documents.size > 0 && !this.#end.signal.aborted) this.#schedule();
    }
  }

  async #piece(signal: AbortSignal): Promise<void> {
    for (const network of this.#untidy) {
      // What fails is left to the round.
      this.#untidy.delete(network);
      const document = this.#documents.get(network);
      if (document !== undefined) return this.#parts.tidy(document, signal);
    }
    const next = this.#round.shift();
    if (next === undefined) {
      this.#round = [...this.#documents.keys()];
      return this.#parts.sweep(signal);
    }
    const document = this.#documents.get(next);
    if (document === undefined) return;
    await this.#parts.audit(document, signal);
    await this.#parts.tidy(document, signal);
  }
}

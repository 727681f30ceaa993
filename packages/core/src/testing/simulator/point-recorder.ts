import type { Frame } from './call-site.js';
import type { Fault, FaultPlan, Visit } from './fault.js';
import type { PointObserver } from './world.js';

/** A call as a run without the fault in question made it. */
export interface RecordedVisit {
  readonly label: string;
  /** How often calls of this label had taken effect in the run, this one included: with the label it names the call. */
  readonly nth: number;
  /** The label and the place of our own code that it was called from: `store.get at kernel/pass.js:74:49`. */
  readonly site: string;
  /** The calls and awaits that led to it as far as they are our own code, the innermost first. */
  readonly frames: readonly Frame[];
  /** The label and all frames as one text. */
  readonly chain: string;
  readonly possible: ReadonlySet<Fault>;
  /** Virtual time. */
  readonly at: number;
}

/** Says what a file is called when it is our own code, and undefined when it is not. */
export type OwnCode = (file: string) => string | undefined;

interface Chain {
  readonly label: string;
  readonly site: string;
  readonly frames: readonly Frame[];
  readonly chain: string;
}

/**
 * Writes down every call of a run with the code that led to it. The names it gives to sites are its own; a run that
 * is to repeat one of these calls counts by label, which needs no stacks and is as fast as any run.
 */
export class PointRecorder implements PointObserver, FaultPlan {
  readonly visits: RecordedVisit[] = [];
  readonly #own: OwnCode;
  readonly #faults: FaultPlan;
  readonly #chains = new Map<string, Chain>();
  readonly #counts = new Map<string, number>();

  /** `faults` happen in the recorded run besides; they see labels, as in a run that records nothing. */
  constructor(own: OwnCode, faults: FaultPlan) {
    this.#own = own;
    this.#faults = faults;
  }

  visited(label: string, stack: readonly Frame[], _possible: ReadonlySet<Fault>): string {
    const frames = stack.flatMap((frame) => {
      const file = this.#own(frame.file);
      return file === undefined ? [] : [{ ...frame, file }];
    });
    const key = [label, ...frames.map(placeOf)].join(' < ');
    if (!this.#chains.has(key)) {
      const [first] = frames;
      const site = first === undefined ? label : `${label} at ${placeOf(first)}`;
      this.#chains.set(key, { label, site, frames, chain: key });
    }
    return key;
  }

  struck(): void {
    // What strikes a recorded run is part of its story, not of what is measured.
  }

  decide(visit: Visit): Fault | undefined {
    const { label, possible, at } = visit;
    const nth = (this.#counts.get(label) ?? 0) + 1;
    this.#counts.set(label, nth);
    const chain = this.#chains.get(visit.site);
    if (chain !== undefined) this.visits.push({ ...chain, nth, possible, at });
    return this.#faults.decide({ ...visit, site: label, nth });
  }
}

/** A frame in words. */
export function placeOf({ file, line, column }: Frame): string {
  return `${file}:${line}:${column}`;
}

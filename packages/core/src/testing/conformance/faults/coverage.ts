import type { PointFault } from '../stage/doors.js';

/** How many of a driver's I/O points a fault has struck, of how many there are. */
export interface Struck {
  readonly struck: number;
  readonly reached: number;
}

/** Collects which I/O points there are, and which were struck by what. */
export class PointCoverage {
  readonly #reached = new Set<string>();
  readonly #struck = new Map<PointFault, Set<string>>();

  reach(point: string): void {
    this.#reached.add(point);
  }

  strike(fault: PointFault, point: string): void {
    const points = this.#struck.get(fault) ?? new Set();
    points.add(point);
    this.#struck.set(fault, points);
  }

  /** Points that a run without faults reaches and `fault` has struck. */
  of(fault: PointFault): Struck {
    const struck = this.#struck.get(fault) ?? new Set();
    return {
      struck: [...this.#reached].filter((point) => struck.has(point)).length,
      reached: this.#reached.size,
    };
  }
}

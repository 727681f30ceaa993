import type { Clock } from '@gdcloud/core';

/** Time that goes on exactly as far as somebody waits for it. */
export class HurriedClock implements Clock {
  time: number = Date.UTC(2026, 5, 1);

  now(): number {
    return this.time;
  }

  monotonic(): number {
    return this.time;
  }

  schedule(ms: number, fire: () => void): () => void {
    let isWanted = true;
    setImmediate(() => {
      if (!isWanted) return;
      this.time += ms;
      fire();
    });
    return () => {
      isWanted = false;
    };
  }
}

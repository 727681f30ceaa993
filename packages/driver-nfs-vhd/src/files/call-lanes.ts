/** Gives a place back. May be called any number of times. */
export type Release = () => void;

/** Someone who waits for a place, or has it. */
export interface Place {
  readonly entered: Promise<void>;
  /** Gives the place back, or no longer waits for it. */
  readonly leave: Release;
}

/** So many at a time and no more; the others wait in the order in which they came. */
export class CallLanes {
  readonly #limit: number;
  readonly #waiting: (() => void)[] = [];
  #taken = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  enter(): Place {
    if (this.#taken < this.#limit) {
      this.#taken += 1;
      return { entered: Promise.resolve(), leave: once(() => this.#pass()) };
    }
    let admit = (): void => undefined;
    let inside = false;
    const entered = new Promise<void>((resolve) => {
      admit = () => {
        inside = true;
        resolve();
      };
    });
    this.#waiting.push(admit);
    const leave = once(() => {
      if (inside) this.#pass();
      else this.#waiting.splice(this.#waiting.indexOf(admit), 1);
    });
    return { entered, leave };
  }

  #pass(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#taken -= 1;
    else next();
  }
}

function once(work: () => void): Release {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    work();
  };
}

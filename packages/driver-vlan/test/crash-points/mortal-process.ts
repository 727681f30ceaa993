import type { Doors } from '../support/doors.js';

/** Where our own code stands, as V8 numbers it. */
export interface Frame {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** An I/O point that a process has come to. */
export interface Point {
  /** `programs.run nsenter --net=… nft -f -` */
  readonly name: string;
  /** Who called, the innermost first. */
  readonly frames: readonly Frame[];
}

/** When a process dies: before or after the n-th, from 1, of the points at which it changes something. */
export interface Death {
  readonly at: number;
  readonly when: 'before' | 'after';
}

/** A process that can be killed at each of its I/O points. What it waits for then never comes: nothing of it goes on. */
export class MortalProcess implements Doors {
  /** Those it has come to since it was doomed, or since it began. */
  readonly points: Point[] = [];
  /** Resolves when it has died, and what it had begun has ended. */
  readonly died: Promise<Point>;
  #death: Death | undefined;
  #isDead = false;
  #changes = 0;
  #underWay = 0;
  #tellDeath: (point: Point) => void = () => {};
  #settled: () => void = () => {};
  readonly #last: (() => void)[] = [];

  constructor() {
    this.died = new Promise((resolve) => {
      this.#tellDeath = resolve;
    });
  }

  /** How many of its calls are under way. */
  get underWay(): number {
    return this.#underWay;
  }

  /** From now on its points count, and at one of them it dies. */
  doom(death: Death | undefined): void {
    this.points.length = 0;
    this.#changes = 0;
    this.#death = death;
  }

  io<Port extends object>(name: string, port: Port): Port {
    return new Proxy(port, {
      get: (target, property) => {
        const value: unknown = Reflect.get(target, property, target);
        if (typeof value !== 'function') return value;
        return (...args: readonly unknown[]) =>
          this.#visit(`${name}.${String(property)} ${told(args[0])}`, () =>
            Reflect.apply(value, target, args),
          );
      },
    });
  }

  atEnd(work: () => void): void {
    this.#last.push(work);
  }

  async #visit(name: string, effect: () => Promise<unknown>): Promise<unknown> {
    if (this.#isDead) return never();
    const point = { name, frames: callers() };
    this.points.push(point);
    if (!isLook(name)) this.#changes += 1;
    const isLast = !isLook(name) && this.#death?.at === this.#changes;
    if (isLast && this.#death?.when === 'before') return this.#die(point);
    this.#underWay += 1;
    const ended = await Promise.allSettled([Promise.resolve().then(effect)]);
    this.#underWay -= 1;
    if (this.#underWay === 0) this.#settled();
    if (isLast) return this.#die(point);
    if (this.#isDead) return never();
    const [how] = ended;
    if (how.status === 'rejected') throw how.reason;
    return how.value;
  }

  async #die(point: Point): Promise<never> {
    this.#isDead = true;
    if (this.#underWay > 0) {
      await new Promise<void>((resolve) => {
        this.#settled = resolve;
      });
    }
    for (const work of this.#last.splice(0)) work();
    this.#tellDeath(point);
    return never();
  }
}

/** Whether a point of this name only looks: nothing is another for it. */
export function isLook(name: string): boolean {
  return LOOK.test(name);
}

const LOOK =
  /^(?:record\.(?:names|read)|files\.(?:read|list)|lines\.write list|programs\.run (?:.* (?:show|list|pids|sysctl -n|conntrack -L|haproxy -c)\b|socat -t5 - UNIX-CONNECT))/;

function never(): Promise<never> {
  return new Promise(() => {});
}

function told(what: unknown): string {
  if (typeof what === 'string') return what.split('\n')[0]?.slice(0, 100) ?? '';
  if (typeof what !== 'object' || what === null || !('program' in what && 'arguments' in what)) {
    return '';
  }
  return `${String(what.program)} ${Array.isArray(what.arguments) ? what.arguments.join(' ') : ''}`;
}

// As V8 has it: source maps would tell of other files.
function callers(): readonly Frame[] {
  const prepare: unknown = Reflect.get(Error, 'prepareStackTrace');
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 15;
  Error.prepareStackTrace = (_error, sites): readonly Frame[] =>
    sites.map((site) => ({
      file: site.getFileName() ?? '',
      line: site.getLineNumber() ?? 0,
      column: site.getColumnNumber() ?? 0,
    }));
  try {
    const held: { stack?: unknown } = {};
    Error.captureStackTrace(held, callers);
    return Array.isArray(held.stack) ? held.stack : [];
  } finally {
    Reflect.set(Error, 'prepareStackTrace', prepare);
    Error.stackTraceLimit = limit;
  }
}

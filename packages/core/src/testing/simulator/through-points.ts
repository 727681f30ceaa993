import type { Fault } from './fault.js';
import type { Process } from './process.js';
import type { PointOptions, Variant, World } from './world.js';

/** A call of a port at the moment it takes effect. */
export interface PortCall {
  readonly method: string;
  readonly args: readonly unknown[];
  readonly variant: Variant;
  /** Does what was called for. */
  run(): unknown;
}

/** How the methods of a port become I/O points. */
export interface PortOptions {
  /** The port's name, in front of each method's: `files`. */
  readonly name: string;
  /** The faults that make sense for a method. */
  possible(method: string): ReadonlySet<Fault>;
  /** What callers are told; see {@link PointOptions}. */
  failure(fault: 'error' | 'lost-reply', method: string): Error;
  readonly patienceMs?: PointOptions['patienceMs'];
  readonly effects?: PointOptions['effects'];
  /** Has the effect of a call, `call.run()` unless something else is to happen; the place to watch and to bend it. */
  effect?(call: PortCall): unknown;
}

/** `port` as a process sees it: every method is an I/O point. */
export function throughPoints<Port extends object>(
  world: World,
  process: Process,
  port: Port,
  options: PortOptions,
): Port {
  const known = new Map<PropertyKey, unknown>();
  return new Proxy(port, {
    get(target, property): unknown {
      if (known.has(property)) return known.get(property);
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== 'function' || typeof property === 'symbol') return value;
      const method = (...args: readonly unknown[]): unknown => Reflect.apply(value, target, args);
      const wrapped = pointOf(world, process, property, method, options);
      known.set(property, wrapped);
      return wrapped;
    },
  });
}

function pointOf(
  world: World,
  process: Process,
  method: string,
  call: (...args: readonly unknown[]) => unknown,
  options: PortOptions,
): (...args: readonly unknown[]) => Promise<unknown> {
  const label = `${options.name}.${method}`;
  const point: PointOptions = {
    label,
    possible: options.possible(method),
    failure: (fault) => options.failure(fault, method),
    patienceMs: options.patienceMs,
    effects: options.effects,
  };
  return (...args) =>
    world.point(process, point, (variant) => {
      const run = (): unknown => call(...args);
      return options.effect === undefined ? run() : options.effect({ method, args, variant, run });
    });
}

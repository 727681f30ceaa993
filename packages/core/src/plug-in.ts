import type { DependencyContainer, InjectionToken, Plugin } from './di.js';
import {
  CLOCK,
  COMPUTE,
  EVENT_BUS,
  LOCK_SERVICE,
  LOGGER,
  MESSAGE_BUS,
  METER,
  NETWORK,
  PASSWORD_HASHER,
  RANDOM,
  STORAGE,
  STORE,
  TRACER,
} from './ports/tokens.js';

// What there is one of. Whatever else is registered there may be several of.
const PORTS = new Map<InjectionToken<unknown>, string>(
  Object.entries({
    STORE,
    EVENT_BUS,
    LOCK_SERVICE,
    MESSAGE_BUS,
    COMPUTE,
    STORAGE,
    NETWORK,
    TRACER,
    METER,
    CLOCK,
    RANDOM,
    PASSWORD_HASHER,
    LOGGER,
  }).map(([name, token]) => [token, name]),
);

// Who holds one of these decides what keys and passwords are worth, and what is told of it: no adapter needs that.
const OWN: ReadonlySet<InjectionToken<unknown>> = new Set<InjectionToken<unknown>>([
  CLOCK,
  RANDOM,
  PASSWORD_HASHER,
  LOGGER,
]);

const REGISTERING = new Set<PropertyKey>([
  'register',
  'registerInstance',
  'registerSingleton',
  'registerType',
]);
const LISTENING = new Set<PropertyKey>(['beforeResolution', 'afterResolution']);
const CLEARING = new Set<PropertyKey>(['reset', 'clearInstances', 'dispose']);

/**
 * Calls plug-ins in their order and then seals what they were handed: a later registration throws TypeError. A port is
 * registered by one plug-in, and `CLOCK`, `RANDOM`, `PASSWORD_HASHER` and `LOGGER` by none, unless `replaceable` names it: then
 * the last one wins. Throws TypeError that names the port and the plug-ins by their places in the list.
 */
export function plugIn(
  container: DependencyContainer,
  plugins: readonly Plugin[],
  replaceable: readonly InjectionToken<unknown>[] = [],
): void {
  const unknown = replaceable.find((token) => !PORTS.has(token));
  if (unknown !== undefined) {
    const name = typeof unknown === 'symbol' ? unknown.description : 'one of its tokens';
    throw new TypeError(`replaceable: ${name} is no port that there is one of`);
  }
  const ports = new TakenPorts(new Set(replaceable));
  for (const [index, plugin] of plugins.entries()) {
    const name = plugin.name === '' ? '' : ` (${plugin.name})`;
    plugin(guarded(container, ports, `plug-in ${index + 1}${name}`));
  }
  ports.seal();
}

/** Which plug-in registered which port, and whether others still may. */
class TakenPorts {
  readonly #replaceable: ReadonlySet<InjectionToken<unknown>>;
  readonly #takenBy = new Map<InjectionToken<unknown>, string>();
  #sealed = false;

  constructor(replaceable: ReadonlySet<InjectionToken<unknown>>) {
    this.#replaceable = replaceable;
  }

  seal(): void {
    this.#sealed = true;
  }

  demandOpen(plugin: string, what: string): void {
    if (!this.#sealed) return;
    throw new TypeError(
      `${plugin} calls ${what} after everything was put together: plug-ins register when they are called, and never later`,
    );
  }

  take(token: InjectionToken<unknown>, plugin: string): void {
    const port = PORTS.get(token);
    if (port === undefined || this.#replaceable.has(token)) return;
    if (OWN.has(token)) {
      throw new TypeError(
        `${plugin} replaces ${port}, which sign-ins and the log rest on: leave it out, or say replaceable: [${port}]`,
      );
    }
    const other = this.#takenBy.get(token);
    if (other !== undefined) {
      const who = other === plugin ? `twice by ${plugin}` : `by ${other} and by ${plugin}`;
      throw new TypeError(
        `${port} is registered ${who}: leave one out, or say replaceable: [${port}], and the last one wins`,
      );
    }
    this.#takenBy.set(token, plugin);
  }
}

function guarded(
  container: DependencyContainer,
  ports: TakenPorts,
  plugin: string,
): DependencyContainer {
  const guard: DependencyContainer = new Proxy(container, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== 'function') return value;
      const call = (args: readonly unknown[]): unknown => {
        const answer: unknown = Reflect.apply(value, target, args);
        // What registers answers with itself, for another call.
        return answer === target ? guard : answer;
      };
      if (CLEARING.has(property)) {
        return () => {
          throw new TypeError(
            `${plugin} calls ${String(property)}: plug-ins register, and take nothing away`,
          );
        };
      }
      if (LISTENING.has(property)) {
        return (...args: readonly unknown[]): unknown => {
          ports.demandOpen(plugin, String(property));
          return call(args);
        };
      }
      if (!REGISTERING.has(property)) return (...args: readonly unknown[]): unknown => call(args);
      return (token: InjectionToken<unknown>, ...rest: readonly unknown[]): unknown => {
        ports.demandOpen(plugin, String(property));
        ports.take(token, plugin);
        return call([token, ...rest.map((part) => withGuard(part, target, guard))]);
      };
    },
  });
  return guard;
}

// A factory is handed the container too, and later than anybody else.
function withGuard(
  provider: unknown,
  container: DependencyContainer,
  guard: DependencyContainer,
): unknown {
  if (typeof provider !== 'object' || provider === null || !('useFactory' in provider)) {
    return provider;
  }
  const { useFactory } = provider;
  if (typeof useFactory !== 'function') return provider;
  return {
    ...provider,
    useFactory: (asked: DependencyContainer): unknown =>
      useFactory(asked === container ? guard : asked),
  };
}

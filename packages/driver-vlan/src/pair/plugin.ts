import {
  CLOCK,
  type DependencyContainer,
  LOGGER,
  NETWORK,
  type NetworkDriver,
  type Plugin,
} from '@gdcloud/core';
import { type PairOptions, pairedNetwork } from './paired-network.js';

/** A pair, each of whose appliances a plug-in adds: `vlan` on this machine, `remoteDrivers` on another. */
export interface AppliancePairOptions extends Omit<PairOptions, 'members'> {
  /** Two of them, by name. */
  readonly appliances: Readonly<Record<string, Plugin>>;
}

/**
 * Adds the networks of a pair of appliances to a cloud: each document goes to both. What else the plug-ins of the appliances
 * add is added as it is.
 */
export function appliancePair({ appliances, ...options }: AppliancePairOptions): Plugin {
  return (container) => {
    const members = Object.entries(appliances).map(([name, plugin]) => ({
      name,
      network: addedBy(plugin, container),
    }));
    let pair: NetworkDriver | undefined;
    container.register(NETWORK, {
      useFactory: (c) =>
        (pair ??= pairedNetwork(
          {
            ...options,
            members: members.map(({ name, network }) => ({ name, network: network(name) })),
          },
          { clock: c.resolve(CLOCK), logger: c.resolve(LOGGER) },
        )),
    });
  };
}

// Each appliance has its networks under a token of its own, all else where everything is.
function addedBy(plugin: Plugin, container: DependencyContainer): (name: string) => NetworkDriver {
  const own: Parameters<DependencyContainer['register']>[0] = Symbol('Network');
  let added = false;
  plugin(
    new Proxy(container, {
      get(target, property) {
        const value: unknown = Reflect.get(target, property, target);
        if (typeof value !== 'function') return value;
        if (property !== 'register') return value.bind(target);
        return (token: unknown, ...rest: readonly unknown[]): unknown => {
          if (token !== NETWORK) return value.apply(target, [token, ...rest]);
          added = true;
          return value.apply(target, [own, ...rest]);
        };
      },
    }),
  );
  return (name) => {
    if (!added) throw new TypeError(`appliances.${name}: its plug-in adds no networks`);
    return container.resolve<NetworkDriver>(own);
  };
}

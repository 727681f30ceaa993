import { NETWORK, type NetworkDriver, type Plugin, type ResourceUuid } from '@gdcloud/core';
import { overDriver } from './over-driver.js';
import { untilAborted } from './turns.js';

type Appliances = NetworkDriver['appliances'];

/** Puts other methods in the place of some that the network driver has, or adds to them. */
export function overNetwork(change: (network: NetworkDriver) => Partial<NetworkDriver>): Plugin {
  return (container) => {
    const network = container.resolve(NETWORK);
    container.register(NETWORK, { useValue: { ...network, ...change(network) } });
  };
}

/** As {@link overNetwork}, of its driver of appliances. */
export function overAppliances(change: (appliances: Appliances) => Partial<Appliances>): Plugin {
  return overNetwork(({ appliances }) => ({
    appliances: overDriver(appliances, change(appliances)),
  }));
}

/** A network driver whose appliances tell something new when their test says so. */
export class TellingNetwork {
  #changed: (network: ResourceUuid) => void = () => {
    throw new Error('nobody listens');
  };

  readonly plugin: Plugin = overNetwork(() => ({
    watch: (changed, { signal }) => {
      this.#changed = changed;
      return untilAborted(signal);
    },
  }));

  /** The appliance of this network has something to tell. */
  tell(network: ResourceUuid): void {
    this.#changed(network);
  }
}

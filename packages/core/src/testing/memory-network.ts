import { DriverFailure } from '../model/errors.js';
import type { ResourceUuid } from '../model/identity.js';
import type { ApplianceDesired } from '../ports/drivers/appliance.js';
import type { ElementMeter, NetworkDriver } from '../ports/drivers/network.js';
import { carriedBy, type MemoryAppliance } from './memory-appliance.js';
import type { MemoryObjects } from './memory-objects.js';

/** A network driver whose appliances are in memory. `leaks`: from which networks probes arrive in which. */
export function memoryNetwork(
  appliances: MemoryObjects<ApplianceDesired, MemoryAppliance>,
  leaks: readonly (readonly [ResourceUuid, ResourceUuid])[],
  meters: ((network: ResourceUuid) => readonly ElementMeter[]) | undefined,
): NetworkDriver {
  const answered = <Answer>(answer: () => Answer): Promise<Answer> =>
    Promise.resolve().then(() => {
      if (appliances.down !== undefined) throw appliances.down;
      return answer();
    });
  return {
    name: 'memory',
    appliances,
    carried: (network, element) =>
      answered(() => {
        const kept = appliances.objects.get(network);
        return carriedBy(kept === undefined ? [] : [kept.actual], element);
      }),
    ...(meters && { meters: (network: ResourceUuid) => answered(() => meters(network)) }),
    proveIsolation: (from, to) =>
      answered(() => {
        for (const network of [from, to])
          if (!appliances.objects.has(network)) throw notCarried(network);
        const tried = ['to everyone', "to the other's gateway"];
        const isOpen = leaks.some(([one, other]) => one === from && other === to);
        return { tried, arrived: isOpen ? ['to everyone'] : [], by: 'server' };
      }),
    planText: async (network, { revision, forwards }) =>
      `# network ${network}, revision ${revision}, ${forwards.length} forwards\n`,
    physicalNetworks: [{ name: 'physnet1', kind: 'vlan', firstId: 100, lastId: 3999 }],
    macAddress: ({ server, device, attempt }) => macOf(server, device + attempt),
  };
}

function notCarried(network: ResourceUuid): DriverFailure {
  return new DriverFailure('invalid', 'NetworkNotCarried', `${network} is not carried here`, {
    remedy: 'Wait until it is.',
  });
}

/** A card's address, made of its server's last digits. */
export function macOf(server: string, number: number): string {
  const digits = server.replaceAll('-', '').slice(-8);
  const pairs = [digits.slice(0, 2), digits.slice(2, 4), digits.slice(4, 6), digits.slice(6, 8)];
  return ['02', number.toString(16).padStart(2, '0'), ...pairs].join(':');
}

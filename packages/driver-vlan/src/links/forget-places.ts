import type { CommandLine } from '../commands/command-runner.js';
import type { MachinePorts } from './machine-ports.js';

/**
 * Has the switches of a machine forget on which of their ports an address was heard. While another appliance of a pair was
 * heard by a card, they have learnt that the addresses of their own networks are behind that card, and would pass
 * nothing on to them. Open vSwitch acts on it at once, where by itself it takes half a second.
 */
export function forgetPlaces({ trunks, uplinks }: MachinePorts): readonly CommandLine[] {
  const all = [...trunks.values(), ...uplinks.values()];
  const switches = new Set(all.flatMap((port) => (port.by === 'openvswitch' ? port.bridge : [])));
  const bridges = new Set(all.flatMap((port) => (port.by === 'bridge' ? port.bridge : [])));
  return [
    ...[...switches].map(
      (bridge): CommandLine => ({ program: 'ovs-appctl', arguments: ['fdb/flush', bridge] }),
    ),
    ...[...bridges].map(
      (bridge): CommandLine => ({
        program: 'ip',
        arguments: ['link', 'set', 'dev', bridge, 'type', 'bridge', 'fdb_flush'],
      }),
    ),
  ];
}

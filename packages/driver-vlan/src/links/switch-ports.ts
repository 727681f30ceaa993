import type { CommandLine } from '../commands/command-runner.js';
import type { DeviceName } from '../plan/plan-names.js';

/**
 * Makes a device a port of a bridge of Open vSwitch, whatever it was before. It stays out of all namespaces, with its other
 * end in one: a port of type `internal` could be moved itself, but is lost there when ovs-vswitchd of the datapath
 * `netdev` starts anew, and `system` would find it under its old name no more.
 */
export function addPort(
  bridge: DeviceName,
  device: DeviceName,
  columns: readonly string[],
): CommandLine {
  const deletion = ['--if-exists', 'del-port', device];
  return {
    program: 'ovs-vsctl',
    arguments: [...deletion, '--', 'add-port', bridge, device, ...columns],
  };
}

/** Takes ports away. Those that are not there are success. */
export function deletePorts(ports: readonly string[]): CommandLine {
  const words = ports.flatMap((port) => ['--', '--if-exists', 'del-port', port]);
  return { program: 'ovs-vsctl', arguments: words.slice(1) };
}

/**
 * Has the kernel finish the checksums of what a device sends, instead of leaving them to a network card: the datapath
 * `netdev` would pass them on unfinished, and TCP would hang where ping works.
 */
export function finishChecksums(device: DeviceName): CommandLine {
  return { program: 'ethtool', arguments: ['-K', device, 'tx', 'off'] };
}

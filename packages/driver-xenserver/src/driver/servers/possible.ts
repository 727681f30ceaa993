import { DriverFailure, type ServerDesired } from '@gdcloud/core';

const MAC_ADDRESS = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i;

/**
 * Throws `invalid` for a server that no pool can run. The pool would refuse most of it too, but only once the VM is
 * made.
 */
export function demandPossible(desired: ServerDesired): void {
  for (const devices of [desired.disks, desired.nics]) {
    if (new Set(devices.map(({ device }) => device)).size < devices.length) {
      throw impossible(
        'DeviceTwice',
        'two disks or two network cards have the same device number',
        'Give each a device number of its own.',
      );
    }
  }
  if (desired.ramSizeMb < 1 || desired.cpuCount < 1) {
    throw impossible(
      'SizeImpossible',
      `no server has ${desired.ramSizeMb} MB of memory and ${desired.cpuCount} CPUs`,
      'Choose another offering.',
    );
  }
  const card = desired.nics.find(({ macAddress }) => !MAC_ADDRESS.test(macAddress));
  if (card !== undefined) {
    throw impossible(
      'MacAddressInvalid',
      `${card.macAddress} is no MAC address`,
      'Check what the network driver gives out as MAC addresses.',
    );
  }
}

function impossible(code: string, message: string, remedy: string): DriverFailure {
  return new DriverFailure('invalid', code, message, { remedy });
}

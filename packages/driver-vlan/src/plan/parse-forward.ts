import type { PortForward } from '@gdcloud/core';
import type { ForwardElement } from './appliance-elements.js';
import { invalidField } from './invalid-document.js';
import { familyOf } from './ip.js';
import { parsePort, parsePortRange, parseProtocol } from './ports.js';
import { parseEntrance, parsePrivateAddress, type Surroundings } from './surroundings.js';

/** Reads a forward. Throws `invalid`. */
export function parseForward(sent: PortForward, around: Surroundings): ForwardElement {
  const { start, end } = parsePortRange(sent.publicStartPort, sent.publicEndPort, [
    'publicStartPort',
    'publicEndPort',
  ]);
  const privateStartPort = parsePort(sent.privateStartPort, 'privateStartPort');
  if (privateStartPort + (end - start) > 65_535) {
    throw invalidField('InvalidPortRange', 'privateStartPort', 'the last port is at most 65535');
  }
  const publicAddress = parseEntrance(sent.publicAddress, around, 'publicAddress');
  const family = familyOf(publicAddress);
  return {
    uuid: sent.uuid,
    generation: sent.generation,
    protocol: parseProtocol(sent.protocol, 'protocol'),
    publicAddress,
    publicStartPort: start,
    publicEndPort: end,
    privateAddress: parsePrivateAddress(sent.privateAddress, family, around, 'privateAddress'),
    privateStartPort,
  };
}

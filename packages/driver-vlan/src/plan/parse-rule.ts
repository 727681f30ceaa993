import type { SourceRule } from '@gdcloud/core';
import type { RuleElement } from './appliance-elements.js';
import { invalidField } from './invalid-document.js';
import { familyOf, parseIpCidr } from './ip.js';
import { parsePortRange } from './ports.js';
import { parseKnownAddress, type Surroundings } from './surroundings.js';

/** Reads a rule. Throws `invalid`. */
export function parseRule(sent: SourceRule, around: Surroundings): RuleElement {
  const { direction, action, protocol, publicAddress, startPort, endPort } = sent;
  if (direction !== 'in' && direction !== 'out') {
    throw invalidField('InvalidRule', 'direction', 'it is in or out');
  }
  if (action !== 'allow' && action !== 'deny') {
    throw invalidField('InvalidRule', 'action', 'it is allow or deny');
  }
  if (protocol !== 'tcp' && protocol !== 'udp' && protocol !== 'any') {
    throw invalidField('InvalidProtocol', 'protocol', 'it is tcp, udp or any');
  }
  if ((startPort === null) !== (endPort === null)) {
    throw invalidField('InvalidPortRange', 'endPort', 'a rule has both ports or none');
  }
  const ports =
    startPort === null || endPort === null
      ? undefined
      : parsePortRange(startPort, endPort, ['startPort', 'endPort']);
  const range = parseIpCidr(sent.cidr, 'cidr');
  if (publicAddress !== null && familyOf(publicAddress) !== range.family) {
    throw invalidField('WrongFamily', 'cidr', 'it is of the version of the public address');
  }
  return {
    uuid: sent.uuid,
    generation: sent.generation,
    direction,
    action,
    publicAddress:
      publicAddress === null ? null : parseKnownAddress(publicAddress, around, 'publicAddress'),
    protocol,
    cidr: sent.cidr,
    range,
    startPort: ports?.start ?? null,
    endPort: ports?.end ?? null,
  };
}

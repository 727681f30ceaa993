import { enumeration, reference } from '../../model/field.js';
import { defineResourceType } from '../../model/resource-type.js';
import { IN_NETWORK } from '../network/network.js';
import { lastPort, optionalPort, PORT_PROTOCOLS, requiredPort } from '../ports.js';
import { PORT_USAGE } from '../usage/traffic-questions.js';

/** Ports of an address outside that lead to as many ports of a server. */
export const portforward = defineResourceType({
  id: 'portforward',
  plural: 'portforwards',
  description: 'Ports of an address outside that lead to a server.',
  spec: {
    ipaddressId: reference('ipaddress', {
      description:
        'The address, assigned to the server’s network. It leads to the server’s address of the same version of IP.',
      required: true,
      write: 'create',
    }),
    protocol: enumeration(PORT_PROTOCOLS, {
      description: 'The protocol.',
      default: 'tcp',
      write: 'create',
    }),
    publicStartPort: requiredPort('The first port of the address.'),
    publicEndPort: lastPort('The last one; by default there is only one.', 'publicStartPort'),
    privateStartPort: optionalPort(
      'The port of the server that the first leads to; by default of the same number.',
    ),
    virtualmachineId: reference('virtualmachine', {
      description: 'The server.',
      required: true,
    }),
  },
  status: {
    networkId: reference('network', { description: 'The network of both.' }),
  },
  links: {
    ipaddress: { kind: 'reference', field: 'ipaddressId' },
    virtualmachine: { kind: 'reference', field: 'virtualmachineId' },
    network: { kind: 'reference', field: IN_NETWORK },
  },
  questions: { usage: PORT_USAGE },
  quota: () => [{ className: 'portforwards', amount: 1 }],
  access: {
    visibleTo: 'own',
    users: ['read', 'create', 'update', 'delete'],
    administrators: ['read', 'create', 'update', 'delete'],
  },
});

import { enumeration, reference, string } from '../../model/field.js';
import { defineResourceType } from '../../model/resource-type.js';
import { IN_NETWORK } from '../network/network.js';
import { lastPort, optionalPort, PORT_PROTOCOLS } from '../ports.js';

/** Who may reach a network's addresses, or whom its servers may reach. */
export const networkrule = defineResourceType({
  id: 'networkrule',
  plural: 'networkrules',
  description:
    'Lets others reach a network’s addresses, or its servers reach others, or keeps them from it.',
  spec: {
    networkId: reference('network', {
      description: 'The network.',
      required: true,
      write: 'create',
    }),
    ipaddressId: reference('ipaddress', {
      description: 'The address of it that is meant; by default each of them.',
      write: 'create',
    }),
    virtualmachineId: reference('virtualmachine', {
      description:
        'The server that is meant, by its own IPv6 address, where its network is one that is routed; by default each of them, and each address.',
      write: 'create',
    }),
    direction: enumeration(['in', 'out'], {
      description: '`in`: towards its addresses. `out`: from its servers.',
      default: 'in',
      write: 'create',
    }),
    action: enumeration(['allow', 'deny'], {
      description:
        '`allow`: from now on only those that are allowed. `deny`: not those, even if allowed.',
      required: true,
    }),
    sourceCidr: string({
      description: 'The others: where they come from, or where servers go to.',
      required: true,
      maxLength: 43,
      format: 'cidr',
    }),
    protocol: enumeration([...PORT_PROTOCOLS, 'any'], {
      description: 'The protocol.',
      default: 'any',
    }),
    startPort: optionalPort('The first port that is meant; by default all. Of tcp and udp only.'),
    endPort: lastPort('The last one; by default there is only one.', 'startPort'),
  },
  status: {},
  links: {
    network: { kind: 'reference', field: IN_NETWORK },
    ipaddress: { kind: 'reference', field: 'ipaddressId' },
    virtualmachine: { kind: 'reference', field: 'virtualmachineId' },
  },
  quota: () => [{ className: 'networkrules', amount: 1 }],
  access: {
    visibleTo: 'own',
    users: ['read', 'create', 'update', 'delete'],
    administrators: ['read', 'create', 'update', 'delete'],
  },
});

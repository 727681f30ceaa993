import { int, string } from '../../model/field.js';
import { defineResourceType } from '../../model/resource-type.js';

/** A private layer-2 network of its own. Networks of different accounts may use the same addresses. */
export const network = defineResourceType({
  id: 'network',
  plural: 'networks',
  description: 'A private network for servers.',
  spec: {
    domain: string({
      description: 'The DNS domain of its servers.',
      default: 'internal',
      minLength: 1,
      maxLength: 253,
      format: 'domain',
      write: 'create',
    }),
    ipv4Cidr: string({
      description: 'Its addresses: a private IPv4 network, /8 to /29, host bits zero.',
      required: true,
      maxLength: 18,
      format: 'ipv4-cidr',
      write: 'create',
    }),
  },
  status: {
    gatewayIpv4Address: string({ description: 'The first address: its way out.' }),
    physicalNetwork: string({ description: 'The trunk that carries it.' }),
    segmentId: int({ description: 'Its tag on the trunk.' }),
  },
  links: { virtualmachines: { kind: 'children', type: 'virtualmachine', field: 'networkId' } },
  quota: () => [{ className: 'networks', amount: 1 }],
  access: {
    visibleTo: 'own',
    users: ['read', 'create', 'update', 'delete'],
    administrators: ['read', 'create', 'update', 'delete'],
  },
});

import { array, string } from '../../model/field.js';
import { defineResourceType } from '../../model/resource-type.js';

/** Addresses on the outside that an operator has to give. */
export const addresspool = defineResourceType({
  id: 'addresspool',
  plural: 'addresspools',
  description: 'Addresses on the outside, to be assigned to networks.',
  spec: {
    cidr: string({
      description: 'The network they are of, IPv4 or IPv6. No two pools have an address in common.',
      required: true,
      maxLength: 43,
      format: 'host-cidr',
      example: '203.0.113.0/24',
      write: 'create',
    }),
    gateway: string({
      description: 'The router outside, in that network.',
      required: true,
      maxLength: 39,
      format: 'ip',
      example: '203.0.113.1',
      write: 'create',
    }),
    uplink: string({
      description: 'The physical network on whose other side the router is.',
      required: true,
      minLength: 1,
      maxLength: 64,
      validChars: 'A-Za-z0-9._-',
      example: 'outside',
      write: 'create',
    }),
    firstAddress: string({
      description: 'The first that may be given; by default the first of the network.',
      maxLength: 39,
      format: 'ip',
      write: 'create',
    }),
    lastAddress: string({
      description:
        'The last that may be given; by default the last of the network, of IPv6 at most 2³² after its first.',
      maxLength: 39,
      format: 'ip',
      write: 'create',
    }),
    reservedAddresses: array(
      string({ description: 'An address.', required: true, maxLength: 39, format: 'ip' }),
      {
        description: 'Addresses between them that are never given.',
        default: [],
        maxLength: 256,
        write: 'create',
      },
    ),
  },
  status: {},
  links: { ipaddresses: { kind: 'children', type: 'ipaddress', field: 'poolId' } },
  access: {
    visibleTo: 'everyone',
    users: ['read'],
    administrators: ['read', 'create', 'update', 'delete'],
  },
});

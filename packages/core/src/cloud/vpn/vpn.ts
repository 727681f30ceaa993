import { array, int, password, reference, string } from '../../model/field.js';
import { defineResourceType } from '../../model/resource-type.js';
import { IN_NETWORK } from '../network/network.js';
import { PORT } from '../ports.js';
import { KEY_BYTES, keyPairOf } from './wireguard-keys.js';

/** A way into a network for those who have a key: WireGuard. */
export const vpn = defineResourceType({
  id: 'vpn',
  plural: 'vpns',
  description: 'A way into a network for those who have a key (WireGuard).',
  spec: {
    networkId: reference('network', {
      description: 'The network; it has one such way.',
      required: true,
      write: 'create',
    }),
    ipaddressId: reference('ipaddress', {
      description: 'The address it is reached at, assigned to the network.',
      required: true,
      write: 'create',
    }),
    listenPort: int({ ...PORT, description: 'The UDP port there.', default: 51_820 }),
    clientCidr: string({
      description:
        'Where its clients’ addresses are of: a private network apart from that of the servers.',
      default: '10.99.0.0/24',
      maxLength: 18,
      format: 'ipv4-cidr',
      write: 'create',
    }),
    publicKey: string({ description: 'What it is known by.', write: 'internal' }),
    privateKey: password({
      description: 'Its own key.',
      write: 'internal',
      show: 'never',
      rest: 'sealed',
    }),
  },
  status: {
    endpoint: string({ description: 'Where it is reached: address and port.' }),
    privateCidrs: array(string({ description: 'A network.' }), {
      description: 'What is reached through it.',
    }),
  },
  links: {
    network: { kind: 'reference', field: IN_NETWORK },
    ipaddress: { kind: 'reference', field: 'ipaddressId' },
    vpnclients: { kind: 'children', type: 'vpnclient', field: 'vpnId' },
  },
  generate: (_spec, tools) => ({ spec: { ...keyPairOf(tools.bytes(KEY_BYTES)) }, once: {} }),
  quota: () => [{ className: 'vpns', amount: 1 }],
  access: {
    visibleTo: 'own',
    users: ['read', 'create', 'update', 'delete'],
    administrators: ['read', 'create', 'update', 'delete'],
  },
});

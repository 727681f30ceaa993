import { array, password, reference, string } from '../../model/field.js';
import { defineResourceType } from '../../model/resource-type.js';
import { IN_NETWORK } from '../network/network.js';
import { KEY_BYTES, keyPairOf } from '../vpn/wireguard-keys.js';
import { clientConfiguration } from './client-configuration.js';

/** Who may come in by a VPN: somebody's machine, or the gateway of another site. */
export const vpnclient = defineResourceType({
  id: 'vpnclient',
  plural: 'vpnclients',
  description: 'Who may come in by a VPN: a machine, or the gateway of another site.',
  spec: {
    vpnId: reference('vpn', {
      description: 'The way in, which has to be there.',
      required: true,
      write: 'create',
    }),
    address: string({
      description: 'Its address in the VPN; by default one that is free.',
      maxLength: 15,
      format: 'ipv4',
      write: 'create',
    }),
    publicKey: string({
      description:
        'What it is known by. Left out, a key is made, and the answer has the whole configuration, once.',
      maxLength: 44,
      format: 'wireguard-key',
      write: 'create',
    }),
    presharedKey: password({
      description: 'A further secret that both sides have.',
      maxLength: 44,
      format: 'wireguard-key',
      write: 'create',
      show: 'never',
      rest: 'sealed',
    }),
    allowedCidrs: array(
      string({ description: 'A network.', required: true, format: 'host-cidr' }),
      {
        description: 'The networks behind it, where it is the gateway of another site.',
        default: [],
        maxLength: 64,
        write: 'create',
      },
    ),
    endpoint: string({
      description: 'Where that gateway is reached: address and port. Else it comes to us.',
      maxLength: 47,
      format: 'endpoint',
    }),
    addressKey: string({
      description: 'Its address together with its VPN: no other has it.',
      write: 'internal',
    }),
    configuration: password({
      description: 'Its configuration for wg-quick; shown only in the answer that created it.',
      write: 'internal',
      show: 'once',
    }),
  },
  status: { networkId: reference('network', { description: 'The network it comes into.' }) },
  links: {
    vpn: { kind: 'reference', field: 'vpnId' },
    network: { kind: 'reference', field: IN_NETWORK },
  },
  uniqueBy: 'addressKey',
  generate: ({ vpnId, address, publicKey, presharedKey }, tools, { vpnId: gateway }) => {
    const addressKey = clientKey(vpnId, address ?? '');
    if (publicKey !== null) return { spec: { addressKey }, once: {} };
    const keys = keyPairOf(tools.bytes(KEY_BYTES));
    const shared = presharedKey ?? Buffer.from(tools.bytes(KEY_BYTES)).toString('base64');
    const configuration = clientConfiguration(gateway, {
      address: address ?? '',
      privateKey: keys.privateKey,
      presharedKey: shared,
    });
    return {
      spec: { addressKey, publicKey: keys.publicKey, presharedKey: shared },
      once: { configuration },
    };
  },
  quota: () => [{ className: 'vpnclients', amount: 1 }],
  access: {
    visibleTo: 'own',
    users: ['read', 'create', 'update', 'delete'],
    administrators: ['read', 'create', 'update', 'delete'],
  },
});

/** What no two clients have in common. */
export function clientKey(vpnId: string, address: string): string {
  return `${vpnId}/${address}`;
}

import { AddressInput } from '../../parts/address-input.js';
import { onlyOne } from '../only-one.js';
import type { TypeView } from '../registry.js';

/** Ways into networks. */
export const VPN: TypeView = {
  columns: [
    { name: 'name' },
    { name: 'state' },
    { name: 'networkId' },
    { name: 'endpoint' },
    { name: 'clientCidr' },
    { name: 'created' },
  ],
  empty: 'empty.vpn',
  needs: ['network'],
  form: {
    first: ['name', 'networkId', 'ipaddressId'],
    inputs: { ipaddressId: AddressInput },
    suggest: (panel) => onlyOne(panel, 'network', 'networkId'),
  },
  fields: ['networkId', 'endpoint', 'privateCidrs', 'clientCidr', 'publicKey', 'created'],
};

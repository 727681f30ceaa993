import { onlyOne } from '../only-one.js';
import type { TypeView } from '../registry.js';
import { Configuration } from './configuration.js';

/** Who may come in by a VPN. */
export const VPNCLIENT: TypeView = {
  columns: [
    { name: 'name' },
    { name: 'state' },
    { name: 'address' },
    { name: 'vpnId' },
    { name: 'networkId' },
    { name: 'created' },
  ],
  empty: 'empty.vpnclient',
  needs: ['vpn'],
  form: {
    first: ['name', 'vpnId'],
    suggest: (panel) => onlyOne(panel, 'vpn', 'vpnId'),
  },
  secrets: Configuration,
  fields: ['vpnId', 'networkId', 'address', 'publicKey', 'allowedCidrs', 'endpoint', 'created'],
};

import { uuid } from '../support/fixtures.js';
import type { ToldNetwork } from './agent-process.js';
import type { TenantRig } from './tenant-rig.js';
import { FACTS, type Tenant } from './tenants.js';

/** The appliance's port for tunnels. */
const PORT = 51_820;
/** Clients of both tenants have the same address in their tunnels. */
const OWN_ADDRESS = '10.99.0.2';

/** A client of a tenant's VPN, and the part of the document by which it may come in. */
export interface TunnelClient {
  /** Its namespace, on the outside network. */
  readonly name: string;
  readonly vpn: ToldNetwork['desired']['vpn'];
}

/** Starts a WireGuard client outside. */
export async function startTunnelClient(
  rig: TenantRig,
  tenant: Tenant,
  address: string,
): Promise<TunnelClient> {
  const name = `client-${tenant}`;
  const device = `wg-client-${tenant}`;
  await rig.addOutside(name, address);
  const own = await keyPair(rig);
  const server = await keyPair(rig);
  const { publicAddress } = FACTS[tenant];
  const configuration = `
[Interface]
PrivateKey = ${own.privateKey}
[Peer]
PublicKey = ${server.publicKey}
Endpoint = ${publicAddress}:${PORT}
AllowedIPs = 10.0.0.0/24, 10.99.0.0/24
`;
  await rig.run(
    name,
    `ip link add name ${device} type wireguard 2>/dev/null || wireguard-go ${device} >/dev/null 2>&1
     cat >/run/${device}.conf
     wg setconf ${device} /run/${device}.conf
     ip address add ${OWN_ADDRESS}/24 dev ${device}
     ip link set dev ${device} up
     ip route add 10.0.0.0/24 dev ${device}`,
    configuration,
  );
  const vpn = {
    uuid: uuid(60),
    generation: 1,
    publicAddress,
    listenPort: PORT,
    privateKey: server.privateKey,
    ipv4Address: '10.99.0.1/24',
    peers: [
      {
        uuid: uuid(61),
        generation: 1,
        publicKey: own.publicKey,
        presharedKey: null,
        allowedCidrs: [`${OWN_ADDRESS}/32`],
        endpoint: null,
      },
    ],
  };
  return { name, vpn };
}

async function keyPair(
  rig: TenantRig,
): Promise<{ readonly privateKey: string; readonly publicKey: string }> {
  const [privateKey = '', publicKey = ''] = (
    await rig.machine.run('key=$(wg genkey); echo $key; echo $key | wg pubkey')
  ).split('\n');
  return { privateKey, publicKey };
}

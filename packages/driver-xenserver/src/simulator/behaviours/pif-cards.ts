import { textOf } from '../arguments.js';
import type { Behaviour, Behaviours, CallContext } from '../context.js';
import { XapiFault } from '../fault.js';
import { isMacAddress } from '../mac-address.js';
import { numberField, textField } from '../record.js';
import { isTrue, textMap } from '../values.js';
import { assertNotBonded, assertNotOurManagement, assertUnprotected } from './pifs.js';

function networkOfBridge({ pool }: CallContext, device: string): string {
  const bridge = device.startsWith('eth') ? `xenbr${device.slice(3)}` : `br${device}`;
  const known = [...pool.database.rows('network')].find(
    (network) => textField(network, 'bridge') === bridge,
  );
  if (known !== undefined) return known.ref;
  return pool.database.insert('network', {
    name_label: `Pool-wide network associated with ${device}`,
    bridge,
    MTU: 1500,
    managed: true,
  }).ref;
}

interface Found {
  readonly device: string;
  readonly address: string;
}

/** The cards of a host: hosts have those that the pool was made with. */
function cardsOf({ pool }: CallContext, host: string): readonly Found[] {
  const rows = [...pool.database.rows('PIF')].filter(
    (pif) => textField(pif, 'host') === host && isTrue(pif.fields.get('physical')),
  );
  const known = rows.map((pif) => ({
    device: textField(pif, 'device'),
    address: textField(pif, 'MAC'),
  }));
  const remembered = textMap(pool.database.get('host', host).fields.get('other_config'));
  const forgotten = Object.entries(remembered)
    .filter(([key]) => key.startsWith(FORGOTTEN))
    .map(([key, address]) => ({ device: key.slice(FORGOTTEN.length), address }));
  return [...known, ...forgotten];
}

/** Where a host keeps the cards whose rows were forgotten: the hardware stays. */
const FORGOTTEN = 'simulated:card:';

function introduceCard(context: CallContext, host: string, { device, address }: Found): string {
  const { database } = context.pool;
  const row = database.get('host', host);
  const { [`${FORGOTTEN}${device}`]: _, ...others } = textMap(row.fields.get('other_config'));
  database.set(row, 'other_config', others);
  return database.insert('PIF', {
    device,
    host,
    network: networkOfBridge(context, device),
    MAC: address,
    MTU: 1500,
    VLAN: -1,
    physical: true,
    managed: true,
    ip_configuration_mode: 'None',
    ipv6_configuration_mode: 'None',
    primary_address_type: 'IPv4',
    igmp_snooping_status: 'unknown',
    metrics: database.insert('PIF_metrics', {}).ref,
  }).ref;
}

function missingCards(context: CallContext, host: string): readonly Found[] {
  const { database } = context.pool;
  const devices = new Set(
    [...(database.get('host', host).links.get('PIFs') ?? [])]
      .map((ref) => database.get('PIF', ref))
      .filter((pif) => isTrue(pif.fields.get('physical')))
      .map((pif) => textField(pif, 'device')),
  );
  return cardsOf(context, host).filter(({ device }) => !devices.has(device));
}

const introduce: Behaviour = (context, [hostRef, given, name]) => {
  const host = context.pool.database.get('host', textOf(hostRef)).ref;
  const device = textOf(name);
  const cards = cardsOf(context, host);
  const card = cards.find((found) => found.device === device);
  const address = textOf(given) === '' ? (card?.address ?? '') : textOf(given).toLowerCase();
  if (!isMacAddress(address)) throw new XapiFault('MAC_INVALID', address);
  const missing = missingCards(context, host).find((found) => found.device === device);
  if (missing === undefined && card !== undefined) {
    throw new XapiFault('DUPLICATE_PIF_DEVICE_NAME', device);
  }
  if (missing === undefined || missing.address !== address) {
    throw new XapiFault(
      'COULD_NOT_FIND_NETWORK_INTERFACE_WITH_SPECIFIED_DEVICE_NAME_AND_MAC_ADDRESS',
      device,
      address,
    );
  }
  return introduceCard(context, host, missing);
};

const forget: Behaviour = (context, [ref]) => {
  const { pool } = context;
  const { database } = pool;
  const pif = database.get('PIF', textOf(ref));
  assertNotBonded(database, pif);
  const carries = (pif.links.get('VLAN_slave_of')?.size ?? 0) > 0;
  if (carries || numberField(pif, 'VLAN') >= 0) {
    throw new XapiFault('PIF_VLAN_STILL_EXISTS', pif.ref);
  }
  assertNotOurManagement(pool, pif);
  assertUnprotected(database, pif);
  const host = database.get('host', textField(pif, 'host'));
  database.set(host, 'other_config', {
    ...textMap(host.fields.get('other_config')),
    [`${FORGOTTEN}${textField(pif, 'device')}`]: textField(pif, 'MAC'),
  });
  const metrics = database.find('PIF_metrics', textField(pif, 'metrics'));
  if (metrics !== undefined) database.remove(metrics);
  database.remove(pif);
  return '';
};

const scan: Behaviour = (context, [ref]) => {
  const host = context.pool.database.get('host', textOf(ref)).ref;
  for (const card of missingCards(context, host)) introduceCard(context, host, card);
  return '';
};

/** Rows for the physical interfaces that a host has. */
export const PIF_CARDS: Behaviours = {
  'PIF.scan': scan,
  'PIF.introduce': introduce,
  'PIF.forget': forget,
};

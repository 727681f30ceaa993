import { isIP } from 'node:net';
import type { Json } from '@gdcloud/core';
import { asText, textOf } from '../arguments.js';
import type { Behaviour, Behaviours } from '../context.js';
import type { Row } from '../database.js';
import { XapiFault } from '../fault.js';
import type { Pool } from '../pool.js';
import { textField } from '../record.js';
import { isTrue, storedValue } from '../values.js';
import { classNamed } from './class-named.js';
import { assertUnprotected } from './pifs.js';

function modeOf(pool: Pool, field: string, value: Json | undefined): string {
  const type = classNamed(pool, 'PIF').fields.get(field)?.type ?? { kind: 'string' };
  return asText(storedValue(type, value));
}

function assertKeepsAddress(pif: Row, mode: string, family: 'IPv4' | 'IPv6'): void {
  const primary = textField(pif, 'primary_address_type') === family;
  if (isTrue(pif.fields.get('management')) && mode === 'None' && primary) {
    throw new XapiFault('PIF_IS_MANAGEMENT_INTERFACE', pif.ref);
  }
}

const reconfigureIp: Behaviour = ({ pool }, args) => {
  const { database } = pool;
  const [ref, ...rest] = args;
  const pif = database.get('PIF', textOf(ref));
  const mode = modeOf(pool, 'ip_configuration_mode', rest[0]);
  const [address, netmask, gateway, dns] = [rest[1], rest[2], rest[3], rest[4]].map(textOf);
  assertUnprotected(database, pif);
  const given = { IP: address, netmask, gateway };
  for (const [name, value = ''] of Object.entries(given)) {
    const needed = mode === 'Static' && name !== 'gateway';
    if ((needed || value !== '') && isIP(value) === 0) {
      throw new XapiFault('INVALID_IP_ADDRESS_SPECIFIED', name);
    }
  }
  assertKeepsAddress(pif, mode, 'IPv4');
  database.set(pif, 'ip_configuration_mode', mode);
  for (const [name, value = ''] of Object.entries(given)) database.set(pif, name, value);
  if (dns !== undefined && dns !== '') database.set(pif, 'DNS', dns);
  return '';
};

const reconfigureIpv6: Behaviour = ({ pool }, args) => {
  const { database } = pool;
  const pif = database.get('PIF', textOf(args[0]));
  const mode = modeOf(pool, 'ipv6_configuration_mode', args[1]);
  const [address = '', gateway = '', dns = ''] = [args[2], args[3], args[4]].map(textOf);
  assertUnprotected(database, pif);
  if (gateway !== '' && isIP(gateway) === 0) {
    throw new XapiFault('INVALID_IP_ADDRESS_SPECIFIED', 'gateway');
  }
  if (address !== '') assertPrefixed(address);
  assertKeepsAddress(pif, mode, 'IPv6');
  database.set(pif, 'ipv6_configuration_mode', mode);
  database.set(pif, 'ipv6_gateway', gateway);
  database.set(pif, 'IPv6', [address]);
  if (dns !== '') database.set(pif, 'DNS', dns);
  return '';
};

function assertPrefixed(text: string): void {
  const [address = '', length] = text.split('/');
  const wrong = (what: string): XapiFault => new XapiFault('INVALID_IP_ADDRESS_SPECIFIED', what);
  if (length === undefined) throw wrong('Prefix length must be specified (format: <ipv6>/<prefix>');
  if (isIP(address) === 0) throw wrong('IPv6');
  if (!/^\d+$/.test(length)) throw wrong(`Cannot parse prefix length '${length}'`);
  if (Number(length) > 128) throw wrong('Prefix length must be between 0 and 128');
}

const setPrimaryAddressType: Behaviour = ({ pool }, [ref, value]) => {
  const pif = pool.database.get('PIF', textOf(ref));
  const type = modeOf(pool, 'primary_address_type', value);
  assertUnprotected(pool.database, pif);
  if (isTrue(pif.fields.get('management'))) {
    throw new XapiFault('PIF_IS_MANAGEMENT_INTERFACE', pif.ref);
  }
  pool.database.set(pif, 'primary_address_type', type);
  return '';
};

/** Addresses of hosts' interfaces. */
export const PIF_ADDRESSES: Behaviours = {
  'PIF.reconfigure_ip': reconfigureIp,
  'PIF.reconfigure_ipv6': reconfigureIpv6,
  'PIF.set_primary_address_type': setPrimaryAddressType,
};

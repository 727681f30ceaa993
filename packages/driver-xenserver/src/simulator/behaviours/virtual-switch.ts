import { XapiFault } from '../fault.js';
import type { Pool } from '../pool.js';
import { textMap } from '../values.js';

/** Throws unless all hosts switch packets with Open vSwitch: tunnels and controllers need it. */
export function assertVirtualSwitch({ database }: Pool): void {
  for (const host of database.rows('host')) {
    const { network_backend: backend } = textMap(host.fields.get('software_version'));
    if (backend !== 'openvswitch') throw new XapiFault('OPENVSWITCH_NOT_ACTIVE');
  }
}

import type { Row } from './database.js';
import { endDomain, rebootDomain } from './domain.js';
import { isLive } from './placement.js';
import type { Pool } from './pool.js';
import { textField } from './record.js';

/** What a guest does by itself. */
export type GuestEvent = 'shutdown' | 'reboot' | 'crash';

/** The field that says what then becomes of the VM. */
const ACTIONS: Readonly<Record<GuestEvent, string>> = {
  shutdown: 'actions_after_shutdown',
  reboot: 'actions_after_reboot',
  crash: 'actions_after_crash',
};

/**
 * What happens to a pool's machines without anybody calling XAPI: guests that shut down, reboot and crash, hosts that
 * lose their power. VMs and hosts are named by reference. Throws RangeError for what cannot happen to them now.
 */
export class MachineRoom {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** A running guest ends by itself; the VM's `actions_after_*` field says whether it comes up again. */
  guest(ref: string, event: GuestEvent): void {
    const vm = this.#pool.database.get('VM', ref);
    if (vm.fields.get('power_state') !== 'Running') throw new RangeError(`${ref} does not run`);
    const action = textField(vm, ACTIONS[event]);
    if (action === 'preserve') this.#pool.database.set(vm, 'power_state', 'Paused');
    else if (/restart|reboot/.test(action)) rebootDomain(this.#pool, vm);
    else endDomain(this.#pool, vm);
    this.#pool.database.commit();
  }

  /**
   * A host loses its power. Its VMs stay `Running` in the database until `VM.power_state_reset`, and what would touch it
   * fails. When it leads the pool another live host takes over, as with high availability.
   */
  loseHost(ref: string): void {
    const { database } = this.#pool;
    const host = database.get('host', ref);
    const heir = [...database.rows('host')].find(
      (other) => other !== host && isLive(database, other),
    );
    if (this.#pool.master === host) {
      if (heir === undefined) throw new RangeError(`${ref} is the last host of its pool`);
      for (const pool of database.rows('pool')) database.set(pool, 'master', heir.ref);
    }
    this.#setLive(host, false);
  }

  /** A lost host comes back. The VMs that its database rows still show there are halted: their domains are gone. */
  returnHost(ref: string): void {
    const { database } = this.#pool;
    const host = database.get('host', ref);
    if (isLive(database, host)) throw new RangeError(`${ref} is not lost`);
    for (const resident of host.links.get('resident_VMs') ?? []) {
      const vm = database.get('VM', resident);
      if (vm.fields.get('is_control_domain') !== true) endDomain(this.#pool, vm);
    }
    this.#setLive(host, true);
  }

  #setLive(host: Row, live: boolean): void {
    const { database } = this.#pool;
    const metrics = database.find('host_metrics', textField(host, 'metrics'));
    if (metrics !== undefined) database.set(metrics, 'live', live);
    database.commit();
  }
}

import type { JsonObject } from '@gdcloud/core';
import { NULL_REF } from '../../datamodel/ref.js';
import type { Row } from '../database.js';
import type { Pool } from '../pool.js';
import { numberField, textField } from '../record.js';
import { textList, textMap } from '../values.js';
import { xapiTime } from '../xapi-time.js';

/** Whether the guest has tools: the platform key `simtools` says `false` when not, `deaf` when it ignores shutdowns. */
export function guestTools(vm: Row): 'none' | 'deaf' | 'present' {
  const { simtools: tools } = textMap(vm.fields.get('platform'));
  return tools === 'false' ? 'none' : tools === 'deaf' ? 'deaf' : 'present';
}

function addresses(pool: Pool, vm: Row): Readonly<Record<string, string>> {
  const networks: Record<string, string> = {};
  for (const ref of vm.links.get('VIFs') ?? []) {
    const vif = pool.database.get('VIF', ref);
    const device = textField(vif, 'device');
    const [address = `169.254.0.${Number(device) + 1}`] = textList(vif.fields.get('ipv4_allowed'));
    networks[`${device}/ip`] = address;
    networks[`${device}/ipv4/0`] = address;
  }
  return networks;
}

/** What an agent reports: as of a real XAPI's recorded answers. Without tools there is a record and nothing in it. */
function report(pool: Pool, vm: Row): JsonObject {
  const seen = { last_updated: xapiTime(pool.clock.now()), live: true };
  if (guestTools(vm) === 'none') return seen;
  return {
    ...seen,
    networks: addresses(pool, vm),
    os_version: { name: 'Simulated Linux', distro: 'sim' },
    PV_drivers_detected: true,
    PV_drivers_up_to_date: true,
    PV_drivers_version: { major: '9', minor: '3', micro: '3', build: '1' },
    other: { 'feature-reboot': '1', 'feature-shutdown': '1', 'feature-suspend': '1' },
  };
}

function publish(pool: Pool, vm: Row): void {
  const { database } = pool;
  const fields = report(pool, vm);
  const known = database.find('VM_guest_metrics', textField(vm, 'guest_metrics'));
  const row = known ?? database.insert('VM_guest_metrics', fields);
  for (const [name, value] of Object.entries(fields)) database.set(row, name, value);
  database.set(vm, 'guest_metrics', row.ref);
}

/** The guest of a domain that just booted reports to the pool, after the agent's delay. */
export function awaitGuest(pool: Pool, vm: Row): void {
  const domain = numberField(vm, 'domid');
  const delay = pool.settings.guestAgentDelayMs;
  if (delay === 0) {
    publish(pool, vm);
    return;
  }
  pool.clock.schedule(delay, () => {
    const same = pool.database.find('VM', vm.ref) === vm && numberField(vm, 'domid') === domain;
    if (pool.closing.signal.aborted || !same || domain < 0) return;
    publish(pool, vm);
    pool.database.commit();
  });
}

/** Forgets what an earlier domain's guest reported. */
export function forgetGuest(pool: Pool, vm: Row): void {
  const row = pool.database.find('VM_guest_metrics', textField(vm, 'guest_metrics'));
  pool.database.set(vm, 'guest_metrics', NULL_REF);
  if (row !== undefined) pool.database.remove(row);
}

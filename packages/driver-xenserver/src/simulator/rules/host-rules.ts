import type { Row } from '../database.js';
import { isTrue, textMap } from '../values.js';

const ALWAYS = ['enable', 'evacuate', 'provision', 'vm_migrate', 'vm_resume', 'vm_start'];
const DISABLED = ['apply_updates', 'reboot', 'shutdown'];

/** What may be done with a host: to take it down it has to be disabled, and one thing at a time. */
export function allowedHostOperations(host: Row): readonly string[] {
  if (Object.keys(textMap(host.fields.get('current_operations'))).length > 0) return [];
  return isTrue(host.fields.get('enabled')) ? ALWAYS : [...ALWAYS, ...DISABLED].sort();
}

const POOL =
  `apply_updates cert_refresh cluster_create configure_repositories copy_primary_host_certs designate_new_master
eject exchange_ca_certificates_on_join exchange_certificates_on_join get_updates sync_updates`.split(
    /\s+/,
  );

/** What may be done with a pool. */
export function allowedPoolOperations(pool: Row): readonly string[] {
  if (Object.keys(textMap(pool.fields.get('current_operations'))).length > 0) return [];
  return [
    ...POOL,
    isTrue(pool.fields.get('ha_enabled')) ? 'ha_disable' : 'ha_enable',
    ...(isTrue(pool.fields.get('tls_verification_enabled')) ? [] : ['tls_verification_enable']),
  ].sort();
}

import { XapiFault } from './fault.js';

/**
 * Messages that the public datamodel leaves out though every XAPI knows them: what hosts of a pool tell each other, and
 * what storage managers write into rows. A client's session may not send them, and a few do nothing for it.
 */
interface HiddenMessage {
  readonly for: 'hosts' | 'storage' | 'anybody';
  readonly parameters: number;
}

const OF_HOSTS: Readonly<Record<string, number>> = {
  'host.ha_disable_failover_decisions': 1,
  'host.ha_disarm_fencing': 1,
  'host.ha_join_liveset': 1,
  'host.ha_release_resources': 1,
  'host.ha_stop_daemon': 1,
  'host.ha_wait_for_shutdown_via_statefile': 1,
  'host.ha_xapi_healthcheck': 0,
  'host.local_assert_healthy': 0,
  'host.preconfigure_ha': 4,
  'host.propose_new_master': 2,
  'host.commit_new_master': 1,
  'host.abort_new_master': 1,
  'host.request_backup': 3,
  'host.request_config_file_sync': 2,
  'host.tickle_heartbeat': 2,
};

const OF_STORAGE: readonly string[] =
  `VDI.set_managed VDI.set_missing VDI.set_location VDI.set_virtual_size VDI.set_physical_utilisation VDI.set_is_a_snapshot
VDI.set_snapshot_of VDI.set_snapshot_time VDI.set_metadata_of_pool SR.set_virtual_allocation
SR.set_physical_utilisation`.split(/\s+/);

const OF_ANYBODY: Readonly<Record<string, number>> = { 'network.attach': 2, 'network.detach': 2 };

const HIDDEN: ReadonlyMap<string, HiddenMessage> = new Map([
  ...Object.entries(OF_HOSTS).map(entry('hosts')),
  ...OF_STORAGE.map((name) => entry('storage')([name, 2])),
  ...Object.entries(OF_ANYBODY).map(entry('anybody')),
]);

function entry(owner: HiddenMessage['for']) {
  return ([name, parameters]: readonly [string, number]): readonly [string, HiddenMessage] => [
    name,
    { for: owner, parameters },
  ];
}

/** How many parameters a hidden message takes, the session not counted; undefined when there is no such message. */
export function hiddenParameters(name: string): number | undefined {
  return HIDDEN.get(name)?.parameters;
}

/** Answers a hidden message, or throws what keeps a client from sending it. */
export function answerHidden(name: string): '' {
  switch (HIDDEN.get(name)?.for) {
    case 'anybody':
      return '';
    case 'storage':
      throw new XapiFault('PERMISSION_DENIED', '');
    default: {
      const refusal = `Internal API "${name}" call attempted with non-pool (external) session`;
      throw new XapiFault('INTERNAL_ERROR', refusal);
    }
  }
}

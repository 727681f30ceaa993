/**
 * Messages that hosts of a pool send each other: a client's session may not, but the name is known and the number of
 * parameters is looked at first. The public datamodel leaves them out.
 */
export const HIDDEN_MESSAGES: ReadonlyMap<string, number> = new Map([
  ['host.ha_disable_failover_decisions', 1],
  ['host.ha_disarm_fencing', 1],
  ['host.ha_join_liveset', 1],
  ['host.ha_release_resources', 1],
  ['host.ha_stop_daemon', 1],
  ['host.ha_wait_for_shutdown_via_statefile', 1],
  ['host.ha_xapi_healthcheck', 0],
  ['host.local_assert_healthy', 0],
  ['host.preconfigure_ha', 4],
  ['host.propose_new_master', 2],
  ['host.commit_new_master', 1],
  ['host.abort_new_master', 1],
  ['host.request_backup', 3],
  ['host.request_config_file_sync', 2],
  ['host.tickle_heartbeat', 2],
]);

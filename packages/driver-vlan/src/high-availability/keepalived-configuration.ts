import type { VrrpPair } from './high-availability-settings.js';

/** The greater it is, the less the other waits besides when one resigns; 255 has a meaning of its own (RFC 5798). */
const PRIORITIES = { first: 254, second: 253 } as const;

/** What keepalived is told. It needs an address of its own, which leads nowhere; `states` is where it tells what it is. */
export function keepalivedConfiguration(
  { device, routerId, rank, advertiseMs }: VrrpPair,
  states: string,
): string {
  return `global_defs {
  router_id gdcloud
  vrrp_version 3
  vrrp_notify_fifo ${states}
}
vrrp_instance gdcloud {
  state BACKUP
  nopreempt
  interface ${device}
  virtual_router_id ${routerId}
  priority ${PRIORITIES[rank]}
  advert_int ${advertiseMs / 1000}
  virtual_ipaddress {
    169.254.254.${routerId}/32 dev lo scope host
  }
}
`;
}

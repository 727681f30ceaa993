import type {
  account,
  addresspool,
  apikey,
  host,
  image,
  imagecopy,
  ipaddress,
  loadbalancer,
  login,
  network,
  networkrule,
  offering,
  orphan,
  portforward,
  snapshot,
  storagepool,
  virtualmachine,
  volume,
  vpn,
  vpnclient,
} from '@gdcloud/core';

/** The types that every cloud has. */
export type BuiltInTypes =
  | typeof account
  | typeof addresspool
  | typeof apikey
  | typeof host
  | typeof image
  | typeof imagecopy
  | typeof ipaddress
  | typeof loadbalancer
  | typeof login
  | typeof network
  | typeof networkrule
  | typeof offering
  | typeof orphan
  | typeof portforward
  | typeof snapshot
  | typeof storagepool
  | typeof virtualmachine
  | typeof volume
  | typeof vpn
  | typeof vpnclient;

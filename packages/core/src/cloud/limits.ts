/** How much an account of a user may have that says nothing of it itself. Sizes as the talk's product had them. */
export const DEFAULT_LIMITS = {
  virtualmachines: 100,
  networks: 20,
  volumes: 100,
  /** Added disks only; root disks are part of their servers. */
  volumeGb: 1_200,
  snapshots: 100,
  ipaddresses: 20,
  portforwards: 1_000,
  networkrules: 1_000,
  loadbalancers: 50,
  vpns: 20,
  vpnclients: 500,
} as const;

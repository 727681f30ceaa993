import type { Server } from './tenants.js';

/** Where a machine's Open vSwitch has its files. */
export const SWITCH_FOLDER = '/run/openvswitch';

/** Starts the switch itself, on a database that runs. */
export const START_SWITCH: string = `
  export OVS_RUNDIR=${SWITCH_FOLDER} OVS_DBDIR=${SWITCH_FOLDER} OVS_LOGDIR=${SWITCH_FOLDER} OVS_SYSCONFDIR=${SWITCH_FOLDER}
  ovs-vswitchd unix:${SWITCH_FOLDER}/db.sock --pidfile --detach --log-file -vconsole:off >/dev/null 2>&1`;

/** Starts an Open vSwitch of its own, without a bridge. */
export const START_WHOLE_SWITCH: string = `
  mkdir ${SWITCH_FOLDER} /run/wireguard
  export OVS_RUNDIR=${SWITCH_FOLDER} OVS_DBDIR=${SWITCH_FOLDER} OVS_LOGDIR=${SWITCH_FOLDER} OVS_SYSCONFDIR=${SWITCH_FOLDER}
  cd ${SWITCH_FOLDER}
  ovsdb-tool create conf.db /usr/share/openvswitch/vswitch.ovsschema
  ovsdb-server conf.db --remote=punix:${SWITCH_FOLDER}/db.sock --pidfile --detach --log-file -vconsole:off >/dev/null 2>&1
  ovs-vsctl --no-wait init
  ${START_SWITCH}`;

/** A machine with one card. The datapath would pass on checksums that are left to a card to finish. */
export function hostScript(
  name: string,
  bridge: string,
  tag: number | undefined,
  addresses: readonly string[],
): string {
  return `
    ip netns add ${name}
    ip link add name p-${name} type veth peer name eth0 netns ${name}
    ip link set dev p-${name} up
    nsenter --net=/run/netns/${name} ethtool -K eth0 tx off >/dev/null
    ovs-vsctl add-port ${bridge} p-${name} ${tag === undefined ? '' : `tag=${tag}`}
    ip -n ${name} link set dev lo up
    ${addresses.map((address) => `ip -n ${name} address add ${address} dev eth0`).join('\n')}
    ip -n ${name} link set dev eth0 up`;
}

/** A server on its access port. */
export function serverScript({ name, vlan, macAddress, address }: Server): string {
  return `${hostScript(name, 'sw', vlan, [`${address}/24`])}
    ip -n ${name} link set dev eth0 address ${macAddress}
    ip -n ${name} route add default via 10.0.0.1`;
}

import type { JsonObject } from '@gdcloud/core';
import { NULL_REF } from '../datamodel/ref.js';
import type { Database, Row } from './database.js';
import type { Identifiers } from './identifiers.js';
import { textField } from './record.js';

/** A freshly installed host: with a local storage repository, or without any. */
export type Fixture = 'base' | 'bare';

const GIB = 2 ** 30;
const CPUS = 8;
/** What a host that is called fresh has, and how much of it its own hypervisor takes. */
const HOST_MEMORY = 1024 * GIB;
const HYPERVISOR_MEMORY = 1_036_597_067_776;
const CONTROL_DOMAIN_OVERHEAD = 11 * 2 ** 20;
const HOSTNAME = 'fresh-host';
const ADDRESS = '192.0.2.1';
const STORAGE_TYPE = 'local';

const STORAGE_FEATURES: readonly string[] =
  'SR_PROBE SR_UPDATE VDI_ATTACH VDI_CLONE VDI_CREATE VDI_DELETE VDI_DETACH VDI_GENERATE_CONFIG VDI_INTRODUCE VDI_RESIZE VDI_SNAPSHOT VDI_UPDATE'.split(
    ' ',
  );

/** Label of the storage repository of {@link Fixture} `base`. */
export const LOCAL_STORAGE = 'local storage';

/** Fills an empty database with one host as it is right after its installation (xapi-golden, FORMAT.md). */
export function seedFreshHost(
  database: Database,
  identifiers: Identifiers,
  fixture: Fixture,
): void {
  const trunk = database.insert('network', {
    name_label: 'Pool-wide network associated with eth0',
    bridge: 'xenbr0',
    MTU: 1500,
    managed: true,
  });
  seedInternalNetwork(database);
  const host = seedHost(database);
  seedControlDomain(database, host);
  seedInterface(database, host, trunk);
  seedStorageManager(database);
  const repository = fixture === 'base' ? seedStorage(database, host).ref : NULL_REF;
  database.insert('user', { short_name: 'root', fullname: 'root' });
  const telemetry = database.insert('secret', { value: identifiers.uuid() });
  seedRoles(database);
  database.insert('pool', {
    master: host.ref,
    default_SR: repository,
    suspend_image_SR: repository,
    crash_dump_SR: repository,
    ha_cluster_stack: 'xhad',
    telemetry_uuid: telemetry.ref,
    other_config: { 'memory-ratio-hvm': '0.25', 'memory-ratio-pv': '0.25' },
  });
}

function seedInternalNetwork(database: Database): void {
  database.insert('network', {
    name_label: 'Host internal management network',
    name_description:
      'Network on which guests will be assigned a private link-local IP address which can be used to talk XenAPI',
    bridge: 'xenapi',
    MTU: 1500,
    managed: true,
    other_config: {
      is_guest_installer_network: 'true',
      is_host_internal_management_network: 'true',
      ip_begin: '169.254.0.1',
      ip_end: '169.254.255.254',
      netmask: '255.255.0.0',
    },
  });
}

function seedHost(database: Database): Row {
  const metrics = database.insert('host_metrics', {
    memory_total: HOST_MEMORY,
    memory_free: 0,
    live: true,
  });
  const host = database.insert('host', {
    name_label: HOSTNAME,
    name_description: 'Default install',
    hostname: HOSTNAME,
    address: ADDRESS,
    enabled: true,
    metrics: metrics.ref,
    memory_overhead: HYPERVISOR_MEMORY,
    API_version_major: 2,
    API_version_minor: 21,
    API_version_vendor: 'XenSource',
    capabilities: ['xen-3.0-x86_64', 'hvm-3.0-x86_32', 'hvm-3.0-x86_32p', 'hvm-3.0-x86_64', ''],
    chipset_info: { iommu: 'false' },
    display: 'disabled',
    edition: 'free',
    editions: ['free'],
    latest_synced_updates_applied: 'unknown',
    license_server: { address: 'localhost', port: '27000' },
    numa_affinity_policy: 'default_policy',
    sched_policy: 'credit',
    ssl_legacy: false,
    supported_bootloaders: ['pygrub', 'eliloader'],
    virtual_hardware_platform_versions: [0, 1, 2],
    software_version: softwareVersion(),
    cpu_info: {
      cpu_count: String(CPUS),
      socket_count: '1',
      vendor: 'GenuineIntel',
      modelname: 'Simulated CPU',
      speed: '2400',
      features: '',
    },
  });
  for (let number = 0; number < CPUS; number += 1) {
    database.insert('host_cpu', {
      host: host.ref,
      number,
      vendor: 'GenuineIntel',
      modelname: 'Simulated CPU',
      speed: 2400,
    });
  }
  return host;
}

function softwareVersion(): JsonObject {
  return {
    product_version: '8.4.0',
    product_version_text: '8',
    product_version_text_short: '8',
    product_brand: 'gdcloud XAPI simulator',
    platform_name: 'XCP',
    platform_version: '3.4.0',
    build_number: '0',
    git_id: '0',
    hostname: 'localhost',
    date: '2024-05-01',
    xapi: '24.16',
    xapi_build: '24.16.0',
    xen: '4.17.4',
    linux: '4.19.0',
    xencenter_min: '2.21',
    xencenter_max: '2.21',
    network_backend: 'bridge',
    db_schema: '5.779',
  };
}

function seedControlDomain(database: Database, host: Row): void {
  const metrics = database.insert('VM_metrics', {
    VCPUs_number: 2,
    memory_actual: GIB,
    current_domain_type: 'pv',
  });
  const domain = database.insert('VM', {
    name_label: `Control domain on host: ${HOSTNAME}`,
    name_description: 'The domain which manages physical devices and manages other domains',
    user_version: 1,
    is_control_domain: true,
    power_state: 'Running',
    domid: 0,
    domain_type: 'pv',
    domarch: 'x64',
    generation_id: '',
    has_vendor_device: false,
    resident_on: host.ref,
    affinity: host.ref,
    memory_overhead: CONTROL_DOMAIN_OVERHEAD,
    memory_static_max: GIB,
    memory_static_min: GIB,
    memory_dynamic_max: GIB,
    memory_dynamic_min: GIB,
    memory_target: GIB,
    VCPUs_max: 2,
    VCPUs_at_startup: 2,
    actions_after_shutdown: 'destroy',
    actions_after_reboot: 'destroy',
    actions_after_crash: 'destroy',
    metrics: metrics.ref,
  });
  database.set(host, 'control_domain', domain.ref);
  for (const protocol of ['rfb', 'vt100']) {
    const console = database.insert('console', { VM: domain.ref, protocol });
    database.set(console, 'location', `https://${ADDRESS}/console?ref=${console.ref}`);
  }
}

function seedInterface(database: Database, host: Row, network: Row): void {
  const metrics = database.insert('PIF_metrics', {});
  database.insert('PIF', {
    device: 'eth0',
    host: host.ref,
    network: network.ref,
    MAC: '52:54:00:12:34:56',
    MTU: 1500,
    VLAN: -1,
    physical: true,
    management: true,
    managed: true,
    currently_attached: true,
    ip_configuration_mode: 'None',
    ipv6_configuration_mode: 'None',
    primary_address_type: 'IPv4',
    igmp_snooping_status: 'unknown',
    properties: { gro: 'on' },
    metrics: metrics.ref,
  });
}

function seedStorageManager(database: Database): void {
  database.insert('SM', {
    type: STORAGE_TYPE,
    name_label: STORAGE_TYPE,
    name_description: 'simulated SR',
    vendor: 'none',
    copyright: 'none',
    version: '1.0',
    required_api_version: '1.0',
    configuration: { location: 'unused' },
    capabilities: STORAGE_FEATURES,
    features: Object.fromEntries(STORAGE_FEATURES.map((name) => [name, 1])),
    driver_filename: `/opt/xensource/sm/${STORAGE_TYPE}SR`,
  });
}

function seedStorage(database: Database, host: Row): Row {
  const repository = database.insert('SR', {
    name_label: LOCAL_STORAGE,
    type: STORAGE_TYPE,
    content_type: 'user',
    shared: false,
    physical_size: 4 * 1024 * GIB,
  });
  const controlDomain = textField(host, 'control_domain');
  const connection = database.insert('PBD', {
    host: host.ref,
    SR: repository.ref,
    device_config: { location: 'x' },
    other_config: { storage_driver_domain: controlDomain },
    currently_attached: true,
  });
  database.set(database.get('VM', controlDomain), 'other_config', {
    is_system_domain: 'true',
    storage_driver_domain: connection.ref,
  });
  // What made the repository was an asynchronous call; its task is still there.
  database.insert('task', {
    name_label: 'Async.SR.create',
    status: 'success',
    type: '<none/>',
    progress: 1,
    resident_on: host.ref,
    result: `<value>${repository.ref}</value>`,
  });
  return repository;
}

/** Rights are not simulated; the roles that every pool has can be looked up. */
const ROLES = [
  'pool-admin',
  'pool-operator',
  'vm-power-admin',
  'vm-admin',
  'vm-operator',
  'read-only',
];

function seedRoles(database: Database): void {
  for (const name of ROLES) database.insert('role', { name_label: name });
}

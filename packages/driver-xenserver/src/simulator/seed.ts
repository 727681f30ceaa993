import { NULL_REF } from '../datamodel/ref.js';
import { factsOf, LATEST, RELEASE_NAMES } from '../datamodel/releases.js';
import type { Database } from './database.js';
import type { Settings } from './options.js';

const MIB = 2 ** 20;

/** Label of the pool's storage repository. */
export const REPOSITORY = 'NFS virtual disk storage';

/** Memory of a host that its control domain keeps, in MiB. */
export const CONTROL_DOMAIN_MB = 4096;

/** Fills an empty database with a pool as it is after its installation: hosts, their trunk, one storage repository. */
export function seedPool(database: Database, settings: Settings): void {
  const network = database.insert('network', {
    name_label: `Pool-wide network associated with ${settings.trunkDevice}`,
    bridge: 'xenbr0',
    MTU: 1500,
    managed: true,
  });
  const repository = database.insert('SR', {
    name_label: REPOSITORY,
    type: 'nfs',
    content_type: '',
    shared: true,
    physical_size: 2 ** 42,
  });
  const hosts = Array.from({ length: settings.hosts }, (_, index) =>
    seedHost(database, settings, {
      index: index + 1,
      network: network.ref,
      repository: repository.ref,
    }),
  );
  database.insert('pool', {
    name_label: 'simulated',
    master: hosts[0] ?? NULL_REF,
    default_SR: repository.ref,
    suspend_image_SR: repository.ref,
    crash_dump_SR: repository.ref,
  });
}

/** What `host.software_version` says; later releases tell the version of their XAPI. */
function softwareVersion(release: string): Readonly<Record<string, string>> {
  const { product, api } = factsOf(release);
  const [major, minor] = api;
  const numbered = release !== LATEST && !RELEASE_NAMES.includes(release);
  return {
    product_brand: 'gdcloud XAPI simulator',
    product_version: product,
    product_version_text: product.split('.').slice(0, 2).join('.'),
    platform_name: 'XCP',
    xapi: `${major}.${minor}`,
    ...(numbered ? { xapi_build: release } : {}),
  };
}

interface Place {
  readonly index: number;
  readonly network: string;
  readonly repository: string;
}

function seedHost(database: Database, settings: Settings, place: Place): string {
  const { index, network, repository } = place;
  const memory = settings.hostMemoryMb * MIB;
  const [major, minor] = factsOf(settings.asOf).api;
  const metrics = database.insert('host_metrics', {
    memory_total: memory,
    memory_free: memory,
    live: true,
  });
  const host = database.insert('host', {
    name_label: `xenserver-${index}`,
    hostname: `xenserver-${index}`,
    address: `192.0.2.${index}`,
    enabled: true,
    metrics: metrics.ref,
    API_version_major: major,
    API_version_minor: minor,
    software_version: softwareVersion(settings.asOf),
    cpu_info: { cpu_count: String(settings.hostCpuCount), vendor: 'GenuineIntel' },
  });
  const domain = database.insert('VM', {
    name_label: `Control domain on host: xenserver-${index}`,
    is_control_domain: true,
    power_state: 'Running',
    domid: 0,
    resident_on: host.ref,
    affinity: host.ref,
    memory_static_max: CONTROL_DOMAIN_MB * MIB,
    memory_dynamic_max: CONTROL_DOMAIN_MB * MIB,
    memory_dynamic_min: CONTROL_DOMAIN_MB * MIB,
    memory_static_min: CONTROL_DOMAIN_MB * MIB,
    metrics: database.insert('VM_metrics', {}).ref,
  });
  database.set(host, 'control_domain', domain.ref);
  const interfaceMetrics = database.insert('PIF_metrics', { carrier: true, speed: 10_000 });
  database.insert('PIF', {
    device: settings.trunkDevice,
    host: host.ref,
    network,
    MAC: `02:16:3e:00:00:${index.toString(16).padStart(2, '0')}`,
    MTU: 1500,
    VLAN: -1,
    physical: true,
    management: true,
    managed: true,
    currently_attached: true,
    ip_configuration_mode: 'DHCP',
    metrics: interfaceMetrics.ref,
  });
  database.insert('PBD', {
    host: host.ref,
    SR: repository,
    device_config: { server: '192.0.2.254', serverpath: '/export/vhd' },
    currently_attached: true,
  });
  return host.ref;
}

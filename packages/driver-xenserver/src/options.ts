import type { TlsOptions } from './client/tls.js';

/** How to reach a pool and how to use it. */
export interface XenserverOptions {
  /**
   * `https://pool.example.com`: of the pool master or of any member, or of several members. Once it is connected, the
   * driver knows the addresses of all members from the pool itself.
   */
  readonly url: string | readonly string[];
  readonly username: string;
  readonly password: string;
  /** Tells several clouds on one pool apart: objects of other deployments are never touched. Default `default`. */
  readonly deployment?: string | undefined;
  /** Whom to trust; default: the authorities of the system. */
  readonly tls?: TlsOptions | undefined;
  /** The device of each host that carries a physical network. Default `{ physnet1: 'eth0' }`. */
  readonly trunks?: Readonly<Record<string, string>> | undefined;
  /** Where the operator installed pv-grub on every host. Default `/boot/guest/pv-grub-x86_64.gz`. */
  readonly pvGrubKernel?: string | undefined;
  /** Name label or uuid of the repository that shows the storage driver's share. Default: the pool's default one. */
  readonly storageRepository?: string | undefined;
  /**
   * Where the share is, if the driver is to introduce its repository: the NFS server, and the exported folder that the
   * storage driver keeps its files in. Every host is then connected to it, also those that join later.
   */
  readonly share?: { readonly server: string; readonly path: string } | undefined;
  /**
   * Where the storage driver has several shares: the repository that shows each of them, by the share's folder as the
   * storage driver is told it, made absolute. `storageRepository` and `share` are not used then.
   */
  readonly repositories?: Readonly<Record<string, RepositoryOptions>> | undefined;
  /** How long a guest may take to shut down or to restart before it is forced. Default 30. */
  readonly shutdownGraceSeconds?: number | undefined;
  /** `vif`: the hypervisor drops packets from other addresses than a card's own. Default `vif`. */
  readonly sourceFilter?: 'vif' | 'none' | undefined;
  /** How long a call waits for the end of a slow operation before it reports it as unsettled. Default 2000. */
  readonly patienceMs?: number | undefined;
  /** How long one XAPI call may take. Default 30000. */
  readonly callTimeoutMs?: number | undefined;
}

/** The repository of one of several shares: as for the only one. */
export type RepositoryOptions = Pick<XenserverOptions, 'storageRepository' | 'share'>;

/** A repository that shows a share. */
export interface RepositorySettings {
  /** Which of several shares; absent where there is only one. */
  readonly of?: string | undefined;
  readonly storageRepository: string | undefined;
  readonly share: XenserverOptions['share'];
}

/** {@link XenserverOptions} with the defaults filled in, without what only the client needs. */
export interface Settings {
  readonly deployment: string;
  /** Names the pool among backends: `xenserver pool.example.com`. */
  readonly backend: string;
  readonly trunks: Readonly<Record<string, string>>;
  readonly pvGrubKernel: string;
  /** At least one. */
  readonly repositories: readonly RepositorySettings[];
  readonly shutdownGraceMs: number;
  readonly sourceFilter: 'vif' | 'none';
  readonly patienceMs: number;
}

/** Fills in the defaults. */
export function settingsOf(options: XenserverOptions): Settings {
  return {
    deployment: options.deployment ?? 'default',
    backend: `xenserver ${hostIn(options.url)}`,
    trunks: options.trunks ?? { physnet1: 'eth0' },
    pvGrubKernel: options.pvGrubKernel ?? '/boot/guest/pv-grub-x86_64.gz',
    repositories: repositoriesOf(options),
    shutdownGraceMs: (options.shutdownGraceSeconds ?? 30) * 1000,
    sourceFilter: options.sourceFilter ?? 'vif',
    patienceMs: options.patienceMs ?? 2_000,
  };
}

function repositoriesOf(options: XenserverOptions): readonly RepositorySettings[] {
  const label = `gdcloud ${options.deployment ?? 'default'}`;
  const named = ({ storageRepository, share }: RepositoryOptions, other: string) => ({
    storageRepository: storageRepository ?? (share === undefined ? undefined : other),
    share,
  });
  const several = Object.entries(options.repositories ?? {});
  return several.length === 0
    ? [named(options, label)]
    : several.map(([of, one]) => ({ of, ...named(one, `${label} ${of}`) }));
}

function hostIn(urls: string | readonly string[]): string {
  const first = typeof urls === 'string' ? urls : (urls[0] ?? '');
  return URL.canParse(first) ? new URL(first).host : first;
}

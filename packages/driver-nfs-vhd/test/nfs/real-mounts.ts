import { mkdirSync } from 'node:fs';
import type { Guest } from './rig/guest.js';
import { NfsServer } from './rig/nfs-server.js';

export const VERSIONS = ['v3', 'v4.1'] as const;
export type Version = (typeof VERSIONS)[number];
export const SMALL_BYTES: number = 256 * 1024;

// `nosharecache`: two mounts of one export are two clients that know nothing of each other's caches.
const COMMON = 'proto=tcp,port=2049,acdirmin=0,acdirmax=0,lookupcache=positive,nosharecache';
const OF_VERSION: Readonly<Record<Version, string>> = {
  v3: `vers=3,mountport=20048,mountproto=tcp,nolock,${COMMON}`,
  'v4.1': `vers=4.1,${COMMON}`,
};
/** How long a mount waits for a server that is away: as XenServer does, as short as can be, and for ever. */
const PATIENCE = {
  a: 'soft,timeo=200,retrans=4',
  b: 'soft,timeo=200,retrans=4',
  short: 'soft,timeo=5,retrans=1',
  hard: 'hard',
} as const;

/** The server's exports, mounted in the guest by two clients in both versions, with room for tests to get out of each other's way. */
export class RealMounts {
  readonly server: NfsServer;
  readonly guest: Guest;

  constructor(folder: string, guest: Guest) {
    this.guest = guest;
    this.server = new NfsServer(folder, [
      { name: 'main', bytes: 256 * 1024 ** 2, squash: 'None' },
      { name: 'small', bytes: SMALL_BYTES, squash: 'None' },
      { name: 'squashed', bytes: SMALL_BYTES, squash: 'Root' },
    ]);
  }

  async mount(): Promise<void> {
    const wanted = [
      ...(['a', 'b', 'short', 'hard'] as const).map((client) => ['main', client] as const),
      ['small', 'a'] as const,
      ['squashed', 'a'] as const,
    ];
    const mounts = VERSIONS.flatMap((version) =>
      wanted.map(([name, client]) =>
        this.guest.mount(
          this.server.sourceOf(name, version),
          this.inGuest(version, client, name),
          `${OF_VERSION[version]},${PATIENCE[client]}`,
        ),
      ),
    );
    await Promise.all(mounts);
  }

  /** Where a client has an export. */
  inGuest(version: Version, client: keyof typeof PATIENCE, name = 'main'): string {
    return `/mnt/${version}/${client}/${name}`;
  }

  /** Where the server has it. */
  onServer(name = 'main'): string {
    return this.server.pathOf(name);
  }

  /** Makes an empty folder on the server. */
  newFolder(name: string): void {
    mkdirSync(`${this.onServer()}/${name}`);
  }
}

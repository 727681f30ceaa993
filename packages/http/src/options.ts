import type {
  Clock,
  Contents,
  Logger,
  Meter,
  Random,
  Resources,
  Tracer,
  TypeRegistry,
} from '@gdcloud/core';

/** What an API is made of. */
export interface ApiOptions {
  /** The types to offer. */
  readonly types: TypeRegistry;
  /** Where every request goes. */
  readonly resources: Resources;
  /** Path under which it is mounted: `/cloud`. Default: none, or what Express mounted it under. */
  readonly prefix?: string | undefined;
  /** The version of the wire. There is one. */
  readonly version?: 'v1' | undefined;
  /** `always` right behind a proxy that sets X-Forwarded-Proto, -Host and -Port itself; default `never`. */
  readonly trustForwarded?: 'never' | 'always' | undefined;
  /** The host names that requests may ask for, with the port where it is not the default; default: any. */
  readonly hosts?: readonly string[] | undefined;
  /** At least 32 secret bytes that sign list markers. Give one to let markers survive restarts and work on any replica. */
  readonly markerKey?: Uint8Array | undefined;
  /** Whether the cloud behind the API can work; asked by `/readyz`: `() => cloud.health()`. */
  readonly ready?: (() => Promise<Readiness>) | undefined;
  readonly clock?: Pick<Clock, 'now'> | undefined;
  /** Paces transfers; the system's clock by default. */
  readonly timer?: Pick<Clock, 'monotonic' | 'schedule'> | undefined;
  readonly random?: Pick<Random, 'bytes'> | undefined;
  readonly logger?: Logger | undefined;
  /** Where spans of requests go: `cloud.tracer`. */
  readonly tracer?: Tracer | undefined;
  /** Where numbers of requests go: `cloud.meter`. */
  readonly meter?: Meter | undefined;
  /**
   * Renders what `/metrics` answers, in Prometheus' text format. Anybody who reaches the API can read it; absent, there
   * is no such path.
   */
  readonly metrics?: (() => Promise<string>) | undefined;
  readonly limits?: Partial<ApiLimits> | undefined;
  /** The bytes of disks: `cloud.contents`. Absent, nothing is taken out or brought: 501. */
  readonly contents?: Contents | undefined;
  readonly transfers?: Partial<TransferLimits> | undefined;
}

/** How much of the bytes of disks is carried at a time. */
export interface TransferLimits {
  /** Up- and downloads of one account in this process. Default 4. */
  readonly perAccount: number;
  /** Bytes a second of each of them. Default: as fast as both sides can. */
  readonly bytesPerSecond: number;
  /** How long either side may stop in the middle; milliseconds. Default 60,000. */
  readonly idleMs: number;
}

/** How much of anything one request may bring. */
export interface ApiLimits {
  /** Bytes of a body. Default 1 MiB. */
  readonly bytes: number;
  /** Nesting of JSON. Default 32. */
  readonly depth: number;
  /** Names in a JSON body, all levels together. Default 10,000. */
  readonly keys: number;
  /** Bytes of one text. Default 64 KiB. */
  readonly stringBytes: number;
}

/** What `/readyz` tells. */
export interface Readiness {
  readonly ready: 'yes' | 'no';
  /** Why not, for the operator. */
  readonly reason?: string | undefined;
  /** What it stands on, each by a name. */
  readonly checks?:
    | readonly { readonly name: string; readonly state: 'ok' | 'failed' }[]
    | undefined;
}

/** The limits that hold where none are given. */
export const DEFAULT_LIMITS: ApiLimits = {
  bytes: 1024 * 1024,
  depth: 32,
  keys: 10_000,
  stringBytes: 64 * 1024,
};

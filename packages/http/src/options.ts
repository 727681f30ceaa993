import type {
  Clock,
  Contents,
  Feed,
  Logger,
  Meter,
  Random,
  Resources,
  Tracer,
  TypeRegistry,
} from '@gdcloud/core';
import type { TrafficLimits } from './limits/traffic-limits.js';
import type { CredentialsInClear } from './request/clear-credentials.js';
import type { TrustForwarded } from './request/trusted-proxies.js';

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
  /** Whose X-Forwarded-Proto, -Host, -Port and -For are believed; default `never`. */
  readonly trustForwarded?: TrustForwarded | undefined;
  /**
   * Whether keys are taken over plain http from other machines. Default `refused`, with 403; from this machine, and from
   * believed proxies whose client used https, they are always taken.
   */
  readonly credentialsInClear?: CredentialsInClear | undefined;
  /**
   * What answers over https tell browsers in Strict-Transport-Security; it holds for all that is served under the same
   * name. Default `max-age=31536000`; `none` leaves it to the host application.
   */
  readonly strictTransportSecurity?: string | undefined;
  /** The host names that requests may ask for, with the port where it is not the default; default: any. */
  readonly hosts?: readonly string[] | undefined;
  /**
   * Whose pages besides our own may ask, from browsers: `['https://panel.example.com']`, each exactly. They send keys
   * themselves: those that a browser remembers are not theirs to use. Default: nobody's.
   */
  readonly origins?: readonly string[] | undefined;
  /** At least 32 secret bytes that sign list markers. Give one to let markers survive restarts and work on any replica. */
  readonly markerKey?: Uint8Array | undefined;
  /** Whether the cloud behind the API can work; asked by `/readyz`: `() => cloud.health()`. */
  readonly ready?: (() => Promise<Readiness>) | undefined;
  readonly clock?: Pick<Clock, 'now'> | undefined;
  /** Paces transfers and limits requests; the system's clock by default. */
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
  /** How much all requests together may ask of this process. */
  readonly traffic?: Partial<TrafficLimits> | undefined;
  /** The bytes of disks: `cloud.contents`. Absent, nothing is taken out or brought: 501. */
  readonly contents?: Contents | undefined;
  readonly transfers?: Partial<TransferLimits> | undefined;
  /** Whether the control panel is served at `/panel`, and what pages load at `/ui`. Default `served`. */
  readonly panel?: 'served' | 'none' | undefined;
  /** Changes as they happen: `cloud.feed`. Absent, there is no `/v1/events`. */
  readonly feed?: Feed | undefined;
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

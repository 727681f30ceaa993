import { account, TypeRegistry } from '@gdcloud/core';
import type { ApiOptions, UpgradeListener } from '@gdcloud/http';
import type { Test } from 'tap';
import { disk } from '../disk-type.js';
import { DoubleResources, type Key } from '../double.js';
import { doubleTypes } from '../double-types.js';
import { basic } from '../served.js';
import { FlowingContents } from './flowing-contents.js';
import { HandFeed } from './hand-feed.js';
import { type Wire, wireOfHttp1, wireOfHttp2 } from './wire.js';

/** An API that a host application is to mount. */
export interface Mounting {
  readonly prefix: string;
  readonly options: Omit<ApiOptions, 'prefix'>;
}

/** What a host application is to be like. */
export interface HostOptions {
  readonly mountings: readonly Mounting[];
  /** Whether the application reads and parses the bodies of all requests before the API sees them. */
  readonly parsers: 'before' | 'none';
  /** What is to answer WebSockets, where the server can do that. */
  readonly upgrade?: UpgradeListener;
}

/** A host application that runs. */
export interface Host {
  /** `http://127.0.0.1:1234` */
  readonly origin: string;
  close(): unknown;
}

/** A way to mount an API, as the test of each of them describes it. */
export interface Subject {
  readonly name: string;
  /** What its clients speak. */
  readonly protocol: 'http/1.1' | 'h2';
  /** Whether consoles can be carried beside the API. */
  readonly consoles: 'carried' | 'not carried';
  /** Whether the application can have parsers of bodies that run before the API. */
  readonly parsers: 'known' | 'unknown';
  /**
   * Starts an application on a free port of the loopback. Besides the mountings it answers `GET /own` with `the host`,
   * `POST /own`, where it has parsers, with the JSON that it was sent, and everything else with 404 and `not the host's`.
   */
  start(options: HostOptions): Promise<Host>;
}

/** One application with an API at `/cloud`, and its client. */
export interface Mounted {
  readonly origin: string;
  readonly wire: Wire;
  readonly contents: FlowingContents;
  readonly feed: HandFeed;
  /** Headers of a user. */
  readonly headers: Readonly<Record<string, string>>;
}

/** An API of its own: types, rows, bytes, and a user of it. */
export function newMounting(
  prefix: string,
): Mounting & { readonly key: Key; readonly contents: FlowingContents; readonly feed: HandFeed } {
  const others = doubleTypes()
    .all()
    .filter(({ id }) => id !== 'account');
  const types = new TypeRegistry([account, disk, ...others]);
  const resources = new DoubleResources(types);
  const contents = new FlowingContents();
  const feed = new HandFeed();
  const key = resources.addAccount('Ada', 'user');
  return {
    prefix,
    key,
    contents,
    feed,
    options: { types, resources, contents, feed, limits: { bytes: 100_000 } },
  };
}

/** A client that speaks what the subject's clients do, until the test ends. */
export function wireTo(t: Test, { protocol }: Subject, origin: string): Wire {
  const wire = protocol === 'h2' ? wireOfHttp2(origin) : wireOfHttp1(origin);
  t.teardown(() => wire.close());
  return wire;
}

/** Starts the subject with one API at `/cloud`. */
export async function mounted(
  t: Test,
  subject: Subject,
  parsers: HostOptions['parsers'] = 'none',
): Promise<Mounted> {
  const mounting = newMounting('/cloud');
  const host = await subject.start({ mountings: [mounting], parsers });
  t.teardown(() => host.close());
  return {
    origin: host.origin,
    wire: wireTo(t, subject, host.origin),
    contents: mounting.contents,
    feed: mounting.feed,
    headers: { authorization: basic(mounting.key), accept: 'application/json' },
  };
}

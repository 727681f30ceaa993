import {
  CLOCK,
  CLOSEABLE,
  type Closeable,
  COMPUTE,
  type ComputeDriver,
  type DependencyContainer,
  type Plugin,
} from '@gdcloud/core';
import { EventFeed } from './client/cache/event-feed.js';
import { PoolCache } from './client/cache/pool-cache.js';
import { Tasks } from './client/tasks.js';
import { Xapi } from './client/xapi.js';
import { Absences } from './driver/absences.js';
import type { DriverContext } from './driver/context.js';
import { DisksDriver } from './driver/disks/disks-driver.js';
import { Scans } from './driver/disks/scans.js';
import { SharesDriver } from './driver/disks/shares-driver.js';
import { reportHosts } from './driver/hosts.js';
import { MaintenanceDriver } from './driver/maintenance-driver.js';
import { SegmentsDriver } from './driver/segments/segments-driver.js';
import { describeAdoptable } from './driver/servers/adoptable.js';
import { openConsole } from './driver/servers/open-console.js';
import { ServersDriver } from './driver/servers/servers-driver.js';
import { serverUsage } from './driver/servers/usage.js';
import { Sightings } from './driver/sightings.js';
import { SnapshotsDriver } from './driver/snapshots/snapshots-driver.js';
import { UnfinishedTasks } from './driver/unfinished-tasks.js';
import { watchServers } from './driver/watch.js';
import { settingsOf, type XenserverOptions } from './options.js';
import { portsOf, type XenserverPorts } from './ports.js';

/** The driver of one pool. Closing it ends its session; a process that is killed instead leaves one that ages away. */
export type XenserverDriver = ComputeDriver & Closeable;

/**
 * Makes the driver of one XenServer or XCP-ng pool. Nothing is contacted before the first call. Throws TypeError for
 * URLs that are none, and for options of TLS that do not say plainly whom to trust.
 */
export function createXenserverDriver(
  options: XenserverOptions,
  ports: Partial<XenserverPorts> = {},
): XenserverDriver {
  const settings = settingsOf(options);
  const { clock, connect } = portsOf(options, ports);
  const cache = new PoolCache();
  const xapi = new Xapi(
    {
      url: options.url,
      username: options.username,
      password: options.password,
      originator: `gdcloud/${settings.deployment}`,
      callTimeoutMs: options.callTimeoutMs,
    },
    { clock, connect, wrote: (write) => cache.wrote(write) },
  );
  const context: DriverContext = {
    xapi,
    tasks: new Tasks(xapi, clock, cache.moments),
    settings,
    clock,
    unfinished: new UnfinishedTasks(),
    cache,
    feed: new EventFeed(xapi, cache, clock),
    sightings: new Sightings(cache.moments),
    absences: new Absences(),
  };
  return {
    name: 'xenserver',
    servers: new ServersDriver(context),
    segments: new SegmentsDriver(context),
    disks: new DisksDriver(context, new Scans(xapi)),
    maintenance: new MaintenanceDriver(context),
    shares: new SharesDriver(context),
    snapshots: new SnapshotsDriver(context),
    hosts: (call) => reportHosts(context, call),
    usage: (key, span, call) => serverUsage(context, key, span, call),
    adoptable: (external, call) => describeAdoptable(context, external, call),
    console: (key, call) => openConsole(context, key, call),
    watch: (changed, { signal }) => watchServers(context, changed, signal),
    close: () => xapi.close(),
  };
}

/**
 * The plug-in that runs a cloud's servers on a XenServer or XCP-ng pool: it registers the driver under `COMPUTE`. The
 * driver goes by the cloud's clock unless `ports` has another; each cloud gets one driver of its own.
 */
export function xenserver(options: XenserverOptions, ports: Partial<XenserverPorts> = {}): Plugin {
  return (container) => {
    let driver: XenserverDriver | undefined;
    // When it is asked for, and not before: a plug-in that comes later may bring another clock.
    const driverOf = (c: DependencyContainer): XenserverDriver =>
      (driver ??= createXenserverDriver(options, { clock: c.resolve(CLOCK), ...ports }));
    container.register(COMPUTE, { useFactory: driverOf });
    container.register(CLOSEABLE, { useFactory: driverOf });
  };
}

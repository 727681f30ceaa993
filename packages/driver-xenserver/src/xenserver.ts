import { CLOCK, COMPUTE, type ComputeDriver, type Plugin } from '@gdcloud/core';
import { Tasks } from './client/tasks.js';
import { Xapi } from './client/xapi.js';
import type { DriverContext } from './driver/context.js';
import { DisksDriver } from './driver/disks/disks-driver.js';
import { Scans } from './driver/disks/scans.js';
import { reportHosts } from './driver/hosts.js';
import { SegmentsDriver } from './driver/segments/segments-driver.js';
import { openConsole } from './driver/servers/open-console.js';
import { ServersDriver } from './driver/servers/servers-driver.js';
import { watchServers } from './driver/watch.js';
import { settingsOf, type XenserverOptions } from './options.js';
import { portsOf, type XenserverPorts } from './ports.js';

/** Makes the driver of one XenServer or XCP-ng pool. Nothing is contacted before the first call. */
export function createXenserverDriver(
  options: XenserverOptions,
  ports: Partial<XenserverPorts> = {},
): ComputeDriver {
  const settings = settingsOf(options);
  const { clock, connect } = portsOf(options, ports);
  const xapi = new Xapi(
    {
      url: options.url,
      username: options.username,
      password: options.password,
      originator: `gdcloud/${settings.deployment}`,
      callTimeoutMs: options.callTimeoutMs,
    },
    { clock, connect },
  );
  const context: DriverContext = { xapi, tasks: new Tasks(xapi, clock), settings, clock };
  return {
    name: 'xenserver',
    servers: new ServersDriver(context),
    segments: new SegmentsDriver(context),
    disks: new DisksDriver(context, new Scans(xapi)),
    hosts: (call) => reportHosts(context, call),
    console: (key, call) => openConsole(context, key, call),
    watch: (changed, { signal }) => watchServers(context, changed, signal),
  };
}

/**
 * The plug-in that runs a cloud's servers on a XenServer or XCP-ng pool: it registers the driver under `COMPUTE`. The
 * driver goes by the cloud's clock unless `ports` has another; each cloud gets one driver of its own.
 */
export function xenserver(options: XenserverOptions, ports: Partial<XenserverPorts> = {}): Plugin {
  return (container) => {
    let driver: ComputeDriver | undefined;
    container.register(COMPUTE, {
      // When it is asked for, and not before: a plug-in that comes later may bring another clock.
      useFactory: (c) =>
        (driver ??= createXenserverDriver(options, { clock: c.resolve(CLOCK), ...ports })),
    });
  };
}

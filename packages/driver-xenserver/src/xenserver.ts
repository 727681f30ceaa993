import { COMPUTE, type ComputeDriver, type Plugin } from '@gdcloud/core';
import { Tasks } from './client/tasks.js';
import { Xapi } from './client/xapi.js';
import type { DriverContext } from './driver/context.js';
import { DisksDriver } from './driver/disks/disks-driver.js';
import { Scans } from './driver/disks/scans.js';
import { reportHosts } from './driver/hosts.js';
import { SegmentsDriver } from './driver/segments/segments-driver.js';
import { ServersDriver } from './driver/servers/servers-driver.js';
import { watchServers } from './driver/watch.js';
import { settingsOf, type XenserverOptions } from './options.js';

/** Makes the driver of one XenServer or XCP-ng pool. Nothing is contacted before the first call. */
export function createXenserverDriver(options: XenserverOptions): ComputeDriver {
  const settings = settingsOf(options);
  const xapi = new Xapi({
    url: options.url,
    username: options.username,
    password: options.password,
    originator: `gdcloud/${settings.deployment}`,
    tls: options.tls,
    callTimeoutMs: options.callTimeoutMs,
  });
  const context: DriverContext = { xapi, tasks: new Tasks(xapi), settings };
  return {
    name: 'xenserver',
    servers: new ServersDriver(context),
    segments: new SegmentsDriver(context),
    disks: new DisksDriver(context, new Scans(xapi)),
    hosts: (call) => reportHosts(context, call),
    watch: (changed, { signal }) => watchServers(context, changed, signal),
  };
}

/** The plug-in that runs a cloud's servers on a XenServer or XCP-ng pool: it registers the driver under `COMPUTE`. */
export function xenserver(options: XenserverOptions): Plugin {
  return (container) => {
    container.register(COMPUTE, { useValue: createXenserverDriver(options) });
  };
}

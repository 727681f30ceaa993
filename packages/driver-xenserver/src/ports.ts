import { type Clock, systemClock } from '@gdcloud/core';
import { Connection } from './client/connection.js';
import { demandTls } from './client/tls.js';
import type { Connect } from './client/wire.js';
import type { XenserverOptions } from './options.js';

/** What the driver has from outside besides its options: time and the way to the pool. It uses no chance. */
export interface XenserverPorts {
  /** Default: the machine's own time; a cloud's, where the driver is one's plug-in. */
  readonly clock: Clock;
  /** Default: connections over HTTP, as the options say whom to trust. */
  readonly connect: Connect;
}

/** Fills in the defaults. Throws TypeError for options of TLS that do not say plainly whom to trust. */
export function portsOf(options: XenserverOptions, given: Partial<XenserverPorts>): XenserverPorts {
  demandTls(options.tls);
  const clock = given.clock ?? systemClock;
  const { connect = (url: string) => new Connection(url, options.tls, clock) } = given;
  return { clock, connect };
}

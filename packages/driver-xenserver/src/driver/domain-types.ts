import type { DriverCall } from '@gdcloud/core';
import type { Xapi } from '../client/xapi.js';

/** The version of the API whose VMs have a `domain_type`: that of XenServer 7.5. */
const SINCE = { major: 2, minor: 10 };

/** Whether the pool's VMs have a `domain_type`. Found out once: a pool that is upgraded meanwhile does without as well. */
export class DomainTypes {
  readonly #xapi: Xapi;
  #known: boolean | undefined;

  constructor(xapi: Xapi) {
    this.#xapi = xapi;
  }

  /** Looks at the master's version, the first time. */
  async areKnown(call: DriverCall): Promise<boolean> {
    this.#known ??= await this.#look(call);
    return this.#known;
  }

  async #look(call: DriverCall): Promise<boolean> {
    const [pool] = Object.values(await this.#xapi.read('pool.get_all_records', [], call));
    if (pool === undefined) return false;
    const host = await this.#xapi.read('host.get_record', [pool.master], call);
    const { API_version_major: major, API_version_minor: minor } = host;
    return major > SINCE.major || (major === SINCE.major && minor >= SINCE.minor);
  }
}

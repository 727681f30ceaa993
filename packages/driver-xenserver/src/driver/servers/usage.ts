import {
  type DriverCall,
  DriverFailure,
  type ObjectKey,
  type ServerUsage,
  type UsageSample,
  type UsageSpan,
} from '@gdcloud/core';
import { failing } from '../../client/driver-failure.js';
import { parseRrdUpdates, type RrdUpdates, UnreadableRrd } from '../../client/rrd-updates.js';
import { isNullRef } from '../../datamodel/ref.js';
import type { DriverContext } from '../context.js';
import { findOurs, SERVER } from '../ours.js';
import { findScreen } from './open-console.js';

/** More than a server of many disks and cards has in its longest span. */
const LARGEST_ANSWER = 4 * 2 ** 20;

/** What a running server used, by the round-robin database of the host that it runs on. */
export function serverUsage(
  context: DriverContext,
  key: ObjectKey,
  span: UsageSpan,
  call: DriverCall,
): Promise<ServerUsage> {
  const { xapi } = context;
  return failing(async () => {
    const found = await findOurs(context, SERVER, key, call);
    const home = found?.record.resident_on;
    if (found === undefined || home === undefined || isNullRef(home))
      return { stepSeconds: span.stepSeconds, samples: [] };
    // The host as it shows itself to clients, where it does; by its own record else.
    const screen = await findScreen(context, found.record, call);
    const address = screen?.host ?? (await xapi.read('host.get_record', [home], call)).address;
    const query = new URLSearchParams({
      start: String(Math.floor(span.from / 1_000)),
      cf: 'AVERAGE',
      interval: String(span.stepSeconds),
      vm_uuid: found.external,
    });
    const text = await xapi.download(
      address,
      (session) => `/rrd_updates?${query.toString()}&session_id=${encodeURIComponent(session)}`,
      { ...call, largest: LARGEST_ANSWER },
    );
    try {
      return usageOf(parseRrdUpdates(text), found.external);
    } catch (error) {
      if (!(error instanceof UnreadableRrd)) throw error;
      throw new DriverFailure('unavailable', 'UnreadableUsage', `the pool: ${error.message}`, {
        remedy: 'Check that the URL is that of a XenServer or XCP-ng pool of a supported release.',
      });
    }
  });
}

/** The series of one VM, as a server's usage. Pure. */
export function usageOf({ stepSeconds, legend, rows }: RrdUpdates, vm: string): ServerUsage {
  const names = legend.map((entry) => {
    const [cf, kind, uuid, ...name] = entry.split(':');
    return cf === 'AVERAGE' && kind === 'vm' && uuid === vm ? name.join(':') : '';
  });
  const columns = (pattern: RegExp): readonly number[] =>
    names.flatMap((name, index) => (pattern.test(name) ? [index] : []));
  const [cpus, memory] = [columns(/^cpu\d+$/), columns(/^memory$/)];
  const [reads, writes] = [columns(/^vbd_[a-z0-9]+_read$/), columns(/^vbd_[a-z0-9]+_write$/)];
  const [received, sent] = [columns(/^vif_\d+_rx$/), columns(/^vif_\d+_tx$/)];
  const samples = rows.map(({ at, values }): UsageSample => {
    const total = (from: readonly number[]): number | null =>
      sum(from.map((index) => values[index]));
    const busy = total(cpus);
    return {
      at,
      cpuPercent: busy === null ? null : Math.min(100, Math.max(0, (100 * busy) / cpus.length)),
      memoryBytes: total(memory),
      diskReadBytesPerSecond: total(reads),
      diskWriteBytesPerSecond: total(writes),
      networkReceiveBytesPerSecond: total(received),
      networkSendBytesPerSecond: total(sent),
    };
  });
  return { stepSeconds, samples };
}

function sum(values: readonly (number | null | undefined)[]): number | null {
  const known = values.filter((value) => typeof value === 'number');
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
}

import type { DeviceName } from '../plan/plan-names.js';
import type { LinkAddresses, NetworkProgram } from '../program/network-program.js';
import type { Step } from './link-steps.js';

/** A queue that somebody has given a device: the kernel's own, which have no handle, are not among them. */
export interface QueueState {
  readonly device: string;
  /** `tbf`, `clsact`: the discipline. */
  readonly kind: string;
  /** What it hangs on: the device as a whole, or what `tc` calls it by. */
  readonly place: 'root' | 'other';
  /** Bytes per second. */
  readonly rate?: number | undefined;
  /** Bytes that may go at once. */
  readonly burst?: number | undefined;
  /** Bytes that may wait. */
  readonly limit?: number | undefined;
}

/** What a device may send at once, and what may wait: at least that of a few of the largest frames; bytes. */
const SMALLEST_BUFFER = 32 * 1024;
/** What a device may send at once, in the time it takes at its rate; seconds. */
const BURST_SECONDS = 0.001;
/** How long what is sent may wait at most; seconds. */
const LONGEST_WAIT_SECONDS = 0.05;
/** `tc` counts in ticks of the kernel's clock, and prints what comes of it. */
const ROUNDING = 0.05;
const BITS = 8;
/** More than any link carries, so it limits nothing; bits per second. */
const UNLIMITED = 100e9;

/** Reads the queues that aren't the kernel's own out of what `tc -j qdisc show` prints. */
export function parseQueues(text: string): readonly QueueState[] {
  const parsed: unknown = text.trim() === '' ? [] : JSON.parse(text);
  if (!Array.isArray(parsed)) return [];
  return parsed.flatMap((entry: unknown): readonly QueueState[] => {
    const { dev: device, kind, handle, root, options } = fieldsOf(entry);
    if (typeof device !== 'string' || typeof kind !== 'string' || handle === '0:') return [];
    const { rate, burst, lat, limit } = fieldsOf(options);
    const place = root === true ? 'root' : 'other';
    if (typeof rate !== 'number' || typeof burst !== 'number') return [{ device, kind, place }];
    // It tells how long the last byte waits, in microseconds, instead of how many may.
    const waiting = typeof lat === 'number' ? burst + (rate * lat) / 1e6 : limit;
    return [
      {
        device,
        kind,
        place,
        rate,
        burst,
        ...(typeof waiting === 'number' ? { limit: waiting } : {}),
      },
    ];
  });
}

/**
 * Has each link send as fast as its network may: towards the outside by its uplinks, each of which has the limit, and
 * towards its servers. What waits goes on when a limit changes. It does when a limit ends, too: the queue stays, and is one
 * that limits nothing, as with a queue the kernel throws away what waits in it. Queues of strangers go.
 */
export function rateLimitSteps(
  { namespace, tenant, uplinks }: NetworkProgram,
  queues: readonly QueueState[],
): readonly Step[] {
  const lines = [tenant, ...uplinks].flatMap((link) =>
    linkLines(
      link,
      queues.filter(({ device }) => device === link.device),
    ),
  );
  if (lines.length === 0) return [];
  const input = `${lines.join('\n')}\n`;
  const command = { program: 'tc', arguments: ['-n', namespace, '-batch', '-'], input } as const;
  return [{ name: 'rateLimits', command }];
}

function linkLines(
  { device, rateLimit }: LinkAddresses,
  queues: readonly QueueState[],
): readonly string[] {
  const root = queues.find(({ place }) => place === 'root');
  // What arrives is looked at by nothing but the firewall.
  const others = queues.filter(
    ({ kind, place }) => place === 'other' && (kind === 'ingress' || kind === 'clsact'),
  );
  return [
    ...others.map(({ kind }) => `qdisc delete dev ${device} ${kind}`),
    ...rootLines(device, rateLimit, root),
  ];
}

function rootLines(
  device: DeviceName,
  rateLimit: number | null,
  root: QueueState | undefined,
): readonly string[] {
  if (rateLimit !== null) return isLimited(root, rateLimit) ? [] : [limitLine(device, rateLimit)];
  if (root === undefined || isLimited(root, UNLIMITED)) return [];
  return root.kind === 'tbf' ? [limitLine(device, UNLIMITED)] : [`qdisc delete dev ${device} root`];
}

// In place where there is one already: nothing that waits is lost.
function limitLine(device: DeviceName, rateLimit: number): string {
  const { burst, limit } = buffers(rateLimit);
  return `qdisc replace dev ${device} root tbf rate ${rateLimit}bit burst ${burst} limit ${limit}`;
}

function isLimited(queue: QueueState | undefined, rateLimit: number): boolean {
  const wanted = buffers(rateLimit);
  return (
    queue?.kind === 'tbf' &&
    queue.rate === rateLimit / BITS &&
    isAbout(queue.burst, wanted.burst) &&
    isAbout(queue.limit, wanted.limit)
  );
}

function buffers(rateLimit: number): { readonly burst: number; readonly limit: number } {
  const within = (seconds: number): number =>
    Math.max(SMALLEST_BUFFER, Math.ceil((rateLimit / BITS) * seconds));
  return { burst: within(BURST_SECONDS), limit: within(LONGEST_WAIT_SECONDS) };
}

// What an older `tc` doesn't tell can't be compared.
function isAbout(found: number | undefined, wanted: number): boolean {
  return found === undefined || Math.abs(found - wanted) <= wanted * ROUNDING;
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

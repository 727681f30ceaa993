/**
 * What a running guest would not take, noted down on the object itself: `<domain>@<moment>:<code>`. It holds for a while
 * and only as long as that domain runs, so that neither a crash nor another process tries it again and again, and
 * nothing else of the server has to wait for it.
 */
export interface Refusal {
  /** The domain that was running. */
  readonly domain: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** XAPI's. */
  readonly code: string;
}

/** How long a refusal holds before it is tried again; milliseconds. */
const HOLDS = 60_000;

/** The field of `other_config` that holds a refusal of `what`. */
export function refusalField(what: string): string {
  return `gdcloud:refused:${what}`;
}

/** Reads a refusal; undefined when there is none. */
export function readRefusal(
  config: Readonly<Record<string, string>>,
  what: string,
): Refusal | undefined {
  const { [refusalField(what)]: text = '' } = config;
  const [, domain, at, code] = /^(-?\d+)@(\d+):(\w+)$/.exec(text) ?? [];
  return code === undefined ? undefined : { domain: Number(domain), at: Number(at), code };
}

/** A refusal as it is stored. */
export function refusalText({ domain, at, code }: Refusal): string {
  return `${domain}@${at}:${code}`;
}

/** Whether a refusal still counts in this domain at this moment. */
export function isRefused(
  refusal: Refusal | undefined,
  { domain, now }: { readonly domain: number; readonly now: number },
): refusal is Refusal {
  return refusal?.domain === domain && Math.abs(now - refusal.at) < HOLDS;
}

/** Why it was refused, in words that follow “because”. */
export function reasonOf({ code }: Refusal): string {
  return REASONS[code] ?? `the pool does not allow it while the server runs (${code})`;
}

const REASONS: Readonly<Record<string, string>> = {
  DEVICE_DETACH_REJECTED:
    'its guest still uses the device: unmount it there, or restart the server',
  DEVICE_DETACH_TIMEOUT:
    'its guest does not let go of the device: unmount it there, or restart the server',
  VBD_NOT_UNPLUGGABLE: 'the device can’t be taken out while the server runs',
  VM_MISSING_PV_DRIVERS: 'its guest has no tools',
  VM_OLD_PV_DRIVERS: 'the tools of its guest are too old',
  VM_LACKS_FEATURE: 'its guest can’t do that while it runs',
  LICENCE_RESTRICTION: 'the licence of the pool does not allow it while the server runs',
  MEMORY_CONSTRAINT_VIOLATION_MAXPIN: 'the pool gives this server a fixed amount of memory',
};

/** Refusals of a guest to have a device plugged in or out: they pass, and nothing has happened. */
export const DEVICE_REFUSALS: readonly string[] = [
  'DEVICE_DETACH_REJECTED',
  'DEVICE_DETACH_TIMEOUT',
  'VBD_NOT_UNPLUGGABLE',
  'VM_MISSING_PV_DRIVERS',
  'VM_OLD_PV_DRIVERS',
];

/** Refusals to change the size of a running server. */
export const SIZE_REFUSALS: readonly string[] = [
  'VM_MISSING_PV_DRIVERS',
  'VM_OLD_PV_DRIVERS',
  'VM_LACKS_FEATURE',
  'OPERATION_NOT_ALLOWED',
  'LICENCE_RESTRICTION',
  'MEMORY_CONSTRAINT_VIOLATION',
  'MEMORY_CONSTRAINT_VIOLATION_ORDER',
  'MEMORY_CONSTRAINT_VIOLATION_MAXPIN',
];

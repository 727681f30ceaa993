import type { Duplex } from 'node:stream';
import { isServed, opens, scopesOf } from '../../model/credential-standing.js';
import { DriverFailure, ensureError } from '../../model/errors.js';
import type { Resource } from '../../model/resource.js';
import { isWithin } from '../../model/scopes.js';
import type { Clock } from '../../ports/clock.js';
import type { ComputeDriver } from '../../ports/drivers/compute.js';
import type { EventBus } from '../../ports/event-bus.js';
import type { Logger } from '../../ports/logger.js';
import type { Store } from '../../ports/store.js';
import { unownedCall } from '../unowned-call.js';
import { SERVER_PART, virtualmachine } from '../virtualmachine/virtualmachine.js';
import type { Admitted, ConsoleTickets } from './console-tickets.js';

/** How long the way to a console may take to open; milliseconds. */
const OPENING_MS = 15_000;
/** How long a console outlives, at most, what nobody told us of; milliseconds. */
const LOOK_EVERY_MS = 5_000;

/** Opens consoles for those who show a ticket: what stands between a browser and the hypervisor. */
export interface Consoles {
  /**
   * Lets in who shows a ticket, which is used up by that. Undefined for a ticket that opens nothing (any more), whatever
   * the reason. Throws DriverFailure when the hypervisor does not open, PortUnavailable when the store can't answer.
   */
  open(ticket: string, options: { readonly signal: AbortSignal }): Promise<OpenConsole | undefined>;
}

/** A console that is open. */
export interface OpenConsole {
  /** RFB, raw, both ways. Whoever opened it destroys it. */
  readonly stream: Duplex;
  /** Aborts when the server is to stop or to go, or when the account that asked, or its key, is not let in any more. */
  readonly revoked: AbortSignal;
}

/** What consoles are opened with. */
export interface ConsolesOptions {
  readonly tickets: ConsoleTickets;
  readonly compute: ComputeDriver;
  readonly store: Pick<Store, 'get'>;
  readonly events: EventBus;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Makes the consoles of a cloud. */
export function consolesOf(options: ConsolesOptions): Consoles {
  return {
    async open(ticket, { signal }) {
      const admitted = await options.tickets.redeem(ticket);
      const server = admitted && (await stillOpen(options, admitted));
      if (admitted === undefined || server === undefined) return undefined;
      const stream = await openStream(options, server, signal);
      return { stream, revoked: revocation(options, admitted, stream) };
    },
  };
}

// A server that is not running has no console, and one that is to go shows nothing more.
async function stillOpen(
  { store, clock }: ConsolesOptions,
  { server, account, key }: Admitted,
): Promise<Resource<typeof virtualmachine> | undefined> {
  const uuids = [server, account, ...(key === undefined ? [] : [key])];
  const [row, owner, opened] = await Promise.all(uuids.map((uuid) => store.get(uuid)));
  if (!isServed(owner)) return undefined;
  if (key !== undefined && !isGoodFor(opened, clock.now())) return undefined;
  if (row?.type !== virtualmachine.id) return undefined;
  // The type says which document a row holds.
  const found = row as Resource<typeof virtualmachine>;
  return virtualmachine.questions['console']?.available(found) === true ? found : undefined;
}

function isGoodFor(key: Resource | undefined, now: number): boolean {
  return opens(key, now) && isWithin(scopesOf(key), virtualmachine.id, 'act');
}

function openStream(
  { compute, clock }: ConsolesOptions,
  { uuid, parts }: Resource,
  stop: AbortSignal,
): Promise<Duplex> {
  const part = parts[SERVER_PART];
  const key = { uuid, epoch: part?.epoch ?? 1, external: part?.external ?? undefined };
  return unownedCall({ clock, limitMs: OPENING_MS, stop, overdue }, async (call) => {
    if (compute.console === undefined) throw noConsoles();
    const stream = await compute.console(key, call);
    // Whoever waited is gone: nobody else would close it.
    if (call.signal.aborted) stream.on('error', () => undefined).destroy();
    return stream;
  });
}

/** The failure of a cloud whose compute driver opens no consoles in this process. */
export function noConsoles(): DriverFailure {
  return new DriverFailure(
    'invalid',
    'NoConsoles',
    'this process has no way to consoles: its compute driver has none, or runs in a driver host',
    { remedy: 'Run the compute driver in the processes that take requests (the role api).' },
  );
}

function overdue(): DriverFailure {
  return new DriverFailure('unavailable', 'ConsoleOverdue', 'the console did not open in time', {
    remedy: 'Ask for another console in a moment.',
  });
}

// Hints tell soon and may be lost; the look from time to time tells surely.
function revocation(options: ConsolesOptions, admitted: Admitted, stream: Duplex): AbortSignal {
  const { clock, events, logger } = options;
  const controller = new AbortController();
  let cancel = (): void => undefined;
  let looking: 'yes' | 'no' = 'no';
  const look = async (): Promise<void> => {
    try {
      if ((await stillOpen(options, admitted)) === undefined) controller.abort();
    } catch (error) {
      // While the store is away nobody can take anything back either.
      logger.debug({ error: ensureError(error).message }, 'a console could not be looked after');
    }
  };
  const soon = (): void => {
    if (looking === 'yes') return;
    looking = 'yes';
    void look().then(() => {
      looking = 'no';
    });
  };
  const again = (): void => {
    cancel = clock.schedule(LOOK_EVERY_MS, () => {
      soon();
      again();
    });
  };
  again();
  const unsubscribe = events.subscribe(({ uuid }) => {
    if (uuid === admitted.server || uuid === admitted.account || uuid === admitted.key) soon();
  });
  // Its end is all there is to wait for; a bus that could not be heard leaves the looks.
  unsubscribe.catch(() => undefined);
  stream.once('close', () => {
    cancel();
    unsubscribe.then((leave) => leave()).catch(() => undefined);
  });
  return controller.signal;
}

import { timingSafeEqual } from 'node:crypto';
import { parseUuid, type ResourceUuid } from '../../model/identity.js';
import type { GenerateTools } from '../../model/resource-type.js';
import type { Clock } from '../../ports/clock.js';
import type { RoutineTask } from '../../ports/routine-task.js';
import type { Store } from '../../ports/store.js';

/** How long a ticket can be shown after it was issued; milliseconds. */
export const TICKET_LIFE_MS = 60_000;
/** How long a used ticket is remembered beyond its life: clocks of processes differ by less. */
export const REMEMBERED_MS = 10 * 60_000;
/** How often it is looked which can be forgotten; milliseconds. */
export const SWEEP_EVERY_MS = 10 * 60_000;
/** Where used tickets are remembered; what holds an item of it is no resource. */
export const TICKET_POOL = 'console tickets';
const SECRET_LENGTH = 22;
/** Keeps what is signed here from being taken for a secret of another kind. */
const PURPOSE = 'console ticket ';
const LONGEST_TICKET = 400;

/** What a ticket opens, and for whom. */
export interface Admitted {
  readonly server: ResourceUuid;
  /** The account that asked for it. */
  readonly account: ResourceUuid;
  /** The key or the login that it asked with; absent where there was none. */
  readonly key?: ResourceUuid | undefined;
}

/** A new ticket. */
export interface Ticket {
  /** Whoever shows it first is let in: a secret. */
  readonly text: string;
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

/** What tickets are made and kept with. */
export interface ConsoleTicketsOptions {
  readonly store: Pick<Store, 'allocate' | 'allocated' | 'release'>;
  readonly clock: Clock;
  readonly secrets: GenerateTools;
  readonly newUuid: () => ResourceUuid;
}

/**
 * Tickets to consoles: signed with the cloud's own secret, so that any of its processes can check one that another has
 * issued, and good once. Nothing is stored of one before it is shown; then its name is, until it would be too old anyway.
 */
export class ConsoleTickets {
  readonly #options: ConsoleTicketsOptions;

  constructor(options: ConsoleTicketsOptions) {
    this.#options = options;
  }

  /** Makes a ticket. It is told to nobody else. */
  issue({ server, account, key = account }: Admitted): Ticket {
    const { clock, secrets, newUuid } = this.#options;
    const expires = clock.now() + TICKET_LIFE_MS;
    // Where there was no key the account stands in its place, which says nothing more.
    const who = [server, account, key];
    const signed = [newUuid(), expires.toString(36), ...who, secrets.secret(SECRET_LENGTH)].join(
      '.',
    );
    return { text: `${signed}.${this.#seal(signed)}`, expires };
  }

  /** What a ticket opens; undefined when it is none of ours, too old, or was shown before. */
  async redeem(text: string): Promise<Admitted | undefined> {
    const { clock, secrets, store } = this.#options;
    const cut = text.lastIndexOf('.');
    if (text.length > LONGEST_TICKET || cut < 0) return undefined;
    const signed = text.slice(0, cut);
    if (!isSame(text.slice(cut + 1), this.#seal(signed))) return undefined;
    const [name, until = '', ...who] = signed.split('.');
    const ticket = parseUuid(name ?? '');
    const [server, account, key] = who.slice(0, 3).map((word) => parseUuid(word));
    if (ticket === undefined || server === undefined || account === undefined) return undefined;
    if (!(Number.parseInt(until, 36) > clock.now())) return undefined;
    // The first to show it gets the mark that it asks for; everybody after that gets the first one's.
    const mark = `${until} ${ticket} ${secrets.secret(SECRET_LENGTH)}`;
    const kept = await store.allocate(TICKET_POOL, ticket, [mark]);
    return kept === mark ? { server, account, key: key === account ? undefined : key } : undefined;
  }

  /** Forgets which tickets were shown, once they are too old to be shown again. */
  get sweep(): RoutineTask {
    const { clock, store } = this.#options;
    return {
      name: 'forget used console tickets',
      everyMs: SWEEP_EVERY_MS,
      run: async ({ signal }) => {
        for (const mark of await store.allocated(TICKET_POOL)) {
          if (signal.aborted) return;
          const [until = '', name = ''] = mark.split(' ');
          const ticket = parseUuid(name);
          const old = Number.parseInt(until, 36) + REMEMBERED_MS < clock.now();
          if (ticket !== undefined && old) await store.release(TICKET_POOL, ticket);
        }
      },
    };
  }

  #seal(signed: string): string {
    return this.#options.secrets.digest(`${PURPOSE}${signed}`);
  }
}

function isSame(given: string, right: string): boolean {
  const [left, other] = [Buffer.from(given), Buffer.from(right)];
  return left.length === other.length && timingSafeEqual(left, other);
}

import type { Clock } from '../../ports/clock.js';
import type { LiveSession } from './live-session.js';
import type { Members } from './members.js';

/** How many times in a session time the members are asked for, while that fails. */
const LOOKS = 6;

/** Notices when members go, which is when what they held is free. */
export class Departures {
  readonly #members: Members;
  readonly #clock: Clock;
  readonly #tell: () => void;
  #known: ReadonlySet<string> = new Set();
  #look = 0;

  constructor(members: Members, clock: Clock, tell: () => void) {
    this.#members = members;
    this.#clock = clock;
    this.#tell = tell;
  }

  /** Looks who is there and goes on from session to session: what happens in between is told of too. Never fails. */
  async watch(session: LiveSession): Promise<void> {
    this.#look += 1;
    const look = this.#look;
    // One look has one successor, whether it is called by a change or because it failed.
    const again = (): void => {
      if (look === this.#look && !session.over.aborted) void this.watch(session);
    };
    try {
      const members = await this.#members.list(session, again);
      if (look !== this.#look) return;
      const present = new Set(members.map((member) => member.session));
      const departed = [...this.#known].some((one) => !present.has(one));
      this.#known = present;
      if (departed) this.#tell();
    } catch {
      this.#clock.schedule(session.timeoutMs / LOOKS, again);
    }
  }
}

import type { Duplex } from 'node:stream';
import {
  REMEMBERED_MS,
  SWEEP_EVERY_MS,
  TICKET_POOL,
} from '../../../cloud/console/console-tickets.js';
import type { Invariant } from '../facts.js';
import { nameOf } from './rows.js';

/** How long after its showing a console may open: a kernel may stand still in between. */
const OPENING = 2 * 60_000;
/** A sweep comes a fifth late at the most, and again soon when it failed. */
const SWEPT = 1.2 * SWEEP_EVERY_MS + 60_000;

/** I24: whoever looks at a screen has shown a ticket of his own that nobody has shown before. */
export const consolesAreClosed: Invariant = {
  id: 'I24',
  name: 'a ticket opens one console, in time and once, which closes with its server',
  reason: 'Whoever sits at a console needs no password.',
  watch(view) {
    const { database, outside, world } = view;
    const used = new Set<string>();
    const watched = new Set<Duplex>();
    return {
      letIn({ ticket, shownAt, server, account, stream }) {
        watched.add(stream);
        const row = database.row(server);
        if (row === undefined) return `somebody looks at ${server}, which is not known`;
        if (used.has(ticket.text)) return `a ticket to ${nameOf(row)} was taken twice`;
        used.add(ticket.text);
        if (row.account !== account) return `${account} looks at ${nameOf(row)} of another account`;
        if (world.now > ticket.expires + OPENING)
          return `a ticket to ${nameOf(row)} was taken ${world.now - ticket.expires} ms too late`;
        return row.deleteRequestedAt !== null && row.deleteRequestedAt < shownAt
          ? `a ticket to ${nameOf(row)} was taken, which is to go`
          : undefined;
      },
      rested() {
        for (const { server, stream } of outside.consoles.open) {
          if (!watched.has(stream)) return `a console of ${server} is open, and nobody looks at it`;
          const row = database.row(server);
          const runs =
            row?.removed === null &&
            row.deleteRequestedAt === null &&
            row.spec['desiredState'] === 'running';
          if (!runs) return `the console of ${server} is open, and it is not to run`;
        }
        for (const { pool, item } of database.store.allocations()) {
          const until = Number.parseInt(item.split(' ')[0] ?? '', 36);
          if (pool === TICKET_POOL && world.now > until + REMEMBERED_MS + SWEPT)
            return `a ticket that was too old at ${until} is still remembered`;
        }
        return undefined;
      },
    };
  },
};

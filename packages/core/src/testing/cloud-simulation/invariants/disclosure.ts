import type { ResourceUuid } from '../../../model/identity.js';
import type { Invariant } from '../facts.js';
import { nameOf } from './rows.js';

/** I17: every change of desired state is in the history, written together with it. */
export const changesAreOnRecord: Invariant = {
  id: 'I17',
  name: 'every change of desired state has an event of its own, in the same write',
  reason: 'Who did this is asked when it is too late to begin writing it down.',
  watch({ database }) {
    const lengths = new Map<ResourceUuid, number>();
    return {
      wrote({ method, after }) {
        const length = database.store.histories.get(after.uuid)?.length ?? 0;
        const before = lengths.get(after.uuid) ?? 0;
        lengths.set(after.uuid, length);
        return (method === 'change' || method === 'insert') && length <= before
          ? `${nameOf(after)} was changed without an event`
          : undefined;
      },
    };
  },
};

/** Writes of what is asked for. */
const DESIRED: ReadonlySet<string> = new Set(['insert', 'change', 'reseal']);

/** I18: secrets are told to nobody. */
export const secretsStay: Invariant = {
  id: 'I18',
  name: 'no row, hint, log line or event carries a secret',
  reason: 'Copies of databases travel, and logs further.',
  watch({ secrets, database }) {
    const tickets = new Set<string>();
    const leak = (where: string, text: string): string | undefined =>
      [...secrets, ...tickets].some((secret) => text.includes(secret))
        ? `${where} tells a secret`
        : undefined;
    const written = new Set<ResourceUuid>();
    return {
      wrote({ method, after }) {
        written.add(after.uuid);
        return DESIRED.has(method) ? leak(nameOf(after), JSON.stringify(after.spec)) : undefined;
      },
      told({ secret }) {
        if (secret !== undefined) tickets.add(secret);
        return undefined;
      },
      published: (hint) => leak('a hint', JSON.stringify(hint)),
      said: (line) => leak('a log line', line),
      rested() {
        for (const uuid of written) {
          const writes = database.store.histories.get(uuid) ?? [];
          const found = leak(`the history of ${uuid}`, JSON.stringify(writes));
          if (found !== undefined) return found;
        }
        return undefined;
      },
    };
  },
};

import { asOperationKey, DriverFailure } from '@gdcloud/core';
import type { Mutation } from './mutation.js';
import { overDrivers } from './over-ports.js';

/** A backend that does not answer is taken for one that has nothing. */
export const unknownIsAbsent: Mutation = {
  name: 'unknown is taken for absent',
  reason: 'a host that can’t be reached still runs its servers',
  seed: 40,
  tamper: () =>
    overDrivers(() => (driver) => ({
      ...driver,
      observe: async (key, desired, call) => {
        try {
          const seen = await driver.observe(key, desired, call);
          return seen.presence === 'unknown' ? { presence: 'absent' } : seen;
        } catch (thrown) {
          if (thrown instanceof DriverFailure && thrown.outcome === 'unavailable')
            return { presence: 'absent' };
          throw thrown;
        }
      },
    })),
};

/** Every call is a new operation to the backend. */
export const noIdempotencyKey: Mutation = {
  name: 'no idempotency key',
  reason: 'a reply that gets lost is a server that reboots twice',
  seed: 3763,
  tamper: () => {
    let count = 0;
    return overDrivers(() => (driver) => ({
      ...driver,
      update: async (key, desired, change, call) => {
        count += 1;
        const operation = asOperationKey(`${call.operation}:${count}`);
        return driver.update(key, desired, change, { ...call, operation });
      },
    }));
  },
};

/** What carries our key is not ours before we know what the backend calls it. */
export const noAdoption: Mutation = {
  name: 'no adoption',
  reason: 'what was made by a call whose answer got lost is made again, or left behind',
  seed: 142,
  tamper: () =>
    overDrivers(() => (driver) => ({
      ...driver,
      observe: async (key, desired, call) => {
        const seen = await driver.observe(key, desired, call);
        return seen.presence === 'present' && key.external === undefined
          ? { presence: 'absent' }
          : seen;
      },
    })),
};

/** What holds data is treated like everything else. */
export const dataIsNothingSpecial: Mutation = {
  name: 'data is made anew',
  reason: 'an empty disk in the place of a missing one hides that data is lost',
  seed: 5,
  tamper: () =>
    overDrivers(() => (driver) => ({
      ...driver,
      traits: { ...driver.traits, dataBearing: false },
    })),
};

/** A deletion that was asked for counts as done. */
export const deletionIsBelieved: Mutation = {
  name: 'a deletion is believed without a look',
  reason: 'what is struck off and still there is paid for and seen by nobody',
  seed: 341,
  tamper: () =>
    overDrivers(() => {
      const deleted = new Set<string>();
      return (driver) => ({
        ...driver,
        observe: async (key, desired, call) =>
          desired === undefined && deleted.has(`${driver.name} ${key.uuid} ${key.epoch}`)
            ? { presence: 'absent' }
            : driver.observe(key, desired, call),
        delete: async (key, call) => {
          deleted.add(`${driver.name} ${key.uuid} ${key.epoch}`);
          return driver.delete(key, call);
        },
      });
    }),
};

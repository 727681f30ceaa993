import type { Accepted, DiskFileActual, Driver, StorageDriver } from '@gdcloud/core';
import type { Backend, Specs, Subject } from '@gdcloud/core/testing';
import type { FirstUse } from '@gdcloud/driver-nfs-vhd';
import type { Guests } from './guests.js';
import { filesOf, systemError } from './served-files.js';
import { type ShareAway, type ShareBefore, ShareWorld } from './share-world.js';

/** A driver of the share to be examined, and the world it is examined in. */
export interface ShareCase<Desired> {
  readonly disks: (driver: StorageDriver) => Driver<Desired, DiskFileActual>;
  readonly visibility: 'hidden' | 'visible';
  readonly specs: Specs<Desired>;
  readonly before: ShareBefore;
  /** As the operator has chosen; default `prepare`. */
  readonly firstUse?: FirstUse;
  readonly away: ShareAway;
  /** What else goes when a process dies. */
  readonly death: 'process' | 'powerToo';
  /** Whether somebody uses the disks behind the driver's back, default; `none` where their files are replaced. */
  readonly users?: 'some' | 'none';
}

/** One case as a subject of the kit. */
export function shareSubject<Desired>(
  name: string,
  { disks, visibility, specs, before, firstUse, away, death, users }: ShareCase<Desired>,
): Subject<Desired, DiskFileActual> {
  return {
    name,
    specs,
    backend: async (env): Promise<Backend<Desired, DiskFileActual>> => {
      const world = new ShareWorld(env, away);
      await world.prepare(before, visibility === 'visible' ? 'image' : 'volume');
      // An empty folder that is not mounted can't be told from one that never was a share.
      const cut = away === 'unmounted' && before === 'empty' ? {} : cutting(world);
      return {
        effects: 'virtual',
        open: (process) => {
          world.guests.demandData();
          if (death === 'powerToo') process.atEnd(() => world.losePower());
          const files = filesOf(process, world.disk, world.line);
          const driver = disks(world.open(files, process, firstUse));
          return users === 'none' ? driver : inUse(driver, world.guests);
        },
        objects: () => world.objects(),
        ...cut,
        destroy: (external) => world.destroy(external),
        makeForeign: (foreign) => world.makeForeign(foreign, visibility),
        lostReply: () => systemError('ETIMEDOUT', -110, 'the server does not answer'),
        refusal: () => systemError('EIO', -5, 'i/o error'),
        close: () => world.guests.demandData(),
      };
    },
  };
}

function cutting(world: ShareWorld): Pick<Backend<unknown, unknown>, 'down' | 'up'> {
  return { down: () => world.down(), up: () => world.up() };
}

/** The driver, with guests on its disks from the moment it calls them ready until it is told to remove them. */
function inUse<Desired>(
  driver: Driver<Desired, DiskFileActual>,
  guests: Guests,
): Driver<Desired, DiskFileActual> {
  const ready = (uuid: string, accepted: Accepted): Accepted => {
    if (accepted.settled) guests.use(uuid);
    return accepted;
  };
  return {
    ...driver,
    observe: async (key, desired, call) => {
      const seen = await driver.observe(key, desired, call);
      const asked = desired !== undefined && seen.presence === 'present';
      if (asked && seen.changes.length === 0) guests.use(key.uuid);
      if (desired === undefined && seen.presence === 'absent') guests.takeLeave(key.uuid);
      return seen;
    },
    create: async (key, desired, call) => {
      guests.expect(key.uuid);
      return ready(key.uuid, await driver.create(key, desired, call));
    },
    delete: (key, call) => {
      if (!call.signal.aborted) guests.release(key.uuid);
      return driver.delete(key, call);
    },
  };
}

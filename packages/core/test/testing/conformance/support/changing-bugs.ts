import {
  type Accepted,
  asExternalId,
  type Change,
  type DriverCall,
  type ExternalId,
  type ObjectKey,
  type Observation,
} from '@gdcloud/core';
import type { Bug, Documents } from './bug.js';
import {
  type Content,
  type DocumentActual,
  type DocumentDesired,
  FileDriver,
  rejected,
} from './file-driver.js';
import type { Files } from './folder.js';

/** Mistakes in changing and deleting. */
export const CHANGING_BUGS: readonly Bug[] = [
  {
    name: 'a delete of nothing fails',
    caughtBy: 'delete-nothing',
    open: (files) =>
      new (class extends FileDriver {
        override async delete(key: ObjectKey, call: DriverCall): Promise<Accepted> {
          const seen = await this.observe(key, undefined, call);
          if (seen.presence === 'absent') throw rejected('Gone', 'there is nothing to delete');
          return super.delete(key, call);
        }
      })(files),
  },
  {
    name: 'a delete takes what has the name, whichever one was meant',
    caughtBy: 'delete-only-what-it-names',
    open: (files, { random }) =>
      new (class extends FileDriver {
        protected override accepted(key: ObjectKey): Accepted {
          const making = Buffer.from(random.bytes(6)).toString('hex');
          return { external: asExternalId(`${this.fileName(key)} ${making}`), settled: true };
        }
      })(files),
  },
  {
    name: 'a repeated change counts twice',
    caughtBy: 'change-late',
    open: (files) =>
      new (class extends FileDriver {
        protected override isDone(): boolean {
          return false;
        }
      })(files),
  },
  {
    name: 'a change is listed for ever',
    caughtBy: 'change-nothing',
    open: (files) =>
      new (class extends FileDriver {
        protected override changes(content: Content, desired: DocumentDesired): readonly Change[] {
          const note: Change = { field: 'note', desired: `${desired.note} `, actual: content.note };
          return [...super.changes(content, desired), note];
        }
      })(files),
  },
  {
    name: 'remembers in memory that a change is under way',
    caughtBy: 'change-unsettled-is-busy',
    open: (files, { clock }) =>
      new (class extends FileDriver {
        readonly #until = new Map<string, number>();
        override async observe(
          key: ObjectKey,
          desired: DocumentDesired | undefined,
          call: DriverCall,
        ): Promise<Observation<DocumentActual>> {
          const seen = await super.observe(key, desired, call);
          if (seen.presence !== 'present') return seen;
          const { presence, external, actual, changes } = seen;
          const quiet = { presence, external, actual, changes };
          return (this.#until.get(key.uuid) ?? 0) > clock.monotonic()
            ? { ...quiet, busy: true }
            : quiet;
        }
        override async update(...args: Parameters<Documents['update']>): Promise<Accepted> {
          const accepted = await super.update(...args);
          if (!accepted.settled) this.#until.set(args[0].uuid, clock.monotonic() + 2_500);
          return accepted;
        }
      })(files),
  },
  {
    name: 'ignores the fence, though it says cas',
    caughtBy: 'fence-older-update',
    open: (files) =>
      new (class extends FileDriver {
        protected override demandFence(): void {}
      })(files),
  },
  {
    name: 'checks the fence and then writes over whatever is there',
    caughtBy: 'fence-paused-holder',
    open: (files) =>
      new FileDriver({
        names: () => files.names(),
        read: (name) => files.read(name),
        make: (name, text) => files.make(name, text),
        replace: (name, text, version) =>
          latest(files, name, version, (now) => files.replace(name, text, now)),
        replaceSlowly: (name, text, version) =>
          latest(files, name, version, (now) => files.replaceSlowly(name, text, now)),
        remove: (name, version) => files.remove(name, version),
      }),
  },
  {
    name: 'swallows a refusal and says that it is done',
    caughtBy: 'update-refused',
    open: (files) =>
      new (class extends FileDriver {
        override async update(...args: Parameters<Documents['update']>): Promise<Accepted> {
          return super.update(...args).catch(() => this.accepted(args[0]));
        }
      })(files),
  },
  {
    name: 'a change gives the object another external id',
    caughtBy: 'change-keeps-external',
    open: (files) =>
      new (class extends FileDriver {
        override async observe(
          ...args: Parameters<Documents['observe']>
        ): Promise<Observation<DocumentActual>> {
          const seen = await super.observe(...args);
          if (seen.presence !== 'present') return seen;
          const external: ExternalId = asExternalId(`${seen.external}#${seen.actual.edits}`);
          return { ...seen, external };
        }
      })(files),
  },
];

async function latest(
  files: Files,
  name: string,
  version: number,
  write: (version: number) => Promise<void>,
): Promise<void> {
  const file = await files.read(name);
  return write(file?.version ?? version);
}

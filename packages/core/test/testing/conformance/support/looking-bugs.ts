import type { Accepted, DriverCall, ObjectKey, Observation, OwnedPage } from '@gdcloud/core';
import type { Bug, Documents } from './bug.js';
import {
  type Content,
  type DocumentActual,
  type DocumentDesired,
  FileDriver,
  type Found,
} from './file-driver.js';
import type { Files } from './folder.js';

/** Mistakes in looking and listing. */
export const LOOKING_BUGS: readonly Bug[] = [
  {
    name: 'says absent when the share is away',
    caughtBy: 'observe-while-down',
    open: (files) =>
      new (class extends FileDriver {
        override async observe(
          ...args: Parameters<Documents['observe']>
        ): Promise<Observation<DocumentActual>> {
          return super
            .observe(...args)
            .catch((): Observation<DocumentActual> => ({ presence: 'absent' }));
        }
      })(files),
  },
  {
    name: 'the list leaves out what is half made',
    caughtBy: 'list-half-made',
    open: (files) =>
      new (class extends FileDriver {
        protected override isListed(content: Content | undefined): boolean {
          return super.isListed(content) && content?.stage === 'ready';
        }
      })(files),
  },
  {
    name: 'the list shows what is not ours',
    caughtBy: 'list-only-ours',
    open: (files) =>
      new (class extends FileDriver {
        protected override isListed(): boolean {
          return true;
        }
      })(files),
  },
  {
    name: 'a look makes the file that is missing',
    caughtBy: 'observe-changes-nothing',
    open: (files) =>
      new (class extends FileDriver {
        override async observe(
          key: ObjectKey,
          desired: DocumentDesired | undefined,
          call: DriverCall,
        ): Promise<Observation<DocumentActual>> {
          const seen = await super.observe(key, desired, call);
          if (seen.presence === 'absent' && desired !== undefined) {
            await this.create(key, desired, call);
          }
          return seen;
        }
      })(files),
  },
  {
    name: 'ignores the epoch',
    caughtBy: 'observe-another-epoch',
    open: (files) =>
      new (class extends FileDriver {
        protected override fileName(key: ObjectKey): string {
          return `${key.uuid}.1.json`;
        }
      })(files),
  },
  {
    name: 'a page begins one too late',
    caughtBy: 'list-many',
    open: (files) =>
      new (class extends FileDriver {
        override async list(cursor: string | undefined, call: DriverCall): Promise<OwnedPage> {
          const page = await super.list(cursor, call);
          return cursor === undefined ? page : { ...page, objects: page.objects.slice(1) };
        }
      })(files),
  },
  {
    name: 'the cursor counts entries',
    caughtBy: 'list-while-deleting',
    open: (files) =>
      new (class extends FileDriver {
        override async list(cursor: string | undefined, call: DriverCall): Promise<OwnedPage> {
          const all: OwnedPage['objects'][number][] = [];
          let page = await super.list(undefined, call);
          all.push(...page.objects);
          while (page.cursor !== undefined) {
            page = await super.list(page.cursor, call);
            all.push(...page.objects);
          }
          const from = Number(cursor ?? 0);
          const objects = all.slice(from, from + 20);
          return all.length > from + 20 ? { objects, cursor: String(from + 20) } : { objects };
        }
      })(files),
  },
  {
    name: 'remembers what it saw last',
    caughtBy: 'observe-what-others-did',
    open: (files) =>
      new (class extends FileDriver {
        readonly #seen = new Map<string, Found | undefined>();
        protected override async find(files: Files, key: ObjectKey): Promise<Found | undefined> {
          const name = this.fileName(key);
          const known = this.#seen.get(name);
          if (known !== undefined) return known;
          const found = await super.find(files, key);
          this.#seen.set(name, found);
          return found;
        }
        override async update(...args: Parameters<Documents['update']>): Promise<Accepted> {
          this.#seen.clear();
          const accepted = await super.update(...args);
          this.#seen.clear();
          return accepted;
        }
      })(files),
  },
];

import {
  type Accepted,
  asExternalId,
  type Change,
  type DriverCall,
  type ObjectKey,
} from '@gdcloud/core';
import type { Bug } from './bug.js';
import {
  type Content,
  type DocumentDesired,
  FileDriver,
  type Found,
  parse,
} from './file-driver.js';
import type { Files } from './folder.js';

/** Mistakes about which object is whose, and about making it. */
export const IDENTITY_BUGS: readonly Bug[] = [
  {
    name: 'the file has a name made by chance, kept in memory',
    caughtBy: 'identity-without-record',
    open: (files, { random }) =>
      new (class extends FileDriver {
        readonly #names = new Map<string, string>();
        protected override fileName(key: ObjectKey): string {
          const known = this.#names.get(key.uuid);
          if (known !== undefined) return known;
          const hex = Buffer.from(random.bytes(6)).toString('hex');
          const name = `${hex}aa-0000-7000-8000-000000000000.${key.epoch}.json`.padStart(43, '0');
          this.#names.set(key.uuid, name);
          return name;
        }
      })(files),
  },
  {
    name: 'the stamp comes in a second call',
    caughtBy: 'identity-in-the-very-call',
    open: (files, { random }) =>
      new (class extends FileDriver {
        protected override async make(
          files: Files,
          key: ObjectKey,
          content: Content,
        ): Promise<void> {
          if ((await files.read(this.fileName(key))) !== undefined) return;
          const draft = `draft-${Buffer.from(random.bytes(6)).toString('hex')}.json`;
          await files.make(draft, '{}');
          const made = await files.read(draft);
          await super.make(files, key, content);
          if (made !== undefined) await files.remove(draft, made.version);
        }
      })(files),
  },
  {
    name: 'finds out that the size is invalid when the file is there',
    caughtBy: 'invalid-before-anything',
    open: (files) =>
      new (class extends FileDriver {
        #late: DocumentDesired | undefined;
        protected override validate(desired: DocumentDesired): void {
          this.#late = desired;
        }
        protected override async fill(
          files: Files,
          key: ObjectKey,
          call: DriverCall,
        ): Promise<void> {
          if (this.#late !== undefined) super.validate(this.#late);
          return super.fill(files, key, call);
        }
      })(files),
  },
  {
    name: 'finds its file by its title',
    caughtBy: 'create-same-name',
    open: (files) =>
      new (class extends FileDriver {
        override async create(
          key: ObjectKey,
          desired: DocumentDesired,
          call: DriverCall,
        ): Promise<Accepted> {
          for (const name of await this.files.names()) {
            const content = parse((await this.files.read(name))?.text ?? '');
            if (content?.title === desired.title) {
              return { external: asExternalId(name), settled: true };
            }
          }
          return super.create(key, desired, call);
        }
      })(files),
  },
  {
    name: 'writes the file in two halves and takes half a file for a whole one',
    caughtBy: 'fault-create-same-outcome',
    open: (files) =>
      new (class extends FileDriver {
        protected override async make(
          files: Files,
          key: ObjectKey,
          content: Content,
        ): Promise<void> {
          const text = JSON.stringify(content);
          await super.make(files, key, { ...content, title: '' });
          const file = await files.read(this.fileName(key));
          if (file !== undefined && parse(file.text)?.stage === 'making') {
            await files.replace(this.fileName(key), text, file.version);
          }
        }
        protected override changes(content: Content, desired: DocumentDesired): readonly Change[] {
          const changes = super.changes(content, desired);
          return content.title === '' ? changes.filter(({ field }) => field !== 'title') : changes;
        }
      })(files),
  },
  {
    name: 'takes what is not ours for its own',
    caughtBy: 'identity-foreign',
    open: (files) =>
      new (class extends FileDriver {
        protected override async find(files: Files, key: ObjectKey): Promise<Found | undefined> {
          for (const name of await files.names()) {
            const file = await files.read(name);
            const content = parse(file?.text ?? '');
            if (file === undefined || content?.owner === 'us') continue;
            if (content?.title === 'like-ours') return { file, content: { ...content, edits: 0 } };
          }
          return super.find(files, key);
        }
      })(files),
  },
  {
    name: 'a late create writes over what was changed since',
    caughtBy: 'create-late',
    open: (files) =>
      new (class extends FileDriver {
        protected override async make(
          files: Files,
          key: ObjectKey,
          content: Content,
        ): Promise<void> {
          const file = await files.read(this.fileName(key));
          if (file === undefined) return super.make(files, key, content);
          await files.replace(this.fileName(key), JSON.stringify(content), file.version);
        }
      })(files),
  },
];

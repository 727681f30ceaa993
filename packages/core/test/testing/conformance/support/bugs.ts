import {
  type Accepted,
  asExternalId,
  type Change,
  type Driver,
  type DriverCall,
  DriverFailure,
  type ExternalId,
  type ObjectKey,
  type Observation,
  type OwnedPage,
} from '@gdcloud/core';
import type { OpenDriver } from './documents.js';
import {
  type Content,
  codeOf,
  type DocumentActual,
  type DocumentDesired,
  FileDriver,
  type Found,
  type Intent,
  parse,
  rejected,
} from './file-driver.js';
import { type Files, PASSWORD } from './folder.js';

/** A driver with one thing wrong with it. */
export interface Bug {
  /** What is wrong. */
  readonly name: string;
  /** The check that is to catch it, among others perhaps. */
  readonly caughtBy: string;
  readonly open: OpenDriver;
}

type Documents = Driver<DocumentDesired, DocumentActual>;

/** Mistakes that driver authors make. Each differs from the correct driver in one way. */
export const BUGS: readonly Bug[] = [
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
    name: 'a lost reply is called rejected',
    caughtBy: 'create-lost-reply',
    open: (files) =>
      new (class extends FileDriver {
        protected override failure(thrown: unknown, intent: Intent): DriverFailure {
          return codeOf(thrown) === 'ETIMEDOUT'
            ? rejected('TimedOut', 'the share did not answer in time')
            : super.failure(thrown, intent);
        }
      })(files),
  },
  {
    name: 'a lost reply of a delete is called rejected',
    caughtBy: 'delete-lost-reply',
    open: (files) =>
      new (class extends FileDriver {
        override async delete(key: ObjectKey, call: DriverCall): Promise<Accepted> {
          try {
            return await super.delete(key, call);
          } catch (thrown) {
            throw codeOf(thrown) === 'ETIMEDOUT' ? rejected('TimedOut', 'no answer') : thrown;
          }
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
    name: 'ignores the signal',
    caughtBy: 'create-aborted',
    open: (files) =>
      new (class extends FileDriver {
        protected override guarded<Result>(
          intent: Intent,
          call: DriverCall,
          work: (files: Files) => Promise<Result>,
        ): Promise<Result> {
          const deaf = { ...call, signal: new AbortController().signal };
          return super.guarded(intent, deaf, work);
        }
      })(files),
  },
  {
    name: 'leaves a timer behind',
    caughtBy: 'no-timer-left',
    open: (files, { clock }) =>
      new (class extends FileDriver {
        override async create(...args: Parameters<Documents['create']>): Promise<Accepted> {
          clock.schedule(3_600_000, () => undefined);
          return super.create(...args);
        }
      })(files),
  },
  {
    name: 'leaves a listener on the signal',
    caughtBy: 'no-listener-left',
    open: (files) =>
      new (class extends FileDriver {
        override async list(...args: Parameters<Documents['list']>): Promise<OwnedPage> {
          args[1].signal.addEventListener('abort', () => undefined);
          return super.list(...args);
        }
      })(files),
  },
  {
    name: 'lets a promise be rejected with nobody to hear it',
    caughtBy: 'no-unhandled-rejection',
    open: (files) =>
      new (class extends FileDriver {
        override async delete(key: ObjectKey, call: DriverCall): Promise<Accepted> {
          // A copy in passing that nobody waits for.
          void Promise.reject(new Error('the copy failed'));
          return super.delete(key, call);
        }
      })(files),
  },
  {
    name: 'the password is in the message',
    caughtBy: 'secrets-stay-secret',
    open: (files) =>
      new (class extends FileDriver {
        protected override failure(thrown: unknown, intent: Intent): DriverFailure {
          const { outcome, code, remedy } = super.failure(thrown, intent);
          return new DriverFailure(outcome, code, `can not work with ${PASSWORD}: ${code}`, {
            remedy,
          });
        }
      })(files),
  },
  {
    name: 'the password is in the cause',
    caughtBy: 'secrets-stay-secret',
    open: (files) =>
      new (class extends FileDriver {
        protected override failure(thrown: unknown, intent: Intent): DriverFailure {
          const { outcome, code, message, remedy } = super.failure(thrown, intent);
          return new DriverFailure(outcome, code, message, { remedy, cause: thrown });
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
    name: 'throws whatever the share throws',
    caughtBy: 'failures-are-driver-failures',
    open: (files) =>
      new (class extends FileDriver {
        protected override async guarded<Result>(
          _intent: Intent,
          { signal }: DriverCall,
          work: (files: Files) => Promise<Result>,
        ): Promise<Result> {
          signal.throwIfAborted();
          return work(this.files);
        }
      })(files),
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
  {
    name: 'after an aborted call it refuses to work',
    caughtBy: 'abort-leaves-nothing-locked',
    open: (files) =>
      new (class extends FileDriver {
        #working: 'yes' | 'no' = 'no';
        override async create(...args: Parameters<Documents['create']>): Promise<Accepted> {
          if (this.#working === 'yes') throw rejected('Busy', 'another create is under way');
          this.#working = 'yes';
          const accepted = await super.create(...args);
          this.#working = 'no';
          return accepted;
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

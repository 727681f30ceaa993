import {
  type Accepted,
  asExternalId,
  type Change,
  type Driver,
  type DriverCall,
  DriverFailure,
  type DriverTraits,
  type ObjectKey,
  type Observation,
  type OwnedPage,
  parseUuid,
} from '@gdcloud/core';
import type { FileState, Files } from './folder.js';

/** A document as it should be. */
export interface DocumentDesired {
  readonly title: string;
  readonly sizeMb: number;
  readonly note: string;
}

/** A document as it is. */
export interface DocumentActual extends DocumentDesired {
  /** How often it was changed. */
  readonly edits: number;
}

/** What a file says. */
export interface Content extends DocumentActual {
  readonly owner: string;
  readonly uuid: string;
  readonly epoch: number;
  readonly fence: string;
  readonly stage: 'making' | 'ready';
}

/** Whether a call may have changed something when it fails. */
export type Intent = 'look' | 'change';

/** A file with what it says. */
export interface Found {
  readonly file: FileState;
  readonly content: Content;
}

const PAGE = 20;
const NAME = /^([0-9a-f-]{36})\.(\d+)\.json$/;

/** Documents as files of a folder: `<uuid>.<epoch>.json`. Correct; the seeded bugs are made of it. */
export class FileDriver implements Driver<DocumentDesired, DocumentActual> {
  readonly name = 'files.documents';
  readonly traits: DriverTraits = { identity: 'chosen', fencing: 'cas', dataBearing: false };
  protected readonly files: Files;

  constructor(files: Files) {
    this.files = files;
  }

  observe(
    key: ObjectKey,
    desired: DocumentDesired | undefined,
    call: DriverCall,
  ): Promise<Observation<DocumentActual>> {
    return this.guarded('look', call, async (files): Promise<Observation<DocumentActual>> => {
      const found = await this.find(files, key);
      if (found === undefined) return { presence: 'absent' };
      const { title, sizeMb, note, edits } = found.content;
      return {
        presence: 'present',
        external: asExternalId(this.fileName(key)),
        actual: { title, sizeMb, note, edits },
        changes: desired === undefined ? [] : this.changes(found.content, desired),
        ...(found.file.state === 'busy' ? { busy: true } : {}),
      };
    });
  }

  create(key: ObjectKey, desired: DocumentDesired, call: DriverCall): Promise<Accepted> {
    return this.guarded('change', call, async (files) => {
      this.validate(desired);
      await this.make(files, key, this.contentOf(key, desired, call));
      await this.fill(files, key, call);
      return this.accepted(key);
    });
  }

  update(
    key: ObjectKey,
    desired: DocumentDesired,
    change: Change,
    call: DriverCall,
  ): Promise<Accepted> {
    return this.guarded('change', call, async (files) => {
      this.validate(desired);
      const found = await this.find(files, key);
      if (found === undefined) throw rejected('Gone', 'the file is not there');
      this.demandFence(found.content, call);
      if (change.field === 'stage') {
        await this.fill(files, key, call);
        return this.accepted(key);
      }
      if (this.isDone(found.content, desired, change)) return this.accepted(key);
      const content: Content = {
        ...found.content,
        ...pick(desired, change.field),
        edits: found.content.edits + 1,
        fence: call.fence,
      };
      const { version } = found.file;
      const name = this.fileName(key);
      if (change.field === 'sizeMb') {
        await files.replaceSlowly(name, JSON.stringify(content), version);
        return { ...this.accepted(key), settled: false };
      }
      await files.replace(name, JSON.stringify(content), version);
      return this.accepted(key);
    });
  }

  delete(key: ObjectKey, call: DriverCall): Promise<Accepted> {
    return this.guarded('change', call, async (files) => {
      const found = await this.find(files, key);
      if (found === undefined) return { settled: true };
      this.demandFence(found.content, call);
      try {
        await files.remove(this.fileName(key), found.file.version);
      } catch (thrown) {
        if (codeOf(thrown) !== 'ENOENT') throw thrown;
      }
      return { settled: true };
    });
  }

  list(cursor: string | undefined, call: DriverCall): Promise<OwnedPage> {
    return this.guarded('look', call, async (files) => {
      const names = (await files.names()).filter((name) => NAME.test(name));
      const rest = names.filter((name) => cursor === undefined || name > cursor);
      const page = rest.slice(0, PAGE);
      const objects: OwnedPage['objects'][number][] = [];
      for (const name of page) {
        const file = await files.read(name);
        const uuid = parseUuid(NAME.exec(name)?.[1] ?? '');
        if (file === undefined || uuid === undefined) continue;
        if (!this.isListed(parse(file.text))) continue;
        const epoch = Number(NAME.exec(name)?.[2]);
        objects.push({ external: asExternalId(name), uuid, epoch });
      }
      return rest.length > page.length ? { objects, cursor: page.at(-1) } : { objects };
    });
  }

  protected fileName(key: ObjectKey): string {
    return `${key.uuid}.${key.epoch}.json`;
  }

  protected validate({ sizeMb }: DocumentDesired): void {
    if (Number.isInteger(sizeMb) && sizeMb > 0 && sizeMb <= 1_000) return;
    throw new DriverFailure('invalid', 'Size', `${sizeMb} MB is not from 1 to 1000`, {
      remedy: 'Ask for a size from 1 to 1000 MB.',
    });
  }

  protected contentOf(key: ObjectKey, desired: DocumentDesired, call: DriverCall): Content {
    const { uuid, epoch } = key;
    return { ...desired, owner: 'us', uuid, epoch, fence: call.fence, edits: 0, stage: 'making' };
  }

  protected async make(files: Files, key: ObjectKey, content: Content): Promise<void> {
    try {
      await files.make(this.fileName(key), JSON.stringify(content));
    } catch (thrown) {
      // Made before: what is there tells whether it was by us.
      if (codeOf(thrown) !== 'EEXIST') throw thrown;
    }
  }

  /** The second half of making: a crash before it leaves a file that says so. */
  protected async fill(files: Files, key: ObjectKey, call: DriverCall): Promise<void> {
    const found = await this.find(files, key);
    if (found === undefined || found.content.stage === 'ready') return;
    const content: Content = { ...found.content, stage: 'ready', fence: call.fence };
    await files.replace(this.fileName(key), JSON.stringify(content), found.file.version);
  }

  protected async find(files: Files, key: ObjectKey): Promise<Found | undefined> {
    const file = await files.read(this.fileName(key));
    if (file === undefined) return undefined;
    const content = parse(file.text);
    if (content?.owner !== 'us') throw rejected('NameTaken', 'the file is not ours');
    return { file, content };
  }

  protected changes(content: Content, desired: DocumentDesired): readonly Change[] {
    const stage: readonly Change[] =
      content.stage === 'making' ? [{ field: 'stage', desired: 'ready', actual: 'making' }] : [];
    const fields = (['title', 'sizeMb', 'note'] as const)
      .filter((field) => content[field] !== desired[field])
      .map((field) => ({ field, desired: desired[field], actual: content[field] }));
    return [...stage, ...fields];
  }

  protected isDone(content: Content, desired: DocumentDesired, { field }: Change): boolean {
    return !this.changes(content, desired).some((change) => change.field === field);
  }

  protected isListed(content: Content | undefined): boolean {
    return content?.owner === 'us';
  }

  protected demandFence(content: Content, call: DriverCall): void {
    if (content.fence > call.fence) throw rejected('Superseded', 'a newer holder has taken over');
  }

  protected accepted(key: ObjectKey): Accepted {
    return { external: asExternalId(this.fileName(key)), settled: true };
  }

  /** Runs a call: gives up with its signal, goes no step further then, and turns every error into a DriverFailure. */
  protected async guarded<Result>(
    intent: Intent,
    call: DriverCall,
    work: (files: Files) => Promise<Result>,
  ): Promise<Result> {
    try {
      return await unlessAborted(call.signal, () => work(stopping(this.files, call.signal)));
    } catch (thrown) {
      throw this.failure(thrown, intent);
    }
  }

  protected failure(thrown: unknown, intent: Intent): DriverFailure {
    if (thrown instanceof DriverFailure) return thrown;
    const code = codeOf(thrown);
    if (code === 'ECONNREFUSED') {
      return new DriverFailure('unavailable', code, 'the share can not be reached', {
        remedy: 'Check that the share is up.',
      });
    }
    return new DriverFailure(
      intent === 'look' ? 'unavailable' : 'ambiguous',
      code,
      'the share did not answer as it should',
      { remedy: 'None is needed: it is looked at again.' },
    );
  }
}

export function rejected(code: string, message: string): DriverFailure {
  return new DriverFailure('rejected', code, message, { remedy: 'It is looked at again.' });
}

export function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'Unknown';
}

export function parse(text: string): Content | undefined {
  try {
    return JSON.parse(text) as Content;
  } catch {
    return undefined;
  }
}

function pick(desired: DocumentDesired, field: string): Partial<DocumentDesired> {
  const { title, sizeMb, note } = desired;
  return field === 'title' ? { title } : field === 'sizeMb' ? { sizeMb } : { note };
}

function stopping(files: Files, signal: AbortSignal): Files {
  const step = <Result>(work: () => Promise<Result>): Promise<Result> => {
    signal.throwIfAborted();
    return work();
  };
  return {
    names: () => step(() => files.names()),
    read: (name) => step(() => files.read(name)),
    make: (name, text) => step(() => files.make(name, text)),
    replace: (name, text, version) => step(() => files.replace(name, text, version)),
    replaceSlowly: (name, text, version) => step(() => files.replaceSlowly(name, text, version)),
    remove: (name, version) => step(() => files.remove(name, version)),
  };
}

function unlessAborted<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const stop = (): void => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    work()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', stop));
  });
}

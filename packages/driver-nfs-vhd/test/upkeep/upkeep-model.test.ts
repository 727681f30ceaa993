import fc from 'fast-check';
import t, { test } from 'tap';
import { uuid } from '../support/fixtures.js';
import { HOUR, pathOf, UpkeepWorld } from '../support/upkeep-world.js';

// A busy machine takes its time.
t.setTimeout(600_000);

const SEQUENCES = 100;
const DEEDS = 40;
const SECTORS = 4096;

/** A share and a plain model of it: what each disk that anybody wants reads as. */
class ModelShare {
  readonly world = new UpkeepWorld();
  readonly contents = new Map<number, string>();
  readonly hidden = new Set<number>();
  joined = 0;
  #next = 1;

  async deed({ what, pick, sector }: Deed): Promise<void> {
    const { world } = this;
    switch (what) {
      case 'image':
        await this.#make(undefined);
        return;
      case 'clone': {
        const base = choose(
          [...this.contents.keys()].filter((n) => this.hidden.has(n)),
          pick,
        );
        if (base !== undefined) await this.#make(base);
        return;
      }
      case 'write': {
        const disk = choose(this.#volumes(), pick);
        if (disk === undefined || world.recorded.get(uuid(disk)) === 'open') return;
        await world.write(disk, sector, Math.min(9, SECTORS - sector), `${disk} ${sector} ${pick}`);
        this.contents.set(disk, await world.hash(disk));
        return;
      }
      case 'freeze': {
        const disk = choose(this.#volumes(), pick);
        if (disk === undefined || world.recorded.get(uuid(disk)) === 'open') return;
        await world.hide(disk);
        this.hidden.add(disk);
        await this.#make(disk);
        return;
      }
      case 'retire': {
        const disk = choose(
          [...this.contents.keys()].filter((n) => this.hidden.has(n)),
          pick,
        );
        if (disk === undefined) return;
        world.retire(disk);
        this.contents.delete(disk);
        return;
      }
      case 'delete': {
        const disk = choose(this.#volumes(), pick);
        if (disk === undefined || world.recorded.get(uuid(disk)) === 'open') return;
        world.disk.unlink(pathOf(disk));
        world.recorded.delete(uuid(disk));
        this.contents.delete(disk);
        return;
      }
      case 'open':
      case 'close': {
        const disk = choose(this.#volumes(), pick);
        if (disk !== undefined) world.recorded.set(uuid(disk), what === 'open' ? 'open' : 'closed');
        return;
      }
      case 'keep up':
        this.count((await world.round(world.driver(world.files, { mostFiles: 5 }))).done);
        world.clock.time += (pick % 30) * HOUR;
        return;
    }
  }

  count(done: readonly string[]): void {
    this.joined += done.filter((words) => words.startsWith('joined')).length;
  }

  /** Everything that is wanted reads as it should. */
  async differences(): Promise<readonly string[]> {
    const found: string[] = [];
    for (const [disk, content] of this.contents) {
      const now = await this.world.hash(disk).catch((thrown: unknown) => String(thrown));
      if (now !== content) found.push(`${disk}: ${now}`);
    }
    return found;
  }

  #volumes(): readonly number[] {
    return [...this.contents.keys()].filter((n) => !this.hidden.has(n));
  }

  async #make(parent: number | undefined): Promise<void> {
    const n = this.#next;
    this.#next += 1;
    const visibility = parent === undefined ? 'hidden' : 'visible';
    await this.world.make(n, { parent, visibility, megabytes: 2 });
    if (parent === undefined) {
      this.hidden.add(n);
      await this.world.write(n, n % 7, 200, `image ${n}`);
    }
    this.contents.set(n, await this.world.hash(n));
  }
}

interface Deed {
  readonly what:
    | 'image'
    | 'clone'
    | 'write'
    | 'freeze'
    | 'retire'
    | 'delete'
    | 'open'
    | 'close'
    | 'keep up';
  readonly pick: number;
  readonly sector: number;
}

function choose(among: readonly number[], pick: number): number | undefined {
  return among.length === 0 ? undefined : among[pick % among.length];
}

test('whatever is made, removed, opened and kept up, what is wanted reads as it should, and the rest goes', async (t) => {
  const deed: fc.Arbitrary<Deed> = fc.record({
    what: fc.constantFrom(
      'image',
      'clone',
      'clone',
      'write',
      'write',
      'freeze',
      'freeze',
      'freeze',
      'retire',
      'retire',
      'delete',
      'open',
      'close',
      'keep up',
      'keep up',
    ),
    pick: fc.nat(1_000),
    sector: fc.nat(SECTORS - 1),
  });
  let joined = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(deed, { minLength: DEEDS, maxLength: DEEDS }), async (deeds) => {
      const share = new ModelShare();
      const { world } = share;
      for (const one of deeds) {
        await share.deed(one);
        if (one.what === 'keep up') {
          const differences = await share.differences();
          if (differences.length > 0) throw new Error(differences.join('; '));
        }
      }
      for (const disk of world.recorded.keys()) world.recorded.set(disk, 'closed');
      // A chain that nobody needs goes from its end, a file after the other.
      for (let rounds = 0; rounds < 60; rounds += 4) {
        const done = await world.rounds(4);
        share.count(done);
        if (done.length === 0 && (await world.unneeded()).length === 0) break;
      }
      joined += share.joined;
      const differences = await share.differences();
      if (differences.length > 0) throw new Error(`at last: ${differences.join('; ')}`);
      if (world.recorded.size > 0) {
        const left = [...world.own('trash'), ...world.own('tmp')];
        if (left.length > 0) throw new Error(`left over: ${left.join(', ')}`);
        const unneeded = await world.unneeded();
        if (unneeded.length > 0) throw new Error(`not gone: ${unneeded.join(', ')}`);
      }
    }),
    { numRuns: SEQUENCES, endOnFailure: false },
  );
  t.ok(joined > 20, `${joined} joins`);
});

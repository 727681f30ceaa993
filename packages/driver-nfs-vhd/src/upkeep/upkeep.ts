import {
  type DriverCall,
  DriverFailure,
  type UpkeepReport,
  type UpkeepRequest,
} from '@gdcloud/core';
import { type Checkpoint, guarded } from '../files/guarded.js';
import { demandShare, type Share } from '../share/share.js';
import { VhdError } from '../vhd/vhd-error.js';
import { collectGarbage } from './collect-garbage.js';
import { isSameJoin, Joiner, type JoinStep } from './joiner.js';
import type { Join } from './plan-joins.js';
import { planUpkeep, type UpkeepPlan } from './plan-upkeep.js';
import { scanShare } from './scan-share.js';
import { encodeCursor, parseCursor, type UpkeepCursor } from './upkeep-cursor.js';
import { type UpkeepOptions, upkeepSettings } from './upkeep-settings.js';

const NOTHING: UpkeepReport = { done: [], problems: [] };
/** So many joins of a round may fail before the rest waits for the next. */
const MOST_SKIPPED = 50;

/** Keeps a share up, as `StorageDriver.upkeep` promises: garbage first, for it makes room, then chains. */
export function upkeepOf(
  share: Share,
  options?: UpkeepOptions,
): (request: UpkeepRequest, call: DriverCall) => Promise<UpkeepReport> {
  const settings = upkeepSettings(options);
  const joiner = new Joiner(share, settings);
  const { clock, paths } = share;

  async function step(request: UpkeepRequest, checkpoint: Checkpoint): Promise<UpkeepReport> {
    demandPool(share, request.pool);
    // A database that says nothing may be one that is not there.
    if (request.disks.size === 0) return NOTHING;
    await demandShare(share, 'recorded');
    await prepareFolders(share);
    const cursor = parseCursor(request.cursor);
    if (joiner.current !== undefined && cursor.phase === 'join') {
      const more = await copyOn(joiner.current, cursor, checkpoint);
      if (more !== undefined) return more;
    }
    const scan = await scanShare(share, checkpoint);
    const plan = planUpkeep(scan, request.disks, settings);
    if (cursor.phase === 'collect') {
      const { done, rest } = await collectGarbage(share, { scan, plan }, settings, checkpoint);
      if (rest === 'some') return { cursor: encodeCursor(cursor), done, problems: [] };
      const next = nextJoin(plan, cursor);
      return {
        done,
        problems: plan.problems,
        ...(next === undefined ? {} : { cursor: encodeCursor({ phase: 'join', skipped: [] }) }),
      };
    }
    return joinNext(plan, cursor, checkpoint);
  }

  /** Copies some more of what is under way; absent once all is copied, for then the share is looked at once more. */
  async function copyOn(
    join: Join,
    cursor: UpkeepCursor,
    checkpoint: Checkpoint,
  ): Promise<UpkeepReport | undefined> {
    const copied = await joiner.copy(join, checkpoint);
    return copied.kind === 'copied' ? undefined : told(join, copied, cursor);
  }

  async function joinNext(
    plan: UpkeepPlan,
    cursor: UpkeepCursor,
    checkpoint: Checkpoint,
  ): Promise<UpkeepReport> {
    const { current } = joiner;
    const ready = plan.joins.find((join) => current !== undefined && isSameJoin(join, current));
    if (ready !== undefined) {
      const outcome = await joiner.publish(ready, checkpoint);
      if (outcome === 'changed')
        return { cursor: encodeCursor(skipping(cursor, ready)), done: [], problems: [] };
      const done = [`joined ${ready.reader} with ${ready.nodes.join(', ')}`];
      return { cursor: encodeCursor(cursor), done, problems: [] };
    }
    const join = nextJoin(plan, cursor);
    if (join === undefined) return NOTHING;
    try {
      const copied = await joiner.copy(join, checkpoint);
      if (copied.kind === 'copied') return { cursor: encodeCursor(cursor), done: [], problems: [] };
      return told(join, copied, cursor);
    } catch (thrown) {
      if (!(thrown instanceof VhdError)) throw thrown;
      const problem = `${join.reader} can't be joined with ${join.nodes.join(', ')}: ${thrown.message}`;
      return { cursor: encodeCursor(skipping(cursor, join)), done: [], problems: [problem] };
    }
  }

  return ({ ...request }, { signal, deadline }) =>
    guarded(signal, 'change', paths.folder, (checkpoint) =>
      step(request, () => {
        checkpoint();
        // A process that was paused does not know yet that its signal has aborted.
        if (clock.now() >= deadline) throw overdue(paths.folder);
      }),
    );
}

function nextJoin({ joins }: UpkeepPlan, { skipped }: UpkeepCursor): Join | undefined {
  if (skipped.length >= MOST_SKIPPED) return undefined;
  return joins.find(({ reader }) => !skipped.includes(reader));
}

function skipping(cursor: UpkeepCursor, { reader }: Join): UpkeepCursor {
  return { ...cursor, skipped: [...cursor.skipped, reader] };
}

function told(
  join: Join,
  step: Exclude<JoinStep, { readonly kind: 'copied' }>,
  cursor: UpkeepCursor,
): UpkeepReport {
  const what = `${join.reader} with ${join.nodes.join(', ')}`;
  if (step.kind === 'copying') {
    const percent = Math.floor((step.doneBytes / Math.max(1, step.totalBytes)) * 100);
    return { cursor: encodeCursor(cursor), done: [`joining ${what}: ${percent} %`], problems: [] };
  }
  const next = encodeCursor(skipping(cursor, join));
  if (step.kind === 'changed') return { cursor: next, done: [], problems: [] };
  const problem = `no room to join ${what}: ${step.neededBytes} bytes are needed, ${step.freeBytes} are free`;
  return { cursor: next, done: [], problems: [problem] };
}

async function prepareFolders({ files, paths }: Share): Promise<void> {
  for (const folder of [paths.trashFolder, paths.evidenceFolder, paths.temporaryFolder]) {
    if ((await files.status(folder)) !== undefined) continue;
    await files.makeFolder(folder);
    await files.syncFolder(paths.ownFolder);
  }
}

function demandPool({ paths }: Share, pool: string): void {
  if (pool === paths.folder) return;
  throw new DriverFailure('invalid', 'UnknownPool', `${pool} is not the share ${paths.folder}`, {
    remedy: 'Ask the driver that reports the share.',
  });
}

function overdue(folder: string): DriverFailure {
  return new DriverFailure('ambiguous', 'Aborted', `${folder}: the call took too long`, {
    remedy: 'None is needed: it is tried again.',
  });
}

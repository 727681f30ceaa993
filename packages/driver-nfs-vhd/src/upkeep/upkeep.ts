import {
  type DriverCall,
  DriverFailure,
  type UpkeepReport,
  type UpkeepRequest,
} from '@gdcloud/core';
import { scrubFindingInWords } from '../checksums/scrub-finding.js';
import { scrubStep } from '../checksums/scrub-step.js';
import { type Checkpoint, guarded } from '../files/guarded.js';
import { demandShare, type Share } from '../share/share.js';
import { VhdError } from '../vhd/vhd-error.js';
import { collectGarbage } from './collect-garbage.js';
import { leaveWishes } from './join-wishes.js';
import { isSameJoin, Joiner, type JoinStep } from './joiner.js';
import { Pace } from './pace.js';
import type { Join } from './plan-joins.js';
import { planUpkeep, type UpkeepPlan } from './plan-upkeep.js';
import { scanShare } from './scan-share.js';
import { readScrubState, writeScrubState } from './scrub-state.js';
import { encodeCursor, parseCursor, type UpkeepCursor } from './upkeep-cursor.js';
import { type UpkeepOptions, upkeepSettings } from './upkeep-settings.js';

const NOTHING: UpkeepReport = { done: [], problems: [] };
/** So many joins of a round may fail before the rest waits for the next. */
const MOST_SKIPPED = 50;

type JoinCursor = Extract<UpkeepCursor, { readonly phase: 'join' }>;

/** So many steps of a scrub a round, so that garbage need not wait for its end. */
const MOST_SCRUB_STEPS = 60;

/**
 * Keeps a share up, as `StorageDriver.upkeep` promises: garbage first, for it makes room, then chains, then what is
 * written on the share is compared with its checksums, once a while. Damage is mended with what is on the share itself, or
 * on `others`: an image has a copy where volumes read from it.
 */
export function upkeepOf(
  share: Share,
  options?: UpkeepOptions,
  others: readonly Share[] = [],
): (request: UpkeepRequest, call: DriverCall) => Promise<UpkeepReport> {
  const settings = upkeepSettings(options);
  const joiner = new Joiner(share, settings);
  const { clock, paths } = share;

  async function step(
    request: UpkeepRequest,
    signal: AbortSignal,
    checkpoint: Checkpoint,
  ): Promise<UpkeepReport> {
    demandPool(share, request.pool);
    // A database that says nothing may be one that is not there.
    if (request.disks.size === 0) return NOTHING;
    await demandShare(share, 'recorded');
    await prepareFolders(share);
    const cursor = parseCursor(request.cursor);
    if (cursor.phase === 'collect') return collect(request, checkpoint);
    if (cursor.phase === 'join') return join(request, cursor, checkpoint);
    return scrub(cursor.steps, signal, checkpoint);
  }

  async function collect(request: UpkeepRequest, checkpoint: Checkpoint): Promise<UpkeepReport> {
    const scan = await scanShare(share, checkpoint);
    const plan = planUpkeep(scan, request.disks, settings);
    const { done, rest } = await collectGarbage(share, { scan, plan }, settings, checkpoint);
    if (rest === 'some') return { cursor: encodeCursor({ phase: 'collect' }), done, problems: [] };
    await leaveWishes(share, plan.volumes, checkpoint);
    const next: UpkeepCursor =
      plan.joins.length > 0 ? { phase: 'join', skipped: [] } : { phase: 'scrub', steps: 0 };
    return { cursor: encodeCursor(next), done, problems: plan.problems };
  }

  async function join(
    request: UpkeepRequest,
    cursor: JoinCursor,
    checkpoint: Checkpoint,
  ): Promise<UpkeepReport> {
    const { current } = joiner;
    if (current !== undefined) {
      const copied = await joiner.copy(current, checkpoint);
      if (copied.kind !== 'copied') return told(current, copied, cursor);
    }
    // Once all is copied too: only what a look of now still asks for is published.
    const plan = planUpkeep(await scanShare(share, checkpoint), request.disks, settings);
    const ready = plan.joins.find((one) => current !== undefined && isSameJoin(one, current));
    if (ready !== undefined) {
      const outcome = await joiner.publish(ready, checkpoint);
      if (outcome === 'changed') return goOn(skipping(cursor, ready));
      return goOn(cursor, [`joined ${ready.reader} with ${ready.nodes.join(', ')}`]);
    }
    const next = nextJoin(plan, cursor);
    if (next === undefined) return goOn({ phase: 'scrub', steps: 0 });
    try {
      const copied = await joiner.copy(next, checkpoint);
      return copied.kind === 'copied' ? goOn(cursor) : told(next, copied, cursor);
    } catch (thrown) {
      if (!(thrown instanceof VhdError)) throw thrown;
      const problem = `${next.reader} can't be joined with ${next.nodes.join(', ')}: ${thrown.message}`;
      return goOn(skipping(cursor, next), [], [problem]);
    }
  }

  async function scrub(
    steps: number,
    signal: AbortSignal,
    checkpoint: Checkpoint,
  ): Promise<UpkeepReport> {
    const { endedAt, cursor } = await readScrubState(share);
    if (cursor === undefined && clock.now() - endedAt < settings.scrubEveryMs) return NOTHING;
    const pace = new Pace(clock, settings.bytesPerSecond);
    let bytes = 0;
    const report = await scrubStep(share, {
      cursor,
      signal,
      mostBytes: Math.min(settings.stepBytes, settings.bytesPerSecond * (settings.stepMs / 1_000)),
      damage: 'mend',
      others,
      pace: async (more) => {
        await pace.wait(bytes, checkpoint);
        bytes += more;
      },
    });
    checkpoint();
    const isOver = report.cursor === undefined;
    await writeScrubState(share, {
      endedAt: isOver ? clock.now() : endedAt,
      cursor: report.cursor,
    });
    const problems = report.findings.map(scrubFindingInWords);
    if (isOver) return { done: ['compared all disks with their checksums'], problems };
    return steps + 1 < MOST_SCRUB_STEPS
      ? goOn({ phase: 'scrub', steps: steps + 1 }, [], problems)
      : { done: [], problems };
  }

  return (request, { signal, deadline }) =>
    guarded(signal, 'change', paths.folder, (checkpoint) =>
      step(request, signal, () => {
        checkpoint();
        // A process that was paused does not know yet that its signal has aborted.
        if (clock.now() >= deadline) throw overdue(paths.folder);
      }),
    );
}

function goOn(
  cursor: UpkeepCursor,
  done: readonly string[] = [],
  problems: readonly string[] = [],
): UpkeepReport {
  return { cursor: encodeCursor(cursor), done, problems };
}

function nextJoin({ joins }: UpkeepPlan, { skipped }: JoinCursor): Join | undefined {
  if (skipped.length >= MOST_SKIPPED) return undefined;
  return joins.find(({ reader }) => !skipped.includes(reader));
}

function skipping(cursor: JoinCursor, { reader }: Join): JoinCursor {
  return { ...cursor, skipped: [...cursor.skipped, reader] };
}

function told(
  join: Join,
  step: Exclude<JoinStep, { readonly kind: 'copied' }>,
  cursor: JoinCursor,
): UpkeepReport {
  const what = `${join.reader} with ${join.nodes.join(', ')}`;
  if (step.kind === 'copying') {
    const percent = Math.floor((step.doneBytes / Math.max(1, step.totalBytes)) * 100);
    return goOn(cursor, [`joining ${what}: ${percent} %`]);
  }
  if (step.kind === 'changed') return goOn(skipping(cursor, join));
  const { neededBytes, freeBytes } = step;
  const problem = `no room to join ${what}: ${neededBytes} bytes are needed, ${freeBytes} are free`;
  return goOn(skipping(cursor, join), [], [problem]);
}

async function prepareFolders({ files, paths }: Share): Promise<void> {
  const { trashFolder, evidenceFolder, joinFolder, temporaryFolder } = paths;
  for (const folder of [trashFolder, evidenceFolder, joinFolder, temporaryFolder]) {
    if ((await files.status(folder)) !== undefined) continue;
    await files.makeFolder(folder);
    await files.syncFolder(paths.ownFolder);
  }
}

function demandPool({ paths }: Share, pool: string): void {
  if (pool !== paths.folder) throw unknownPool(pool);
}

/** The driver that was asked has no such share. */
export function unknownPool(pool: string): DriverFailure {
  return new DriverFailure('invalid', 'UnknownPool', `${pool} is no share of this driver`, {
    remedy: 'Ask the driver that reports the share.',
  });
}

function overdue(folder: string): DriverFailure {
  return new DriverFailure('ambiguous', 'Aborted', `${folder}: the call took too long`, {
    remedy: 'None is needed: it is tried again.',
  });
}

import type { ApplianceDesired } from '@gdcloud/core';
import t, { type Test } from 'tap';
import { skipWithoutSandbox } from '../support/network-sandbox.js';
import { CrashStage, type Elements, type Life } from './crash-stage.js';
import { type Death, isLook, type Point } from './mortal-process.js';
import { type Chapter, farewell, pursue, type Story, storiesOf } from './stories.js';

/** Why drivers can't die here, if they can't. */
export const SKIP = skipWithoutSandbox(
  'socat',
  'conntrack',
  'dnsmasq',
  'wg',
  'wireguard-go',
  'haproxy',
);

/** Tells, test by test, that drivers may die at each I/O point of a chapter of a network's life. */
export function tellOfDeaths(chapter: Chapter): void {
  t.setTimeout(900_000);
  t.test(
    `a driver may die at each of its I/O points: ${chapter}`,
    { skip: SKIP },
    async (group) => {
      const [stage, other] = [await CrashStage.start(), await CrashStage.start()];
      group.teardown(() => [stage, other].map((one) => one.close()));
      const made = new Map<string, string>();
      /** How a network looks that was made from nothing. */
      const looksOf = async (desired: ApplianceDesired | undefined): Promise<string> => {
        const key = JSON.stringify({ ...desired, revision: 0 });
        const known = made.get(key);
        if (known !== undefined) return known;
        await (await lead(stage, { from: desired })).driver.close();
        const looks = await stage.looks();
        await clear(stage);
        made.set(key, looks);
        return looks;
      };
      for (const story of storiesOf(chapter)) {
        await group.test(story.sentence, async (t) => {
          const from = await looksOf(story.from);
          const otherwise = await looksOf(wish(story.otherwise, story.to));
          const { points, looks: to } = await tell(stage, story);
          if (story.isAsMade !== false)
            t.equal(to, await looksOf(story.to), 'as if made from nothing');
          t.equal(await stage.leavings(), '', 'nothing is left');
          const wanted = { from, to, otherwise };
          const changes = points.filter(({ name }) => !isLook(name)).length;
          const last = story.otherwise === 'same' ? Math.max(1, changes) : 1;
          const both = [
            dieAtEach(t, stage, story, 'before', wanted, 1),
            dieAtEach(t, other, story, 'after', wanted, last),
          ];
          const [before = 0, after = 0] = await Promise.all(both);
          t.ok(changes === 0 || before > 0, `${points.length} points, ${before} + ${after} deaths`);
        });
      }
    },
  );
}

/** Tells a story to its good end, and clears up; the points that it came to, and how the network looked. */
export async function tell(
  stage: CrashStage,
  story: Story,
): Promise<{ readonly points: readonly Point[]; readonly looks: string }> {
  const life = await lead(stage, story);
  await story.act(life, stage);
  const points = [...life.process.points];
  await life.driver.close();
  const looks = await stage.looks();
  await clear(stage);
  return { points, looks };
}

/** How the network looks as documents ask. */
interface Wanted {
  readonly from: string;
  readonly to: string;
  readonly otherwise: string;
}

/**
 * Kills the driver before or after each point that changes something: who dies between two of them, having looked
 * perhaps, leaves the same behind. After a death before a point the next driver finishes what was begun; after one after a
 * point it is told otherwise: where there is nothing else to tell, that would be the death before the next point again, so only
 * the last point is tried. Returns how many have died.
 */
async function dieAtEach(
  t: Test,
  stage: CrashStage,
  story: Story,
  when: Death['when'],
  wanted: Wanted,
  first: number,
): Promise<number> {
  for (let at = first; ; at += 1) {
    const point = await dies(t, stage, story, { at, when }, wanted);
    if (point === undefined) return at - first;
  }
}

async function dies(
  t: Test,
  stage: CrashStage,
  story: Story,
  death: Death,
  wanted: Wanted,
): Promise<Point | undefined> {
  const life = await lead(stage, story, death);
  const act = story.act(life, stage).then(() => undefined);
  const point = await Promise.race([life.process.died, act]);
  if (point === undefined) await life.driver.close();
  else {
    const where = `${death.when} ${point.name}`;
    const isTold = story.isSpoilt !== true && story.isAsMade !== false;
    const told = [
      { document: story.from, looks: wanted.from },
      { document: story.to, looks: wanted.to },
    ].flatMap(({ document, looks }) =>
      document === undefined ? [] : [[document, isTold ? looks : undefined] as const],
    );
    const flaws = await stage.flaws(new Map(told), givenUp(story));
    if (flaws.length > 0) t.same(flaws, [], where);
    const next = stage.begin();
    const isSame = death.when === 'before' || story.otherwise === 'same';
    if (isSame) await story.act(next, stage);
    else if (story.otherwise === 'gone') await farewell(next);
    else await pursue(next, wish(story.otherwise, story.to));
    await next.driver.close();
    const seen = await stage.looks();
    const goal = isSame ? wanted.to : wanted.otherwise;
    if (seen !== goal) t.equal(seen, goal, `${where}, then ${isSame ? 'the same' : 'otherwise'}`);
  }
  await clear(stage);
  const left = await stage.leavings();
  if (left !== '') t.equal(left, '', `what is left, ${death.when} ${point?.name}`);
  return point;
}

function givenUp({ from, to }: Story): Elements {
  const kept = new Set(
    [...(to?.publicAddresses ?? []), ...(to?.forwards ?? [])].map((its) => its.uuid),
  );
  return {
    publicAddresses: (from?.publicAddresses ?? []).filter((its) => !kept.has(its.uuid)),
    forwards: (from?.forwards ?? []).filter((its) => !kept.has(its.uuid)),
  };
}

function wish(
  otherwise: Story['otherwise'],
  to: ApplianceDesired | undefined,
): ApplianceDesired | undefined {
  if (otherwise === 'same') return to;
  return otherwise === 'gone' ? undefined : otherwise;
}

async function lead(
  stage: CrashStage,
  { from, disturb, prime }: Pick<Story, 'from' | 'disturb' | 'prime'>,
  death?: Death,
): Promise<Life> {
  const steady = stage.begin();
  if (from !== undefined) await pursue(steady, from);
  await steady.driver.close();
  await disturb?.(stage);
  const life = stage.begin();
  await prime?.(life);
  life.process.doom(death);
  return life;
}

async function clear(stage: CrashStage): Promise<void> {
  const last = stage.begin();
  await farewell(last);
  await last.driver.close();
}

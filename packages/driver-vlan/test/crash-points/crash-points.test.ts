import type { ApplianceDesired } from '@gdcloud/core';
import t, { type Test } from 'tap';
import { skipWithoutSandbox } from '../support/network-sandbox.js';
import { CrashStage, type Elements, type Life } from './crash-stage.js';
import { type IoSite, IoSites } from './io-sites.js';
import { type Death, isLook, type Point } from './mortal-process.js';
import { farewell, pursue, STORIES, type Story } from './stories.js';
import { isThat, isUnreached, UNREACHED } from './unreached-sites.js';

t.setTimeout(900_000);

const SKIP = skipWithoutSandbox('socat', 'conntrack', 'dnsmasq', 'wg');

t.test('a driver may die at each of its I/O points', { skip: SKIP }, async (group) => {
  const [stage, other] = [await CrashStage.start(), await CrashStage.start()];
  group.teardown(() => [stage, other].map((one) => one.close()));
  const made = new Map<string, string>();
  /** How a network looks that was made from nothing. */
  const looksOf = async (desired: ApplianceDesired | undefined): Promise<string> => {
    const key = JSON.stringify({ ...desired, revision: 0 });
    const known = made.get(key);
    if (known !== undefined) return known;
    await lead(stage, { from: desired });
    const looks = await stage.looks();
    await clear(stage);
    made.set(key, looks);
    return looks;
  };
  const figures = { points: 0, deaths: 0 };
  const sites = new IoSites();
  const reached = new Set<IoSite>();

  for (const story of STORIES) {
    await group.test(story.sentence, async (t) => {
      const began = performance.now();
      const from = await looksOf(story.from);
      const otherwise = await looksOf(wish(story.otherwise, story.to));
      const life = await lead(stage, story);
      await story.act(life, stage);
      const points = [...life.process.points];
      life.driver.close();
      const to = await stage.looks();
      if (story.isAsMade !== false) t.equal(to, await looksOf(story.to), 'as if made from nothing');
      await clear(stage);
      t.equal(await stage.leavings(), '');
      const wanted = { from, to, otherwise };
      const changes = points.filter(({ name }) => !isLook(name)).length;
      const last = story.otherwise === 'same' ? Math.max(1, changes) : 1;
      const both = [
        dieAtEach(t, stage, story, 'before', wanted, 1),
        dieAtEach(t, other, story, 'after', wanted, last),
      ];
      const deaths = (await Promise.all(both)).reduce((sum, count) => sum + count);
      figures.points += points.length;
      figures.deaths += deaths;
      for (const point of points) {
        const site = sites.of(point);
        if (site === undefined) t.fail(`nobody in the driver has called ${point.name}`);
        else reached.add(site);
      }
      t.comment(
        `${points.length} points, ${deaths} deaths, ${Math.round(performance.now() - began)} ms`,
      );
    });
  }
  group.comment(
    `${figures.points} points, ${figures.deaths} deaths, ${reached.size} of ${sites.all.length} sites`,
  );

  await group.test(
    'every place where the driver reaches out is in one of the stories',
    async (t) => {
      const missed = sites.all.filter((site) => !reached.has(site) && !isUnreached(site));
      t.same(
        missed.map(({ file, line, text }) => `${file}:${line}: no driver has died at ${text}`),
        [],
      );
    },
  );

  await group.test(
    'every place that no story can reach is still there, and not reached',
    async (t) => {
      for (const known of UNREACHED) {
        const found = sites.all.filter((site) => isThat(known, site));
        t.ok(found.length > 0, `${known.file}: ${known.text}`);
        t.notOk(
          found.some((site) => reached.has(site)),
          known.why,
        );
      }
    },
  );
});

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
  if (point === undefined) life.driver.close();
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
    next.driver.close();
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
  steady.driver.close();
  await disturb?.(stage);
  const life = stage.begin();
  await prime?.(life);
  life.process.doom(death);
  return life;
}

async function clear(stage: CrashStage): Promise<void> {
  const last = stage.begin();
  await farewell(last);
  last.driver.close();
}

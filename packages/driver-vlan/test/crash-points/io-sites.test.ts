import t from 'tap';
import { CrashStage } from './crash-stage.js';
import { type IoSite, IoSites } from './io-sites.js';
import { storiesOf } from './stories.js';
import { SKIP, tell } from './tell-of-deaths.js';
import { isThat, isUnreached, UNREACHED } from './unreached-sites.js';

t.setTimeout(300_000);

t.test('the places where the driver reaches out', { skip: SKIP }, async (group) => {
  const sites = new IoSites();
  const stage = await CrashStage.start();
  group.teardown(() => stage.close());
  const reached = new Set<IoSite>();
  let count = 0;
  for (const story of storiesOf()) {
    const { points } = await tell(stage, story);
    count += points.length;
    for (const point of points) {
      const site = sites.of(point);
      if (site === undefined) group.fail(`nobody in the driver has called ${point.name}`);
      else reached.add(site);
    }
  }
  group.comment(`${count} points, ${reached.size} of ${sites.all.length} places`);
  group.ok(sites.all.length > 80, 'all files were read');

  await group.test('are each in a story in which drivers die there', async (t) => {
    const missed = sites.all.filter((site) => !reached.has(site) && !isUnreached(site));
    t.same(
      missed.map(({ file, line, text }) => `${file}:${line}: no driver dies at ${text}`),
      [],
    );
  });

  await group.test('are still there where no story can reach them, and not reached', async (t) => {
    for (const known of UNREACHED) {
      const found = sites.all.filter((site) => isThat(known, site));
      t.ok(found.length > 0, `${known.file}: ${known.text}`);
      t.notOk(
        found.some((site) => reached.has(site)),
        known.why,
      );
    }
  });
});

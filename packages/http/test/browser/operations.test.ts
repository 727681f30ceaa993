import { DriverFailure } from '@gdcloud/core';
import t from 'tap';
import { serveRealCloud } from '../real-cloud.js';
import { accessibilityFaults, keepPicture, signIn, startBrowser } from './chromium.js';

t.test('who looks after the cloud sees what is stuck, why, and how it is freed', async (t) => {
  const { url, admin, drivers, post } = await serveRealCloud(t);
  await post('/v1/networks', { name: 'web', ipv4Cidr: '10.0.0.0/24' });
  const open = await startBrowser(t);
  const { page, faults } = await open();
  await signIn(page, url, admin);
  const menu = page.getByRole('navigation', { name: 'Menu' });

  await t.test('everything is as asked', async (t) => {
    await menu.getByRole('link', { name: 'Not as asked' }).click();
    await page.getByText('Everything is as asked.').waitFor();
    t.same(await accessibilityFaults(page), []);
  });

  await t.test(
    'a backend that is away: the server waits, and the page says for what',
    async (t) => {
      drivers.servers.down = new DriverFailure('unavailable', 'Away', 'the pool does not answer', {
        remedy: 'Look whether it is switched on.',
      });
      await post('/v1/virtualmachines', {
        name: 'waiting',
        offering: '1gb-1cpu',
        imageId: '1',
        networkId: '1',
      });
      const one = page.locator('section', { hasText: 'waiting' });
      await one.locator('.explain').waitFor();
      t.same(await accessibilityFaults(page), []);
      await keepPicture(page, 'panel-stuck');
      await one.getByRole('link', { name: 'waiting' }).click();
      await page.getByRole('heading', { name: /^waiting/ }).waitFor();
      await page.locator('.explain').waitFor();
      await keepPicture(page, 'panel-server-waiting');
      t.pass('on its own page, too');
    },
  );

  await t.test('it is back: the server runs without anybody’s doing', async (t) => {
    await menu.getByRole('link', { name: 'Kernel at work' }).click();
    await page.getByRole('heading', { name: 'Kernel at work' }).waitFor();
    drivers.servers.down = undefined;
    await page.locator('.pass-map .mark.done').first().waitFor();
    t.same(await accessibilityFaults(page), []);
    await keepPicture(page, 'panel-passes');
    await menu.getByRole('link', { name: 'Not as asked' }).click();
    await page.getByText('Everything is as asked.').waitFor();
    t.pass('and nothing is stuck any more');
  });

  await t.test('a server that fits nowhere: each host, and what spoke against it', async (t) => {
    const apart = { offering: '1gb-1cpu', imageId: '1', networkId: '1', labels: ['db'] };
    // There are two hosts.
    for (const name of ['first', 'second', 'third'])
      await post('/v1/virtualmachines', { ...apart, name, antiAffinityLabels: ['db'] });
    await page.goto(`${url}/panel/virtualmachines/4`);
    const why = page.locator('.explain');
    await why.getByText('Why it was placed nowhere').waitFor();
    t.match(await why.locator('details li').last().textContent(), /^host\d+: .+ db /);
    t.same(await accessibilityFaults(page), []);
    await keepPicture(page, 'panel-server-unplaced');
  });

  await t.test('what hosts and shares have left is drawn', async (t) => {
    await menu.getByRole('link', { name: 'Capacity' }).click();
    await page.locator('.holders li').first().waitFor();
    t.same(await accessibilityFaults(page), []);
    await keepPicture(page, 'panel-capacity');
    await menu.getByRole('link', { name: 'Hosts' }).click();
    await page.locator('tbody tr').first().waitFor();
    await keepPicture(page, 'panel-hosts');
  });
  t.same(faults(), []);
});

t.test('a user is shown none of that', async (t) => {
  const { url, user } = await serveRealCloud(t);
  const open = await startBrowser(t);
  const { page } = await open();
  await signIn(page, url, user);
  t.equal(await page.getByText('Administration').count(), 0);
  await page.goto(`${url}/panel/stuck`);
  await page.getByRole('heading', { name: 'Nothing here' }).waitFor();
  t.pass('at its address either');
});

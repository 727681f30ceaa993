import t from 'tap';
import { serveRealCloud } from '../real-cloud.js';
import { keepPicture, signIn, startBrowser } from './chromium.js';
import { severable } from './severable.js';

t.test('a panel that loses its connection goes on where it was', async (t) => {
  const { url, user, fetch } = await serveRealCloud(t);
  const way = await severable(t, url);
  const open = await startBrowser(t);
  const { page, faults } = await open();
  const create = async (name: string, cidr: string): Promise<void> => {
    const body = JSON.stringify({ name, ipv4Cidr: cidr });
    const { status } = await fetch('/v1/networks', { method: 'POST', body, key: user });
    t.equal(status, 201);
  };
  await signIn(page, way.url, user);
  await page
    .getByRole('navigation', { name: 'Menu' })
    .getByRole('link', { name: 'Networks' })
    .click();
  await page.getByRole('heading', { name: 'Networks', level: 1 }).waitFor();

  await t.test('what others make appears by itself', async (t) => {
    await create('before', '10.1.0.0/24');
    await page.getByRole('link', { name: 'before' }).waitFor();
    t.pass('without a reload');
  });

  await t.test(
    'what is seen stays in sight, and the reader is told that it may be old',
    async (t) => {
      way.cut();
      await page.getByRole('alert').filter({ hasText: 'connection is lost' }).waitFor();
      t.ok(await page.getByRole('link', { name: 'before' }).isVisible());
      await keepPicture(page, 'panel-connection-lost');
    },
  );

  await t.test('what happened meanwhile is there when the connection is', async (t) => {
    await create('meanwhile', '10.2.0.0/24');
    way.restore();
    await page.getByRole('link', { name: 'meanwhile' }).waitFor();
    await page.getByRole('alert').waitFor({ state: 'detached' });
    await create('after', '10.3.0.0/24');
    await page.getByRole('link', { name: 'after' }).waitFor();
    const rows = await page.locator('tbody tr').count();
    t.equal(rows, 3, 'each once');
  });

  await t.test('what is asked for meanwhile is not lost in silence', async (t) => {
    await page.getByRole('link', { name: 'before' }).click();
    await page.getByRole('heading', { name: /^before/ }).waitFor();
    await page.getByRole('button', { name: 'Edit' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name', { exact: true }).fill('renamed');
    way.cut();
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByText('The cloud can’t be reached').waitFor();
    way.restore();
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: /^renamed/ }).waitFor();
    t.pass('what was written stays in the form until it is saved');
  });
  t.same(faults(), []);
});

import t, { type Test } from 'tap';
import { serveRealCloud } from '../real-cloud.js';
import { accessibilityFaults, keepPicture, startBrowser } from './chromium.js';
import { severable } from './severable.js';

t.test('the API as pages', async (t) => {
  const { url, user, fetch } = await serveRealCloud(t);
  const way = await severable(t, url);
  const open = await startBrowser(t);
  const { page, faults } = await open({ credentials: user });
  const looksWell = async (t: Test, name: string): Promise<void> => {
    t.same(await accessibilityFaults(page), [], name);
    await keepPicture(page, name);
  };

  await t.test('the root leads everywhere', async (t) => {
    await page.goto(`${way.url}/v1`);
    await looksWell(t, 'api-root');
    await page
      .getByRole('link', { name: /networks/i })
      .first()
      .click();
    await page.getByRole('heading', { level: 1 }).waitFor();
    await looksWell(t, 'api-networks-empty');
  });

  await t.test(
    'a form says what is wrong beside the field, and the command that does the same',
    async (t) => {
      await page.getByText('New Network').click();
      const cidr = page.getByLabel(/ipv4Cidr/).last();
      await cidr.fill('zz');
      await page.locator('code', { hasText: 'ipv4Cidr=zz' }).first().waitFor({ state: 'attached' });
      const create = page.getByRole('button', { name: 'Create' });
      await create.click();
      await page
        .getByText(/must be a private IPv4 network/)
        .first()
        .waitFor();
      await looksWell(t, 'api-form-wrong');
      await page
        .getByLabel(/ipv4Cidr/)
        .last()
        .fill('10.1.0.0/24');
      await page.getByLabel(/^name/).last().fill('web');
      await page.getByRole('button', { name: 'Create' }).click();
      await page.getByRole('heading', { level: 1, name: /web/ }).waitFor();
      t.pass('and what was made is shown');
    },
  );

  await t.test(
    'what others change is seen without a reload, also after the connection was lost',
    async (t) => {
      const rename = async (name: string): Promise<void> => {
        const { status } = await fetch('/v1/networks/1', {
          method: 'PUT',
          body: JSON.stringify({ name }),
          key: user,
        });
        t.equal(status, 200);
      };
      await rename('renamed');
      await page.getByRole('heading', { level: 1, name: /renamed/ }).waitFor();
      way.cut();
      await page
        .getByText(/connection/i)
        .first()
        .waitFor();
      await rename('meanwhile');
      way.restore();
      await page.getByRole('heading', { level: 1, name: /meanwhile/ }).waitFor();
      await looksWell(t, 'api-network');
    },
  );

  await t.test('types describe themselves', async (t) => {
    await page.goto(`${way.url}/v1/schemas/virtualmachine`);
    await looksWell(t, 'api-schema');
  });

  await t.test('what is not there says so', async (t) => {
    await page.goto(`${way.url}/v1/networks/999`);
    await page.getByText('NotFound').or(page.getByText('404')).first().waitFor();
    await looksWell(t, 'api-not-found');
  });

  await t.test('all can be read without scripts, in German too', async (t) => {
    const context = await page
      .context()
      .browser()
      ?.newContext({
        javaScriptEnabled: false,
        locale: 'de-AT',
        httpCredentials: {
          username: user.publicValue,
          password: user.secretValue,
          send: 'always',
        },
      });
    const plain = await context?.newPage();
    if (plain === undefined) throw new TypeError('there is no other page');
    await plain.goto(`${way.url}/v1/networks`);
    t.ok(await plain.getByText('meanwhile').first().isVisible());
    t.match(await plain.locator('html').getAttribute('lang'), /^de/);
    await context?.close();
  });
  t.same(faults(), []);
});

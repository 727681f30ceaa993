import { defineResourceType, int, RESOURCE_TYPE, string } from '@gdcloud/core';
import t from 'tap';
import { serveRealCloud } from '../real-cloud.js';
import { accessibilityFaults, keepPicture, signIn, startBrowser } from './chromium.js';

/** A type of somebody else’s, of which no page has ever heard. */
const dnsrecord = defineResourceType({
  id: 'dnsrecord',
  plural: 'dnsrecords',
  description: 'A name that leads to an address.',
  spec: {
    hostname: string({ description: 'The name.', required: true, example: 'www' }),
    ttlSeconds: int({
      description: 'How long others may remember it.',
      default: 300,
      min: 30,
      max: 86_400,
    }),
  },
  status: {},
  actions: {
    renew: {
      description: 'Have it remembered for another time.',
      input: {
        ttlSeconds: int({ description: 'How long.', required: true, min: 30, max: 86_400 }),
      },
      available: () => true,
      apply: (_record, { ttlSeconds }) => ({ ttlSeconds }),
    },
  },
  access: {
    visibleTo: 'own',
    users: ['read', 'create', 'update', 'delete', 'act'],
    administrators: ['read', 'create', 'update', 'delete', 'act'],
  },
});

t.test('a type of a plug-in has its pages without a line of ours', async (t) => {
  const { url, user } = await serveRealCloud(t, {
    plugins: [(container) => container.register(RESOURCE_TYPE, { useValue: dnsrecord })],
  });
  const open = await startBrowser(t);
  const { page, faults } = await open();
  await signIn(page, url, user);

  await t.test('it is in the menu, and its empty list says what it is', async (t) => {
    await page
      .getByRole('navigation', { name: 'Menu' })
      .getByRole('link', { name: 'Dnsrecords' })
      .click();
    await page.getByText('A name that leads to an address.').waitFor();
    t.same(await accessibilityFaults(page), []);
  });

  await t.test('a form is made of its schema, and says which field is wrong', async (t) => {
    await page.getByRole('link', { name: /New Dnsrecord/ }).click();
    const ttl = page.getByLabel('Ttl seconds');
    await ttl.waitFor();
    t.equal(await ttl.inputValue(), '300', 'with its default');
    await ttl.fill('7');
    await page.getByLabel(/Hostname/).fill('www');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.locator('.field .wrong', { hasText: '30' }).waitFor();
    t.match(await page.getByRole('alert').textContent(), /A number is too small.*larger/);
    t.same(await accessibilityFaults(page), []);
    await ttl.fill('60');
    await page.getByLabel('Name', { exact: true }).fill('web');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('heading', { name: /^web/ }).waitFor();
    await keepPicture(page, 'panel-third-party');
  });

  await t.test('its actions ask for what they need', async (t) => {
    await page.getByRole('button', { name: 'Renew' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel(/Ttl seconds/).fill('90');
    t.same(await accessibilityFaults(page), []);
    await dialog.getByRole('button', { name: 'Renew' }).click();
    await page.locator('dl.values', { hasText: '90' }).waitFor();
    t.pass('and what they change is seen');
  });

  await t.test('it can be edited and removed', async (t) => {
    await page.getByRole('button', { name: 'Edit' }).click();
    await page
      .getByRole('dialog')
      .getByLabel(/Hostname/)
      .fill('mail');
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await page.locator('dl.values', { hasText: 'mail' }).waitFor();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('A name that leads to an address.').waitFor();
    t.pass('and the list is empty again');
  });

  await t.test('its API page has its form and its action, too', async (t) => {
    const other = await open({ credentials: user });
    await other.page.goto(`${url}/v1/dnsrecords`);
    t.equal((await other.page.getByLabel(/hostname/i).count()) > 0, true);
    await other.page.goto(`${url}/v1/schemas/dnsrecord`);
    await other.page.getByText('How long others may remember it.').first().waitFor();
    t.same(other.faults(), []);
  });
  t.same(faults(), [], 'nothing left the origin, nothing was against the policy, nothing broke');
});

import type { Page } from 'playwright-core';
import t from 'tap';
import { serveRealCloud } from '../real-cloud.js';
import { accessibilityFaults, keepPicture, signIn, startBrowser } from './chromium.js';

/** As narrow as phones are. */
const PHONE_PX = 360;

t.test('somebody without a mouse makes a network and a server in it', async (t) => {
  const { url, user } = await serveRealCloud(t);
  const open = await startBrowser(t);
  const { page } = await open();
  await page.goto(`${url}/panel`);
  await page.locator('input[name=name]').waitFor();
  await tabTo(page, 'User name or access key');
  await page.keyboard.type(user.publicValue);
  await page.keyboard.press('Tab');
  await page.keyboard.type(user.secretValue);
  await page.keyboard.press('Enter');
  await page.locator('main#content h1').waitFor();

  await t.test('the menu can be skipped, and walked', async (t) => {
    await page.reload();
    await page.locator('main#content h1').waitFor();
    await page.keyboard.press('Tab');
    t.equal(await focused(page), 'Skip to content');
    await tabTo(page, 'Networks');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Networks' }).waitFor();
    await tabTo(page, 'New Network');
    await page.keyboard.press('Enter');
    await page.getByLabel('Name', { exact: true }).waitFor();
  });

  await t.test('a form is sent by Enter', async (t) => {
    await tabTo(page, 'Name');
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type('by-hand');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: /^by-hand/ }).waitFor();
    t.pass('without looking for its button');
  });

  await t.test('something is chosen by arrows, and a dialog is left by Escape', async (t) => {
    await page.goto(`${url}/panel/virtualmachines/new`);
    await tabTo(page, 'Create server');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: /^server-1/ }).waitFor();
    await tabTo(page, 'Delete');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    t.equal(await focused(page), 'Delete', 'and the focus is where it was');
  });
});

t.test('on a phone nothing is wider than the screen, in German', async (t) => {
  const { url, user, post } = await serveRealCloud(t);
  await post('/v1/networks', { name: 'Netz', ipv4Cidr: '10.0.0.0/24', accountId: '2' });
  await post('/v1/virtualmachines', {
    name: 'Rechner',
    offering: '1gb-1cpu',
    imageId: '1',
    networkId: '1',
    accountId: '2',
  });
  const open = await startBrowser(t);
  const { page, faults } = await open({ width: PHONE_PX, language: 'de-AT', theme: 'dark' });
  await signIn(page, url, user);
  t.equal(await page.locator('html').getAttribute('lang'), 'de');
  for (const path of [
    '',
    'virtualmachines',
    'virtualmachines/new',
    'virtualmachines/1',
    'networks/1',
    'usage',
    'apikeys/new',
  ]) {
    await page.goto(`${url}/panel/${path}`);
    await page.locator('main#content h1').waitFor();
    await page.getByText('Wird geladen…').first().waitFor({ state: 'detached' });
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    t.ok(width <= PHONE_PX, `/${path}: ${width} of ${PHONE_PX} px`);
    t.same(await accessibilityFaults(page), [], path);
  }
  await page.getByRole('button', { name: 'Menü' }).click();
  await page.getByRole('link', { name: 'Netzwerke' }).click();
  await page.getByRole('heading', { level: 1, name: 'Netzwerke' }).waitFor();

  await t.test('a refusal says what to do', async (t) => {
    await page.goto(`${url}/panel/networks/1`);
    await page.getByRole('button', { name: 'Löschen' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Löschen' }).click();
    const problem = dialog.getByRole('alert');
    await problem.getByText('Es ist noch in Gebrauch').waitFor();
    await problem.getByText('Entfernen Sie zuerst, was es noch braucht').waitFor();
    t.match(await problem.locator('[lang=en]').first().textContent(), /network 1/);
    t.match(await problem.locator('.quiet').textContent(), /^409 InUse · /);
    t.same(await accessibilityFaults(page), [], 'a refusal');
    await keepPicture(page, 'panel-refused');
  });
  t.same(faults(), []);
});

/** Goes on by Tab until something of this name has the focus. Throws where nothing of that name can be reached. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let step = 0; step < 120; step += 1) {
    await page.keyboard.press('Tab');
    if ((await focused(page)) === name) return;
  }
  throw new Error(`${name} is not reached by Tab`);
}

/** What has the focus is called. */
function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const element = document.activeElement;
    const labels = element instanceof HTMLInputElement ? [...(element.labels ?? [])] : [];
    const text = labels[0]?.textContent ?? element?.textContent ?? '';
    return text.replace(/\(.*\)/, '').trim();
  });
}

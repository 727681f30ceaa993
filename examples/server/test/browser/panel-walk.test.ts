import type { Page } from 'playwright-core';
import t from 'tap';
import {
  accessibilityFaults,
  keepPicture,
  signIn,
  startBrowser,
} from '../../../../packages/http/dist-test/browser/chromium.js';
import { ownFolder } from '../support/own-folder.js';
import { eventually, KEY, type ServerProcess, startServer } from '../support/server-process.js';

const ADMINISTRATOR = { publicValue: KEY.access, secretValue: KEY.secret };

t.test('from the first visit to a server that is gone again', async (t) => {
  const server = await startServer(ownFolder(t));
  const url = new URL(server.url).origin;
  const open = await startBrowser(t);
  const { page, faults } = await open();
  const menu = page.getByRole('navigation', { name: 'Menu' });
  const heading = (name: string | RegExp) => page.getByRole('heading', { level: 1, name });
  const goTo = async (name: string): Promise<void> => {
    await menu.getByRole('link', { name, exact: true }).click();
    await heading(name).waitFor();
  };

  await t.test('whoever comes first is asked for a key, and told where it is', async (t) => {
    await page.goto(`${url}/panel`);
    await page.getByText('npm start').waitFor();
    t.same(await accessibilityFaults(page), []);
    await keepPicture(page, 'panel-sign-in');
    await page.fill('input[name=name]', 'nobody');
    await page.fill('input[name=secret]', 'nothing');
    await page.click('button[type=submit]');
    await page.getByText('The name or the secret is wrong.').waitFor();
    await signIn(page, url, ADMINISTRATOR);
    t.same(await accessibilityFaults(page), []);
    await keepPicture(page, 'panel-first-visit');
  });

  await t.test('a network of their own', async (t) => {
    await goTo('Networks');
    await keepPicture(page, 'panel-networks-empty');
    await page.getByRole('link', { name: 'New Network' }).click();
    const name = page.getByLabel('Name', { exact: true });
    await name.waitFor();
    await name.fill('web');
    t.same(await accessibilityFaults(page), []);
    await keepPicture(page, 'panel-network-new');
    await page.getByRole('button', { name: /^Create/ }).click();
    await heading(/^web/).waitFor();
    t.match(await server.settled('networks/1'), { transitioning: 'no' });
  });

  await t.test('a server by one press of a button', async (t) => {
    await goTo('Servers');
    await page.getByRole('link', { name: 'New Server' }).click();
    await page.getByRole('button', { name: 'Create server' }).waitFor();
    t.same(await accessibilityFaults(page), []);
    await keepPicture(page, 'panel-server-new');
    await page.getByLabel('Name', { exact: true }).fill('web1');
    await page.getByRole('button', { name: 'Create server' }).click();
    await heading(/^web1/).waitFor();
    await heading(/running/).waitFor();
    t.same(await accessibilityFaults(page), []);
    await keepPicture(page, 'panel-server');
  });

  await t.test('a volume that is put into it', async (t) => {
    await goTo('Volumes');
    await page.getByRole('link', { name: 'New Volume' }).click();
    await page.getByLabel('Name', { exact: true }).fill('data');
    await keepPicture(page, 'panel-volume-new');
    t.same(await accessibilityFaults(page), []);
    await page.getByRole('button', { name: /^Create/ }).click();
    await heading(/^data/).waitFor();
    await server.settled('volumes/2');
    await page.getByRole('button', { name: 'Attach' }).click();
    const dialog = page.getByRole('dialog');
    await choose(dialog.getByRole('combobox').first(), 'web1');
    await dialog.getByRole('button', { name: 'Attach' }).click();
    await dialog.waitFor({ state: 'detached' });
    const attached = await server.settled('volumes/2');
    t.match(attached, { transitioning: 'no', virtualmachineId: '1' });
    await keepPicture(page, 'panel-volume');
  });

  await t.test('a snapshot of its disks', async (t) => {
    await goTo('Servers');
    await page.getByRole('link', { name: 'web1' }).click();
    await page.getByRole('button', { name: 'Take a snapshot of all disks' }).click();
    await page.locator('.toast', { hasText: 'is being made' }).waitFor();
    t.match(await server.settled('snapshots/1'), { transitioning: 'no' });
    await goTo('Snapshots');
    await page.locator('tbody tr').first().waitFor();
    t.same(await accessibilityFaults(page), []);
  });

  await t.test('a port that leads to it, and a rule who may come', async (t) => {
    await server.post('addresspools', {
      cidr: '203.0.113.0/28',
      gateway: '203.0.113.1',
      uplink: 'outside',
    });
    await server.settled('addresspools/1');
    await server.post('ipaddresses', { networkId: '1', name: 'front door' });
    await server.settled('ipaddresses/1');
    await goTo('Port forwards');
    await page.getByRole('link', { name: 'New Port forward' }).click();
    const server1 = page.getByRole('combobox', { name: /Server/ }).first();
    await server1.waitFor();
    if ((await server1.inputValue()) === '') await choose(server1, 'web1');
    const port = page.getByLabel(/port/i).first();
    await port.fill('443');
    t.same(await accessibilityFaults(page), []);
    await keepPicture(page, 'panel-forward-new');
    await page.getByRole('button', { name: /^Create/ }).click();
    await page.getByRole('heading', { name: 'What happened' }).waitFor();
    t.match(await server.settled('portforwards/1'), { transitioning: 'no' });
    await goTo('Filter rules');
    await page.getByRole('link', { name: 'New Filter rule' }).click();
    const source = page.getByLabel(/The others/).first();
    await source.waitFor();
    await source.fill('198.51.100.0/24');
    const first = page.getByLabel(/port/i).first();
    await first.fill('443');
    await keepPicture(page, 'panel-rule-new');
    await page.getByRole('button', { name: /^Create/ }).click();
    await page.getByRole('heading', { name: 'What happened' }).waitFor();
    t.match(await server.settled('networkrules/1'), { transitioning: 'no' });
  });

  await t.test('its screen is in the page', async (t) => {
    await page.goto(`${url}/panel/virtualmachines/1`);
    await page.getByRole('button', { name: 'Open the console' }).click();
    await page.locator('.console canvas').waitFor();
    await page.getByText('Connected.').waitFor();
    const colours = page.locator('.console canvas');
    t.ok(await hasPixels(page), 'something is to be seen on it');
    await colours.click();
    await page.keyboard.press('a');
    await keepPicture(page, 'panel-console');
    await page.keyboard.press('Shift+Escape');
    t.same(await accessibilityFaults(page), []);
  });

  await t.test('it can be made larger', async (t) => {
    await page.goto(`${url}/panel/virtualmachines/1`);
    await page.getByRole('button', { name: 'Change size' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('radio').last().check({ force: true });
    t.same(await accessibilityFaults(page), []);
    await keepPicture(page, 'panel-server-resize');
    await dialog.getByRole('button', { name: 'Change size' }).click();
    await dialog.waitFor({ state: 'detached' });
    const { body } = await server.get('virtualmachines/1');
    t.notMatch(body, { offering: '1gb-1cpu' });
  });

  await t.test('every page of every type can be used by everybody', async (t) => {
    await server.settled('virtualmachines/1');
    for (const name of ['vpns', 'apikeys', 'logins', 'accounts', 'images', 'offerings', 'usage']) {
      await page.goto(`${url}/panel/${name}`);
      await page.locator('h1').waitFor();
      await page.getByText('Loading…').waitFor({ state: 'detached' });
      t.same(await accessibilityFaults(page), [], name);
      await keepPicture(page, `panel-${name}`);
    }
    await page.goto(`${url}/panel/`);
    await heading('Overview').waitFor();
    await keepPicture(page, 'panel-overview');
    await goTo('Servers');
    await page.locator('tbody tr').first().waitFor();
    await keepPicture(page, 'panel-servers');
    await page.goto(`${url}/panel/networks/1`);
    await heading(/^web/).waitFor();
    t.same(await accessibilityFaults(page), []);
    await keepPicture(page, 'panel-network');
    const api = await open({ credentials: ADMINISTRATOR });
    await api.page.goto(`${url}/v1/virtualmachines/1`);
    t.same(await accessibilityFaults(api.page), []);
    await keepPicture(api.page, 'api-server');
    t.same(api.faults(), []);
    await api.context.close();
  });

  await t.test('who deletes it may think again, and again delete it', async (t) => {
    await page.goto(`${url}/panel/virtualmachines/1`);
    await heading(/^web1/).waitFor();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    const dialog = page.getByRole('dialog');
    t.same(await accessibilityFaults(page), []);
    await keepPicture(page, 'panel-server-delete');
    await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.locator('.toast').getByRole('button').click();
    await server.settled('virtualmachines/1');
    t.match((await server.get('virtualmachines/1')).body, { state: 'running' });
    await page.goto(`${url}/panel/virtualmachines/1`);
    await heading(/^web1/).waitFor();
    const deleteAtOnce = async (): Promise<void> => {
      await page.getByRole('button', { name: 'Delete', exact: true }).click();
      await page
        .getByRole('dialog')
        .getByRole('button', { name: /^Delete/ })
        .last()
        .click();
    };
    await deleteAtOnce();
    await page.getByRole('dialog').getByText('still in use by 1 portforward').waitFor();
    await keepPicture(page, 'panel-server-in-use');
    for (const what of ['portforwards', 'snapshots']) {
      await page.goto(`${url}/panel/${what}/1`);
      await deleteAtOnce();
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await gone(server, `${what}/1`);
    }
    await page.goto(`${url}/panel/virtualmachines/1`);
    await deleteAtOnce();
    await heading('Servers').waitFor();
    await page.getByRole('link', { name: 'web1', exact: true }).waitFor({ state: 'detached' });
    t.pass('and it is gone from the list');
  });
  t.same(faults(), [], 'nothing left the origin, nothing was against the policy, nothing broke');
});

/** Chooses what is called so in a choice of resources. */
async function choose(choice: ReturnType<Page['getByRole']>, name: string): Promise<void> {
  if ((await choice.evaluate(({ tagName }) => tagName)) === 'SELECT') {
    const option = choice.locator('option', { hasText: name }).first();
    await choice.selectOption(await option.getAttribute('value'));
    return;
  }
  await choice.click();
  await choice.fill(name);
  await choice
    .page()
    .getByRole('option', { name: new RegExp(name) })
    .first()
    .click();
}

/** Whether a picture has come: a canvas that nothing was drawn on is transparent. */
function hasPixels(page: Page): Promise<boolean> {
  return page
    .waitForFunction(() => {
      const canvas = document.querySelector<HTMLCanvasElement>('.console canvas');
      const context = canvas?.getContext('2d');
      if (!canvas || !context || canvas.width === 0) return false;
      return context.getImageData(0, 0, canvas.width, canvas.height).data.some((byte) => byte > 0);
    })
    .then(() => true);
}

/** Waits until there is nothing left of a resource. */
async function gone(server: ServerProcess, path: string): Promise<void> {
  await eventually(`${path} to go`, async () => {
    const { status, body } = await server.get(path);
    return status === 404 || body.state === 'removed' ? 'gone' : undefined;
  });
}

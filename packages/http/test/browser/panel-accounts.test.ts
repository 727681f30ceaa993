import t from 'tap';
import { serveRealCloud } from '../real-cloud.js';
import { at } from '../served.js';
import { signIn, startBrowser } from './chromium.js';

t.test('two accounts side by side see nothing of each other', async (t) => {
  const { url, user, post } = await serveRealCloud(t);
  const account = await post('/v1/accounts', { name: 'Bob' });
  const key = await post('/v1/apikeys', { accountId: String(at(account, 'id')) });
  const bob = {
    publicValue: String(at(key, 'publicValue')),
    secretValue: String(at(key, 'secretValue')),
  };
  const open = await startBrowser(t);
  const [ada, other] = [await open(), await open()];
  await signIn(ada.page, url, user);
  await signIn(other.page, url, bob);
  for (const { page } of [ada, other]) {
    await page
      .getByRole('navigation', { name: 'Menu' })
      .getByRole('link', { name: 'Networks' })
      .click();
    await page.getByRole('heading', { name: 'Networks', level: 1 }).waitFor();
  }
  const make = async ({ page }: typeof ada, name: string): Promise<void> => {
    await page.goto(`${url}/panel/networks/new`);
    await page.getByLabel('Name', { exact: true }).fill(name);
    const cidr = page.getByLabel(/cidr|addresses/i).first();
    if ((await cidr.inputValue()) === '') await cidr.fill('10.7.0.0/24');
    await page.getByRole('button', { name: /^Create/ }).click();
    await page.getByRole('heading', { name: new RegExp(`^${name}`) }).waitFor();
    await page
      .getByRole('navigation', { name: 'Menu' })
      .getByRole('link', { name: 'Networks' })
      .click();
    await page.getByRole('link', { name }).waitFor();
  };
  await make(ada, 'adas-network');
  await make(other, 'bobs-network');
  // Whatever Ada’s change told Bob’s page has been told by now: his own came after it.
  t.equal(await other.page.getByText('adas-network').count(), 0);
  t.equal(await ada.page.getByText('bobs-network').count(), 0);

  await t.test('and find nothing at each other’s addresses', async (t) => {
    await ada.page.getByRole('link', { name: 'adas-network' }).click();
    await ada.page.getByRole('heading', { name: /^adas-network/ }).waitFor();
    await other.page.goto(ada.page.url());
    await other.page.getByRole('heading', { name: 'Nothing here' }).waitFor();
    t.notMatch(await other.page.content(), /adas-network/);
  });

  await t.test('who signs out leaves nothing behind', async (t) => {
    await ada.page.getByRole('button', { name: 'Sign out' }).click();
    await ada.page.getByRole('button', { name: 'Sign in' }).waitFor();
    t.notMatch(await ada.page.content(), /adas-network/);
    const kept = await ada.page.evaluate(() =>
      JSON.stringify([Object.entries(sessionStorage), Object.entries(localStorage)]),
    );
    t.notMatch(kept, new RegExp(user.secretValue));
    t.equal(await ada.page.evaluate(() => document.cookie), '');
  });
  t.same([...ada.faults(), ...other.faults()], []);
});

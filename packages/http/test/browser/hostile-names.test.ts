import t from 'tap';
import { serveRealCloud } from '../real-cloud.js';
import { at } from '../served.js';
import { keepPicture, signIn, startBrowser } from './chromium.js';

/** Names that have broken pages of others. */
const NAMES = [
  '</script><script>globalThis.broken = 1</script>',
  '"><img src=x onerror="globalThis.broken = 1">',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: that it is none is what is looked at
  "';globalThis.broken=1;//${globalThis.broken=1}{{constructor}}",
  '\u202egnp.exe \u2066hidden\u2069',
  '👩‍👩‍👧‍👦 नमस्ते 漢字 e\u0301',
  'x'.repeat(255),
] as const;

t.test('whatever things are called, pages show it letter by letter', async (t) => {
  const { url, user, fetch } = await serveRealCloud(t);
  const ids: string[] = [];
  for (const [index, name] of NAMES.entries()) {
    const body = JSON.stringify({ name, description: name, ipv4Cidr: `10.${index}.0.0/24` });
    const { json } = await fetch('/v1/networks', { method: 'POST', body, key: user });
    ids.push(String(at(json, 'id')));
  }
  const open = await startBrowser(t);
  const { page, faults } = await open();
  await signIn(page, url, user);

  await t.test('in lists of the panel', async (t) => {
    await page.goto(`${url}/panel/networks`);
    await page
      .locator('tbody tr')
      .nth(NAMES.length - 1)
      .waitFor();
    for (const name of NAMES)
      t.equal(await page.locator('tbody bdi').getByText(name, { exact: true }).count(), 1, name);
    await keepPicture(page, 'panel-hostile-names');
  });

  await t.test('on their own pages, in forms, and where something is chosen', async (t) => {
    for (const [index, name] of NAMES.entries()) {
      await page.goto(`${url}/panel/networks/${ids[index]}`);
      await page.locator('h1 bdi').waitFor();
      t.equal(await page.locator('h1 bdi').textContent(), name);
      await page.getByRole('button', { name: 'Edit' }).click();
      const input = page.getByRole('dialog').getByLabel('Name', { exact: true });
      t.equal(await input.inputValue(), name);
      await page.keyboard.press('Escape');
    }
  });

  await t.test('on the API’s own pages', async (t) => {
    const api = await open({ credentials: user });
    await api.page.goto(`${url}/v1/networks`);
    for (const name of NAMES.slice(0, 3))
      t.ok((await api.page.getByText(name, { exact: false }).count()) > 0, name);
    for (const [index, name] of NAMES.entries()) {
      await api.page.goto(`${url}/v1/networks/${ids[index]}`);
      t.ok((await api.page.locator('h1').textContent())?.includes(name), name);
      t.equal(await api.page.evaluate(() => Object(globalThis).broken), undefined);
    }
    t.same(api.faults(), []);
  });
  t.equal(await page.evaluate(() => Object(globalThis).broken), undefined, 'nothing of it was run');
  t.same(faults(), [], 'nothing left the origin, nothing was against the policy');
});

import t from 'tap';
import { speaker } from '../../dist/texts/speak.js';
import { strengthOf } from '../../dist-ui/panel/pages/keys/password-input.js';
import { levelOf } from '../../dist-ui/panel/pages/usage/limit-bars.js';
import { pathOf } from '../../dist-ui/panel/pages/vpn/qr-code.js';
import { localOf, momentOf } from '../../dist-ui/panel/parts/date-input.js';
import { titleOf } from '../../dist-ui/panel/titles.js';

t.test('black modules of a QR code become one rectangle for each run', async (t) => {
  t.equal(pathOf([[true, true, false, true], [false]]), 'M0 0h2v1H0zM3 0h1v1H3z');
});

t.test('a password is told how much is missing, then how good it is', async (t) => {
  const say = speaker('en');
  t.equal(strengthOf('', 12, say), '');
  t.match(strengthOf('seven77', 12, say), '5 more');
  t.equal(strengthOf('a'.repeat(20), 12, say), strengthOf('twelve chars', 12, say));
  t.not(strengthOf('correct horse battery', 12, say), strengthOf('twelve chars', 12, say));
});

t.test('a limit says when little is left, and when nothing is', async (t) => {
  t.strictSame(
    [levelOf(7, 10), levelOf(8, 10), levelOf(10, 10), levelOf(0, 0)],
    ['plenty', 'nearly', 'full', 'full'],
  );
});

t.test('a moment is the same after it was written by the reader’s clock', async (t) => {
  t.equal(momentOf(localOf('2027-01-31T12:05:00Z')), '2027-01-31T12:05:00Z');
  t.equal(momentOf(localOf('')), '');
});

t.test('what nobody named is called by what it is known by', async (t) => {
  const thing = { id: '7', links: {}, actions: {}, name: null };
  t.equal(titleOf({ ...thing, type: 'ipaddress', address: '203.0.113.7' }), '203.0.113.7');
  t.equal(titleOf({ ...thing, type: 'ipaddress', address: null }), 'ipaddress 7');
  const forward = { protocol: 'tcp', publicStartPort: 80, publicEndPort: 90 };
  t.equal(titleOf({ ...thing, type: 'portforward', ...forward }), 'TCP 80–90');
  t.equal(titleOf({ ...thing, type: 'vpn', name: 'office' }), 'office');
});

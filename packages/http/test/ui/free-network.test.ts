import t from 'tap';
import { freeNetwork } from '../../dist-ui/panel/pages/network/free-network.js';

t.test('the first network is given the first private addresses', async (t) => {
  t.strictSame(freeNetwork([], []), { name: 'network-1', ipv4Cidr: '10.1.0.0/24' });
});

t.test('what other networks have, wholly or in part, is not suggested', async (t) => {
  const { ipv4Cidr } = freeNetwork(['10.1.7.0/24', '10.2.0.0/15', '192.168.0.0/16'], []);
  t.equal(ipv4Cidr, '10.4.0.0/24');
});

t.test('a name that is taken is not suggested', async (t) => {
  t.equal(freeNetwork([], ['network-1', 'office', 'network-3']).name, 'network-2');
});

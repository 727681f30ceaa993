import t from 'tap';
import { uuid } from '../support/fixtures.js';
import { skipWithoutTags, TaggedRig } from './tagged-rig.js';
import { BALANCER, FACTS, networkOf, TENANTS } from './tenants.js';

t.setTimeout(180_000);

t.test(
  'two tenants on one tagged trunk',
  { skip: skipWithoutTags(), bail: true },
  async (group) => {
    const rig = await TaggedRig.start();
    group.teardown(() => rig.close());
    for (const tenant of TENANTS) {
      const followed = await rig.agent.follow(networkOf(tenant));
      group.equal(followed?.by, 'whole');
      group.match(await rig.run(`${tenant}1`, 'ping -c1 -W2 10.0.0.1'), ' 0% packet loss');
      group.match(await rig.run(`${tenant}1`, 'ping -c1 -W2 203.0.113.1'), ' 0% packet loss');
    }
  },
);

import type { EventBus, Hint } from '@gdcloud/core';
import t, { type Test as Tap } from 'tap';
import { eventually } from '../../support/eventually.js';
import { uuid } from '../../support/resources.js';

/** Two processes' ends of one bus; they may be the same where there is but one process. */
export interface EventBusEnds {
  readonly here: EventBus;
  readonly there: EventBus;
}

/** What every EventBus that is not away must do. `open` makes an unused pair, closed when its test ends. */
export function eventBusContract(name: string, open: (t: Tap) => Promise<EventBusEnds>): void {
  const hint: Hint = { uuid: uuid(1), account: uuid(2), reason: 'changed' };

  t.test(`${name}: every subscriber hears a hint, later than the publisher goes on`, async (t) => {
    const { here, there } = await open(t);
    const heard: { readonly at: string; readonly hint: Hint }[] = [];
    await here.subscribe((received) => heard.push({ at: 'here', hint: received }));
    await there.subscribe((received) => heard.push({ at: 'there', hint: received }));
    here.publish(hint);
    t.same(heard, []);
    await eventually(() => heard.length === 2);
    t.same(
      heard.toSorted((a, b) => (a.at < b.at ? -1 : 1)),
      [
        { at: 'here', hint },
        { at: 'there', hint },
      ],
    );
  });

  t.test(
    `${name}: hints for any resource, of any reason, with their trace, are heard`,
    async (t) => {
      const { here, there } = await open(t);
      const heard: Hint[] = [];
      await there.subscribe((received) => heard.push(received));
      const trace = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
      const sent: Hint[] = [];
      for (const reason of ['changed', 'dependency', 'backend'] as const)
        for (let n = 1; n <= 50; n += 1) sent.push({ ...hint, uuid: uuid(n), reason });
      sent.push({ ...hint, uuid: uuid(51), trace });
      for (const each of sent) here.publish(each);
      await eventually(() => heard.length === sent.length);
      const ordered = (hints: readonly Hint[]): readonly string[] =>
        hints.map((each) => `${each.reason} ${each.account} ${each.uuid} ${each.trace}`).toSorted();
      t.same(ordered(heard), ordered(sent));
    },
  );

  t.test(`${name}: who has left hears nothing more`, async (t) => {
    const { here, there } = await open(t);
    const left: Hint[] = [];
    const stayed: Hint[] = [];
    const leave = await there.subscribe((received) => left.push(received));
    await there.subscribe((received) => stayed.push(received));
    await leave();
    await leave();
    here.publish(hint);
    await eventually(() => stayed.length === 1);
    t.same(left, []);
  });

  t.test(`${name}: hints for nobody are lost, as they may be`, async (t) => {
    const { here } = await open(t);
    t.doesNotThrow(() => here.publish(hint));
  });
}

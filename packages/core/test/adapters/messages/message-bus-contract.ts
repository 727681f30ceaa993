import type { MessageBus } from '@gdcloud/core';
import t, { type Test as Tap } from 'tap';
import { eventually } from '../../support/eventually.js';

/** Two processes' ends of one bus; they may be the same where there is but one process. */
export interface BusEnds {
  readonly here: MessageBus;
  readonly there: MessageBus;
}

/** What every MessageBus that is not away must do. `open` makes an unused pair, closed when its test ends. */
export function messageBusContract(name: string, open: (t: Tap) => Promise<BusEnds>): void {
  t.test(`${name}: every subscriber hears what is published after it subscribed`, async (t) => {
    const { here, there } = await open(t);
    const heard: string[] = [];
    await here.subscribe('news', (message) => heard.push(`here ${message}`));
    await there.subscribe('news', (message) => heard.push(`there ${message}`));
    here.publish('news', 'one');
    t.same(heard, [], 'a publisher never runs its subscribers’ code');
    await eventually(() => heard.length === 2);
    t.same(heard.toSorted(), ['here one', 'there one']);
  });

  t.test(`${name}: messages come unchanged`, async (t) => {
    const { here, there } = await open(t);
    const heard: string[] = [];
    await there.subscribe('news', (message) => heard.push(message));
    const sent = ['', 'ä€😀', '\u0000\r\n$3', 'x'.repeat(300_000), '{"a":1}'];
    for (const message of sent) here.publish('news', message);
    await eventually(() => heard.length === sent.length);
    // Buses may change the order.
    t.ok(sent.every((message) => heard.includes(message)));
  });

  t.test(`${name}: topics are heard apart`, async (t) => {
    const { here, there } = await open(t);
    const heard: string[] = [];
    await there.subscribe('news', (message) => heard.push(`news ${message}`));
    await there.subscribe('news.more', (message) => heard.push(`more ${message}`));
    here.publish('nobody', 'one');
    here.publish('news.more', 'two');
    here.publish('news', 'three');
    await eventually(() => heard.length === 2);
    t.same(heard.toSorted(), ['more two', 'news three']);
  });

  t.test(`${name}: who has left hears nothing more, and others go on`, async (t) => {
    const { here, there } = await open(t);
    const heard: string[] = [];
    const note = (message: string): void => {
      heard.push(message);
    };
    const leave = await there.subscribe('news', note);
    const leaveToo = await there.subscribe('news', note);
    await there.subscribe('end', note);
    await leave();
    await leave();
    here.publish('news', 'to one');
    here.publish('end', 'first end');
    await eventually(() => heard.includes('first end') && heard.includes('to one'));
    await leaveToo();
    here.publish('news', 'to nobody');
    here.publish('end', 'second end');
    await eventually(() => heard.includes('second end'));
    t.same(heard.toSorted(), ['first end', 'second end', 'to one']);
    await there.subscribe('news', note);
    here.publish('news', 'again');
    await eventually(() => heard.includes('again'));
  });

  t.test(`${name}: what is longer than eight mebibytes is not sent`, async (t) => {
    const { here, there } = await open(t);
    const heard: number[] = [];
    await there.subscribe('news', ({ length }) => heard.push(length));
    here.publish('news', 'x'.repeat(8_388_609));
    here.publish('news', '€'.repeat(2_800_000));
    here.publish('news', 'x'.repeat(8_388_608));
    here.publish('news', '€'.repeat(2_796_202));
    await eventually(() => heard.length === 2);
    t.same(
      heard.toSorted((a, b) => b - a),
      [8_388_608, 2_796_202],
    );
  });
}

import { asFence } from '@gdcloud/core';
import {
  type CommandRunner,
  findPrograms,
  Gate,
  type GatedCard,
  gatedCards,
  leaseEpoch,
  machineCards,
  PROGRAMS,
  startSandbox,
} from '@gdcloud/driver-vlan/agent';
import t, { type Test } from 'tap';
import { skipWithoutSandbox, until } from '../support/network-sandbox.js';
import { advertisement } from './advertisement.js';
import { dyingConversations } from './dying-conversations.js';

t.setTimeout(120_000);

const { signal } = new AbortController();
const LONG = 60_000;
const FIRST = leaseEpoch(asFence('00000001.000000000001'));
const SECOND = leaseEpoch(asFence('00000001.000000000002'));
const THIRD = leaseEpoch(asFence('00000001.000000000003'));

/** The gated cards of a machine whose trunks are these devices; `d0` carries VXLAN. */
function cardsOf(...devices: readonly string[]): readonly GatedCard[] {
  const trunks = devices.map((device) => ({ name: device, by: 'kernel', device }) as const);
  const vxlan = { name: 'd0', kind: 'vxlan', firstId: 1, lastId: 9 } as const;
  return gatedCards(machineCards({ trunks, uplinks: [] }), [vxlan]);
}

const CARDS = cardsOf('c0', 'd0');

const OURS = '06:67:00:00:00:01';
const MACHINES = '02:00:00:00:00:01';

/** A machine with two cards, of which the other ends are seen. */
async function machine(t: Test): Promise<CommandRunner> {
  const paths = await findPrograms(PROGRAMS);
  const as = process.getuid?.() === 0 ? 'root' : 'user';
  const { runner, close } = await startSandbox({ paths, as }, signal);
  t.teardown(close);
  const quiet = ['net.ipv6.conf.all.disable_ipv6=1', 'net.ipv6.conf.default.disable_ipv6=1'];
  await runner.run({ program: 'sysctl', arguments: ['-qw', ...quiet] }, signal);
  const lines = ['c', 'd'].flatMap((card) => [
    `link add name ${card}0 type veth peer name ${card}1`,
    `link set dev ${card}0 up`,
    `link set dev ${card}1 up`,
  ]);
  const input = `${lines.join('\n')}\n`;
  await runner.run({ program: 'ip', arguments: ['-batch', '-'], input }, signal);
  return runner;
}

/** Whether a frame, or a packet, that is sent by a card arrives at its other end. */
async function passes(runner: CommandRunner, card: 'c' | 'd', frame: Buffer): Promise<boolean> {
  const received = async (): Promise<number> => {
    const words = ['-s', '-j', 'link', 'show', 'dev', `${card}1`];
    const { stdout } = await runner.run({ program: 'ip', arguments: words }, signal);
    return JSON.parse(stdout)[0].stats64.rx.packets;
  };
  const before = await received();
  const words = ['-u', '-', `INTERFACE:${card}0`];
  await runner.run({ program: 'socat', arguments: words, inputBytes: frame }, signal);
  return (await received()) > before;
}

function frameOf(sender: string): Buffer {
  const header = Buffer.from(`ffffffffffff${sender.replaceAll(':', '')}88b5`, 'hex');
  return Buffer.concat([header, Buffer.alloc(50)]);
}

/** A packet of UDP to a port, as the kernel sends VXLAN. */
function packetTo(port: number): Buffer {
  const ip = Buffer.from('450000280000400040110000c0000201c0000202', 'hex');
  const udp = Buffer.alloc(20);
  udp.writeUInt16BE(port, 2);
  udp.writeUInt16BE(20, 4);
  const ethernet = Buffer.from(`ffffffffffff${MACHINES.replaceAll(':', '')}0800`, 'hex');
  return Buffer.concat([ethernet, ip, udp]);
}

async function loaded(runner: CommandRunner): Promise<Gate> {
  const gate = new Gate(runner, { cards: CARDS });
  await gate.load(signal);
  return gate;
}

async function opened(runner: CommandRunner, epoch = FIRST, milliseconds = LONG): Promise<Gate> {
  const gate = await loaded(runner);
  await gate.arm(epoch, LONG, signal);
  await gate.open(epoch, () => milliseconds, signal);
  return gate;
}

t.test('a gate', { skip: skipWithoutSandbox('socat') }, async (group) => {
  await group.test(
    'lets through what the machine itself sends, and nothing of its networks until it is opened',
    async (t) => {
      const runner = await machine(t);
      const gate = await loaded(runner);
      t.equal(await passes(runner, 'c', frameOf(MACHINES)), true);
      t.equal(await passes(runner, 'c', frameOf(OURS)), false);
      t.equal(await passes(runner, 'd', frameOf(OURS)), false);
      t.equal(await passes(runner, 'c', packetTo(4789)), true);
      t.equal(await passes(runner, 'd', packetTo(4789)), false);
      t.equal(await passes(runner, 'd', packetTo(53)), true);
      t.equal(await gate.arm(FIRST, LONG, signal), 'armed');
      t.equal(await passes(runner, 'c', frameOf(OURS)), false);
      t.equal(await gate.open(FIRST, () => LONG, signal), 'open');
      t.equal(await passes(runner, 'c', frameOf(OURS)), true);
      t.equal(await passes(runner, 'd', frameOf(OURS)), true);
      t.equal(await passes(runner, 'd', packetTo(4789)), true);
      await gate.close(FIRST, signal);
      t.equal(await passes(runner, 'c', frameOf(OURS)), false);
      gate.end();
    },
  );

  await group.test(
    'closes by itself, and is not opened again by what comes too late',
    async (t) => {
      const runner = await machine(t);
      const gate = await opened(runner, FIRST, 50);
      await until(
        () => passes(runner, 'c', frameOf(OURS)),
        (does) => !does,
      );
      t.equal(await gate.refresh(FIRST, () => LONG, signal), 'closed');
      t.equal(await gate.open(FIRST, () => LONG, signal), 'closed');
      t.equal(await passes(runner, 'c', frameOf(OURS)), false);
      gate.end();
    },
  );

  await group.test('is not opened where it was armed too long ago', async (t) => {
    const runner = await machine(t);
    const gate = await loaded(runner);
    await gate.arm(FIRST, 10, signal);
    await until(
      async () => (await gate.look(signal))?.stands,
      (stands) => stands === 'closed',
    );
    t.equal(await gate.open(FIRST, () => LONG, signal), 'closed');
    t.equal(await passes(runner, 'c', frameOf(OURS)), false);
    gate.end();
  });

  await group.test('lets nothing be sent for a time that is not certain', async (t) => {
    const gate = await loaded(await machine(t));
    await gate.arm(FIRST, LONG, signal);
    t.equal(await gate.open(FIRST, () => undefined, signal), 'closed');
    t.equal((await gate.look(signal))?.stands, 'armed');
    gate.end();
  });

  await group.test(
    'belongs to the latest turn: one that was before can neither open, keep nor close it',
    async (t) => {
      const runner = await machine(t);
      const old = await opened(runner, FIRST);
      const young = new Gate(runner, { cards: CARDS });
      await young.load(signal);
      await young.arm(SECOND, LONG, signal);
      await young.open(SECOND, () => LONG, signal);
      t.equal(await old.refresh(FIRST, () => LONG, signal), 'closed');
      await old.close(FIRST, signal);
      t.equal(await old.arm(FIRST, LONG, signal), 'superseded');
      t.equal(await young.refresh(SECOND, () => LONG, signal), 'open');
      t.equal(await passes(runner, 'c', frameOf(OURS)), true);
      t.equal(await old.arm(THIRD, LONG, signal), 'armed');
      t.equal(await passes(runner, 'c', frameOf(OURS)), false);
      old.end();
      young.end();
    },
  );

  await group.test(
    'is closed by every start, and knows what a stranger has done to it',
    async (t) => {
      const runner = await machine(t);
      const gate = await opened(runner);
      const other = await loaded(runner);
      t.equal(await passes(runner, 'c', frameOf(OURS)), false);
      t.equal(await gate.refresh(FIRST, () => LONG, signal), 'closed');
      await runner.run(
        { program: 'nft', arguments: ['flush', 'chain', 'netdev', 'gdcloud', 'out_c0'] },
        signal,
      );
      await gate.look(signal);
      t.equal(gate.isWhole, false);
      await gate.load(signal);
      t.equal(gate.isWhole, true);
      await runner.run({ program: 'nft', arguments: ['flush', 'ruleset'] }, signal);
      await other.close(FIRST, signal);
      t.equal(other.isWhole, true);
      t.equal(await passes(runner, 'c', frameOf(OURS)), false);
      gate.end();
      other.end();
    },
  );

  await group.test(
    'leaves a card that carries networks no more, and wants those that it is told',
    async (t) => {
      const runner = await machine(t);
      const gate = await loaded(runner);
      const less = new Gate(runner, { cards: cardsOf('c0') });
      await less.load(signal);
      t.equal(await passes(runner, 'd', frameOf(OURS)), true);
      const none = new Gate(runner, { cards: cardsOf('nocard') });
      await t.rejects(none.load(signal), { code: 'GateMissing', outcome: 'unavailable' });
      t.equal(await passes(runner, 'c', frameOf(OURS)), false);
      for (const one of [gate, less, none]) one.end();
    },
  );

  await group.test(
    'is kept open by advertisements that leave the machine, and by nothing else is it opened',
    async (t) => {
      const runner = await machine(t);
      const send = (bytes: Buffer): Promise<boolean> => passes(runner, 'd', bytes);
      const hear = async (bytes: Buffer): Promise<void> => {
        const words = ['-u', '-', 'INTERFACE:d1'];
        await runner.run({ program: 'socat', arguments: words, inputBytes: bytes }, signal);
      };
      const [device] = cardsOf('d0').map((card) => card.device);
      if (device === undefined) throw new Error('there is one');
      const gate = new Gate(runner, {
        cards: cardsOf('c0'),
        advertisements: { device, routerId: 77, everyMs: 400 },
      });
      await gate.load(signal);
      await gate.renew(signal);
      await gate.arm(FIRST, LONG, signal);
      t.equal(await gate.open(FIRST, () => LONG, signal), 'closed', 'it does not advertise itself');
      const isOpen = (): Promise<boolean> => gate.isOpen(FIRST, signal);

      await hear(advertisement(77, 253));
      t.equal(await send(advertisement(77, 254)), true);
      t.equal(await isOpen(), false, 'the other was heard just now');
      await until(
        async () => {
          await send(advertisement(77, 254));
          return isOpen();
        },
        (now) => now,
      );
      t.equal(await passes(runner, 'c', frameOf(OURS)), true, 'and not any more');

      await until(isOpen, (now) => !now);
      await send(advertisement(77, 254));
      t.equal(await isOpen(), false, 'what comes after a gap counts no more');
      t.equal(await passes(runner, 'c', frameOf(OURS)), false);

      await gate.renew(signal);
      await hear(advertisement(77, 253));
      await hear(advertisement(77, 0));
      await send(advertisement(77, 254));
      t.equal(await isOpen(), true, 'the other has resigned');
      await send(advertisement(78, 0));
      t.equal(await isOpen(), true, 'another router resigns');
      await send(advertisement(77, 0));
      t.equal(await isOpen(), false, 'who resigns is heard no more');
      gate.end();
    },
  );

  await group.test('is closed wherever its agent died, and opens for the next', async (t) => {
    const runner = await machine(t);
    for (const when of ['before', 'after'] as const) {
      for (let at = 1; at <= 6; at += 1) {
        const gate = new Gate(dyingConversations(runner, at, when), { cards: CARDS });
        const turn = async (): Promise<void> => {
          await gate.load(signal);
          await gate.arm(FIRST, 50, signal);
          await gate.open(FIRST, () => 50, signal);
          await gate.refresh(FIRST, () => 50, signal);
          await gate.close(FIRST, signal);
        };
        await turn().catch(() => {});
        gate.end();
        const next = new Gate(runner, { cards: CARDS });
        await until(
          async () => (await next.look(signal))?.stands ?? 'closed',
          (stands) => stands === 'closed',
        );
        await next.load(signal);
        t.equal(await next.arm(SECOND, LONG, signal), 'armed', `${when} ${at}`);
        t.equal(await next.open(SECOND, () => LONG, signal), 'open', `${when} ${at}`);
        await runner.run(
          { program: 'nft', arguments: ['delete', 'table', 'netdev', 'gdcloud'] },
          signal,
        );
        next.end();
      }
    }
  });
});

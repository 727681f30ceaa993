import type { Cancel, Clock } from '@gdcloud/core';
import type { CommandRunner } from '../commands/command-runner.js';
import { forgetPlaces } from '../links/forget-places.js';
import { parseLinks } from '../links/link-state.js';
import type { MachineCards } from '../links/machine-cards.js';
import type { MachinePorts } from '../links/machine-ports.js';
import type { ApplianceDocument } from '../plan/appliance-document.js';
import {
  type DeviceName,
  isNamespaceName,
  type NamespaceName,
  namespaceName,
} from '../plan/plan-names.js';
import { announcementFrames } from './announcement-frames.js';
import { CardSender } from './card-sender.js';

/** What an announcer works with. */
export interface AnnouncerParts {
  readonly runner: CommandRunner;
  readonly clock: Clock;
  readonly cards: MachineCards;
  readonly ports: MachinePorts;
  /** The networks of which it is known what they carry. */
  readonly documents: () => readonly ApplianceDocument[];
  /** The namespaces that are there. */
  readonly namespaces: () => Promise<readonly string[]>;
}

/** When a round begins, counted from the takeover, as frames get lost; milliseconds. */
const ROUNDS_MS = [1_000, 5_000];
/** When nothing is sent any more, and for how long what was prepared is kept; milliseconds. */
const END_MS = 8_000;
/** Namespaces that are entered at a time. */
const MOST_ENTERED = 4;

/** Tells switches, after a takeover, on which of their ports a machine's networks are from now on: in three rounds. */
export class Announcer {
  readonly #parts: AnnouncerParts;
  readonly #sender: CardSender;
  #stop = new AbortController();
  #cancels: readonly Cancel[] = [];

  constructor(parts: AnnouncerParts) {
    this.#parts = parts;
    this.#sender = new CardSender(parts.runner, parts.clock);
  }

  /** Has ready what a takeover needs that is expected in a moment. */
  prepare(): void {
    this.end();
    for (const card of this.#cards()) this.#sender.prepare(card);
    this.#forgetPlaces();
    this.#cancels = [this.#parts.clock.schedule(END_MS, () => this.end())];
  }

  /** Begins to tell. Called again, it begins anew. */
  begin(): void {
    this.#endRounds();
    const { signal } = this.#stop;
    // What fails is told in the next round, and else by what the networks themselves send.
    const round = (): void => {
      this.#forgetPlaces();
      this.announce(signal).catch(() => {});
    };
    round();
    const { clock } = this.#parts;
    this.#cancels = [
      ...ROUNDS_MS.map((ms) => clock.schedule(ms, round)),
      clock.schedule(END_MS, () => this.end()),
    ];
  }

  /** Tells no more. */
  end(): void {
    this.#endRounds();
    this.#sender.end();
  }

  /** One round. Ends early as the signal aborts. */
  async announce(signal: AbortSignal): Promise<void> {
    const { cards, documents, namespaces } = this.#parts;
    const byCard = new Map([...this.#cards()].map((card): [DeviceName, Buffer[]] => [card, []]));
    const known = new Set<string>();
    for (const document of documents()) {
      const { frames, inside } = announcementFrames(document, cards);
      if (!inside) known.add(namespaceName(document.network));
      for (const [card, bytes] of frames) byCard.get(card)?.push(bytes);
    }
    await Promise.all([...byCard].map(([card, frames]) => this.#sender.send(card, frames, signal)));
    const others = (await namespaces()).filter(isNamespaceName).filter((name) => !known.has(name));
    const enter = async (): Promise<void> => {
      for (let next = others.pop(); next !== undefined && !signal.aborted; next = others.pop()) {
        await announceInside(this.#parts.runner, next, signal);
      }
    };
    await Promise.all(Array.from({ length: MOST_ENTERED }, enter));
  }

  #endRounds(): void {
    for (const cancel of this.#cancels) cancel();
    this.#stop.abort(new Error('nothing is to be announced any more'));
    this.#stop = new AbortController();
  }

  #forgetPlaces(): void {
    const { runner, ports } = this.#parts;
    for (const command of forgetPlaces(ports)) {
      runner.run(command, this.#stop.signal).catch(() => {});
    }
  }

  #cards(): ReadonlySet<DeviceName> {
    const { trunks, uplinks } = this.#parts.cards;
    return new Set([...trunks.values(), ...uplinks.values()].flat());
  }
}

// A device whose address is set anew, to the same, announces all that it has (arp_notify).
async function announceInside(
  runner: CommandRunner,
  namespace: NamespaceName,
  signal: AbortSignal,
): Promise<void> {
  const shown = await runner.run(
    { program: 'ip', arguments: ['-n', namespace, '-j', '-d', 'address', 'show'] },
    signal,
  );
  if (shown.exitCode !== 0) return;
  const lines = [...parseLinks(shown.stdout).values()]
    .filter(({ name }) => /^(n0|u[0-9a-f]{12})$/.test(name))
    .map(({ name, macAddress }) => `link set dev ${name} address ${macAddress}\n`);
  const words = ['-n', namespace, '-force', '-batch', '-'];
  await runner.run({ program: 'ip', arguments: words, input: lines.join('') }, signal);
}

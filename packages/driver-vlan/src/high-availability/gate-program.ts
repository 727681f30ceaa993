import type { NftQuestion } from '../nft/nft-conversation.js';
import { APPLIANCE_PREFIX, type DeviceName } from '../plan/plan-names.js';
import { asEpoch, type Epoch } from './epoch.js';

/** A network card of a machine that is one of a pair. */
export interface GatedCard {
  readonly device: DeviceName;
  /** Frames of networks, by their senders' addresses; or, as well, packets of VXLAN that the kernel makes of them. */
  readonly carries: 'frames' | 'frames and vxlan';
}

/** Which turn a gate is in, and how many transactions that has seen: each swaps the mark that was read before it. */
export interface GateMark {
  readonly epoch: Epoch;
  readonly turn: number;
}

/** A gate as it is. */
export interface GateState {
  /** Undefined where it isn't loaded. */
  readonly mark: GateMark | undefined;
  readonly stands: 'closed' | 'armed' | 'open';
  /** The chains with their rules, as nft lists them. */
  readonly rules: string;
}

const TABLE = 'netdev gdcloud';

/** What is listed after each transaction of a gate. */
export const GATE_QUESTION: NftQuestion = {
  text: `list table ${TABLE}`,
  answer: /^table netdev gdcloud \{\n[\s\S]*?^\}/m,
};

/** The one key of the sets whose elements expire; a key needs an expression, and this is always nothing. */
const ALWAYS = 'meta mark & 0x0';
const VXLAN = 'udp dport 4789';
const OURS = `ether saddr & ff:ff:00:00:00:00 == ${APPLIANCE_PREFIX}:00:00:00:00`;

/**
 * Loads the gate of `cards` in place, and closes it. A card passes on what its machine itself sends; frames of networks
 * it passes on only while the set `open` has its element, which expires by itself: the dead man's switch. `found` are
 * is what is there already.
 */
export function gateLoad(
  cards: readonly GatedCard[],
  found: GateState | undefined,
): readonly string[] {
  const wanted = new Set<string>(cards.map(({ device }) => device));
  const left = [...cardsIn(found?.rules ?? '')].filter((card) => !wanted.has(card));
  return [
    `add table ${TABLE}`,
    `add set ${TABLE} mandate { type mark . ifname . ifname . ifname; }`,
    `add set ${TABLE} armed { type mark; flags timeout; }`,
    `add set ${TABLE} open { type mark; flags timeout,dynamic; }`,
    `flush set ${TABLE} armed`,
    `flush set ${TABLE} open`,
    ...(found?.mark === undefined ? swap(undefined, NEVER) : []),
    ...cards.flatMap(({ device, carries }) => {
      const chain = `${TABLE} out_${device}`;
      return [
        `add chain ${chain} { type filter hook egress device "${device}" priority 0; policy accept; }`,
        `flush chain ${chain}`,
        `add rule ${chain} ${OURS} ${ALWAYS} != @open drop`,
        ...(carries === 'frames' ? [] : [`add rule ${chain} ${VXLAN} ${ALWAYS} != @open drop`]),
      ];
    }),
    ...left.flatMap((card) => [
      `flush chain ${TABLE} out_${card}`,
      `delete chain ${TABLE} out_${card}`,
    ]),
  ];
}

/** Begins a turn: closes the gate, and lets it be opened within the time. Refused where the mark is not `from` any more. */
export function gateArm(from: GateMark, to: GateMark, milliseconds: number): readonly string[] {
  return [
    ...swap(from, to),
    ...shut(),
    `add element ${TABLE} armed { 0 timeout ${milliseconds}ms }`,
  ];
}

/** Opens an armed gate for a time. Refused where it is armed no more. */
export function gateOpen(mark: GateMark, milliseconds: number): readonly string[] {
  return [
    ...swap(mark, after(mark)),
    `delete element ${TABLE} armed { 0 }`,
    `add element ${TABLE} open { 0 timeout ${milliseconds}ms }`,
  ];
}

/** Keeps an open gate open for a time from now. Refused where it has closed by itself. */
export function gateRefresh(mark: GateMark, milliseconds: number): readonly string[] {
  return [
    ...swap(mark, after(mark)),
    `delete element ${TABLE} open { 0 }`,
    `add element ${TABLE} open { 0 timeout ${milliseconds}ms }`,
  ];
}

/** Closes a gate. */
export function gateClose(mark: GateMark): readonly string[] {
  return [...swap(mark, after(mark)), ...shut()];
}

/** The mark that a transaction leaves. */
export function after({ epoch, turn }: GateMark): GateMark {
  return { epoch, turn: (turn + 1) % 2 ** 32 };
}

/** Reads what nft lists of the table. */
export function gateState(listing: string): GateState {
  const [, turn, ...pieces] =
    /set mandate \{[^}]*?elements = \{ (0x[0-9a-f]+) \. "([^"]*)" \. "([^"]*)" \. "([^"]*)"/.exec(
      listing,
    ) ?? [];
  const has = (set: string): boolean =>
    new RegExp(`set ${set} \\{[^}]*elements = \\{`).test(listing);
  const at = listing.indexOf('\tchain ');
  return {
    mark:
      turn === undefined
        ? undefined
        : { epoch: asEpoch(pieces.join('').replace(/-+$/, '')), turn: Number(turn) },
    stands: has('open') ? 'open' : has('armed') ? 'armed' : 'closed',
    rules: at < 0 ? '' : listing.slice(at, listing.lastIndexOf('}')).trimEnd(),
  };
}

/** What a gate holds before the first turn. */
const NEVER: GateMark = { epoch: asEpoch(''), turn: 0 };

function cardsIn(rules: string): ReadonlySet<string> {
  return new Set([...rules.matchAll(/^\tchain out_(\S+) \{/gm)].map(([, card = '']) => card));
}

function shut(): readonly string[] {
  return [`flush set ${TABLE} open`, `flush set ${TABLE} armed`];
}

// Deleting an element that is not there refuses the transaction whole.
function swap(from: GateMark | undefined, to: GateMark): readonly string[] {
  return [
    ...(from === undefined ? [] : [`delete element ${TABLE} mandate { ${elementOf(from)} }`]),
    `add element ${TABLE} mandate { ${elementOf(to)} }`,
  ];
}

/** What a name of a device holds; nft has no other texts. */
const PIECE = 15;

function elementOf({ epoch, turn }: GateMark): string {
  const padded = epoch.padEnd(3 * PIECE, '-');
  const pieces = [0, 1, 2].map((nth) => `"${padded.slice(nth * PIECE, (nth + 1) * PIECE)}"`);
  return [`0x${turn.toString(16).padStart(8, '0')}`, ...pieces].join(' . ');
}

import type { NftQuestion } from '../nft/nft-conversation.js';
import { APPLIANCE_PREFIX, type DeviceName } from '../plan/plan-names.js';
import { ADVERTISED } from './advertised-time.js';
import { asEpoch, type Epoch } from './epoch.js';

/** A network card of a machine that is one of a pair. */
export interface GatedCard {
  readonly device: DeviceName;
  /** Frames of networks, by their senders' addresses; or, as well, packets of VXLAN that the kernel makes of them. */
  readonly carries: 'frames' | 'frames and vxlan';
}

/** How a machine tells the other of its pair, by VRRP, that it is there. */
export interface Advertisements {
  /** They leave by it. */
  readonly device: DeviceName;
  readonly routerId: number;
  /** From one to the next; milliseconds. */
  readonly everyMs: number;
}

/** What a gate is made of. */
export interface GateParts {
  readonly cards: readonly GatedCard[];
  /** Where they keep the gate open, in place of an agent that refreshes it. */
  readonly advertisements?: Advertisements | undefined;
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
  /** Whether the machine advertises itself, without a gap since it was one that stood by. */
  readonly isAdvertised: boolean;
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
 * it passes on only while the set `open` has its element, which expires by itself: the dead man's switch. `found`
 * is what is there already.
 */
export function gateLoad(parts: GateParts, found: GateState | undefined): readonly string[] {
  const { cards, advertisements } = parts;
  const wanted = new Set<string>(devicesOf(parts));
  const chains = new Set([
    ...[...wanted].map((device) => `out_${device}`),
    ...(advertisements === undefined ? [] : [`in_${advertisements.device}`]),
  ]);
  const needed = advertisements === undefined ? ['open'] : ['open', 'series'];
  const left = [...chainsIn(found?.rules ?? '')].filter((chain) => !chains.has(chain));
  return [
    `add table ${TABLE}`,
    `add set ${TABLE} mandate { type mark . ifname . ifname . ifname; }`,
    `add set ${TABLE} armed { type mark; flags timeout; }`,
    `add set ${TABLE} open { type mark; flags timeout,dynamic; }`,
    ...(advertisements === undefined ? [] : SERIES_SETS),
    `flush set ${TABLE} armed`,
    `flush set ${TABLE} open`,
    ...(found?.mark === undefined ? swap(undefined, NEVER) : []),
    ...[...wanted].flatMap((device) => [
      `add chain ${TABLE} out_${device} { type filter hook egress device "${device}" priority 0; policy accept; }`,
      `flush chain ${TABLE} out_${device}`,
    ]),
    ...cards.flatMap(({ device, carries }) => {
      const rule = `add rule ${TABLE} out_${device}`;
      const frames = carries === 'frames' ? [OURS] : [OURS, VXLAN];
      return frames.flatMap((those) =>
        needed.map((set) => `${rule} ${those} ${ALWAYS} != @${set} drop`),
      );
    }),
    ...(advertisements === undefined ? [] : advertised(advertisements)),
    ...left.flatMap((chain) => [`flush chain ${TABLE} ${chain}`, `delete chain ${TABLE} ${chain}`]),
  ];
}

/** The devices that a gate has a chain for. */
export function devicesOf({ cards, advertisements }: GateParts): readonly DeviceName[] {
  const own = advertisements === undefined ? [] : [advertisements.device];
  return [...new Set([...cards.map(({ device }) => device), ...own])];
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
    isAdvertised: has('series'),
    rules: at < 0 ? '' : listing.slice(at, listing.lastIndexOf('}')).trimEnd(),
  };
}

/** What a gate holds before the first turn. */
const NEVER: GateMark = { epoch: asEpoch(''), turn: 0 };

function chainsIn(rules: string): ReadonlySet<string> {
  return new Set([...rules.matchAll(/^\tchain (\S+) \{/gm)].map(([, chain = '']) => chain));
}

/**
 * Lets the next advertisement of this machine begin a series, and no later one: with it the machine is one that has stood by
 * and waited. What was begun before ends.
 */
export function gateRenew(): readonly string[] {
  return [
    `flush set ${TABLE} series`,
    `flush set ${TABLE} fresh`,
    `add element ${TABLE} fresh { 0 }`,
  ];
}

const SERIES_SETS: readonly string[] = [
  `add set ${TABLE} fresh { type mark; flags dynamic; }`,
  `add set ${TABLE} series { type mark; flags timeout,dynamic; }`,
  `add set ${TABLE} heard { type mark; flags timeout,dynamic; }`,
  `flush set ${TABLE} fresh`,
  `flush set ${TABLE} series`,
];

// VRRP's header: the router at the second octet, its priority at the third, nothing for one that resigns (RFC 5798). What
// comes in is seen by the kernel even while keepalived is paused, and so is what leaves late: it begins no series while the
// other was heard, and goes on with none that has a gap.
function advertised({ device, routerId, everyMs }: Advertisements): readonly string[] {
  const own = `add rule ${TABLE} out_${device} ip protocol 112 @th,8,8 ${routerId} @th,16,8`;
  const others = `add rule ${TABLE} in_${device} ip protocol 112 @th,8,8 ${routerId} @th,16,8`;
  const until = `${ALWAYS} timeout ${Math.floor(ADVERTISED * everyMs)}ms`;
  return [
    `add chain ${TABLE} in_${device} { type filter hook ingress device "${device}" priority 0; policy accept; }`,
    `flush chain ${TABLE} in_${device}`,
    `${others} != 0 update @heard { ${until} }`,
    `${others} 0 delete @heard { ${ALWAYS} }`,
    `${own} != 0 ${ALWAYS} @series update @series { ${until} }`,
    `${own} != 0 ${ALWAYS} != @heard ${ALWAYS} @fresh delete @fresh { ${ALWAYS} } update @series { ${until} }`,
    `${own} 0 delete @series { ${ALWAYS} }`,
  ];
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

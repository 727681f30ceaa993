/** Whole packets, as they passed; bytes from the IP header on. */
export interface Traffic {
  readonly packets: number;
  readonly bytes: number;
}

/** What passed, by way; a way that is absent is not counted. */
export interface TrafficByWay {
  readonly in?: Traffic | undefined;
  readonly out?: Traffic | undefined;
  readonly both?: Traffic | undefined;
}

const WAYS = ['in', 'out', 'both'] as const;

/** Both together. */
export function addedTraffic(one: TrafficByWay, other: TrafficByWay): TrafficByWay {
  return byWay((way) => {
    const [left, right] = [one[way], other[way]];
    if (left === undefined || right === undefined) return left ?? right;
    return { packets: left.packets + right.packets, bytes: left.bytes + right.bytes };
  });
}

/** What has come since it was told last: all of what is told now where a count is smaller than it was and so began anew. */
export function grownTraffic(before: TrafficByWay, now: TrafficByWay): TrafficByWay {
  return byWay((way) => {
    const [last, count] = [before[way], now[way]];
    if (count === undefined || last === undefined) return nothingLess(count);
    if (count.packets < last.packets || count.bytes < last.bytes) return nothingLess(count);
    return nothingLess({ packets: count.packets - last.packets, bytes: count.bytes - last.bytes });
  });
}

/** Whether they say the same of each way. */
export function isSameTraffic(one: TrafficByWay, other: TrafficByWay): boolean {
  return WAYS.every(
    (way) => one[way]?.packets === other[way]?.packets && one[way]?.bytes === other[way]?.bytes,
  );
}

function byWay(of: (way: (typeof WAYS)[number]) => Traffic | undefined): TrafficByWay {
  const counts = WAYS.flatMap((way) => {
    const count = of(way);
    return count === undefined ? [] : [[way, count] as const];
  });
  return Object.fromEntries(counts);
}

function nothingLess(count: Traffic | undefined): Traffic | undefined {
  return count === undefined || (count.packets === 0 && count.bytes === 0) ? undefined : count;
}

import type { Json } from '../../model/json.js';
import type { Envelope } from './envelope.js';
import { isNumber, isObject, parseJson } from './json-reading.js';
import { type DriverManifest, parseManifest, writeManifest } from './manifest.js';

/** How often a driver host says that it is there; milliseconds. */
export const ANNOUNCED_EVERY = 5_000;
/** After how long without a word of it a driver host is taken for away; milliseconds. */
export const SILENCE_LIMIT = 3 * ANNOUNCED_EVERY;
/** By how much clocks may run apart at most, as a fraction of the time that passes; computers are ten times better. */
const CLOCK_DRIFT = 0.001;
/** An earlier life that speaks this long after a later one began is not a message that was late. */
const LATE = 2_000;

/** What a driver host says of itself. */
export interface Announcement {
  /** When this life began; a later life has a greater one. */
  readonly since: number;
  readonly manifest: DriverManifest;
}

/** An announcement as JSON. */
export function writeAnnouncement({ since, manifest }: Announcement): Json {
  return { since, manifest: writeManifest(manifest) };
}

/** Reads what {@link writeAnnouncement} wrote; undefined when it is something else. */
export function parseAnnouncement(json: Json): Announcement | undefined {
  if (!isObject(json) || !isNumber(json['since'])) return undefined;
  const manifest = parseManifest(json['manifest']);
  return manifest && { since: json['since'], manifest };
}

/** A life of a driver host that was heard of. */
export interface HeardLife {
  readonly life: string;
  readonly since: number;
  /** Whether it runs the drivers that the kernel was configured with. */
  readonly drivers: 'as configured' | 'others';
  /** When it was last heard, monotonic. */
  readonly heardAt: number;
  /** What to add to our monotonic time to have the host's time of day: its clock counts, and ours may be wrong. */
  readonly ahead: number;
}

/** What an announcement changed. */
export type Heard = 'nothing new' | 'another life' | 'an earlier life speaks';

/** Knows which life of a driver host to talk to: the latest that was heard of lately. */
export class HostPresence {
  readonly #expected: string;
  #latest: HeardLife | undefined;

  constructor(manifest: DriverManifest) {
    this.#expected = fingerprint(manifest);
  }

  /** The life to talk to; undefined when none was heard of for {@link SILENCE_LIMIT}. `now` is monotonic. */
  current(now: number): HeardLife | undefined {
    const latest = this.#latest;
    return latest === undefined || now - latest.heardAt >= SILENCE_LIMIT ? undefined : latest;
  }

  /** Takes note of an announcement that is authentic and timely. `now` is monotonic. */
  hear({ life, at }: Envelope, { since, manifest }: Announcement, now: number): Heard {
    const known = this.current(now);
    const ahead = at - now;
    if (known !== undefined && known.life !== life) {
      const isEarlier = since < known.since || (since === known.since && life < known.life);
      if (isEarlier) return at > known.since + LATE ? 'an earlier life speaks' : 'nothing new';
    }
    const isSame = known?.life === life;
    this.#latest = {
      life,
      since,
      drivers: fingerprint(manifest) === this.#expected ? 'as configured' : 'others',
      heardAt: now,
      // The announcement that was under way for the shortest time tells best what time it is there; what it told fades,
      // as no two clocks run alike.
      ahead: isSame ? Math.max(known.ahead - CLOCK_DRIFT * (now - known.heardAt), ahead) : ahead,
    };
    return isSame ? 'nothing new' : 'another life';
  }
}

/** Says the same for the same drivers, however their description was written. */
function fingerprint(manifest: DriverManifest): string {
  const read = parseManifest(parseJson(JSON.stringify(writeManifest(manifest))));
  if (read === undefined) throw new TypeError('manifest: it is not what describeDrivers returns');
  return JSON.stringify(read, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)))
      : value,
  );
}

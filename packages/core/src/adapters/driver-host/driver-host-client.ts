import { DriverFailure, ensureError } from '../../model/errors.js';
import type { ResourceUuid } from '../../model/identity.js';
import type { Json } from '../../model/json.js';
import type { Clock } from '../../ports/clock.js';
import type { DriverCall } from '../../ports/driver.js';
import type { Logger } from '../../ports/logger.js';
import type { MessageBus } from '../../ports/message-bus.js';
import type { Random } from '../../ports/random.js';
import { Asking, type AskingPlace, garbled } from './asking.js';
import { newId } from './chance.js';
import { parseChanged, type WatchedKind } from './changed-news.js';
import type { DriverRequest } from './driver-request.js';
import { type Envelope, isTimely, opened, type Seal, sealed } from './envelope.js';
import type { DriverManifest } from './manifest.js';
import { type Heard, HostPresence, parseAnnouncement } from './presence.js';
import type { RefusalReason, Refusals } from './refusals.js';
import { SeenIds } from './seen-ids.js';
import { newsOf, repliesOf, requestsOf } from './topics.js';

/** How long a client that has just begun to listen waits for a first word of its host; milliseconds. */
const FIRST_WORD = 2_000;

/** What a client works with. */
export interface DriverHostClientOptions {
  readonly host: string;
  readonly manifest: DriverManifest;
  readonly seal: Seal;
  readonly bus: MessageBus;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly refusals: Refusals;
}

/** Asks one driver host. Listens from the first call on; nothing is scheduled while nobody asks. */
export class DriverHostClient {
  readonly #options: DriverHostClientOptions;
  readonly #presence: HostPresence;
  readonly #askings = new Map<string, Asking>();
  readonly #watchers: Record<WatchedKind, Set<(uuid: ResourceUuid) => void>> = {
    compute: new Set(),
    network: new Set(),
  };
  readonly #seen = new SeenIds();
  readonly #told = new Set<string>();
  #address = '-';
  #listening: Promise<void> | undefined;
  #listeningSince = 0;
  #unsubscribe: readonly (() => Promise<void>)[] = [];
  #state: 'open' | 'closed' = 'open';

  constructor(options: DriverHostClientOptions) {
    this.#options = options;
    this.#presence = new HostPresence(options.manifest);
  }

  /**
   * Makes one call; resolves with what the driver returned, as `parse` reads it. Fails only with DriverFailure: as the
   * driver did, or `unavailable` where nothing can have happened, or for a change that may have, `ambiguous`.
   */
  async ask<Answer>(
    request: DriverRequest,
    call: DriverCall,
    parse: (json: Json) => Answer | undefined,
  ): Promise<Answer> {
    await this.#listen();
    const json = await new Promise<Json>((resolve, reject) => {
      new Asking(this.#place(), request, call, { resolve, reject }).begin();
    });
    const answer = parse(json);
    if (answer === undefined) throw garbled(this.#options.host, request);
    return answer;
  }

  /** Calls `changed` for each server or network of which the host says that it was changed, until `signal` aborts. */
  async watch(
    kind: WatchedKind,
    changed: (uuid: ResourceUuid) => void,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<void> {
    await this.#listen();
    // One entry a call, also where the same function watches twice.
    const watcher = (uuid: ResourceUuid): void => changed(uuid);
    this.#watchers[kind].add(watcher);
    await aborted(signal);
    this.#watchers[kind].delete(watcher);
  }

  /** Listens until `signal` aborts, and to nothing afterwards: calls fail then. */
  async listenUntil(signal: AbortSignal): Promise<void> {
    this.#state = 'open';
    await this.#listen();
    await aborted(signal);
    await this.#close();
  }

  async #close(): Promise<void> {
    this.#state = 'closed';
    this.#listening = undefined;
    const unsubscribe = this.#unsubscribe;
    this.#unsubscribe = [];
    for (const asking of this.#askings.values()) asking.close();
    await Promise.all(unsubscribe.map((each) => each()));
  }

  async #listen(): Promise<void> {
    const { host } = this.#options;
    if (this.#state === 'closed') throw deaf(host, new Error('this process is stopping'));
    this.#listening ??= this.#subscribe();
    try {
      await this.#listening;
    } catch (thrown) {
      this.#listening = undefined;
      throw deaf(host, ensureError(thrown));
    }
  }

  async #subscribe(): Promise<void> {
    const { host, bus, clock, random } = this.#options;
    this.#address = newId(random);
    const hear = (text: string): void => this.#hear(text);
    this.#unsubscribe = [
      await bus.subscribe(newsOf(host), hear),
      await bus.subscribe(repliesOf(host, this.#address), hear),
    ];
    this.#listeningSince = clock.monotonic();
  }

  #hear(text: string): void {
    const { seal, host } = this.#options;
    const read = opened(text, seal);
    const refusal = read.kind === 'refused' ? read.reason : this.#heed(read.envelope);
    if (refusal === undefined) return;
    const { refusals, logger } = this.#options;
    refusals.count(refusal, `client of driver host ${host}`, logger);
  }

  // Does what an authentic message says, or tells why not.
  #heed(envelope: Envelope): RefusalReason | undefined {
    const { kind, from, to, id, life, body } = envelope;
    if (from !== this.#options.host) return 'misdirected';
    switch (kind) {
      case 'announce':
      case 'changed':
        return this.#heedNews(envelope);
      case 'accepted':
      case 'reply':
        if (to !== this.#address) return 'misdirected';
        // Whoever asked may have left, or has an answer already: that is no offence.
        this.#askings.get(id)?.hear(kind, life, body);
        return undefined;
      default:
        return 'misdirected';
    }
  }

  #heedNews(envelope: Envelope): RefusalReason | undefined {
    const { clock } = this.#options;
    const { id, kind, body } = envelope;
    if (!isTimely(envelope, clock.now())) return 'stale';
    const now = clock.monotonic();
    if (this.#seen.add(id, now) === 'heard before') return 'replayed';
    if (kind === 'changed') {
      const changed = parseChanged(body);
      if (changed === undefined) return 'malformed';
      for (const watcher of this.#watchers[changed.kind]) watcher(changed.uuid);
      return undefined;
    }
    const announcement = parseAnnouncement(body);
    if (announcement === undefined) return 'malformed';
    this.#heardOf(envelope.life, this.#presence.hear(envelope, announcement, now));
    return undefined;
  }

  #heardOf(life: string, heard: Heard): void {
    const { clock, logger, host } = this.#options;
    if (heard === 'an earlier life speaks' && !this.#told.has(life)) {
      this.#told.add(life);
      logger.error({ host, life }, 'two driver hosts have one name; the later one is asked');
    }
    if (heard !== 'another life') return;
    if (this.#presence.current(clock.monotonic())?.drivers === 'others') {
      logger.error({ host, life }, 'a driver host runs other drivers than configured');
    } else logger.info({ host, life }, 'a driver host is heard');
    // A copy: one that goes to the next life takes another id.
    for (const asking of Array.from(this.#askings.values())) asking.step();
  }

  #place(): AskingPlace {
    const { host, clock, random, seal, bus } = this.#options;
    const address = this.#address;
    const publish = (envelope: Envelope): 'sent' | 'too large' => {
      const text = sealed(envelope, seal);
      if (text === undefined) return 'too large';
      bus.publish(requestsOf(host), text);
      return 'sent';
    };
    return {
      host,
      clock,
      life: () => this.#presence.current(clock.monotonic()),
      mayStillBeHeard: () => (clock.monotonic() - this.#listeningSince < FIRST_WORD ? 'yes' : 'no'),
      seek: () => {
        const at = clock.now();
        const id = newId(random);
        publish({ kind: 'seek', id, from: address, to: host, life: '-', at, until: at, body: {} });
      },
      newId: () => newId(random),
      send: (kind, message) => publish({ kind, from: address, to: host, ...message }),
      expect: (id, asking) => this.#askings.set(id, asking),
      forget: (id, asking) => {
        if (this.#askings.get(id) === asking) this.#askings.delete(id);
      },
    };
  }
}

function deaf(host: string, cause: Error): DriverFailure {
  const message = `driver host ${host}: nothing can be heard of it: ${cause.message}`;
  const remedy = 'It is asked again by itself.';
  return new DriverFailure('unavailable', 'DriverHostUnheard', message, { remedy, cause });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

import { ensureError } from '../../model/errors.js';
import type { Json } from '../../model/json.js';
import type { Cancel, Clock } from '../../ports/clock.js';
import type { Logger } from '../../ports/logger.js';
import type { MessageBus } from '../../ports/message-bus.js';
import type { Random } from '../../ports/random.js';
import { newId } from './chance.js';
import { type WatchedKind, writeChanged } from './changed-news.js';
import { parseRequest } from './driver-request.js';
import {
  type Envelope,
  type EnvelopeKind,
  isTimely,
  opened,
  type Seal,
  sealed,
} from './envelope.js';
import { Execution, type ExecutionPlace } from './execution.js';
import { HostLife } from './host-life.js';
import { isObject, isText } from './json-reading.js';
import { Lanes } from './lanes.js';
import type { DriverManifest } from './manifest.js';
import { ANNOUNCED_EVERY, writeAnnouncement } from './presence.js';
import type { RefusalReason, Refusals } from './refusals.js';
import { dropped, notUnderstood, tooLarge } from './refused-answers.js';
import { type LedgerLimits, RequestLedger } from './request-ledger.js';
import { SeenIds } from './seen-ids.js';
import { newsOf, repliesOf, requestsOf } from './topics.js';

/** How soon to listen again when a driver has stopped telling of changes; milliseconds. */
const WATCH_AGAIN = 1_000;
/** How often it says that it is there because it was asked; milliseconds. */
const ANNOUNCED_AT_MOST = 100;

/** A process that runs drivers for kernels elsewhere. It has no database and keeps nothing that a restart would miss. */
export interface DriverHost extends AsyncDisposable {
  readonly name: string;
  readonly manifest: DriverManifest;
  /** Requests that wait, and those that are being carried out. */
  readonly load: { readonly queued: number; readonly active: number };
  /** Requests since the process began: carried out, and heard again and answered from memory. */
  readonly served: { readonly carriedOut: number; readonly answeredAgain: number };
  readonly refusals: Refusals;
  /** Listens and says that it is there. Called once. */
  start(): Promise<void>;
  /** Falls silent, and ends what is under way. Killing the process is as good. */
  stop(): Promise<void>;
}

/** What a driver host works with. */
export interface DriverHostParts {
  readonly name: string;
  readonly seal: Seal;
  readonly manifest: DriverManifest;
  readonly drivers: ExecutionPlace['drivers'];
  readonly fences: ExecutionPlace['fences'];
  readonly bus: MessageBus;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly refusals: Refusals;
  readonly concurrency: number;
  readonly ledger: LedgerLimits;
}

/** Carries out what kernels ask for over the bus, each request once. */
export class ServingHost implements DriverHost {
  readonly name: string;
  readonly manifest: DriverManifest;
  readonly refusals: Refusals;
  readonly #parts: DriverHostParts;
  readonly #lanes: Lanes;
  readonly #stop = new AbortController();
  readonly #seen = new SeenIds();
  readonly #served = { carriedOut: 0, answeredAgain: 0 };
  readonly #life: HostLife;
  #ledger: RequestLedger;
  #unsubscribe: () => Promise<void> = () => Promise.resolve();
  #cancelAnnouncing: Cancel = () => undefined;
  readonly #cancelWatching: Record<WatchedKind, Cancel> = {
    compute: () => undefined,
    network: () => undefined,
  };
  /** When it last said so because it was asked, monotonic. */
  #soughtAt = Number.NEGATIVE_INFINITY;

  constructor(parts: DriverHostParts) {
    this.#parts = parts;
    this.name = parts.name;
    this.manifest = parts.manifest;
    this.refusals = parts.refusals;
    this.#lanes = new Lanes(parts.concurrency);
    this.#life = new HostLife(parts.clock, parts.random);
    this.#ledger = new RequestLedger(parts.ledger);
  }

  get load(): DriverHost['load'] {
    const active = this.#lanes.active;
    return { active, queued: Math.max(0, this.#ledger.running - active) };
  }

  get served(): DriverHost['served'] {
    return this.#served;
  }

  async start(): Promise<void> {
    const { bus } = this.#parts;
    this.#unsubscribe = await bus.subscribe(requestsOf(this.name), (text) => this.#hear(text));
    this.#goOnAnnouncing();
    this.#watch('compute');
    this.#watch('network');
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('the driver host is stopping'));
    this.#cancelAnnouncing();
    this.#cancelWatching.compute();
    this.#cancelWatching.network();
    await this.#unsubscribe();
    this.#ledger.cancelAll();
    await this.#lanes.idle();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #hear(text: string): void {
    if (this.#stop.signal.aborted) return;
    const { logger, seal } = this.#parts;
    if (this.#life.check() === 'begun anew') {
      logger.warn({ host: this.name }, 'the clock was put back; the driver host begins a new life');
      this.#ledger.cancelAll();
      this.#ledger = new RequestLedger(this.#parts.ledger);
      this.#announce();
    }
    const read = opened(text, seal);
    const refusal = read.kind === 'refused' ? read.reason : this.#heed(read.envelope);
    if (refusal !== undefined) this.refusals.count(refusal, `driver host ${this.name}`, logger);
  }

  // Does what an authentic message says, or tells why not.
  #heed(envelope: Envelope): RefusalReason | undefined {
    const { kind, to, life } = envelope;
    if (to !== this.name) return 'misdirected';
    if (kind === 'seek') return this.#heedSeek(envelope);
    if (kind !== 'request' && kind !== 'cancel') return 'misdirected';
    if (life !== this.#life.id) {
      // Whoever sent it learns that this is another life.
      this.#announceSoon();
      return 'another life';
    }
    return kind === 'request' ? this.#heedRequest(envelope) : this.#heedCancel(envelope);
  }

  #heedSeek(envelope: Envelope): RefusalReason | undefined {
    const { clock } = this.#parts;
    if (!isTimely(envelope, clock.now())) return 'stale';
    if (this.#seen.add(envelope.id, clock.monotonic()) === 'heard before') return 'replayed';
    this.#announceSoon();
    return undefined;
  }

  #heedCancel({ from, body }: Envelope): RefusalReason | undefined {
    const request = isObject(body) ? body['request'] : undefined;
    if (!isText(request, 64)) return 'malformed';
    this.#ledger.cancel(`${from}/${request}`);
    return undefined;
  }

  // A request that is known is answered whenever it comes: that does nothing outside, and only its sender understands it.
  #heedRequest(envelope: Envelope): RefusalReason | undefined {
    const { clock } = this.#parts;
    const ledger = this.#ledger;
    const request = `${envelope.from}/${envelope.id}`;
    const known = ledger.look(request);
    if (known.kind !== 'new') {
      this.#served.answeredAgain += 1;
      if (known.kind === 'running') this.#reply(envelope, 'accepted', {});
      else if (known.answer !== undefined) this.#publishReply(envelope, known.answer);
      else this.#reply(envelope, 'reply', dropped());
      return undefined;
    }
    if (!isTimely(envelope, clock.now())) return 'stale';
    if (envelope.until <= clock.now()) return 'expired';
    const body = parseRequest(envelope.body);
    if (body === undefined) {
      this.#reply(envelope, 'reply', notUnderstood());
      return 'malformed';
    }
    const execution = new Execution(this.#parts, body, envelope.until);
    const begun = ledger.begin(request, () => execution.cancel(), clock.monotonic());
    if (begun === 'no room') return 'overloaded';
    const life = this.#life.id;
    this.#lanes.add(execution.lane(request), async () => {
      this.#served.carriedOut += 1;
      await execution.run((answer) => {
        const text = this.#replyText({ ...envelope, life }, 'reply', answer);
        ledger.end(request, text, clock.monotonic());
        this.#publishReply(envelope, text);
      });
    });
    return undefined;
  }

  #reply(request: Envelope, kind: 'accepted' | 'reply', body: Json): void {
    this.#publishReply(request, this.#replyText(request, kind, body));
  }

  #replyText({ id, from, life }: Envelope, kind: 'accepted' | 'reply', body: Json): string {
    const text = this.#text(kind, { id, to: from, life, body });
    if (text !== undefined) return text;
    return this.#text(kind, { id, to: from, life, body: tooLarge(body) }) ?? '';
  }

  #publishReply({ from }: Envelope, text: string): void {
    if (!this.#stop.signal.aborted) this.#parts.bus.publish(repliesOf(this.name, from), text);
  }

  #publishNews(kind: 'announce' | 'changed', body: Json): void {
    const { bus, random, logger } = this.#parts;
    const message = { id: newId(random), to: '*', life: this.#life.id, body };
    const text = this.#text(kind, message);
    if (text !== undefined) bus.publish(newsOf(this.name), text);
    else logger.error({ host: this.name, kind }, 'a message is larger than largestMessage allows');
  }

  #text(
    kind: EnvelopeKind,
    message: Pick<Envelope, 'id' | 'to' | 'life' | 'body'>,
  ): string | undefined {
    const at = this.#parts.clock.now();
    return sealed({ ...message, kind, from: this.name, at, until: at }, this.#parts.seal);
  }

  #announce(): void {
    const { since } = this.#life;
    this.#publishNews('announce', writeAnnouncement({ since, manifest: this.manifest }));
  }

  // One who floods the bus shall not make us do so too.
  #announceSoon(): void {
    const now = this.#parts.clock.monotonic();
    if (now - this.#soughtAt < ANNOUNCED_AT_MOST) return;
    this.#soughtAt = now;
    this.#announce();
  }

  #goOnAnnouncing(): void {
    this.#announce();
    this.#cancelAnnouncing = this.#parts.clock.schedule(ANNOUNCED_EVERY, () =>
      this.#goOnAnnouncing(),
    );
  }

  #watch(kind: WatchedKind): void {
    const { drivers, clock, logger } = this.#parts;
    const { signal } = this.#stop;
    const watching = drivers[kind]?.watch?.(
      (uuid) => this.#publishNews('changed', writeChanged({ kind, uuid })),
      { signal },
    );
    watching
      ?.catch((thrown: unknown) => {
        const error = ensureError(thrown).message;
        logger.warn({ host: this.name, error }, 'a driver stopped telling of changes');
      })
      .finally(() => {
        if (signal.aborted) return;
        this.#cancelWatching[kind] = clock.schedule(WATCH_AGAIN, () => this.#watch(kind));
      });
  }
}

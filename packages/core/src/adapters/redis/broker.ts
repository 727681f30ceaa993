import { ensureError } from '../../model/errors.js';
import type { Cancel, Clock } from '../../ports/clock.js';
import { clusterClients } from './cluster-clients.js';
import type { ClientOptions, RedisClients } from './redis-clients.js';
import { serverClients } from './server-clients.js';

/** `starting` until it was reached or not for the first time. */
export type BrokerState = 'idle' | 'starting' | 'up' | 'away' | 'closed';

/** Who hears what a broker brings and how it fares. */
export interface BrokerListener {
  message(channel: string, message: string): void;
  /** Once for each change of state; `cause` holds no secret. */
  changed(broker: Broker, cause: string | undefined): void;
}

/** One of the brokers that carry the same messages: listens to what was asked for whenever it can be reached. */
export class Broker {
  /** Which servers; for logs. */
  readonly name: string;
  /** Resolves when it is known whether it can be reached. */
  readonly decided: Promise<void>;
  readonly #clients: RedisClients;
  readonly #options: ClientOptions;
  readonly #clock: Clock;
  readonly #listener: BrokerListener;
  readonly #channels = new Set<string>();
  #decide: () => void = () => {};
  #state: BrokerState = 'idle';
  /** Counts losses, so that what began before one does not speak for what comes after. */
  #losses = 0;
  #cancelProbe: Cancel | undefined;

  constructor(options: ClientOptions, clock: Clock, listener: BrokerListener) {
    this.name = options.address.name;
    this.#options = options;
    this.#clock = clock;
    this.#listener = listener;
    this.decided = new Promise((resolve) => {
      this.#decide = resolve;
    });
    const connect = options.address.kind === 'cluster' ? clusterClients : serverClients;
    this.#clients = connect(options, {
      ready: () => void this.#listenToAll(),
      gone: (cause) => this.#lost(cause),
      message: (channel, message) => listener.message(channel, message),
    });
  }

  get state(): BrokerState {
    return this.#state;
  }

  /** Whether a message given to it now is on its way, as far as is known. */
  get sends(): 'yes' | 'no' {
    return this.#state === 'closed' ? 'no' : this.#clients.sends;
  }

  /** Begins to connect, once. */
  open(): void {
    if (this.#state !== 'idle') return;
    this.#state = 'starting';
    this.#clients.open();
    this.#probeLater();
  }

  /** Rejects where it is not known to be taken. */
  send(channel: string, message: string): Promise<unknown> {
    return this.#clients.send(channel, message);
  }

  /** Resolves once it listens, or at once where it is away: it then listens as soon as it is back. */
  async listen(channel: string): Promise<void> {
    this.#channels.add(channel);
    this.open();
    await this.decided;
    if (this.#state !== 'up') return;
    await this.#attempt(() => this.#clients.listen([channel]));
  }

  async forget(channel: string): Promise<void> {
    this.#channels.delete(channel);
    if (this.#state !== 'up') return;
    // Where it fails, the connection has ended and the channel with it.
    await this.#clients.forget(channel).catch(() => {});
  }

  close(): void {
    this.#state = 'closed';
    this.#cancelProbe?.();
    this.#decide();
    this.#clients.close();
  }

  async #listenToAll(): Promise<void> {
    const before = this.#losses;
    await this.#attempt(() => this.#clients.listen([...this.#channels]));
    if (this.#losses === before) this.#become('up', undefined);
  }

  async #attempt(ask: () => Promise<unknown>): Promise<void> {
    try {
      await ask();
    } catch (thrown) {
      this.#lost(ensureError(thrown));
    }
  }

  #lost(cause: Error): void {
    this.#losses += 1;
    this.#become('away', this.#withoutSecrets(cause.message));
  }

  #become(state: 'up' | 'away', cause: string | undefined): void {
    if (this.#state === state || this.#state === 'closed') return;
    this.#state = state;
    this.#listener.changed(this, cause);
    this.#decide();
  }

  // A machine that vanished closes no connection; only silence tells.
  #probeLater(): void {
    this.#cancelProbe = this.#clock.schedule(this.#options.silenceMs, () => {
      if (this.#state === 'up') this.#clients.probe().catch(() => {});
      // Connected, and yet away: it would not let us listen. It may now.
      else if (this.sends === 'yes') void this.#listenToAll();
      this.#probeLater();
    });
  }

  #withoutSecrets(text: string): string {
    const secrets = [this.#options.address.password, this.#options.sentinelPassword];
    return secrets.reduce<string>(
      (shown, secret) => (secret === undefined ? shown : shown.replaceAll(secret, '…')),
      text,
    );
  }
}

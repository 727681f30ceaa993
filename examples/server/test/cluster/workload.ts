import { setTimeout as pause } from 'node:timers/promises';
import type { Chance } from './chance.js';
import { ADMINISTRATOR_KEY, type Cluster } from './cluster.js';
import { type Entry, isExpected, type Kind, type Ledger } from './ledger.js';
import { type Body, type Credentials, type Reply, requestsTo, type Send } from './requests.js';

/** Plurals in URLs. */
export const PLURALS = {
  network: 'networks',
  virtualmachine: 'virtualmachines',
  volume: 'volumes',
} as const satisfies Readonly<Record<Kind, string>>;

/** How many of a kind an account has at most, so that healing stays short. */
const MOST: Readonly<Record<Kind, number>> = { network: 3, virtualmachine: 10, volume: 4 };

/** Makes the accounts that the workload asks as, while nothing is broken yet. */
export async function makeAccounts(
  cluster: Cluster,
  count: number,
): Promise<readonly Credentials[]> {
  const [api] = cluster.apis;
  if (api === undefined) throw new Error('there is no API');
  const send = requestsTo(api.url, ADMINISTRATOR_KEY);
  const accounts: Credentials[] = [];
  for (let n = 1; n <= count; n += 1) {
    const account = must(await send('POST', 'accounts', { body: { name: `account ${n}` } }));
    const key = must(await send('POST', 'apikeys', { body: { accountId: account['id'] } }));
    accounts.push({ access: String(key['publicValue']), secret: String(key['secretValue']) });
  }
  return accounts;
}

/** The id of an image, for servers: which it has depends on how many processes seeded the cloud at the same time. */
export async function anyImage(cluster: Cluster): Promise<string> {
  const [api] = cluster.apis;
  if (api === undefined) throw new Error('there is no API');
  const { data } = must(await requestsTo(api.url, ADMINISTRATOR_KEY)('GET', 'images'));
  const first: unknown = Array.isArray(data) ? data[0] : undefined;
  if (!isBody(first)) throw new Error('there is no image');
  return String(first['id']);
}

function must(reply: Reply): Body {
  if (reply.kind !== 'done')
    throw new Error(`refused before anything was broken: ${JSON.stringify(reply)}`);
  return reply.body;
}

/** Who works on what. */
export interface WorkloadOptions {
  readonly cluster: Pick<Cluster, 'apis'>;
  readonly accounts: readonly Credentials[];
  /** What servers are made from. */
  readonly image: string;
  readonly ledger: Ledger;
  readonly chance: Chance;
  readonly workers: number;
  /** Between two requests of a worker; milliseconds. */
  readonly pauseMs: number;
}

/** Creates, changes and deletes until `signal` says stop, and notes what it was answered. */
export async function work(options: WorkloadOptions, signal: AbortSignal): Promise<void> {
  await Promise.all(
    Array.from({ length: options.workers }, async () => {
      const worker = new Worker(options);
      while (!signal.aborted) {
        await worker.step();
        await pause(options.chance.between(0, 2 * options.pauseMs));
      }
    }),
  );
}

class Worker {
  readonly #ledger: Ledger;
  readonly #chance: Chance;
  readonly #accounts: readonly Credentials[];
  readonly #image: string;
  readonly #cluster: WorkloadOptions['cluster'];

  constructor({ ledger, chance, accounts, image, cluster }: WorkloadOptions) {
    this.#ledger = ledger;
    this.#chance = chance;
    this.#accounts = accounts;
    this.#image = image;
    this.#cluster = cluster;
  }

  async step(): Promise<void> {
    const account = this.#chance.below(this.#accounts.length);
    const roll = this.#chance.next();
    if (roll < 0.35) return this.#create(account);
    const entry = this.#chance.pick(
      this.#ledger.entries.filter(
        (each) => each.account === account && each.busy === 'no' && isExpected(each),
      ),
    );
    if (entry === undefined) return this.#create(account);
    entry.busy = 'yes';
    try {
      await this.#next(entry, roll);
    } finally {
      entry.busy = 'no';
    }
  }

  #next(entry: Entry, roll: number): Promise<void> {
    if (entry.presence === 'maybe') return this.#find(entry);
    if (entry.presence === 'maybe deleted') return this.#delete(entry);
    if (roll < 0.5) return this.#delete(entry);
    if (roll < 0.6) return this.#read(entry).then(() => {});
    if (roll < 0.75 && entry.kind === 'virtualmachine') return this.#act(entry);
    return this.#change(entry);
  }

  async #create(account: number): Promise<void> {
    const own = this.#ledger.entries.filter(
      (entry) => entry.account === account && isExpected(entry),
    );
    const networks = own.filter(
      ({ kind, presence }) => kind === 'network' && presence === 'present',
    );
    const network = this.#chance.pick(networks);
    const wanted =
      network === undefined
        ? 'network'
        : this.#chance.pick<Kind>([
            'network',
            'virtualmachine',
            'virtualmachine',
            'virtualmachine',
            'volume',
          ]);
    if (wanted === undefined || own.filter(({ kind }) => kind === wanted).length >= MOST[wanted])
      return;
    const entry = this.#ledger.add(
      wanted,
      account,
      wanted === 'virtualmachine' ? network : undefined,
    );
    entry.busy = 'yes';
    try {
      const reply = await this.#send(account)('POST', PLURALS[wanted], {
        body: { name: entry.token, data: { made: entry.token }, ...this.#wish(entry) },
      });
      this.#count(reply);
      if (reply.kind === 'done') this.#ledger.made(entry, reply.body);
      if (reply.kind === 'refused') entry.presence = 'deleted';
    } finally {
      entry.busy = 'no';
    }
  }

  #wish({ kind, inside }: Entry): Body {
    switch (kind) {
      case 'network':
        // Few addresses each: double allocation would show soon.
        return { domain: 'faults.local', ipv4Cidr: '10.1.0.0/27' };
      case 'virtualmachine':
        return { offering: '1gb-1cpu', imageId: this.#image, networkId: inside?.id };
      case 'volume':
        return { sizeGb: 1 };
    }
  }

  // Whether an unanswered create happened: a client looks before it asks again.
  async #find(entry: Entry): Promise<void> {
    const reply = await this.#send(entry.account)(
      'GET',
      `${PLURALS[entry.kind]}?name=${entry.token}`,
    );
    if (reply.kind !== 'done') return;
    const found = reply.body['data'];
    const first: unknown = Array.isArray(found) ? found[0] : undefined;
    if (isBody(first)) this.#ledger.made(entry, first);
    else entry.missed += 1;
  }

  async #read(entry: Entry): Promise<string | undefined> {
    const reply = await this.#send(entry.account)('GET', pathOf(entry));
    if (reply.kind === 'refused')
      this.#ledger.missing(entry, `a read is answered with ${reply.status}`);
    if (reply.kind !== 'done') return undefined;
    this.#ledger.seen(entry, reply.body);
    return reply.tag;
  }

  async #change(entry: Entry): Promise<void> {
    const ifMatch = await this.#changeable(entry);
    if (ifMatch === undefined) return;
    const value = `${entry.token} ${this.#chance.below(1e9).toString(36)}`;
    const body: Body =
      entry.kind === 'virtualmachine' && this.#chance.next() < 0.4
        ? { desiredState: this.#chance.next() < 0.6 ? 'running' : 'stopped', description: value }
        : this.#chance.next() < 0.5
          ? { description: value }
          : { name: value };
    const reply = await this.#send(entry.account)('PUT', pathOf(entry), { body, ifMatch });
    this.#count(reply);
    if (reply.kind === 'done') this.#ledger.changed(entry, body, reply.body);
    if (reply.kind === 'unknown') this.#ledger.maybeChanged(entry, body);
    this.#mustBeThere(entry, reply);
  }

  async #changeable(entry: Entry): Promise<string | undefined> {
    const tag = await this.#read(entry);
    return tag === '' ? undefined : tag;
  }

  async #act(entry: Entry): Promise<void> {
    const action = this.#chance.pick(['stop', 'start', 'start', 'restart']) ?? 'start';
    const reply = await this.#send(entry.account)('POST', `${pathOf(entry)}?action=${action}`);
    this.#count(reply);
    const desired = action === 'stop' ? 'stopped' : 'running';
    if (action === 'restart') {
      if (reply.kind === 'done') entry.restarts += 1;
      if (reply.kind === 'unknown') entry.maybeRestarts += 1;
    } else {
      if (reply.kind === 'done') this.#ledger.powered(entry, desired);
      if (reply.kind === 'unknown') this.#ledger.maybePowered(entry, desired);
    }
    this.#mustBeThere(entry, reply);
  }

  async #delete(entry: Entry): Promise<void> {
    const used = this.#ledger.entries.some((other) => other.inside === entry && isExpected(other));
    // Now and then a network in use is to be refused.
    if (used && this.#chance.next() < 0.8) return;
    const before = entry.presence;
    // While the answer is out nobody may take it for there: others look at it to put servers in.
    entry.presence = 'maybe deleted';
    const reply = await this.#send(entry.account)('DELETE', pathOf(entry));
    this.#count(reply);
    if (reply.kind === 'done') entry.presence = 'deleted';
    if (reply.kind !== 'refused') return;
    const gone = reply.status === 404 || reply.status === 410;
    if (gone && before === 'maybe deleted') {
      entry.presence = 'deleted';
      return;
    }
    entry.presence = before;
    this.#mustBeThere(entry, reply);
  }

  #mustBeThere(entry: Entry, reply: Reply): void {
    if (reply.kind !== 'refused') return;
    const { status } = reply;
    if (status === 401 || status === 403 || status === 404 || status === 410)
      this.#ledger.missing(entry, `a write is answered with ${status}`);
  }

  #count(reply: Reply): void {
    if (reply.kind === 'done') this.#ledger.acknowledged += 1;
    if (reply.kind === 'unknown') this.#ledger.unanswered += 1;
    if (reply.kind === 'refused') this.#ledger.refused += 1;
  }

  #send(account: number): Send {
    const api = this.#chance.pick(this.#cluster.apis);
    const credentials = this.#accounts[account];
    if (api === undefined || credentials === undefined) throw new Error('nobody to ask');
    return requestsTo(api.url, credentials);
  }
}

function pathOf({ kind, id }: Entry): string {
  return `${PLURALS[kind]}/${id}`;
}

function isBody(value: unknown): value is Body {
  return typeof value === 'object' && value !== null;
}

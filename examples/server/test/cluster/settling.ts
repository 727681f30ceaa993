import { setTimeout as pause } from 'node:timers/promises';
import type { Violation } from './audit.js';
import { ADMINISTRATOR_KEY, type Cluster } from './cluster.js';
import type { Ledger } from './ledger.js';
import { type Body, type Credentials, requestsTo, type Send } from './requests.js';
import { PLURALS } from './workload.js';

/** How long everything may take to be as asked once nothing is broken any more; milliseconds. */
const BOUND = 60_000;
/** What takes longer is told of with its reason, though it is no violation yet; milliseconds. */
const SLOW = 10_000;
/** At rest means at rest twice, so far apart; milliseconds. */
const TWICE = 1_000;

/** All types that may move. */
const WATCHED = [...Object.values(PLURALS), 'images', 'accounts', 'hosts', 'orphans'];

/** Waits until nothing moves. What still does after a minute, or gave up, is returned with its reason. */
export async function settle(
  cluster: Cluster,
  tell: (line: string) => void,
): Promise<{ readonly tookMs: number; readonly violations: readonly Violation[] }> {
  const send = administrator(cluster);
  const begin = performance.now();
  let told: 'yes' | 'no' = 'no';
  for (let quiet = 0; ; ) {
    const moving = await unsettled(send);
    const tookMs = performance.now() - begin;
    quiet = moving.length === 0 ? quiet + 1 : 0;
    if (quiet === 2) return { tookMs, violations: [] };
    if (tookMs > BOUND) {
      const violations = await Promise.all(moving.map((path) => explained(send, path)));
      return { tookMs, violations };
    }
    if (tookMs > SLOW && told === 'no') {
      told = 'yes';
      for (const path of moving) tell(`slow: ${(await explained(send, path)).what}`);
    }
    await pause(TWICE);
  }
}

async function unsettled(send: Send): Promise<readonly string[]> {
  const moving: string[] = [];
  for (const plural of WATCHED) {
    const reply = await send('GET', `${plural}?limit=500`);
    if (reply.kind !== 'done') return [`${plural}: ${JSON.stringify(reply)}`];
    for (const body of resources(reply.body)) {
      if (plural === 'orphans' || body['transitioning'] !== 'no')
        moving.push(`${plural}/${String(body['id'])}`);
    }
  }
  return moving;
}

async function explained(send: Send, path: string): Promise<Violation> {
  const kind = path.startsWith('orphans') ? 'leaked' : 'stuck';
  const reply = await send('GET', `${path}?action=explain`);
  if (reply.kind !== 'done')
    return { kind, what: `${path} and explain says ${JSON.stringify(reply)}` };
  const { verdict, lastError, generation, attempts, passes } = reply.body;
  const last = Array.isArray(passes) ? passes.slice(0, 2) : [];
  return {
    kind,
    what: `${path}: ${String(verdict)} ${JSON.stringify({ lastError, generation, attempts, last })}`,
  };
}

/** Reads every acknowledged resource through every API, as its own account, and compares. */
export async function readBack(
  cluster: Cluster,
  accounts: readonly Credentials[],
  ledger: Ledger,
): Promise<void> {
  for (const { url } of cluster.apis) {
    for (const entry of ledger.entries) {
      const credentials = accounts[entry.account];
      if (entry.presence !== 'present' || credentials === undefined) continue;
      const path = `${PLURALS[entry.kind]}/${entry.id}`;
      const reply = await requestsTo(url, credentials)('GET', path);
      if (reply.kind === 'done') ledger.seen(entry, reply.body);
      else ledger.missing(entry, `${url}/${path} is answered with ${JSON.stringify(reply)}`);
    }
  }
}

/**
 * Hosts say how much of them is given out; it must be what their running and stopped servers have. They count now and
 * then, so they are asked to count again first.
 */
export async function hostsAddUp(
  cluster: Cluster,
  tell: (line: string) => void,
): Promise<readonly Violation[]> {
  const send = administrator(cluster);
  const known = await send('GET', 'hosts?limit=500');
  if (known.kind === 'done') {
    for (const host of resources(known.body))
      await send('POST', `hosts/${String(host['id'])}?action=reconcile`);
  }
  const { violations } = await settle(cluster, tell);
  if (violations.length > 0) return violations;
  const hosts = await send('GET', 'hosts?limit=500');
  const servers = await send('GET', 'virtualmachines?limit=500');
  if (hosts.kind !== 'done' || servers.kind !== 'done')
    return [{ kind: 'stuck', what: `hosts can't be read: ${JSON.stringify([hosts, servers])}` }];
  return resources(hosts.body).flatMap((host): readonly Violation[] => {
    const given = resources(servers.body)
      .filter((server) => server['hostId'] === host['id'])
      .reduce((sum, server) => sum + Number(server['ramSizeMb']), 0);
    return Number(host['ramUsedMb']) === given
      ? []
      : [
          {
            kind: 'leaked',
            what: `host ${String(host['id'])} gives out ${String(host['ramUsedMb'])} MB, its servers have ${given}`,
          },
        ];
  });
}

function administrator(cluster: Cluster): Send {
  return requestsTo(cluster.apis[0]?.url ?? '', ADMINISTRATOR_KEY);
}

function resources(body: Body): readonly Body[] {
  const { data } = body;
  return Array.isArray(data)
    ? data.filter((each): each is Body => typeof each === 'object' && each !== null)
    : [];
}

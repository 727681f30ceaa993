import type { Duplex } from 'node:stream';
import { type DriverCall, DriverFailure, type ObjectKey } from '@gdcloud/core';
import { failing } from '../../client/driver-failure.js';
import type { VMRecord } from '../../datamodel/records.generated.js';
import type { DriverContext } from '../context.js';
import { findOurs, orGone, SERVER } from '../ours.js';

/** More consoles than a VM has: a longer list is not looked through. */
const MOST_CONSOLES = 8;
/** The only query that a console's location may carry: names of objects. */
const QUERY = /^\?(uuid|ref)=[A-Za-z0-9:-]{1,100}$/;

/**
 * Opens the framebuffer of a running server: HTTP CONNECT to the host that shows it, which XAPI names in the console's
 * location; then RFB. Of the location only the host and the console's name are taken, and the host must be a member of
 * the pool: a pool that answers lies does not make us connect elsewhere.
 */
export function openConsole(
  context: DriverContext,
  key: ObjectKey,
  call: DriverCall,
): Promise<Duplex> {
  const { xapi } = context;
  return failing(async () => {
    const found = await findOurs(context, SERVER, key, call);
    if (found?.record.power_state !== 'Running') throw noConsole();
    const screen = await findScreen(context, found.record, call);
    if (screen === undefined) throw noConsole();
    const { host, query } = screen;
    return xapi.tunnel(
      host,
      (session) => `/console${query}&session_id=${encodeURIComponent(session)}`,
      call,
    );
  });
}

/** Where a VM's screen is, by host name or address of a member of the pool; undefined where it has none. */
export async function findScreen(
  context: DriverContext,
  { consoles: refs }: VMRecord,
  call: DriverCall,
): Promise<{ readonly host: string; readonly query: string } | undefined> {
  const consoles = await Promise.all(
    refs
      .slice(0, MOST_CONSOLES)
      .map((ref) => orGone(() => context.xapi.read('console.get_record', [ref], call))),
  );
  const location = consoles.find((one) => one?.protocol === 'rfb')?.location;
  return location === undefined ? undefined : readLocation(context, location, call);
}

async function readLocation(
  { xapi }: DriverContext,
  location: string,
  call: DriverCall,
): Promise<{ readonly host: string; readonly query: string }> {
  const url = URL.canParse(location) ? new URL(location) : undefined;
  if (url?.pathname !== '/console' || !QUERY.test(url.search)) throw strangeLocation();
  const hosts = await xapi.read('host.get_all_records', [], call);
  const members = Object.values(hosts).map(({ address }) =>
    address.includes(':') ? `[${address}]` : address,
  );
  if (![...xapi.hostnames, ...members].includes(url.hostname)) throw strangeLocation();
  return { host: url.hostname, query: url.search };
}

function noConsole(): DriverFailure {
  return new DriverFailure('rejected', 'NoConsole', 'the server shows no console now', {
    remedy: 'Wait until it runs, and ask for another console.',
  });
}

function strangeLocation(): DriverFailure {
  return new DriverFailure(
    'rejected',
    'StrangeConsole',
    'the pool says that the console is where no member of the pool is',
    { remedy: 'Check the addresses of the hosts in the pool.' },
  );
}

import { connect } from 'node:net';
import { ensureError } from '../../model/errors.js';
import type { Clock } from '../../ports/clock.js';

const DEFAULT_PORT = 2181;
/** Answered by all servers, to anybody: their default is to answer this one only. Those that do not say so at least. */
const QUESTION = 'srvr';
/** What a member without the others says, and one that only reads. */
const NOT_SERVING = /not currently serving|Mode: read-only/;

/**
 * Why nobody serves at `host:port`; undefined when somebody does. The native client does not tell: it stands still when it
 * is refused at once, when it can't find the name, and when a server hangs up because it can't serve yet.
 */
export function unreachable(
  address: string,
  limitMs: number,
  clock: Pick<Clock, 'schedule'>,
): Promise<Error | undefined> {
  const { host, port } = parseAddress(address);
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    let answer = '';
    const end = (why: Error | undefined): void => {
      cancel();
      socket.destroy();
      resolve(why);
    };
    const cancel = clock.schedule(limitMs, () => end(new Error(`${address} does not answer`)));
    socket.on('connect', () => socket.write(QUESTION));
    socket.on('data', (data) => (answer += data.toString()));
    socket.on('error', (thrown: unknown) => end(ensureError(thrown)));
    socket.on('close', () => {
      if (answer === '') end(new Error(`${address} hangs up`));
      else if (NOT_SERVING.test(answer)) end(new Error(`${address} does not serve now`));
      else end(undefined);
    });
  });
}

function parseAddress(address: string): { readonly host: string; readonly port: number } {
  const [, host = address, port] = /^(.*?)(?::(\d+))?$/.exec(address) ?? [];
  return {
    host: host.replace(/^\[(.*)\]$/, '$1'),
    port: port === undefined ? DEFAULT_PORT : Number(port),
  };
}

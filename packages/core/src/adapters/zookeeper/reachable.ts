import { connect } from 'node:net';
import { ensureError } from '../../model/errors.js';
import type { Clock } from '../../ports/clock.js';

const DEFAULT_PORT = 2181;

/**
 * Why nothing listens at `host:port`; undefined when something does. The native client does not tell: it stands still when
 * it is refused at once, or when it can't find the name.
 */
export function unreachable(
  address: string,
  limitMs: number,
  clock: Pick<Clock, 'schedule'>,
): Promise<Error | undefined> {
  const { host, port } = parseAddress(address);
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (why: Error | undefined): void => {
      cancel();
      socket.destroy();
      resolve(why);
    };
    const cancel = clock.schedule(limitMs, () => end(new Error(`${address} does not answer`)));
    socket.on('connect', () => end(undefined));
    socket.on('error', (thrown: unknown) => end(ensureError(thrown)));
  });
}

function parseAddress(address: string): { readonly host: string; readonly port: number } {
  const [, host = address, port] = /^(.*?)(?::(\d+))?$/.exec(address) ?? [];
  return {
    host: host.replace(/^\[(.*)\]$/, '$1'),
    port: port === undefined ? DEFAULT_PORT : Number(port),
  };
}

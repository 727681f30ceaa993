import type { Duplex } from 'node:stream';
import type { Row } from '../database.js';
import type { Pool } from '../pool.js';
import { textField } from '../record.js';
import { colourOf, serveScreen } from './serve-screen.js';

const [WIDTH, HEIGHT] = [320, 200];

/** What of a request for a path of the pool's own counts: the path, decoded query and all. */
export type Opened =
  | { readonly status: 200; readonly serve: (stream: Duplex) => void }
  | { readonly status: 401 | 404 };

/**
 * Answers a request for `/console?uuid=…&session_id=…` (or `ref=`), which a real XAPI takes as CONNECT: RFB on the
 * connection, until either side ends it, the VM stops, or the simulator does.
 */
export function openScreen(pool: Pool, target: string): Opened {
  const url = new URL(target, 'http://pool.invalid');
  const { searchParams } = url;
  const session = searchParams.get('session_id') ?? '';
  if (url.pathname !== '/console') return { status: 404 };
  if (pool.database.find('session', session) === undefined) return { status: 401 };
  const row =
    pool.database.byUuid('console', searchParams.get('uuid') ?? '') ??
    pool.database.find('console', searchParams.get('ref') ?? '');
  if (row === undefined || textField(row, 'protocol') !== 'rfb') return { status: 404 };
  return { status: 200, serve: (stream) => serve(pool, row, stream) };
}

function serve(pool: Pool, console: Row, stream: Duplex): void {
  const { database, closing } = pool;
  const end = (): void => {
    stream.destroy();
  };
  const look = (): void => {
    if (database.find('console', console.ref) === undefined) end();
  };
  const stopLooking = database.onCommit(look);
  closing.signal.addEventListener('abort', end);
  stream.on('error', () => undefined);
  stream.once('close', () => {
    stopLooking();
    closing.signal.removeEventListener('abort', end);
  });
  const vm = database.find('VM', textField(console, 'VM'));
  const name = vm === undefined ? '' : textField(vm, 'name_label');
  void serveScreen(stream, { name, width: WIDTH, height: HEIGHT, colour: colourOf(name) });
}

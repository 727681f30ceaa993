import { once } from 'node:events';
import { get } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { cloudTarget } from '../host/cloud-target.js';
import { runLoad } from '../load/load.js';
import { startNullHost } from '../measure.js';
import { ServerProcess } from '../process/server-process.js';

/** A database with servers that run. */
export interface PreparedCloud {
  readonly file: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What to send for one more server. */
  readonly form: (index: number) => string;
}

/** Starts servers in a new database, and leaves it to whoever opens it next. */
export async function preparedCloud(folder: string, servers: number): Promise<PreparedCloud> {
  const process = await startNullHost(folder, 'normal');
  try {
    const target = await cloudTarget(process.port);
    const { late } = await runLoad(target, { clients: 10, servers });
    if (late > 0) throw new Error('servers did not run in time');
    return { file: join(folder, 'cloud.db'), headers: target.headers, form: target.form };
  } finally {
    await process[Symbol.asyncDispose]();
  }
}

/** Serves a prepared cloud's API in a process of its own. */
export function serveOurs(cloud: PreparedCloud): Promise<ServerProcess> {
  return ServerProcess.start('http/our-server.js', ['--file', cloud.file]);
}

/** An answer with the headers that the API itself set. */
export interface RecordedAnswer {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What our API answers to a path. */
export async function recorded(
  { port }: ServerProcess,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<RecordedAnswer> {
  const request = get({ host: '127.0.0.1', port, path, headers });
  const [response] = await once(request, 'response');
  const body = await text(response);
  if (response.statusCode !== 200) throw new Error(`${path}: ${response.statusCode} ${body}`);
  const {
    date: _date,
    connection: _connection,
    'keep-alive': _keepAlive,
    ...own
  } = response.headers;
  return { headers: own, body };
}

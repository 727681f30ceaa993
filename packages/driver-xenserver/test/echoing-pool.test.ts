import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { inspect } from 'node:util';
import { CLOCK, COMPUTE, createCloud, type Logger } from '@gdcloud/core';
import { sqlite } from '@gdcloud/core/sqlite';
import { ManualClock, memoryDrivers } from '@gdcloud/core/testing';
import { type Connect, xenserver } from '@gdcloud/driver-xenserver';
import { simulatedPool } from '@gdcloud/driver-xenserver/simulator';
import t from 'tap';
import { seededRandom } from './pool-in-process.js';

const PASSWORD = 'canary-password';
const MARK = 'canary-session-';

/** A pool that lets one in, and from the `after`-th call on puts the whole request into each of its errors. */
function echoing(clock: ManualClock, after: number): Connect {
  const pool = simulatedPool({ clock, random: seededRandom(1), password: PASSWORD });
  let calls = 0;
  return (url) => {
    const wire = pool.connect(url);
    return {
      origin: wire.origin,
      post: async (body, exchange) => {
        calls += 1;
        if (calls > after) {
          const codes = ['INTERNAL_ERROR', 'INVALID_VALUE', `CANARY_${calls}`, body];
          const message = codes[calls % codes.length];
          const error = { code: 1, message, data: [body, body] };
          return calls % 5 === 0 ? `<html>${body}` : JSON.stringify({ jsonrpc: '2.0', error });
        }
        const answer = await wire.post(body.replaceAll(MARK, ''), exchange);
        return body.includes('"session.login')
          ? answer.replace('OpaqueRef:', `OpaqueRef:${MARK}`)
          : answer;
      },
      close: () => wire.close(),
    };
  };
}

t.test('nothing that a cloud records tells the secrets that its pool echoes', async (t) => {
  for (const after of [0, 3, 12]) {
    const clock = new ManualClock();
    const folder = t.testdir({});
    const lines: string[] = [];
    const note = (...things: readonly unknown[]): void => {
      lines.push(inspect(things, { depth: 20, showHidden: true, maxStringLength: null }));
    };
    const logger: Logger = { debug: note, info: note, warn: note, error: note };
    const cloud = createCloud({
      plugins: [
        sqlite({ file: join(folder, 'cloud.sqlite') }),
        memoryDrivers().plugin,
        xenserver(
          { url: 'http://pool.invalid', username: 'root', password: PASSWORD },
          { connect: echoing(clock, after) },
        ),
        (container) => {
          container.register(CLOCK, { useValue: clock });
        },
      ],
      replaceable: [COMPUTE, CLOCK],
      pepper: new Uint8Array(16),
      logger,
    });
    await cloud.start();
    for (let seconds = 0; seconds < 180; seconds += 1) {
      clock.advance(1_000);
      // The database works in real time, a turn of the event loop or two each time.
      for (let turns = 0; turns < 10; turns += 1) await setImmediate();
    }
    await cloud.stop();
    const files = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'latin1'));
    t.ok(lines.length > 0 && files.length > 0, `${lines.length} lines, ${files.length} files`);
    for (const text of [...lines, ...files]) t.notMatch(text, /canary-(password|session)/);
  }
});

import {
  asExternalId,
  asFence,
  asOperationKey,
  asUuid,
  type StorageDriver,
  type UpkeepRequest,
} from '@gdcloud/core';
import t from 'tap';
import { carryOut } from '../../../dist/adapters/driver-host/carry-out.js';
import { parseRequest, writeRequest } from '../../../dist/adapters/driver-host/driver-request.js';
import {
  parseUpkeepReport,
  writeUpkeep,
} from '../../../dist/adapters/driver-host/upkeep-message.js';

const uuid = (n: number) => asUuid(`01890000-0000-7000-8000-${n.toString().padStart(12, '0')}`);
const REQUEST: UpkeepRequest = {
  pool: asExternalId('/srv/share'),
  disks: new Map([
    [uuid(1), 'open'],
    [uuid(2), 'closed'],
  ]),
  cursor: 'scrub 3',
};
const CALL = {
  signal: new AbortController().signal,
  deadline: Number.MAX_SAFE_INTEGER,
  fence: asFence('1'),
  operation: asOperationKey('1'),
};

t.test('a step of upkeep is asked of a driver host, with all that must stay', async (t) => {
  const sent = writeRequest({
    request: writeUpkeep(REQUEST),
    fence: CALL.fence,
    operation: CALL.operation,
  });
  const body = parseRequest(sent);
  if (body === undefined) throw new Error('it can not be read');
  let taken: UpkeepRequest | undefined;
  const storage = {
    upkeep: async (request: UpkeepRequest) => {
      taken = request;
      return { cursor: 'scrub 4', done: ['a'], problems: [] };
    },
  } as Partial<StorageDriver> as StorageDriver;
  const answer = await carryOut(
    { compute: undefined, storage, byName: new Map() },
    body.request,
    CALL,
  );
  t.same(taken, REQUEST);
  const { result } = answer as { readonly result: Parameters<typeof parseUpkeepReport>[0] };
  t.same(parseUpkeepReport(result), { cursor: 'scrub 4', done: ['a'], problems: [] });
});

t.test('half of a request is none', async (t) => {
  const whole = writeUpkeep(REQUEST);
  for (const wrong of [
    { ...whole, open: undefined },
    { ...whole, closed: ['x'] },
    { ...whole, pool: '' },
  ]) {
    const request = wrong as unknown as typeof whole;
    const { fence, operation } = CALL;
    t.equal(parseRequest(writeRequest({ request, fence, operation })), undefined);
  }
  t.equal(parseUpkeepReport({ done: ['a'] }), undefined);
  t.equal(parseUpkeepReport(null), undefined);
});

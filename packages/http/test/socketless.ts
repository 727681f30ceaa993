import type { ReceivedRequest } from '@gdcloud/http';

/** A request without sockets, as a Fetch or Lambda adapter would make one. */
export function request(
  method: string,
  target: string,
  headers: Readonly<Record<string, string | undefined>>,
  body: Uint8Array = new Uint8Array(),
): ReceivedRequest {
  const all: Readonly<Record<string, string | undefined>> = { host: 'h', ...headers };
  return {
    method,
    target,
    prefix: '',
    httpVersion: '1.1',
    scheme: 'http',
    localAuthority: 'h',
    peerAddress: 'local',
    rawHeaders: Object.entries(all).flatMap(([name, value]) => [name, value ?? '']),
    header: (name) => all[name],
    body: (async function* () {
      yield body;
    })(),
  };
}

import type { Test } from 'tap';
import { examine } from './examine.js';
import type { Hear } from './line.js';
import { servers } from './servers-subject.js';

/** {@link examine} for servers, none of which may be rebooted more often than asked. */
export function examineServers(t: Test, release: string, ...alike: readonly string[]): void {
  const reboots: string[] = [];
  const tell = (what: string): unknown => reboots.push(what);
  examine(
    t,
    'servers',
    (release, begin) => servers({ release, tell, begin: () => withoutType(begin()) }),
    release,
    ...alike,
  );
  t.test('no server is rebooted more often than asked', async (t) => t.same(reboots, []));
}

// Since 7.5 a new VM is told a second time what it boots as: once written, nobody asks for it again.
function withoutType(hear: Hear): Hear {
  return (body) => hear(body.replace(/,"domain_type":"(pv|hvm)"/, ''));
}

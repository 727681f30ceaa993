import {
  newDifferencingVhd,
  newDynamicVhd,
  openChain,
  type ParentResolver,
  type Readable,
  type VhdDescription,
} from '@gdcloud/driver-nfs-vhd/vhd';
import { test } from 'tap';
import { GIB, MIB, uuid } from '../support/fixtures.js';
import { bytesOf, readable } from '../support/memory-file.js';

function description(n: number): VhdDescription {
  return { uuid: uuid(n), virtualBytes: 8 * MIB, createdMs: 0, visibility: 'visible' };
}

function child(n: number, parent: number): Readable {
  const reference = { uuid: uuid(parent), fileName: `${parent}.vhd`, modifiedMs: 0 };
  return readable(bytesOf(newDifferencingVhd(description(n), reference)));
}

test('a file that is its own ancestor is refused, however far it is', async (t) => {
  for (const length of [1, 2, 3, 30]) {
    const numbers = Array.from({ length }, (_, n) => n + 1);
    const files = new Map(numbers.map((n) => [uuid(n) as string, child(n, (n % length) + 1)]));
    const resolve: ParentResolver = async ({ uuid: wanted }) => {
      const file = files.get(wanted);
      return file === undefined ? undefined : { file };
    };
    const opened = openChain(child(1, (1 % length) + 1), { resolve });
    await t.rejects(opened, { code: 'ParentLoop' }, `${length} files`);
  }
});

test('a chain without end is cut, and what was opened is closed', async (t) => {
  let next = 1;
  let open = 0;
  const resolve: ParentResolver = async () => {
    next += 1;
    open += 1;
    const close = async (): Promise<void> => {
      open -= 1;
    };
    return { file: child(next, next + 1), close };
  };
  await t.rejects(openChain(child(1, 2), { resolve }), { code: 'ChainTooDeep' });
  t.same({ next, open }, { next: 64, open: 0 });
});

test('a missing parent, and another one, are told apart', async (t) => {
  await t.rejects(openChain(child(1, 2)), { code: 'ParentMissing' });
  const resolve: ParentResolver = async () => ({
    file: readable(bytesOf(newDynamicVhd(description(9)))),
  });
  await t.rejects(openChain(child(1, 2), { resolve }), { code: 'ParentMismatch' });
});

test('two terabytes of zeros are no VHD, and that is found at once', async (t) => {
  let read = 0;
  const file: Readable = {
    sizeBytes: 2048 * GIB,
    async readAt(target) {
      read += target.byteLength;
      target.fill(0);
      return target.byteLength;
    },
  };
  await t.rejects(openChain(file), { code: 'NotAVhd' });
  t.ok(read <= 1024, `${read} bytes read`);
  await t.rejects(openChain(readable(new Uint8Array(0))), { code: 'Truncated' });
});

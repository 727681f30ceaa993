import { randomBytes } from 'node:crypto';
import { access, chmod, constants, mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { KeyPair } from '@gdcloud/core';

/** What the home folder keeps besides the database. */
export interface Home {
  /** The folder itself. */
  readonly folder: string;
  /** Keys the digests of secrets. */
  readonly pepper: Buffer;
  /** The administrator's key, made at the first start. */
  readonly key: KeyPair;
  /** Whether this very start made it. */
  readonly keyIsNew: 'yes' | 'no';
  /** The file that holds `access:secret`, as curl's -u takes it. */
  readonly keyFile: string;
  readonly share: string;
  readonly network: string;
  readonly pool: string;
}

const LETTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789';

/** Makes what is missing in the home folder, readable by this user only. Safe to repeat after a crash at any point. */
export async function openHome(folder: string): Promise<Home> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // Making folders inside one that can't be written fails with less telling codes than asking does.
  await access(folder, constants.W_OK);
  const share = join(folder, 'share');
  const network = join(folder, 'network');
  const pool = join(folder, 'pool');
  for (const inner of [network, pool]) await mkdir(inner, { recursive: true, mode: 0o700 });
  const pepper = await keep(join(folder, 'pepper'), () => randomBytes(32).toString('base64'));
  const keyFile = join(folder, 'key');
  const key = await keep(keyFile, () => `${word(20)}:${word(40)}`);
  const cut = key.text.indexOf(':');
  return {
    folder,
    pepper: Buffer.from(pepper.text, 'base64'),
    key: { publicValue: key.text.slice(0, cut), secretValue: key.text.slice(cut + 1) },
    keyIsNew: key.isNew,
    keyFile,
    share,
    network,
    pool,
  };
}

// Written aside, synced and renamed: a crash leaves the whole file or none, never half a secret.
async function keep(
  file: string,
  make: () => string,
): Promise<{ text: string; isNew: 'yes' | 'no' }> {
  try {
    return { text: (await readFile(file, 'utf8')).trim(), isNew: 'no' };
  } catch (thrown) {
    if (!(thrown instanceof Error) || !('code' in thrown) || thrown.code !== 'ENOENT') throw thrown;
  }
  const text = make();
  const aside = `${file}.new`;
  const handle = await open(aside, 'w', 0o600);
  try {
    await chmod(aside, 0o600);
    await handle.writeFile(`${text}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(aside, file);
  return { text, isNew: 'yes' };
}

function word(length: number): string {
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      if (byte < LETTERS.length * 4 && text.length < length) text += LETTERS[byte % LETTERS.length];
    }
  }
  return text;
}

import { unwatchFile, watchFile } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContextOptions, type Server } from 'node:tls';
import { ensureError, type Logger } from '@gdcloud/core';
import type { TlsFiles } from './front-settings.js';
import { InvalidSetting } from './invalid-setting.js';

/** How often the files are looked at; milliseconds. Looking also sees what is swapped by links, as Kubernetes does. */
const LOOK_EVERY = 2_000;

/** What a server of TLS is made with: TLS 1.2 or later, with Node's ciphers. Throws {@link InvalidSetting}. */
export async function readCertificate(files: TlsFiles): Promise<SecureContextOptions> {
  const cert = await readNamed('GDCLOUD_TLS_CERT', files.certificate);
  const key = await readNamed('GDCLOUD_TLS_KEY', files.key);
  const options: SecureContextOptions = { cert, key, minVersion: 'TLSv1.2' };
  try {
    createSecureContext(options);
  } catch (thrown) {
    const { message } = ensureError(thrown);
    throw new InvalidSetting('GDCLOUD_TLS_CERT', `and GDCLOUD_TLS_KEY are no pair: ${message}`);
  }
  return options;
}

/**
 * Gives a server what its files say whenever they change; connections that are open stay as they are. While they are no
 * pair, as when only one of them has been written, the server keeps what it has and the log says so.
 */
export function followCertificate(server: Server, files: TlsFiles, logger: Logger): void {
  const reload = async (): Promise<void> => {
    try {
      server.setSecureContext(await readCertificate(files));
      logger.info({ file: files.certificate }, 'the certificate has been read again');
    } catch (thrown) {
      logger.warn({ error: ensureError(thrown).message }, 'the certificate is still the old one');
    }
  };
  const names = [files.certificate, files.key];
  for (const file of names)
    watchFile(file, { interval: LOOK_EVERY, persistent: false }, () => void reload());
  server.once('close', () => {
    for (const file of names) unwatchFile(file);
  });
}

async function readNamed(variable: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    throw new InvalidSetting(variable, `can't be read: ${ensureError(thrown).message}`);
  }
}

import { asText, textOf } from '../arguments.js';
import type { Behaviours } from '../context.js';
import { XapiFault } from '../fault.js';
import { textField } from '../record.js';
import { isTrue, textList } from '../values.js';

const BASE_URL = /^https?:\/\/[^/:@?#\s]+/;

function assertBaseUrl(url: string): void {
  if (!BASE_URL.test(url)) throw new XapiFault('INVALID_BASE_URL', url);
}

const KEY_FILE = /^[A-Za-z0-9._-]*$/;

/** Where updates come from. Nothing is fetched. */
export const UPDATES: Behaviours = {
  'Repository.introduce': ({ pool: { database } }, args) => {
    const [label, description, binary, source, update, key] = args;
    assertBaseUrl(textOf(binary));
    assertBaseUrl(textOf(source));
    const file = asText(key);
    if (!KEY_FILE.test(file)) throw new XapiFault('INVALID_GPGKEY_PATH', file);
    for (const known of database.rows('Repository')) {
      const same =
        known.fields.get('name_label') === label || known.fields.get('binary_url') === binary;
      if (same) throw new XapiFault('REPOSITORY_ALREADY_EXISTS', known.ref);
    }
    return database.insert('Repository', {
      name_label: textOf(label),
      name_description: textOf(description),
      binary_url: textOf(binary),
      source_url: textOf(source),
      update: isTrue(update),
      gpgkey_path: file,
      origin: 'remote',
    }).ref;
  },
  'Repository.forget': ({ pool: { database } }, [ref]) => {
    const repository = database.get('Repository', textOf(ref));
    for (const pool of database.rows('pool')) {
      if (textList(pool.fields.get('repositories')).includes(repository.ref)) {
        throw new XapiFault('REPOSITORY_IS_IN_USE');
      }
    }
    database.remove(repository);
    return '';
  },
  'host.apply_updates': ({ pool: { database } }, [ref]) => {
    const host = database.get('host', textOf(ref));
    const [pool] = database.rows('pool');
    if (textList(pool?.fields.get('repositories')).length === 0) {
      throw new XapiFault('NO_REPOSITORY_ENABLED');
    }
    throw new XapiFault('NOT_IMPLEMENTED', `updates of ${textField(host, 'name_label')}`);
  },
  'pool.check_update_readiness': ({ pool }, [ref]) => {
    pool.database.get('pool', textOf(ref));
    return [];
  },
};

import { type ParseArgsConfig, parseArgs } from 'node:util';
import { readByteSize } from './byte-size.js';
import { UsageError } from './usage-error.js';

/** What a new disk is to be. */
export interface DiskWish {
  readonly size?: number | undefined;
  readonly room?: number | undefined;
  readonly uuid?: string | undefined;
  readonly visibility: 'visible' | 'hidden';
}

/** A raw disk or a VHD. */
export type Format = 'raw' | 'vhd';

/** What was asked for. */
export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'info'; readonly file: string }
  | { readonly kind: 'chain'; readonly file: string; readonly parents?: string | undefined }
  | {
      readonly kind: 'check';
      readonly files: readonly string[];
      readonly depth: 'structure' | 'bitmaps' | 'data';
      readonly extent: 'file' | 'chain';
      readonly parents?: string | undefined;
    }
  | {
      readonly kind: 'repair';
      readonly file: string;
      readonly mode: 'write' | 'dryRun';
      readonly inUse: 'unknown' | 'no';
      readonly trust?: 'first' | 'last' | undefined;
    }
  | {
      readonly kind: 'create';
      readonly file: string;
      readonly type: 'dynamic' | 'fixed';
      readonly parent?: string | undefined;
      readonly wish: DiskWish;
    }
  | {
      readonly kind: 'convert';
      readonly from: string;
      readonly to: string;
      readonly formats: { readonly from: Format; readonly to: Format };
      readonly parents?: string | undefined;
      readonly wish: DiskWish;
    }
  | { readonly kind: 'coalesce'; readonly child: string; readonly parent?: string | undefined }
  | {
      readonly kind: 'verify' | 'sum';
      /** A share, or one file on it. */
      readonly path: string;
      readonly damage: 'tell' | 'mend';
      /** Other shares that may have copies. */
      readonly copies: readonly string[];
    };

type OptionsConfig = NonNullable<ParseArgsConfig['options']>;

const TEXT = { type: 'string' } as const;
const SWITCH = { type: 'boolean' } as const;
const WISH = { size: TEXT, room: TEXT, uuid: TEXT, hidden: SWITCH };
const OPTIONS: Readonly<Record<string, OptionsConfig>> = {
  info: {},
  chain: { parents: TEXT },
  check: { depth: TEXT, chain: SWITCH, parents: TEXT },
  repair: { 'dry-run': SWITCH, 'not-in-use': SWITCH, trust: TEXT },
  create: { ...WISH, type: TEXT, parent: TEXT },
  convert: { ...WISH, from: TEXT, to: TEXT, parents: TEXT },
  coalesce: { parent: TEXT },
  verify: { repair: SWITCH, copies: { type: 'string', multiple: true } },
  sum: {},
};

type Values = Readonly<Record<string, unknown>>;

/** Reads the words of a command line. Throws {@link UsageError}. */
export function readCommand(words: readonly string[]): Command {
  const [kind = 'help', ...rest] = words;
  if (words.includes('--help') || kind === 'help') return { kind: 'help' };
  const options = Object.hasOwn(OPTIONS, kind) ? OPTIONS[kind] : undefined;
  if (options === undefined) throw new UsageError(`there is no command ${JSON.stringify(kind)}`);
  const { values, positionals } = parsed(rest, options);
  return commandOf(kind, values, positionals);
}

function parsed(
  words: readonly string[],
  options: OptionsConfig,
): { readonly values: Values; readonly positionals: readonly string[] } {
  try {
    return parseArgs({
      args: [...words],
      options: { ...options, json: SWITCH },
      allowPositionals: true,
    });
  } catch (thrown) {
    throw new UsageError(thrown instanceof Error ? thrown.message : String(thrown));
  }
}

function commandOf(kind: string, values: Values, files: readonly string[]): Command {
  const parents = text(values, 'parents');
  switch (kind) {
    case 'info':
      return { kind, file: single(files) };
    case 'chain':
      return { kind, file: single(files), parents };
    case 'check':
      if (files.length === 0) throw new UsageError('which file?');
      return {
        kind,
        files,
        depth: oneOf(values, 'depth', ['structure', 'bitmaps', 'data']) ?? 'bitmaps',
        extent: values['chain'] === true ? 'chain' : 'file',
        parents,
      };
    case 'repair':
      return {
        kind,
        file: single(files),
        mode: values['dry-run'] === true ? 'dryRun' : 'write',
        inUse: values['not-in-use'] === true ? 'no' : 'unknown',
        trust: oneOf(values, 'trust', ['first', 'last']),
      };
    case 'create':
      return {
        kind,
        file: single(files),
        type: oneOf(values, 'type', ['dynamic', 'fixed']) ?? 'dynamic',
        parent: text(values, 'parent'),
        wish: wishOf(values),
      };
    case 'convert': {
      const [from, to, ...more] = files;
      if (from === undefined || to === undefined || more.length > 0)
        throw new UsageError('convert takes two files: FROM and TO');
      const formats = {
        from: oneOf(values, 'from', ['raw', 'vhd']) ?? formatOf(from),
        to: oneOf(values, 'to', ['raw', 'vhd']) ?? formatOf(to),
      };
      return { kind, from, to, formats, parents, wish: wishOf(values) };
    }
    case 'verify':
    case 'sum':
      return {
        kind,
        path: single(files),
        damage: values['repair'] === true ? 'mend' : 'tell',
        copies: texts(values, 'copies'),
      };
    default:
      return { kind: 'coalesce', child: single(files), parent: text(values, 'parent') };
  }
}

function formatOf(path: string): Format {
  return path.toLowerCase().endsWith('.vhd') ? 'vhd' : 'raw';
}

function wishOf(values: Values): DiskWish {
  const size = text(values, 'size');
  const room = text(values, 'room');
  return {
    size: size === undefined ? undefined : readByteSize(size),
    room: room === undefined ? undefined : readByteSize(room),
    uuid: text(values, 'uuid')?.toLowerCase(),
    visibility: values['hidden'] === true ? 'hidden' : 'visible',
  };
}

function single(files: readonly string[]): string {
  const [file, ...more] = files;
  if (file === undefined) throw new UsageError('which file?');
  if (more.length > 0) throw new UsageError('one file at a time');
  return file;
}

function text(values: Values, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

function texts(values: Values, name: string): readonly string[] {
  const value = values[name];
  return Array.isArray(value) ? value.filter((word) => typeof word === 'string') : [];
}

function oneOf<const Word extends string>(
  values: Values,
  name: string,
  words: readonly Word[],
): Word | undefined {
  const value = text(values, name);
  if (value === undefined) return undefined;
  const found = words.find((word) => word === value);
  if (found === undefined) throw new UsageError(`--${name} is one of ${words.join(', ')}`);
  return found;
}

import type { SparseVhd } from './open-vhd.js';
import type { Readable } from './reader.js';
import { VhdError } from './vhd-error.js';

/** What a differencing VHD says of its parent. Texts come from the file: judge them before you open anything by them. */
export interface ParentWanted {
  /** The child that asks. */
  readonly child: SparseVhd;
  /** The uuid of the parent's footer; all zeros for a raw parent. */
  readonly uuid: string;
  /** The plain name in the header, which may be empty. */
  readonly fileName: string;
  /** What the locators say, absolute ones first: `file://` and `\` are already made `/`-paths. */
  readonly paths: readonly string[];
}

/** A parent's file, and how to close it when the chain is closed. */
export interface OpenedParent {
  readonly file: Readable;
  close?(): Promise<void>;
}

/** Finds a parent; absent when it is not there. */
export type ParentResolver = (wanted: ParentWanted) => Promise<OpenedParent | undefined>;

/** Longer is no path. */
const MOST_PATH_BYTES = 4096;
/** The order in which libvhd looks: absolute, relative, then what is out of use. */
const LOCATOR_ORDER: readonly string[] = ['W2ku', 'MacX', 'W2ru', 'Wi2k', 'Wi2r'];

/** Reads what a child says of its parent. A locator that can't be read is left out: one good one is enough. */
export async function parentWanted(
  child: SparseVhd,
  read: (position: number, length: number) => Promise<Uint8Array>,
): Promise<ParentWanted> {
  const { parent, locators } = child.header;
  const paths: string[] = [];
  for (const code of LOCATOR_ORDER) {
    for (const locator of locators.filter((entry) => entry.code === code)) {
      if (locator.lengthBytes === 0 || locator.lengthBytes > MOST_PATH_BYTES) continue;
      const path = pathOf(code, await readIfInside(read, locator.position, locator.lengthBytes));
      if (path !== undefined && !paths.includes(path)) paths.push(path);
    }
  }
  return {
    child,
    uuid: parent?.uuid ?? '00000000-0000-0000-0000-000000000000',
    fileName: parent?.fileName ?? '',
    paths,
  };
}

async function readIfInside(
  read: (position: number, length: number) => Promise<Uint8Array>,
  position: number,
  length: number,
): Promise<Uint8Array | undefined> {
  try {
    return await read(position, length);
  } catch (thrown) {
    if (thrown instanceof VhdError) return undefined;
    throw thrown;
  }
}

function pathOf(code: string, bytes: Uint8Array | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  const encoding = code === 'MacX' ? 'utf8' : code.startsWith('W2') ? 'utf16le' : 'latin1';
  const text = Buffer.from(bytes).toString(encoding);
  const [cut = ''] = text.split('\0');
  const path = cut.replace(/^file:\/\//, '').replaceAll('\\', '/');
  return path === '' ? undefined : path;
}

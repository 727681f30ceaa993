import { existsSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What a page loads: names of files. */
export interface PageParts {
  readonly script: string;
  readonly style: string;
}

/** A file of the pages, whole and compressed. */
export interface PageFile {
  readonly bytes: Uint8Array;
  /** The same in Brotli (RFC 7932). */
  readonly compressed: Uint8Array | undefined;
  readonly contentType: string;
}

/** The pages that have scripts. */
export type PageName = 'panel' | 'apiPage';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
};

/** Hashes are in the names, so that what a name means never changes. */
const NAME = /^[a-z-]+-[A-Z0-9]{8}\.(js|css)$/;

/**
 * The scripts and styles that `scripts/bundle-ui.mjs` has packed beside our own code. Read when they are asked for first, and
 * kept: they are few and small.
 */
export class PageFiles {
  readonly #folder: string;
  readonly #files = new Map<string, PageFile>();
  #parts: Partial<Record<PageName, PageParts>> | undefined;

  constructor(folder: string = fileURLToPath(new URL('../ui/', import.meta.url))) {
    this.#folder = folder;
  }

  /** The parts of a page; undefined where nothing is packed: pages do without. */
  parts(page: PageName): PageParts | undefined {
    this.#parts ??= this.#readManifest();
    return this.#parts[page];
  }

  /** The file of this name. */
  file(name: string): PageFile | undefined {
    const known = this.#files.get(name);
    if (known !== undefined || !NAME.test(name)) return known;
    const found = this.#read(name);
    // Only what is there is remembered: anybody may ask for any name.
    if (found !== undefined) this.#files.set(name, found);
    return found;
  }

  #read(name: string): PageFile | undefined {
    const path = join(this.#folder, name);
    const contentType = CONTENT_TYPES[extname(name)];
    if (contentType === undefined || !existsSync(path)) return undefined;
    const compressed = `${path}.br`;
    return {
      bytes: readFileSync(path),
      compressed: existsSync(compressed) ? readFileSync(compressed) : undefined,
      contentType,
    };
  }

  #readManifest(): Partial<Record<PageName, PageParts>> {
    const path = join(this.#folder, 'manifest.json');
    return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
  }
}

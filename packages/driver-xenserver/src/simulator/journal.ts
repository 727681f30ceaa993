import { closeSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Json, JsonObject } from '@gdcloud/core';
import { isList, isObject } from './arguments.js';

/** A row as the journal has it. */
export interface JournalEntry {
  readonly className: string;
  readonly ref: string;
  readonly fields: JsonObject;
}

/** Rows written, with the fields that changed, and rows removed. */
export interface JournalLine {
  readonly puts: readonly (readonly [className: string, ref: string, fields: JsonObject])[];
  readonly removals: readonly (readonly [className: string, ref: string])[];
}

/** The log is rewritten when it has grown to this, in bytes; what is alive in a large pool takes a tenth of it. */
const LARGEST_LOG = 128 * 2 ** 20;

/** Keeps the rows of a pool while no process holds it. */
export interface Journal {
  /** The rows found at opening; asked for once. */
  takeEntries(): readonly JournalEntry[];
  /** Whether it is time to {@link rewrite}. */
  readonly isLarge: boolean;
  /** Keeps what one call wrote and removed, in one piece. Both are worked out while they are read. */
  append(
    puts: Iterable<JournalLine['puts'][number]>,
    removals: Iterable<JournalLine['removals'][number]>,
  ): void;
  /** Replaces all that is kept by just these rows. */
  rewrite(entries: Iterable<JournalEntry>): void;
  close(): void;
}

/** Keeps nothing: for pools that live as long as their process. */
export const noJournal: Journal = {
  takeEntries: () => [],
  isLarge: false,
  append: () => undefined,
  rewrite: () => undefined,
  close: () => undefined,
};

/**
 * The pool's state on disk: one JSON line per committed call, written by one system call before the answer, so it
 * survives `kill -9`. There is no fsync: a power cut of the machine may lose the last calls. Opening it rewrites it
 * without what has been overwritten since, and drops a torn last line.
 */
export class FileJournal implements Journal {
  readonly #path: string;
  readonly #rows: Map<string, JournalEntry>;
  #file: number | undefined;
  #bytes = 0;

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.#path = join(folder, 'database.jsonl');
    this.#rows = readRows(this.#path);
    this.rewrite(this.#rows.values());
  }

  takeEntries(): readonly JournalEntry[] {
    const entries = [...this.#rows.values()];
    this.#rows.clear();
    return entries;
  }

  get isLarge(): boolean {
    return this.#bytes > LARGEST_LOG;
  }

  append(
    puts: Iterable<JournalLine['puts'][number]>,
    removals: Iterable<JournalLine['removals'][number]>,
  ): void {
    // After closing, as after a kill, nothing more gets written.
    if (this.#file === undefined) return;
    const [p, d] = [[...puts], [...removals]];
    if (p.length === 0 && d.length === 0) return;
    this.#bytes += writeSync(this.#file, `${JSON.stringify({ p, d })}\n`);
  }

  /** A kill meanwhile leaves the old log. */
  rewrite(entries: Iterable<JournalEntry>): void {
    const compact = `${this.#path}.new`;
    const file = openSync(compact, 'w');
    this.#bytes = 0;
    for (const { className, ref, fields } of entries) {
      this.#bytes += writeSync(file, `${JSON.stringify({ p: [[className, ref, fields]] })}\n`);
    }
    renameSync(compact, this.#path);
    this.close();
    this.#file = file;
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}

function readRows(path: string): Map<string, JournalEntry> {
  const rows = new Map<string, JournalEntry>();
  const lines = readIfThere(path).split('\n');
  // Whatever follows the last line feed is a write that the kill cut short; its call was never answered.
  for (const line of lines.slice(0, -1)) {
    const { puts, removals } = readLine(line);
    for (const [className, ref, fields] of puts) {
      rows.set(ref, { className, ref, fields: { ...rows.get(ref)?.fields, ...fields } });
    }
    for (const [, ref] of removals) rows.delete(ref);
  }
  return rows;
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}

function readLine(line: string): JournalLine {
  const value: Json = JSON.parse(line);
  const lists = isObject(value) ? value : {};
  const items = (name: string): readonly Json[] => {
    const list = lists[name];
    return isList(list) ? list : [];
  };
  const puts: (readonly [string, string, JsonObject])[] = [];
  for (const item of items('p')) {
    const [className, ref, fields] = isList(item) ? item : [];
    if (typeof className === 'string' && typeof ref === 'string' && isObject(fields)) {
      puts.push([className, ref, fields]);
    }
  }
  const removals: (readonly [string, string])[] = [];
  for (const item of items('d')) {
    const [className, ref] = isList(item) ? item : [];
    if (typeof className === 'string' && typeof ref === 'string') removals.push([className, ref]);
  }
  return { puts, removals };
}

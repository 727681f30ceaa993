import type { Progress } from '../vhd/progress.js';
import { byteSizeInWords } from './byte-size.js';
import { printable } from './printable.js';
import type { Terminal } from './terminal.js';

const WIDTH = 30;
const REDRAW_MS = 100;

/** Draws a bar for people, at most ten times a second; for programs nothing. `end` clears the line. */
export function progressBar(
  terminal: Terminal,
  what: string,
): { readonly onProgress: (progress: Progress) => void; readonly end: () => void } {
  const began = terminal.now();
  let drawn = Number.NEGATIVE_INFINITY;
  return {
    onProgress(progress) {
      const now = terminal.now();
      if (terminal.reader === 'program' || now - drawn < REDRAW_MS) return;
      drawn = now;
      terminal.tell(`\r\u001b[K${line(what, progress, now - began)}`);
    },
    end() {
      if (drawn !== Number.NEGATIVE_INFINITY) terminal.tell('\r\u001b[K');
    },
  };
}

function line(what: string, { doneBytes, totalBytes }: Progress, ms: number): string {
  const share = totalBytes === 0 ? 1 : doneBytes / totalBytes;
  const full = Math.round(share * WIDTH);
  const speed = ms > 0 ? `${byteSizeInWords((doneBytes / ms) * 1000)}/s` : '';
  const left = share > 0 ? `${Math.ceil(((1 - share) / share) * (ms / 1000))} s left` : '';
  const bar = `[${'#'.repeat(full)}${' '.repeat(WIDTH - full)}]`;
  return `${printable(what)} ${bar} ${String(Math.floor(share * 100)).padStart(3)} %  ${speed}  ${left}`;
}

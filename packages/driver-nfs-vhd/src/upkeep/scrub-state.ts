import { writeFile } from '../files/publish-file.js';
import { readText } from '../files/read-text.js';
import { randomUuid } from '../share/random-uuid.js';
import type { Share } from '../share/share.js';

/** How far the scrub of a share is. It only saves work: a lost one begins anew. */
export interface ScrubState {
  /** When the last whole round ended; milliseconds since the epoch, 0 for never. */
  readonly endedAt: number;
  /** Where the round goes on that is under way. */
  readonly cursor?: string | undefined;
}

const NAME = 'scrubbed';
const MOST_BYTES = 4096;

/** Reads it; the beginning where there is none, or one that can't be read. */
export async function readScrubState({ files, paths }: Share): Promise<ScrubState> {
  return parseState(await readText(files, `${paths.ownFolder}/${NAME}`, MOST_BYTES));
}

/** Writes it, durably. */
export async function writeScrubState(
  { files, paths, random }: Share,
  state: ScrubState,
): Promise<void> {
  const temporary = `${paths.temporaryFolder}/scrub.${randomUuid(random)}`;
  const bytes = Buffer.from(`${JSON.stringify(state)}\n`);
  const content = { pieces: [{ position: 0, bytes }] };
  await writeFile(await files.make(temporary, 0o644), content, () => undefined);
  await files.rename(temporary, `${paths.ownFolder}/${NAME}`);
  await files.syncFolder(paths.ownFolder);
}

function parseState(text: string | undefined): ScrubState {
  const beginning = { endedAt: 0 };
  let parsed: unknown;
  try {
    parsed = JSON.parse(text ?? '{}');
  } catch {
    return beginning;
  }
  if (typeof parsed !== 'object' || parsed === null || !('endedAt' in parsed)) return beginning;
  const { endedAt } = parsed;
  if (typeof endedAt !== 'number' || !Number.isFinite(endedAt)) return beginning;
  const cursor =
    'cursor' in parsed && typeof parsed.cursor === 'string' ? parsed.cursor : undefined;
  return { endedAt, cursor };
}

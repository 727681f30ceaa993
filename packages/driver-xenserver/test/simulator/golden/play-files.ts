import { withFixture } from './fixture.js';
import { play, type StepReport } from './playback.js';
import { readScenario } from './scenario.js';

/** How a scenario went. */
export interface ScenarioReport {
  readonly name: string;
  /** One for each step that is compared. */
  readonly reports: readonly StepReport[];
}

/** Most of a playback is the recording's own pauses, so several run side by side. */
const AT_ONCE = 8;

/** Plays recordings, each on a fresh host of its own; reports come in the order of the files. */
export async function playFiles(files: readonly string[]): Promise<readonly ScenarioReport[]> {
  const done = new Map<string, ScenarioReport>();
  const waiting = [...files];
  async function work(): Promise<void> {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const scenario = readScenario(file);
      const reports = await withFixture(scenario.fixture, (url) => play(scenario, url));
      done.set(file, { name: scenario.scenario, reports });
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return files.flatMap((file) => done.get(file) ?? []);
}

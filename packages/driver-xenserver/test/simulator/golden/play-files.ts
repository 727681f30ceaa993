import { withFixture } from './fixture.js';
import { withVirtualTime } from './in-process.js';
import { play, type StepReport } from './playback.js';
import { readScenario, type Scenario } from './scenario.js';

/** How a scenario went. */
export interface ScenarioReport {
  readonly name: string;
  /** One for each step that is compared. */
  readonly reports: readonly StepReport[];
}

/** Much of a playback is waiting for answers, so several run side by side. */
const AT_ONCE = 8;

/** Whether all is played over HTTP in real time, or what mostly waits in this process and in virtual time. */
export type Pauses = 'real' | 'virtual';

/** After so many steps that let things settle, a recording is one of those that mostly wait. */
const MANY_PAUSES = 40;

function mostlyWaits({ steps }: Scenario): boolean {
  if (steps.some(({ http }) => http !== undefined)) return false;
  const settling = steps.filter(({ after }) => after !== undefined).length;
  return settling > MANY_PAUSES || steps.some(({ sleep }) => sleep !== undefined);
}

/** Plays recordings, each on a fresh host of its own; reports come in the order of the files. */
export async function playFiles(
  files: readonly string[],
  pauses: Pauses,
): Promise<readonly ScenarioReport[]> {
  const done = new Map<string, ScenarioReport>();
  const waiting = [...files];
  async function work(): Promise<void> {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const scenario = readScenario(file);
      const virtual = pauses === 'virtual' && mostlyWaits(scenario);
      const within = virtual ? withVirtualTime : withFixture;
      const reports = await within(scenario.fixture, (line) => play(scenario, line));
      done.set(file, { name: scenario.scenario, reports });
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return files.flatMap((file) => done.get(file) ?? []);
}

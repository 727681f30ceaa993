import { DriverFailure } from '../../../model/errors.js';
import { type Theme, WRITTEN } from '../check.js';
import { demand, demandSame, Finding, show } from '../finding.js';
import type { Sighting } from '../stage/recorder.js';

const HOUR = 3_600_000;

/** Runs after all others: most of its rules are about everything the kit has seen. */
export const hygiene: Theme = {
  name: 'hygiene',
  checks: [
    {
      id: 'traits-are-told',
      rule: 'A driver has a name and traits, the same in every process.',
      where: WRITTEN.traits,
      reach: 'anywhere',
      async run(stage) {
        const { name, traits } = stage.open().driver;
        demand(/^\S+$/.test(name), 'a name without spaces: xenserver.servers', name);
        demand(
          ['chosen', 'stamped'].includes(traits.identity),
          'identity chosen or stamped',
          traits,
        );
        demand(
          ['cas', 'checked', 'none'].includes(traits.fencing),
          'fencing cas, checked or none',
          traits,
        );
        demand(typeof traits.dataBearing === 'boolean', 'dataBearing yes or no', traits);
        const { driver } = stage.open();
        demandSame([driver.name, driver.traits], [name, traits], 'the same in another process');
      },
    },
    {
      id: 'clock-jumps',
      rule: 'A clock that is put on or back by an hour does no harm.',
      where: 'Clock.now (core/ports/clock.ts); kernel.md 2.5',
      reach: 'fakes',
      async run(stage) {
        const [from, to] = stage.specs.changes[0] ?? [stage.spec, stage.spec];
        for (const jump of [HOUR, -HOUR]) {
          const actor = stage.open();
          const key = stage.key();
          await actor.create(key, from);
          actor.process.clock.jump(jump);
          await actor.converge(key, from);
          await actor.converge(key, to);
          actor.process.clock.jump(-2 * jump);
          await actor.present(key, to);
          await actor.dissolve(key);
        }
        await stage.holds(0, 'nothing to be left');
      },
    },
    {
      id: 'arguments-are-left-alone',
      rule: 'What a driver is given it does not change.',
      where: WRITTEN.rules,
      reach: 'anywhere',
      async run(stage) {
        const text = JSON.stringify(stage.specs);
        const actor = stage.open();
        const key = stage.key();
        await actor.converge(key, stage.spec);
        await actor.dissolve(key);
        demandSame(JSON.stringify(stage.specs), text, 'the desired states as they were');
      },
    },
    {
      id: 'looks-are-the-callers',
      rule: 'What a look returned does not change afterwards, nor what the next one returns.',
      where: WRITTEN.rules,
      reach: 'anywhere',
      async run(stage) {
        const actor = stage.open();
        const key = stage.key();
        const [from, to] = stage.specs.changes[0] ?? [stage.spec, stage.spec];
        const seen = await actor.converge(key, from);
        const text = show(seen);
        await actor.converge(key, to);
        demandSame(show(seen), text, 'the earlier observation as it was');
      },
    },
    {
      id: 'failures-are-driver-failures',
      rule: 'A driver fails only with a DriverFailure.',
      where: WRITTEN.rules,
      reach: 'anywhere',
      async run(stage) {
        each(
          stage.recorder.sightings,
          'failed',
          ({ what }) => what instanceof DriverFailure,
          'a DriverFailure',
        );
      },
    },
    {
      id: 'failures-help',
      rule: 'A failure has a stable code, says what happened, and what can be done about it.',
      where: WRITTEN.failures,
      reach: 'anywhere',
      async run(stage) {
        const helps = (failure: unknown): boolean =>
          !(failure instanceof DriverFailure) ||
          (/^[\w.-]+$/.test(failure.code) &&
            failure.message !== '' &&
            /\w \w/.test(failure.remedy));
        each(
          stage.recorder.sightings.map(withUnknown),
          'failed',
          ({ what }) => helps(what),
          'a code in one word, a message, and a remedy in words',
        );
      },
    },
    {
      id: 'answers-are-well-formed',
      rule: 'Observations, acceptances and pages have the shape of the contract, and are plain data.',
      where: 'Observation, Accepted, OwnedPage (core/ports/driver.ts)',
      reach: 'anywhere',
      async run(stage) {
        each(stage.recorder.sightings, 'returned', wellFormed, 'an answer of the contract’s shape');
      },
    },
    {
      id: 'secrets-stay-secret',
      rule: 'No password, token or session id occurs in what a driver says.',
      where: 'ErrorOptions.detail (core/model/errors.ts); kernel.md 2.5',
      reach: 'anywhere',
      async run(stage) {
        for (const { check, verb, what } of stage.recorder.sightings) {
          const text = everyWord(what);
          for (const secret of stage.recorder.secrets) {
            if (!text.includes(secret)) continue;
            throw new Finding(
              'no secret in an answer or a failure',
              `one in ${verb}, during ${check}`,
            );
          }
        }
      },
    },
    {
      id: 'no-unhandled-rejection',
      rule: 'No promise of a driver is rejected with nobody to hear it.',
      where: WRITTEN.kit,
      reach: 'anywhere',
      async run(stage) {
        for (const { check, error } of stage.recorder.rejections) {
          throw new Finding('no unhandled rejection', `${show(error)}, during ${check}`);
        }
      },
    },
    {
      id: 'no-timer-left',
      rule: 'When all calls have ended, nothing of theirs is still scheduled.',
      where: WRITTEN.kit,
      reach: 'anywhere',
      async run(stage) {
        for (const { check, scheduled } of stage.recorder.timers) {
          throw new Finding('nothing on the clock', `${scheduled} calls scheduled after ${check}`);
        }
      },
    },
    {
      id: 'no-listener-left',
      rule: 'When a call has ended, nothing of it listens to its signal any more.',
      where: WRITTEN.kit,
      reach: 'anywhere',
      async run(stage) {
        for (const { check, verb } of stage.recorder.listeners) {
          throw new Finding('no listener on a signal', `one after ${verb}, during ${check}`);
        }
      },
    },
  ],
};

function each(
  sightings: readonly Sighting[],
  kind: Sighting['kind'],
  holds: (sighting: Sighting) => boolean,
  expected: string,
): void {
  for (const sighting of sightings) {
    if (sighting.kind !== kind || holds(sighting)) continue;
    throw new Finding(
      expected,
      `${show(sighting.what)}, from ${sighting.verb} during ${sighting.check}`,
    );
  }
}

// A look that tells a failure is held to the same as one that throws it.
function withUnknown(sighting: Sighting): Sighting {
  const { what } = sighting;
  return sighting.kind === 'returned' && isObject(what) && what['presence'] === 'unknown'
    ? { ...sighting, kind: 'failed', what: what['failure'] }
    : sighting;
}

function wellFormed({ verb, what }: Sighting): boolean {
  if (!isObject(what)) return false;
  switch (verb) {
    case 'observe':
      return isObservation(what);
    case 'list':
      return (
        Array.isArray(what['objects']) &&
        what['objects'].every(isOwned) &&
        isText(what['cursor'], 'maybe')
      );
    case 'foresee':
      return (
        Array.isArray(what['changes']) &&
        what['changes'].every((change) => isObject(change) && isText(change['field'], 'always')) &&
        isPlain(what['actual'])
      );
    default:
      return typeof what['settled'] === 'boolean' && isText(what['external'], 'maybe');
  }
}

function isObservation(what: Readonly<Record<string, unknown>>): boolean {
  switch (what['presence']) {
    case 'absent':
      return true;
    case 'unknown':
      return what['failure'] instanceof DriverFailure;
    case 'present':
      return (
        isText(what['external'], 'always') &&
        Array.isArray(what['changes']) &&
        what['changes'].every((change) => isObject(change) && isText(change['field'], 'always')) &&
        isPlain(what['actual'])
      );
    default:
      return false;
  }
}

function isOwned(entry: unknown): boolean {
  return (
    isObject(entry) &&
    isText(entry['external'], 'always') &&
    isText(entry['uuid'], 'always') &&
    Number.isInteger(entry['epoch'])
  );
}

function isText(value: unknown, when: 'always' | 'maybe'): boolean {
  return (typeof value === 'string' && value !== '') || (when === 'maybe' && value === undefined);
}

function isPlain(value: unknown): boolean {
  if (typeof value === 'function' || typeof value === 'symbol') return false;
  if (!isObject(value)) return true;
  return !(value instanceof Promise) && Object.values(value).every(isPlain);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function everyWord(what: unknown, depth = 0): string {
  if (depth > 8) return '';
  if (what instanceof Error) {
    const more = what instanceof DriverFailure ? `${what.code} ${what.remedy}` : '';
    const fields = Object.entries(what).map(([name, value]) => everyWord([name, value], depth + 1));
    const cause = everyWord(what.cause, depth + 1);
    return [what.message, what.stack, more, cause, ...fields].join(' ');
  }
  if (!isObject(what)) return String(what);
  return Object.entries(what)
    .map(([name, value]) => `${name} ${everyWord(value, depth + 1)}`)
    .join(' ');
}

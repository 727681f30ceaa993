import type { Test } from 'tap';
import { bodies } from './mounted-bodies.js';
import { consoles } from './mounted-consoles.js';
import { events } from './mounted-events.js';
import { places } from './mounted-places.js';
import { streams } from './mounted-streams.js';
import type { Subject } from './subject.js';

/** What holds of the API wherever it is mounted. */
export async function mountingContract(t: Test, subject: Subject): Promise<void> {
  for (const part of [places, bodies, streams, events, consoles]) await part(t, subject);
}

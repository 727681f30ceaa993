import type { EventBus } from '../../ports/event-bus.js';
import type { Meter } from '../../ports/meter.js';

/** A bus whose hints are counted, sent and heard, and what it drops. */
export function watchedEvents(events: EventBus, meter: Meter): EventBus {
  const hints = meter.counter({
    name: 'gdcloud_hints_total',
    help: 'Hints that resources are worth a look, sent and heard by this process.',
    labels: ['direction', 'reason'],
  });
  meter.gauge(
    {
      name: 'gdcloud_events_dropped_total',
      help: 'Messages that were not delivered since the start, by reason.',
      labels: ['reason'],
    },
    () =>
      Object.entries(events.dropped ?? {}).map(([reason, value]) => ({
        labels: { reason },
        value,
      })),
  );
  return {
    publish: (hint) => {
      hints.add({ direction: 'sent', reason: hint.reason });
      events.publish(hint);
    },
    subscribe: (receive) =>
      events.subscribe((hint) => {
        hints.add({ direction: 'heard', reason: hint.reason });
        receive(hint);
      }),
    get dropped() {
      return events.dropped;
    },
  };
}

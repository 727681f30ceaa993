import type { Clock, Logger, Meter } from '@gdcloud/core';
import type { PairState } from './pair-keeper.js';

/** How long what keeps an appliance from its work is taken to last, unless it is heard of again; milliseconds. */
const LASTING_MS = 2_000;

/** Tells operators what an appliance is in its pair, and what keeps it from that. */
export interface PairReport {
  changed(state: PairState): void;
  troubled(trouble: Error): void;
  /** What keeps the appliance from taking part in its pair now, as far as is known. */
  trouble(): Error | undefined;
}

/** Tells by log lines, and by metrics of what is and of how often it changed. */
export function pairReport(
  pair: string,
  { meter, logger, clock }: { meter: Meter; logger: Logger | undefined; clock: Clock },
): PairReport {
  let last: PairState | undefined;
  let trouble: { readonly error: Error; readonly until: number } | undefined;
  const changes = meter.counter<'because'>({
    name: 'gdcloud_appliance_turns_total',
    help: 'How often an appliance of a pair has begun to carry its networks, or ended, by why.',
    labels: ['because'],
  });
  meter.gauge(
    {
      name: 'gdcloud_appliance_active',
      help: '1 on the appliance of a pair that carries its networks, 0 on the one that stands by.',
      labels: [],
    },
    () => [{ labels: {}, value: last?.is === 'active' ? 1 : 0 }],
  );
  const current = (): Error | undefined =>
    trouble !== undefined && clock.monotonic() < trouble.until ? trouble.error : undefined;
  return {
    changed(state) {
      last = state;
      changes.add({ because: state.because });
      const { is, epoch, because } = state;
      const message =
        is === 'active'
          ? 'this appliance carries the networks of its pair'
          : 'this appliance stands by for the other of its pair';
      logger?.info({ pair, epoch, because }, message);
    },
    troubled(error) {
      const isNew = current()?.message !== error.message;
      trouble = { error, until: clock.monotonic() + LASTING_MS };
      if (!isNew) return;
      logger?.warn(
        { pair, error: error.message },
        'an appliance is kept from taking part in its pair',
      );
    },
    trouble: current,
  };
}

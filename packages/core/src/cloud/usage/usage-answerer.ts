import { DriverFailure, RequestError } from '../../model/errors.js';
import type { Answerer } from '../../ports/answerer.js';
import type { Clock } from '../../ports/clock.js';
import type { ComputeDriver } from '../../ports/drivers/compute.js';
import { unownedCall } from '../unowned-call.js';
import { SERVER_PART, virtualmachine } from '../virtualmachine/virtualmachine.js';

const LIMIT_MS = 10_000;
const USUAL_SPAN_MS = 10 * 60_000;
/** As long as hypervisors remember. */
const LONGEST_SPAN_MS = 366 * 24 * 60 * 60_000;
const MOST_SAMPLES = 1_000;

/** Answers what a server used, by the account of its hypervisor. */
export function usageAnswerer(
  compute: ComputeDriver,
  clock: Clock,
): Answerer<typeof virtualmachine> {
  return {
    type: virtualmachine,
    question: 'usage',
    async answer({ resource, input }) {
      if (compute.usage === undefined) {
        throw new RequestError('ActionNotAvailable', 'nobody measures servers in this process', {
          detail: 'Run a compute driver that does in the processes that take requests.',
        });
      }
      const now = clock.now();
      const given = input['from'];
      const wanted = typeof given === 'number' ? given : now - USUAL_SPAN_MS;
      const from = Math.min(now, Math.max(wanted, now - LONGEST_SPAN_MS));
      const step = input['stepSeconds'];
      const part = resource.parts[SERVER_PART];
      const key = {
        uuid: resource.uuid,
        epoch: part?.epoch ?? 1,
        external: part?.external ?? undefined,
      };
      const span = { from, stepSeconds: typeof step === 'number' ? step : 5 };
      const { stepSeconds, samples } = await unownedCall(
        { clock, limitMs: LIMIT_MS, overdue },
        async (call) => (await compute.usage?.(key, span, call)) ?? { ...span, samples: [] },
      );
      const shown = samples.slice(-MOST_SAMPLES).map((sample) => ({ ...sample }));
      return { fields: { stepSeconds, samples: shown } };
    },
  };
}

function overdue(): DriverFailure {
  return new DriverFailure('unavailable', 'UsageOverdue', 'the hypervisor did not tell in time', {
    remedy: 'Ask again in a moment.',
  });
}

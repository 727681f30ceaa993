import { RequestError } from '../../model/errors.js';
import type { Answerer } from '../../ports/answerer.js';
import type { ComputeDriver } from '../../ports/drivers/compute.js';
import { virtualmachine } from '../virtualmachine/virtualmachine.js';
import type { ConsoleTickets } from './console-tickets.js';
import { noConsoles } from './consoles.js';

/** Answers where a server's console is: a WebSocket URL of this cloud with a ticket in it. */
export function consoleAnswerer(
  compute: ComputeDriver,
  tickets: ConsoleTickets,
): Answerer<typeof virtualmachine> {
  return {
    type: virtualmachine,
    question: 'console',
    async answer({ resource, account, key }) {
      if (compute.console === undefined) {
        const { message, remedy } = noConsoles();
        throw new RequestError('ActionNotAvailable', message, { detail: remedy });
      }
      const { text, expires } = tickets.issue({ server: resource.uuid, account, key });
      return {
        fields: { protocol: 'rfb', expires },
        sockets: { url: `consoles/${text}` },
      };
    },
  };
}

import type { OpenConsole } from '../../cloud/console/consoles.js';
import { DriverFailure } from '../../model/errors.js';
import { OPERATOR } from './foundation.js';
import type { Question } from './questions.js';

const NEVER = new AbortController().signal;

/** What an account keeps on the shares, as the operator is told. */
export function whatIsKeptBy(account: string): Question {
  return ({ cloud: { resources, types } }) =>
    resources.ask(OPERATOR, types.get('account'), account, 'storage', {});
}

/** What a server used, or an address has carried. */
export function usageOf(name: string): Question {
  return async ({ cloud: { resources, types }, caller, row, told }) => {
    const known = row(name);
    if (known === undefined) return;
    await resources.ask(caller, types.get(known.type), known.id, 'usage', {});
    told({ resource: known, account: caller.account });
  };
}

/** What an account has carried, as the operator is told. */
export function whatWasCarriedFor(account: string): Question {
  return ({ cloud: { resources, types } }) =>
    resources.ask(OPERATOR, types.get('account'), account, 'traffic', {});
}

/** Whether networks are apart, one from another and from all, and by which commands one is carried, as the operator is told. */
export function howItIsCarried(name: string, otherName: string): Question {
  return async ({ cloud: { resources, types }, row }) => {
    const [known, other] = [row(name), row(otherName)];
    if (known === undefined || other === undefined) return;
    const type = types.get(known.type);
    await resources.ask(OPERATOR, type, known.id, 'testisolation', { networkId: other.id });
    await resources.ask(OPERATOR, type, known.id, 'testisolation', {});
    await resources.ask(OPERATOR, type, known.id, 'plan', {});
  };
}

/** Asks for a ticket to a server's console, and keeps it. */
export function ticketTo(name: string): Question {
  return async ({ cloud: { resources, types }, caller, row, told, tickets }) => {
    const known = row(name);
    if (known === undefined) return;
    const type = types.get(known.type);
    const { fields, sockets } = await resources.ask(caller, type, known.id, 'console', {});
    const text = (sockets?.['url'] ?? '').replace(/^consoles\//, '');
    tickets.set(name, { text, expires: Number(fields['expires']) });
    told({ resource: known, account: caller.account, secret: text });
  };
}

/** Shows the ticket to a server's console twice at once, to one kernel or to two, and looks on until that is taken back. */
export function showTicket(name: string): Question {
  return async ({ cloud, another, caller, row, letIn, tickets, now }) => {
    const known = row(name);
    const ticket = tickets.get(name);
    if (known === undefined || ticket === undefined) return;
    const shownAt = now();
    const show = async ({ consoles }: typeof cloud): Promise<void> => {
      const opened = await consoles.open(ticket.text, { signal: NEVER }).catch(unopened);
      if (opened === undefined) return;
      const { stream, revoked } = opened;
      const leave = (): void => void stream.destroy();
      if (revoked.aborted) leave();
      else revoked.addEventListener('abort', leave, { once: true });
      letIn({ ticket, shownAt, server: known.uuid, account: caller.account, stream });
    };
    await Promise.all([show(cloud), show(another() ?? cloud)]);
  };
}

function unopened(thrown: unknown): OpenConsole | undefined {
  if (thrown instanceof DriverFailure) return undefined;
  throw thrown;
}

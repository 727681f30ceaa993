import { date, type Field, type Fields, int } from '../../model/field.js';
import type { QuestionDeclaration } from '../../model/resource-type.js';

const MOMENTS = {
  since: date({ description: 'When counting began; null: nothing was counted yet.' }),
  until: date({
    description: 'When it was last found to have grown: looked at every few minutes.',
  }),
};

const EACH_WAY = {
  inPackets: int({ description: 'Packets from outside towards the network.' }),
  inBytes: int({ description: 'Their bytes, from the IP header on.' }),
  outPackets: int({ description: 'Packets from the network towards outside.' }),
  outBytes: int({ description: 'Their bytes.' }),
  ...MOMENTS,
};

/** What an address has carried. */
export const ADDRESS_USAGE = question(
  'What it has carried, each way. It never gets less, whatever is restarted.',
  EACH_WAY,
);

/** What the addresses of an account have carried. */
export const ACCOUNT_TRAFFIC = question(
  'What its addresses outside have carried, also those that it has given up. It never gets less.',
  EACH_WAY,
);

/** What a forward or a balancer has carried. */
export const PORT_USAGE = question(
  'What it has carried, both ways together. It never gets less, whatever is restarted.',
  {
    packets: int({ description: 'Packets, both ways.' }),
    bytes: int({ description: 'Their bytes, from the IP header on.' }),
    ...MOMENTS,
  },
);

function question<O extends Fields>(
  description: string,
  output: O,
): Omit<QuestionDeclaration, 'input' | 'output'> & {
  readonly input: Record<never, Field>;
  readonly output: O;
} {
  return {
    description,
    input: {},
    output,
    verb: 'read',
    available: ({ removed }) => removed === null,
  };
}

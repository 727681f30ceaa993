import { MESSAGES } from './messages.js';
import { isMessage, type Speak } from './speak.js';

/** What things of the API are called on pages. */
export interface Labels {
  /** One of a type: `Server`. */
  type(id: string): string;
  /** All of a type: `Servers`. */
  plural(schema: { readonly pluralName: string }): string;
  /** A field: `Memory`. */
  field(typeId: string, name: string): string;
  /** An action, as on its button: `Restart`. */
  action(name: string): string;
  /** A state, or another value of an enumeration. */
  state(name: string): string;
}

/** Fields that every type may have. A plug-in’s other fields are its own, whatever ours of the same name are called. */
const OF_ALL: readonly string[] = [
  'accountId',
  'created',
  'description',
  'id',
  'name',
  'removed',
  'state',
  'uuid',
];

const OURS: readonly string[] = Object.keys(MESSAGES)
  .filter((name) => name.startsWith('type.'))
  .map((name) => name.slice('type.'.length));

/** Names out of the texts where there are any; else made of the API’s own, so that any plug-in’s types can be read. */
export function labelsIn(say: Speak): Labels {
  const told = (names: readonly string[], otherwise: string): string => {
    const found = names.find(isMessage);
    return found === undefined ? spoken(otherwise) : say(found);
  };
  return {
    type: (id) => told([`type.${id}`], id),
    plural: ({ pluralName }) => told([`type.${pluralName}`], pluralName),
    field: (typeId, name) => {
      // Inputs and answers of actions are types of their own: `virtualmachineResize`.
      const isOurs = OF_ALL.includes(name) || OURS.some((ours) => typeId.startsWith(ours));
      return told([`field.${typeId}.${name}`, ...(isOurs ? [`field.${name}`] : [])], name);
    },
    action: (name) => told([`do.${name}`, `action.${name}`], name),
    state: (name) => told([`state.${name}`], name),
  };
}

/** `ramSizeMb` as people write it: `Ram size mb`. */
export function spoken(name: string): string {
  const words = name
    .replace(/[_-]+/g, ' ')
    .replace(/(?<=[a-z0-9])(?=[A-Z])/g, ' ')
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

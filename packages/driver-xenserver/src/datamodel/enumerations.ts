import { ENUM_TABLE } from './classes.generated.js';

/** The values of every enumeration as of the latest release. Hosts of later ones may know more. */
export const ENUMERATIONS: ReadonlyMap<string, readonly string[]> = new Map(
  ENUM_TABLE.trim()
    .split('\n')
    .map((row) => {
      const [name = '', values = ''] = row.split(': ');
      return [name, values.split(' ')] as const;
    }),
);

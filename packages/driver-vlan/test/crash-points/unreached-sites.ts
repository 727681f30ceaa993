import type { IoSite } from './io-sites.js';

/** A place that no story can reach. `text` is how the call begins. */
export interface UnreachedSite {
  readonly file: string;
  readonly within: string;
  readonly text: string;
  readonly why: string;
}

const OVERTAKEN =
  'Another process must change the record in the same moment: in test/conformance all points of records are struck, of zombies too.';
const EARLIER =
  'Only records of earlier releases have such files: test/record/appliances has some.';

/** All of them, each with its reason. */
export const UNREACHED: readonly UnreachedSite[] = [
  {
    file: 'src/carrier/appliance-machine.ts',
    within: 'sandboxedMachine',
    text: "runner.run({ program: 'ip'",
    why: 'Makes a sandbox, all of which ends with the process.',
  },
  {
    file: 'src/links/outer-ends.ts',
    within: 'isSwitchedRight',
    text: "runner.run({ program: 'ovs-vsctl'",
    why: 'A look, where a switch tags: here segments are bridges. In test/open-vswitch agents are killed on one.',
  },
  {
    file: 'src/record/record-changes.ts',
    within: 'replace',
    text: 'files.remove(temporary)',
    why: OVERTAKEN,
  },
  {
    file: 'src/record/record-changes.ts',
    within: 'replace',
    text: `files.remove(\`\${folder}/\${name}\`)`,
    why: OVERTAKEN,
  },
  {
    file: 'src/record/record-changes.ts',
    within: 'sweep',
    text: 'kept.files.remove(path)',
    why: EARLIER,
  },
];

/** Rooms that no driver of networks works in, each with where it is shown that who works in them may die. */
export const OTHERS: readonly { readonly file: RegExp; readonly why: string }[] = [
  {
    file: /^src\/high-availability\//,
    why: 'An appliance of a pair: test/high-availability kills members, their machines and what they hear of each other.',
  },
];

/** Whether a site is one of these. */
export function isUnreached(site: IoSite): boolean {
  if (OTHERS.some(({ file }) => file.test(site.file))) return true;
  return UNREACHED.some((known) => isThat(known, site));
}

/** Whether a site is that one. */
export function isThat({ file, within, text }: UnreachedSite, site: IoSite): boolean {
  return site.file === file && site.within === within && site.text.startsWith(text);
}

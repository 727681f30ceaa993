import { spawnSync } from 'node:child_process';

/** Which packets of a link are lost. */
export type Direction = 'requests' | 'answers' | 'both';

/** A link from the processes of one group to one port. */
export interface Link {
  readonly group: number;
  readonly port: number;
  readonly direction: Direction;
}

/** Loses packets on loopback between one process and one server, without a word to either, as a broken switch does. */
export interface Links {
  cut(link: Link): void;
  mend(link: Link): void;
}

/** Takes over the firewall of this network namespace, which must be a private one. */
export function ownLinks(groups: readonly number[]): Links {
  const cuts = new Set<Link>();
  // Answers carry no trace of who asked; the connection does.
  const marks = groups.map((group) => `meta skgid ${group} ct mark set ${group}`);
  const write = (): void => {
    const rules = [...marks, ...[...cuts].flatMap(rulesOf)].map((rule) => `    ${rule}\n`).join('');
    load(
      `table inet faults\ndelete table inet faults\ntable inet faults {\n  chain out {\n` +
        `    type filter hook output priority 0; policy accept;\n${rules}  }\n}\n`,
    );
  };
  write();
  return {
    cut: (link) => {
      cuts.add(link);
      write();
    },
    mend: (link) => {
      cuts.delete(link);
      write();
    },
  };
}

function rulesOf({ group, port, direction }: Link): readonly string[] {
  return [
    ...(direction === 'answers' ? [] : [`meta skgid ${group} tcp dport ${port} drop`]),
    ...(direction === 'requests' ? [] : [`ct mark ${group} tcp sport ${port} drop`]),
  ];
}

function load(rules: string): void {
  const { status, stderr } = spawnSync('/usr/sbin/nft', ['-f', '-'], {
    input: rules,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`nft refused: ${stderr}`);
}

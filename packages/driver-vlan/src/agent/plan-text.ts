import type { CommandLine } from '../commands/command-runner.js';
import type { Step } from '../links/link-steps.js';
import type { ApplianceDocument } from '../plan/appliance-document.js';
import { cidrText } from '../plan/ipv4.js';

/**
 * Steps as people read them and a shell could run them. Every word comes from a validated document, so none needs
 * quoting; there is no secret among them.
 */
export function planText(document: ApplianceDocument, steps: readonly Step[]): string {
  const { network, revision, domain, range } = document;
  const head = [
    `# network ${network}, revision ${revision}`,
    `# domain ${domain}, range ${cidrText(range)}`,
  ];
  const written = steps.map(({ name, command }) => `\n# ${name}\n${commandText(command)}`);
  return `${[...head, ...written].join('\n')}\n`;
}

function commandText({ program, arguments: words, input }: CommandLine): string {
  const line = [program, ...words].join(' ');
  return input === undefined ? line : `${line} <<'END'\n${input}END`;
}

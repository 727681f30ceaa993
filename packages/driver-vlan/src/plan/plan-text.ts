import type { ApplianceDocument } from './appliance-document.js';
import type { Command, Plan } from './step.js';

/**
 * A plan as people read it and a shell could run it. Every word comes from a validated document, so none needs
 * quoting.
 */
export function planText(document: ApplianceDocument, plan: Plan): string {
  const { network, revision, domain, range } = document;
  const head = [
    `# network ${network}, revision ${revision}`,
    `# domain ${domain}, range ${range.first}/${range.prefixLength}`,
    '# recorded, not applied: mode record',
  ];
  const steps = plan.steps.map(({ name, unless, run }) => {
    const line = [
      ...unless.map((probe) => `${commandText(probe)} >/dev/null 2>&1`),
      commandText(run),
    ].join(' || ');
    const input = run.input === undefined ? '' : ` <<'END'\n${run.input}END`;
    return `\n# ${name}\n${line}${input}`;
  });
  return `${[...head, ...steps].join('\n')}\n`;
}

function commandText(command: Command): string {
  return [command.program, ...command.arguments].join(' ');
}

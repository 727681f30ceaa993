/** One command of a shell example, as it is written. */
export interface Command {
  readonly text: string;
  /** What its comment begins with where that is a status: `# 409, while …`. */
  readonly status: number | undefined;
  /** The comments right under it: what it prints, where that is no JSON. */
  readonly prints: readonly string[];
}

/** Takes a shell example apart into its commands: one a line, but for lines that a backslash or an open quote continues. */
export function commandsOf(text: string): readonly Command[] {
  const commands: { text: string; status: number | undefined; prints: string[] }[] = [];
  let pending = '';
  for (const line of text.split('\n')) {
    if (pending === '' && line.trim() === '') continue;
    if (pending === '' && /^\s*#/.test(line)) {
      commands.at(-1)?.prints.push(line.replace(/^\s*# ?/, ''));
      continue;
    }
    pending += pending === '' ? line : `\n${line}`;
    const end = endOf(pending);
    if (end === 'open') continue;
    const status = /#\s*([1-5][0-9]{2})\b/.exec(pending.slice(end))?.[1];
    commands.push({
      text: pending.slice(0, end).trim(),
      status: status === undefined ? undefined : Number(status),
      prints: [],
    });
    pending = '';
  }
  if (pending !== '') throw new SyntaxError(`a command that does not end: ${pending}`);
  return commands;
}

// Where the command ends and its comment begins; `open` where the next line belongs to it.
function endOf(text: string): number | 'open' {
  let quote = '';
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '\\' && quote !== "'") {
      if (at === text.length - 1) return 'open';
      at += 1;
    } else if (quote !== '') {
      if (character === quote) quote = '';
    } else if (character === '"' || character === "'") {
      quote = character;
    } else if (character === '#' && (at === 0 || /\s/.test(text.charAt(at - 1)))) {
      return at;
    }
  }
  return quote === '' ? text.length : 'open';
}

/** What a document shows, in its order: fenced examples, and commands in the middle of a sentence. */
export interface Example {
  /** The first word of the fence; `inline` for a command in a sentence. */
  readonly language: string;
  readonly text: string;
  readonly line: number;
}

/** Finds the examples of a document: every fence that says its language, and every `curl …` between backticks. */
export function examplesOf(markdown: string): readonly Example[] {
  const examples: Example[] = [];
  let open: { readonly language: string; readonly line: number; readonly lines: string[] } | null =
    null;
  let prose: string[] = [];
  let proseLine = 1;
  const endProse = (next: number): void => {
    examples.push(...inlineCommands(prose.join('\n'), proseLine));
    prose = [];
    proseLine = next;
  };
  for (const [index, line] of markdown.split('\n').entries()) {
    const fence = /^( *)```(\S*)/.exec(line);
    if (open !== null && fence !== null) {
      const { language, lines } = open;
      if (language !== '') examples.push({ language, text: lines.join('\n'), line: open.line });
      open = null;
      proseLine = index + 2;
    } else if (open !== null) {
      open.lines.push(line);
    } else if (fence !== null) {
      endProse(index + 2);
      open = { language: fence[2] ?? '', line: index + 1, lines: [] };
    } else {
      prose.push(line);
    }
  }
  endProse(0);
  return examples;
}

function inlineCommands(prose: string, firstLine: number): readonly Example[] {
  return [...prose.matchAll(/`(curl -[^`]+)`/g)].map((found) => ({
    language: 'inline',
    text: (found[1] ?? '').replaceAll('\n', ' '),
    line: firstLine + prose.slice(0, found.index).split('\n').length - 1,
  }));
}
